"""Measure the memory of bulk jobs over growing inputs: it must not grow with them."""

import itertools
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from loadtests.traffic.corpus import reply_texts

DISTINCT = 1000
"""Texts that all rows repeat, so that forwards do not take most of the time."""
MOST_GROWTH = 1.1
"""The largest input's peak may be so many times that of the smallest."""
_SEED = 20261129
_QUOTED = "\n\nOn Mon, 2 June 2025 Ann <ann@sales.example> wrote:\n" + 40 * (
    "> We wrote to you last week about how teams like yours plan their week.\n"
)


@dataclass(frozen=True)
class Peak:
    """A job's input, its greatest resident memory and what it took."""

    rows: int
    input_mb: float
    rss_mb: float
    cpu_s: float


def bulk_memory(sizes: Sequence[int], show: Callable[[str], object]) -> bool:
    """Run a job over so many rows each and print its peak; return whether memory is bounded.

    A job holds two shards' rows, so that under 33,000 rows the peak is lower for their number.
    A job is a process of its own; what `wait4` says of it has at least this process's own memory,
    so that little is imported here.
    """
    peaks = [_run(rows) for rows in sorted(sizes)]
    show("| rows | MB of input | peak RSS, MB | CPU, s |\n|---:|---:|---:|---:|")
    for peak in peaks:
        show(f"| {peak.rows:,} | {peak.input_mb:.0f} | {peak.rss_mb:.0f} | {peak.cpu_s:.0f} |")
    growth = peaks[-1].rss_mb / peaks[0].rss_mb
    show(f"\ngrowth {growth:.2f} over {peaks[-1].rows / peaks[0].rows:g} times the rows")
    return growth <= MOST_GROWTH


def mails(count: int) -> Iterator[dict[str, str]]:
    """Yield replies above the mail that they answer, of DISTINCT texts in turn."""
    texts = itertools.cycle(reply_texts(DISTINCT, _SEED))
    for number, text in zip(range(count), texts, strict=False):
        yield {"id": str(number), "text": text + _QUOTED}


def _run(rows: int) -> Peak:
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "in.jsonl"
        with source.open("w", encoding="utf-8") as lines:
            for mail in mails(rows):
                lines.write(json.dumps(mail) + "\n")
        out = str(Path(folder) / "out")
        job = subprocess.Popen(
            [sys.executable, "-m", "gateway", "bulk", str(source), "--out", out],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        _, status, used = os.wait4(job.pid, 0)
        job.returncode = os.waitstatus_to_exitcode(status)
        if job.returncode:
            raise RuntimeError(f"the job over {rows} rows ended with {job.returncode}")
        return Peak(
            rows,
            source.stat().st_size / 1e6,
            used.ru_maxrss * 1024 / 1e6,
            used.ru_utime + used.ru_stime,
        )
