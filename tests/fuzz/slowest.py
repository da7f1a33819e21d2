"""Print what costs most to clean: every construct at the largest size that is let in.

Run: python -m tests.fuzz.slowest [--variations] [--top N] [WORD...]. Each is cleaned in a process
of its own; exits with 1 if one takes over a second of processor time or 200 MiB of memory.
"""

from __future__ import annotations

import multiprocessing
import sys
import time
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import click

from gateway.mail import clean
from tests.data.mail.constructs import Construct, constructs, variations

LIMIT_S, LIMIT_MIB = 1.0, 200.0
_STATUS = Path("/proc/self/status")


class Cost(NamedTuple):
    """What one construct cost: its name, seconds of processor time, MiB on top of the input."""

    name: str
    seconds: float
    memory_mib: float

    @property
    def within_limits(self) -> bool:
        """Whether any mail may cost as much."""
        return self.seconds <= LIMIT_S and self.memory_mib <= LIMIT_MIB


@click.command()
@click.argument("words", nargs=-1)
@click.option("--variations", "varied", is_flag=True, help="Also all texts in all places.")
@click.option("--top", default=20, show_default=True, help="How many to print.")
def main(words: tuple[str, ...], varied: bool, top: int) -> None:
    """Clean the constructs whose names hold one of WORDS, by default all of them."""
    cases = [
        construct
        for construct in chain(constructs(), variations() if varied else ())
        if not words or any(word in construct.name for word in words)
    ]
    context = multiprocessing.get_context("fork")
    _CASES.extend(cases)
    with context.Pool(1, maxtasksperchild=1) as pool:
        costs = list(pool.imap(_cost_of, range(len(cases)), chunksize=1))
    for title, rank in (("CPU", _seconds), ("memory", _memory)):
        click.echo(f"{'most ' + title:34} {'CPU s':>8} {'MiB':>7}")
        for cost in sorted(costs, key=rank, reverse=True)[:top]:
            click.echo(f"{cost.name:34} {cost.seconds:8.3f} {cost.memory_mib:7.0f}")
    broken = [cost.name for cost in costs if not cost.within_limits]
    click.echo(f"{len(costs)} constructs, over {LIMIT_S:g} s or {LIMIT_MIB:g} MiB: {broken or 0}")
    sys.exit(1 if broken else 0)


_CASES: list[Construct] = []  # the children of a fork find it filled: functions cannot be sent


def _cost_of(index: int) -> Cost:
    construct = _CASES[index]
    mail = construct.mail(construct.largest)
    Path("/proc/self/clear_refs").write_text("5")  # forget the highest memory so far
    before_mib = _status_mib("VmRSS")
    start = time.process_time()
    clean(mail)
    seconds = time.process_time() - start
    return Cost(construct.name, seconds, max(_status_mib("VmHWM") - before_mib, 0.0))


def _status_mib(field: str) -> float:
    line = next(line for line in _STATUS.read_text().splitlines() if line.startswith(field))
    return int(line.split()[1]) / 1024


def _seconds(cost: Cost) -> float:
    return cost.seconds


def _memory(cost: Cost) -> float:
    return cost.memory_mib


if __name__ == "__main__":
    main()
