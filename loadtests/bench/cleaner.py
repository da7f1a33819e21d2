"""Measure what cleaning a mail costs, beside an earlier commit's cleaner in turn.

Run: python -m loadtests.bench.cleaner --base COMMIT. The earlier cleaner is taken out of the
repository into a temporary folder. Both clean the same mails, by turns in processes of their own;
the least processor time of all passes counts, which other work on the machine disturbs least.
"""

from __future__ import annotations

import base64
import io
import json
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

ROOT = Path(__file__).resolve().parents[2]
CASES = ROOT / "tests/data/mail/cases.jsonl"
REPLIES = ROOT / "heads/data/replies/b.jsonl"
BASE = "6988bf6"
"""The last commit of the cleaner's first version."""
_PACKAGES = ("gateway", "trunkline")
_PASSES = 3
_CHILD = """
import base64, json, sys, time
from gateway.mail import MailInput, clean
mails = []
for row in json.load(sys.stdin):
    content = base64.b64decode(row["raw"]) if "raw" in row else None
    mails.append(MailInput(**({"raw": content} if content is not None else row)))
seconds = []
for _ in range(int(sys.argv[1]) + 1):
    start = time.process_time()
    for mail in mails:
        clean(mail)
    seconds.append(time.process_time() - start)
print(min(seconds[1:]))
"""
Mail = Mapping[str, str]


@click.command()
@click.option("--base", default=BASE, show_default=True, help="Commit of the earlier cleaner.")
@click.option("--turns", default=4, show_default=True, help="Processes of each cleaner.")
def main(base: str, turns: int) -> None:
    """Print milliseconds of processor time a mail, of both cleaners, and their ratio."""
    print(f"| mails | count | {base}, ms | now, ms | ratio | mails/s now |")
    print("|---|---:|---:|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as folder:
        extract(base, Path(folder))
        for path, mails in ((CASES, read_cases(CASES)), (REPLIES, read_replies(REPLIES))):
            before, now = least_seconds([Path(folder), ROOT], mails, turns)
            each = [1000 * seconds / len(mails) for seconds in (before, now)]
            print(
                f"| {path.relative_to(ROOT)} | {len(mails)} | {each[0]:.3f} | {each[1]:.3f} "
                f"| {now / before:.2f} | {len(mails) / now:.0f} |"
            )


def extract(commit: str, folder: Path) -> None:
    """Write the packages that cleaning needs, as of `commit`, into `folder`."""
    there = _git("ls-tree", "--name-only", commit).decode().split()
    archive = _git("archive", commit, *(name for name in _PACKAGES if name in there))
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        files.extractall(folder, filter="data")


def read_cases(path: Path) -> list[Mail]:
    """Return the cases' mails, raw ones as base64, by the field of a mail that holds them."""
    return [
        {row["format"]: _packed(row["content"]) if row["format"] == "raw" else row["content"]}
        for row in map(json.loads, path.read_text("utf-8").splitlines())
    ]


def read_replies(path: Path) -> list[Mail]:
    """Return the texts of labelled replies."""
    return [{"text": json.loads(row)["text"]} for row in path.read_text("utf-8").splitlines()]


def least_seconds(roots: Sequence[Path], mails: Sequence[Mail], turns: int) -> list[float]:
    """Return the least processor time in which each root's cleaner cleaned all mails."""
    least = [float("inf")] * len(roots)
    for _ in range(turns):
        for place, root in enumerate(roots):
            least[place] = min(least[place], _seconds(root, mails))
    return least


def _seconds(root: Path, mails: Sequence[Mail]) -> float:
    child = subprocess.run(
        [sys.executable, "-c", _CHILD, str(_PASSES)],
        input=json.dumps(mails),
        cwd=root,  # which comes first where modules are looked for
        check=True,
        capture_output=True,
        text=True,
    )
    return float(child.stdout)


def _git(*arguments: str) -> bytes:
    command = ["git", "-C", str(ROOT), *arguments]
    return subprocess.run(command, check=True, capture_output=True).stdout


def _packed(content: str) -> str:
    return base64.b64encode(content.encode("utf-8", "surrogateescape")).decode()


if __name__ == "__main__":
    main()
