"""Measure a bulk job beside the raw encoder on the same texts: what cleaning and the rest cost."""

import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from embedder.views import View
from gateway.config import load_settings
from gateway.offline.bulk.job import CHECKPOINTS, JobOptions, run_job
from gateway.offline.bulk.scoring import BulkScorer, ScorerOptions
from gateway.offline.bulk.sources import open_source
from loadtests.bench import raw
from loadtests.measurement.run import Run, cpu_seconds, joined
from loadtests.reports.tables import Ratio, ratios_table, runs_table
from loadtests.stack.catalogs import production_views
from loadtests.traffic.corpus import reply_texts

SEED = 20261129
ROUNDS = 3
"""Each row is measured so often, turn by turn: a slower minute then slows both alike."""
LEAST = 0.9


def bulk(count: int, show: Callable[[str], object]) -> bool:
    """Measure and print both rows; return whether the job reaches its share of the raw rate."""
    views = [View.parse(view) for view in production_views()]
    texts = reply_texts(count, SEED)
    scorer = BulkScorer(ScorerOptions(str(load_settings({}).catalog)))
    try:
        raw.run_sorted("warm-up", scorer.loaded, texts[: len(texts) // 4], views)
        rounds = list(_rounds(scorer, texts, views, show))
    finally:
        scorer.close()
    encoder, job = (joined(same) for same in zip(*rounds, strict=True))
    ratio = Ratio("bulk / raw encoder", job.rate / encoder.rate, LEAST)
    show(f"\n{runs_table([encoder, job])}\n\n{ratios_table([ratio])}")
    show(f"by CPU a text: {encoder.cpu_ms / job.cpu_ms:.2f}")
    return ratio.reached


def _rounds(
    scorer: BulkScorer, texts: Sequence[str], views: list[View], show: Callable[[str], object]
) -> Iterator[tuple[Run, Run]]:
    for number in range(1, ROUNDS + 1):
        encoder = raw.run_sorted("raw encoder, length-sorted", scorer.loaded, texts, views)
        with tempfile.TemporaryDirectory() as folder:
            job = _job(scorer, texts, Path(folder))
        show(f"{number} of {ROUNDS}: raw {encoder.rate:.0f}/s, bulk {job.rate:.0f}/s")
        yield encoder, job


def _job(scorer: BulkScorer, texts: Sequence[str], folder: Path) -> Run:
    source = folder / "in.jsonl"
    source.write_text("".join(json.dumps({"text": t}) + "\n" for t in texts), encoding="utf-8")
    options = JobOptions(folder / "out", folder / CHECKPOINTS)
    cpu, started = cpu_seconds([os.getpid()]), time.perf_counter()
    progress = run_job(open_source(str(source)), scorer, options, lambda progress: None)
    seconds = time.perf_counter() - started
    spent = cpu_seconds([os.getpid()]) - cpu
    streams = scorer.loaded.encoder.streams
    return Run("bulk job", streams, seconds, (0.0,) * progress.rows, cpu_s=spent)
