"""What `make run` does, as a process on free ports: start, sample, second start, deaths."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from loadtests.stack.processes import free_ports
from tests.support.waiting import PATIENT, WAIT_S

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = ("EMBEDDER_PORT", "EMBEDDER_METRICS_PORT", "HEADS_PORT", "GATEWAY_PORT")
COMMAND = [sys.executable, "-m", "env.run", "--wait", str(10 * WAIT_S)]
OWN = ("EMBEDDER_", "HEADS_", "GATEWAY_")


def _environment(added: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OWN)}
    return {**kept, **added}


@dataclass
class Run:
    """A `make run` in the background; `lines` is what it has printed."""

    ports: Mapping[str, str]
    process: subprocess.Popen[str]
    lines: list[str] = field(default_factory=list)
    started: threading.Event = field(default_factory=threading.Event)

    def read(self) -> None:
        """Collect what is printed, until the process ends."""
        assert self.process.stdout is not None
        with self.process.stdout as output:
            for line in output:
                self.lines.append(line.rstrip())
                if line.startswith("  stop "):
                    self.started.set()
        self.started.set()


@pytest.fixture(scope="module")
def run() -> Iterator[Run]:
    """Start one, yield it when it is up, and end what is left."""
    ports = dict(zip(SETTINGS, map(str, free_ports(len(SETTINGS))), strict=True))
    process = subprocess.Popen(
        COMMAND, cwd=ROOT, env=_environment({**ports, **PATIENT}), text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    running = Run(ports, process)
    reader = threading.Thread(target=running.read)
    reader.start()
    try:
        assert running.started.wait(10 * WAIT_S)
        yield running
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()
        reader.join()


def _ended(added: Mapping[str, str]) -> tuple[int, str]:
    """Run one that is to end by itself; return its exit code and what it printed."""
    done = subprocess.run(
        COMMAND, cwd=ROOT, env=_environment(added), text=True, timeout=10 * WAIT_S,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    return done.returncode, done.stdout


def test_a_good_start_is_a_dozen_lines_without_a_warning(run: Run) -> None:
    """The log up to the sample is short, each line is a service's, and the sample is decided."""
    log = run.lines[: run.lines.index("trunkline: a sample email comes in")]
    text = "\n".join(run.lines)

    # Which service is there first is the machine's matter: each worker names those that were late.
    assert len([line for line in log if " replica_" not in line]) <= 12
    assert not [line for line in log if " warning " in line or " error " in line]
    assert {line.partition(" ")[0] for line in log if line} == {"embedder", "heads", "gateway"}
    assert "decision  objection" in text
    assert "reason    budget" in text
    assert "referral  Marcus Bell" in text


def test_a_second_start_names_who_has_the_ports_and_takes_none(run: Run) -> None:
    """It ends with 1, tells each taken port, its setting and holder, and a command that works."""
    code, text = _ended(run.ports)

    assert code == 1
    assert "nothing was started" in text
    for setting, port in run.ports.items():
        assert f":{port} ({setting}): taken by `" in text
    others = text.splitlines()[-1].split()
    assert [word.partition("=")[0] for word in others] == [*SETTINGS, "make", "run"]
    assert run.process.poll() is None


def test_ctrl_c_ends_the_stack_with_0(run: Run) -> None:
    """Services drain and end, and their ports are free again."""
    run.process.send_signal(signal.SIGINT)

    assert run.process.wait(10 * WAIT_S) == 0
    assert "listening" in "\n".join(run.lines)


def test_a_service_that_dies_at_start_ends_the_run_with_its_last_lines() -> None:
    """The exit code is 1, and the last thing printed is which service ended, how, and why."""
    ports = dict.fromkeys(SETTINGS, "0")
    code, text = _ended({**ports, "GATEWAY_HOST": "0.0.0.0"})
    _, said, last = text.rpartition("trunkline: gateway ended with code 1")

    assert code == 1
    assert said
    assert "0.0.0.0 can be reached from elsewhere" in last


def test_wrong_settings_are_told_before_anything_starts() -> None:
    """A misspelt name of any service ends the run with 1 and the right name."""
    code, text = _ended({"GATEWAY_WORKER": "3", "HEADS_PROT": "1"})

    assert code == 1
    assert "did you mean GATEWAY_WORKERS?" in text
    assert "did you mean HEADS_PORT?" in text
    assert " | " not in text
