"""Inputs of bulk jobs, jobs over an encoder without a model, and shards as plain values."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from embedder.cost import CostModel
from embedder.encoder import LoadedEncoder
from embedder.testing.embedder import FAKE_FINGERPRINT
from embedder.testing.encoder import FakeEncoder, FakeTokenizer
from gateway.offline.bulk.job import JobOptions, Progress, run_job
from gateway.offline.bulk.scoring import BulkScorer, ScorerOptions
from gateway.offline.bulk.shards import shard_paths
from gateway.offline.bulk.sources import open_source
from tests.support.bundles import put_live

DATA = Path(__file__).resolve().parents[2] / "heads" / "data" / "replies"


def fake_catalog(catalog: Path) -> Path:
    """Put two heads live that read an encoder without a model."""
    put_live(catalog, 1, fingerprint=FAKE_FINGERPRINT)
    labels = {"name": "has_opt_out", "kind": "sigmoid", "labels": ("yes", "no")}
    put_live(catalog, 2, fingerprint=FAKE_FINGERPRINT, **labels)
    return catalog


def fake_scorer(catalog: Path, encoder: FakeEncoder | None = None, **options: Any) -> BulkScorer:
    """Return a scorer over an encoder without a model; its texts are words between spaces."""
    tokenizer: Any = FakeTokenizer()
    loaded = LoadedEncoder(encoder or FakeEncoder(), tokenizer, CostModel())
    return BulkScorer(ScorerOptions(str(catalog), **options), loaded)


def replies(count: int, first: int = 0) -> list[dict[str, Any]]:
    """Return rows of the corpus as mails."""
    rows = [
        json.loads(line)
        for name in ("a", "b", "c")
        for line in (DATA / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    return [{"text": row["text"]} for row in rows[first : first + count]]


def write_jsonl(path: Path, rows: Iterable[Mapping[str, Any]]) -> Path:
    """Write JSON lines."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def write_csv(path: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    """Write CSV with the first row's columns."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def write_parquet(path: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    """Write Parquet."""
    pq.write_table(pa.Table.from_pylist([dict(row) for row in rows]), path)
    return path


def run(
    source: Path | str, out: Path, scorer: BulkScorer, shard_rows: int = 10, **options: Any
) -> Progress:
    """Run a job to its end."""
    checkpoints = options.pop("checkpoints", out / "checkpoints.sqlite")
    job = JobOptions(out, checkpoints, shard_rows=shard_rows, **options)
    return run_job(open_source(str(source)), scorer, job, lambda progress: None)


def answers(out: Path) -> list[dict[str, Any]]:
    """Return the rows of all shards, in order."""
    return [row for path in shard_paths(out) for row in pq.read_table(path).to_pylist()]


def shard_bytes(out: Path) -> dict[str, bytes]:
    """Return every shard's content, and the summary's."""
    paths = [*shard_paths(out), out / "summary.json"]
    return {path.name: path.read_bytes() for path in paths}
