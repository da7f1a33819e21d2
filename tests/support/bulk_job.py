"""Runs a bulk job over the default encoder, notes each forward, and kills itself where asked to.

`python -m tests.support.bulk_job IN OUT LOG SHARD_ROWS [EVENT NUMBER]`: one byte a text goes into
LOG before its forward; at the NUMBER-th EVENT of this process it ends as by SIGKILL.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from embedder.encoder import Batch, LoadedEncoder
from gateway.config import load_settings
from gateway.offline.bulk import job as bulk_job
from gateway.offline.bulk import scoring
from gateway.offline.bulk.checkpoints import Checkpoints
from gateway.offline.bulk.job import JobOptions, run_job
from gateway.offline.bulk.sources import open_source
from trunkline.logs import configure_logging

EVENTS = ("text", "kept", "written", "renamed", "shard")
"""Before a text's forward; after a block is kept; before and after a shard has its name; after a
shard is counted."""


class Fate:
    """Counts events; kills this process at one of them."""

    def __init__(self, event: str, number: int) -> None:
        self._event = event
        self._left = number
        self._lock = threading.Lock()

    def meet(self, event: str, times: int = 1) -> None:
        """Note an event, so many times at once."""
        with self._lock:
            if event != self._event:
                return
            self._left -= times
            if self._left <= 0:
                os.kill(os.getpid(), signal.SIGKILL)


class NotingEncoder:
    """An encoder that writes down every text before it runs."""

    def __init__(self, encoder: Any, log: Path, fate: Fate) -> None:
        self._encoder = encoder
        self._log = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        self._fate = fate

    def __getattr__(self, name: str) -> Any:
        return getattr(self._encoder, name)

    def forward(self, batch: Batch) -> Any:
        """Note, then run."""
        texts = int(batch.owners[-1]) + 1
        os.write(self._log, b"." * texts)
        self._fate.meet("text", texts)
        return self._encoder.forward(batch)


def main() -> None:
    """Run the job."""
    source, out, log, rows, *end = sys.argv[1:]
    configure_logging("gateway", "error")
    fate = Fate(end[0], int(end[1])) if end else Fate("", 1)
    _watch(fate)
    options = scoring.ScorerOptions(str(load_settings().catalog))
    scorer = scoring.BulkScorer(options, _loaded(Path(log), fate))
    folder = Path(out)
    job = JobOptions(folder, folder / bulk_job.CHECKPOINTS, shard_rows=int(rows))
    seen = 0

    def report(progress: bulk_job.Progress) -> None:
        nonlocal seen
        if progress.shards > seen:
            seen = progress.shards
            fate.meet("shard")

    run_job(open_source(source), scorer, job, report)
    scorer.close()


def _loaded(log: Path, fate: Fate) -> LoadedEncoder:
    loaded = scoring._load_encoder(scoring.ScorerOptions(""))
    noting: Any = NotingEncoder(loaded.encoder, log, fate)
    return LoadedEncoder(noting, loaded.tokenizer, loaded.cost)


def _watch(fate: Fate) -> None:
    put, replace = Checkpoints.put, os.replace

    def watched_put(self: Checkpoints, origin: str, scores: Any) -> None:
        put(self, origin, scores)
        fate.meet("kept")

    def watched_replace(old: Any, new: Any) -> None:
        is_shard = str(new).endswith(".parquet")
        if is_shard:
            fate.meet("written")
        replace(old, new)
        if is_shard:
            fate.meet("renamed")

    Checkpoints.put = watched_put  # type: ignore[method-assign]
    os.replace = watched_replace  # type: ignore[assignment]


if __name__ == "__main__":
    main()
