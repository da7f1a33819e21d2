"""Kills bulk jobs at random moments and compares what their second run leaves with one run's.

`python -m tests.support.bulk_kills [KILLS] [SEED]` is `make bulk-kills`.
"""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from gateway.offline.bulk.encoding import BLOCK_TEXTS
from tests.support.bulk import replies, shard_bytes, write_jsonl
from tests.support.bulk_job import EVENTS

ROWS = 1200
SHARD_ROWS = 400
_AGAIN = 200  # rows that come twice


@dataclass(frozen=True)
class Reference:
    """An input, and what one uninterrupted job makes of it, by how many forwards."""

    source: Path
    content: dict[str, bytes]
    forwards: int


def reference(folder: Path, rows: int = ROWS) -> Reference:
    """Run one job to its end."""
    source = write_jsonl(folder / "in.jsonl", [*replies(rows - _AGAIN), *replies(_AGAIN)])
    log = folder / "once.log"
    run_once(source, folder / "once", log).check_returncode()
    return Reference(source, shard_bytes(folder / "once"), log.stat().st_size)


def run_once(source: Path, out: Path, log: Path, *end: str) -> subprocess.CompletedProcess[str]:
    """Run a job in a process of its own."""
    job = [sys.executable, "-m", "tests.support.bulk_job", str(source), str(out), str(log)]
    return subprocess.run(
        [*job, str(SHARD_ROWS), *end], capture_output=True, text=True, check=False
    )


def kill_and_resume(given: Reference, folder: Path, event: str, number: int) -> str:
    """Kill a job at the event and run it again; return what is wrong then, "" for nothing."""
    log = folder / "forwards.log"
    first = run_once(given.source, folder / "out", log, event, str(number))
    if first.returncode != -signal.SIGKILL:
        return f"was not killed: {first.returncode} {first.stderr[-500:]}"
    again = run_once(given.source, folder / "out", log)
    if again.returncode:
        return f"did not go on: {again.stderr[-500:]}"
    if shard_bytes(folder / "out") != given.content:
        return "other bytes than the uninterrupted run's"
    forwards = log.stat().st_size
    if forwards > given.forwards + SHARD_ROWS:
        return f"{forwards} forwards; an uninterrupted run makes {given.forwards}"
    return ""


def random_moment(draw: random.Random, given: Reference, rows: int = ROWS) -> tuple[str, int]:
    """Draw an event and its number, among those that happen."""
    shards = -(-rows // SHARD_ROWS)
    kept = max(1, given.forwards // (2 * BLOCK_TEXTS))
    most = {"text": given.forwards, "kept": kept}
    event = draw.choice(EVENTS)
    return event, draw.randint(1, most.get(event, shards))


def matrix(kills: int, seed: int, echo: Callable[[str], object]) -> int:
    """Kill so many jobs; return how many left anything wrong."""
    draw = random.Random(seed)
    wrong = 0
    with tempfile.TemporaryDirectory() as name:
        given = reference(Path(name))
        echo(f"{ROWS} rows, {given.forwards} forwards in one run")
        for number in range(kills):
            folder = Path(name) / str(number)
            folder.mkdir()
            event, at = random_moment(draw, given)
            problem = kill_and_resume(given, folder, event, at)
            echo(f"killed at {event} {at}: {problem or 'the same bytes'}")
            wrong += bool(problem)
    return wrong


if __name__ == "__main__":
    kills, seed = map(int, [*sys.argv[1:], *("30", "0")[len(sys.argv) - 1 :]])
    sys.exit(1 if matrix(kills, seed, print) else 0)
