"""Runs one bulk job: window by window, what is done already left alone, each shard whole."""

import fcntl
import json
import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from embedder.api import ItemError
from embedder.client import EmbeddedItem
from gateway.errors import GatewayError
from gateway.inference.answer import Outcome
from gateway.offline.bulk.checkpoints import Checkpoints
from gateway.offline.bulk.encoding import Block
from gateway.offline.bulk.errors import BulkError
from gateway.offline.bulk.rows import read_row
from gateway.offline.bulk.scores import Pair, TextScores
from gateway.offline.bulk.scoring import BulkScorer, Cleaned, distinct_texts, embedded
from gateway.offline.bulk.shards import (
    answer_table,
    read_made_of,
    read_statuses,
    remove_leftovers,
    shard_path,
    shard_paths,
    shard_schema,
    write_shard,
)
from gateway.offline.bulk.sources import Source
from gateway.offline.bulk.windows import Window, windows
from heads.storage.atomic_files import replace_file

CHECKPOINTS = "checkpoints.sqlite"
SUMMARY = "summary.json"
_LOCK = ".lock"

Report = Callable[["Progress"], None]
"""Called after each block and each shard."""


@dataclass
class Progress:
    """How far a job is; `scored` texts needed a forward in this run, `reused` shards were there."""

    rows: int = 0
    shards: int = 0
    reused: int = 0
    scored: int = 0
    statuses: Counter[int] = field(default_factory=Counter)


@dataclass(frozen=True)
class JobOptions:
    """Where a job writes and how it cuts; `checkpoints` may be shared by jobs, one at a time."""

    out: Path
    checkpoints: Path
    id_column: str = "id"
    shard_rows: int = 16_384
    replace: bool = False


def run_job(source: Source, scorer: BulkScorer, options: JobOptions, report: Report) -> Progress:
    """Answer every row of the source into shards under `out`. Raises BulkError, EncoderLost.

    What an earlier run of the same content and versions has done is left as it is. Shards of other
    versions end the job before it begins, unless they are to be replaced.
    """
    options.out.mkdir(parents=True, exist_ok=True)
    with _alone(options.out):
        if not options.replace:
            _refuse_other_versions(options.out, scorer)
        progress = Progress()
        kept = Checkpoints(options.checkpoints, scorer.versions.scorer)
        try:
            job = _Job(scorer, options, kept, progress, report)
            for window, cleaned in _prepared(job, source):
                job.finish(window, cleaned)
        finally:
            kept.close()
        remove_leftovers(options.out, progress.shards)
        _write_summary(options.out, scorer, progress)
    return progress


class _Job:
    """A job's collaborators, and the making of one shard."""

    def __init__(
        self,
        scorer: BulkScorer,
        options: JobOptions,
        kept: Checkpoints,
        progress: Progress,
        report: Report,
    ) -> None:
        self._scorer = scorer
        self._options = options
        self._kept = kept
        self._progress = progress
        self._report = report
        self._schema = shard_schema(scorer.plan, scorer.columns)
        self._versions = scorer.versions.as_json()

    def windows(self, source: Source) -> Iterator[Window]:
        rows = (
            read_row(number, row, self._options.id_column)
            for number, row in enumerate(source.rows())
        )
        return windows(rows, self._options.shard_rows)

    def clean(self, window: Window) -> list[Cleaned] | None:
        """Clean a window's mails; None where its shard is there already."""
        if read_made_of(self._path(window)) == self._made_of(window):
            return None
        return self._scorer.clean(window.rows)

    def finish(self, window: Window, cleaned: Sequence[Cleaned] | None) -> None:
        """Bring a window's shard to disk, or count the one that is there."""
        progress = self._progress
        if cleaned is None:
            statuses = read_statuses(self._path(window))
            progress.reused += 1
        else:
            statuses = self._write(window, cleaned)
        progress.statuses.update(statuses)
        progress.rows += len(window.rows)
        progress.shards += 1
        self._report(progress)

    def _write(self, window: Window, cleaned: Sequence[Cleaned]) -> list[int]:
        texts = distinct_texts(cleaned)
        failed = self._score_new(window, texts)
        scores = self._scorer.unpack(self._kept.get(texts)) | failed
        outcomes = self._scorer.answer(cleaned, scores)
        table = answer_table(window.rows, outcomes, self._schema)
        write_shard(self._path(window), table, self._made_of(window))
        return [_status(outcome) for outcome in outcomes]

    def _score_new(self, window: Window, texts: set[Pair]) -> dict[Pair, EmbeddedItem]:
        """Score and keep the texts that no earlier window had; return those that failed.

        Those of this window that were kept before a crash count as new when blocks are cut, so
        that the blocks, and with them every batch, are the same again.
        """
        origins = self._kept.origins(texts)
        new = {pair for pair in texts if origins.get(pair, window.digest) == window.digest}
        blocks = [
            block
            for block in self._scorer.texts.blocks(new)
            if not all(pair in origins for pair in block.pairs)
        ]
        failed: dict[Pair, EmbeddedItem] = {}
        for block, scored in self._scorer.texts.score(blocks):
            good = {p: s.pack() for p, s in scored.items() if isinstance(s, TextScores)}
            bad = {p: s for p, s in scored.items() if isinstance(s, ItemError)}
            self._kept.put(window.digest, good)
            failed |= embedded(bad)
            self._scored(block)
        return failed

    def _scored(self, block: Block) -> None:
        self._progress.scored += len(block.pairs)
        self._report(self._progress)

    def _path(self, window: Window) -> Path:
        return shard_path(self._options.out, window.index)

    def _made_of(self, window: Window) -> dict[str, Any]:
        return {"input": window.digest, "first_row": window.rows[0].number, **self._versions}


def _prepared(job: _Job, source: Source) -> Iterator[tuple[Window, list[Cleaned] | None]]:
    """Yield windows with their cleaned mails; the next one is read and cleaned meanwhile."""
    pending = job.windows(source)

    def prepare() -> tuple[Window, list[Cleaned] | None] | None:
        window = next(pending, None)
        return None if window is None else (window, job.clean(window))

    with ThreadPoolExecutor(1, "bulk-clean") as thread:
        following = thread.submit(prepare)
        while (prepared := following.result()) is not None:
            following = thread.submit(prepare)
            yield prepared


def _status(outcome: Outcome) -> int:
    return outcome.status if isinstance(outcome, GatewayError) else 200


def _refuse_other_versions(out: Path, scorer: BulkScorer) -> None:
    """Raise BulkError where a shard was made by other versions: nothing is mixed in silence."""
    versions = scorer.versions.as_json()
    for path in shard_paths(out):
        made_of = read_made_of(path)
        other = None if made_of is None else {n for n, v in versions.items() if made_of.get(n) != v}
        if other != set():
            what = "is none of ours" if other is None else f"has another {', '.join(sorted(other))}"
            raise BulkError(
                f"{path} {what}: give another --out, or --replace to answer everything again"
            )


def _write_summary(out: Path, scorer: BulkScorer, progress: Progress) -> None:
    """Write what the shards hold together; the same however often the job was interrupted."""
    content = {
        "rows": progress.rows,
        "shards": progress.shards,
        "statuses": {str(status): count for status, count in sorted(progress.statuses.items())},
        "versions": scorer.versions.as_json(),
    }
    replace_file(out / SUMMARY, (json.dumps(content, indent=1) + "\n").encode())


@contextmanager
def _alone(out: Path) -> Iterator[None]:
    """Hold the folder for this job. Raises BulkError where another one does."""
    descriptor = os.open(out / _LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise BulkError(f"{out}: another job writes here") from None
    finally:
        os.close(descriptor)
