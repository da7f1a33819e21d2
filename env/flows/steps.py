"""Runs a flow's steps one after the other: commands as people type them, shown, kept and timed."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from heads.training.data.database import check_address, is_database
from heads.training.errors import DataError
from loadtests.stack.stack import running_stack

ROOT = Path(__file__).resolve().parents[2]
HEADS = (sys.executable, "-m", "heads")
GATEWAY = (sys.executable, "-m", "gateway")
_GRACE_S = 10.0
_POLL_S = 0.05


class StepError(Exception):
    """A step failed; the text names it, and how it ended."""


@dataclass
class Steps:
    """The steps of one flow; `report` gets every line that `show` gets.

    `settings` are those of the services that it starts, beside their defaults.
    """

    report: Path
    show: Callable[[str], None] = print
    settings: Mapping[str, str] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    def run(self, name: str, *words: str, **variables: str) -> None:
        """Run a command from the checkout's root.

        Raises StepError where it fails, and for an address with a password before it is shown.
        """
        refuse_passwords(words)
        with self.timed(name):
            self.tell(f"$ {shlex.join([*_pairs(variables), *words])}")
            with subprocess.Popen(
                ["/usr/bin/env", *_pairs(variables), *words], cwd=ROOT, text=True,
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                start_new_session=True,
            ) as process:  # fmt: skip
                try:
                    for line in process.stdout or ():
                        self.tell(line.rstrip("\n"))
                    code = process.wait()
                except BaseException:
                    _end(process)
                    raise
        if code:
            raise StepError(f"{name}: failed with exit code {code}")

    @contextmanager
    def timed(self, name: str) -> Iterator[None]:
        """Show a step's name before, and how long it took after."""
        self.tell(f"\n== {name}")
        begun = time.monotonic()
        try:
            yield
        finally:
            self.seconds[name] = time.monotonic() - begun
            self.tell(f"== {name}: {self.seconds[name]:.0f} s")

    @contextmanager
    def serving(self, catalog: Path, logs: Path) -> Iterator[str]:
        """Serve a catalog on free ports; yield the gateway's address. Raises StepError."""
        where = {"HEADS_CATALOG": str(catalog), "GATEWAY_CATALOG": str(catalog)}
        settings = {**self.settings, **where}
        logs.mkdir(parents=True, exist_ok=True)
        with ExitStack() as services:
            try:
                with self.timed("start embedder, heads and gateway"):
                    running = services.enter_context(running_stack(logs, settings))
            except (RuntimeError, TimeoutError) as error:
                raise StepError(f"no service: {error}; logs are in {logs}") from error
            yield running.gateway_url

    def tell(self, line: str) -> None:
        """Keep a line in the report and show it: one of them where the other raises OSError."""
        try:
            self.report.parent.mkdir(parents=True, exist_ok=True)
            with self.report.open("a", encoding="utf-8") as file:
                file.write(f"{line}\n")
        finally:
            self.show(line)

    def summary(self) -> str:
        """Return each step's seconds, and their sum."""
        rows = [f"{seconds:7.0f} s  {name}" for name, seconds in self.seconds.items()]
        return "\n".join([*rows, f"{sum(self.seconds.values()):7.0f} s  together"])


def refuse_passwords(words: Sequence[str]) -> None:
    """Raise StepError for a database's address with a password: reports keep the words."""
    for word in words:
        address = word if is_database(word) else word.partition("=")[2]
        try:
            if is_database(address):
                check_address(address)
        except DataError as error:
            raise StepError(str(error)) from error


def options(name: str, values: Sequence[str]) -> list[str]:
    """Return `name` before each value."""
    return [word for value in values for word in (name, value)]


def _end(process: subprocess.Popen[str]) -> None:
    """End a step and all that it started: by SIGTERM, and what stays too long by SIGKILL."""
    end = time.monotonic() + _GRACE_S
    try:
        there = _signal(process, signal.SIGTERM)
        while there and time.monotonic() < end:
            time.sleep(_POLL_S)
            there = _signal(process, 0)
    finally:  # whoever presses Ctrl-C again waits no longer
        _signal(process, signal.SIGKILL)


def _signal(process: subprocess.Popen[str], number: int) -> bool:
    """Send a signal to a step's process group; return whether any of it is there."""
    process.poll()  # one that has ended and was not waited for would count
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        return False
    return True


def _pairs(variables: dict[str, str]) -> list[str]:
    return [f"{name}={value}" for name, value in variables.items()]
