"""Bulk jobs on Ray for real, in its own environment; `make test-heavy` sets that up."""

from __future__ import annotations

import math
import os
import random
import subprocess
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from embedder.checkpoint.folder import find_model
from gateway.config import load_settings
from gateway.offline.bulk.scoring import BulkScorer, ScorerOptions
from tests.support.bulk import answers, replies, run, write_parquet

ROOT = Path(__file__).resolve().parents[2]
PYTHON = ROOT / ".venv-ray" / "bin" / "python"
ACTORS = 2
# Ray's own patience with its processes is 10 to 60 s.
PATIENT = {
    "RAY_worker_register_timeout_seconds": "600",
    "RAY_gcs_server_request_timeout_seconds": "600",
    "RAY_health_check_timeout_ms": "120000",
}


def ray_job(source: Path, out: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run the job on a cluster of this machine alone, with logical CPUs to spare for reading."""
    command = [PYTHON, "-m", "gateway.offline.bulk.ray_job", source, "--out", out, *options]
    local = ["--actors", ACTORS, "--cpus", 0.5, "--local-cpus", 4, "--batch-rows", 32]
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        list(map(str, [*command, *local])),
        env={**kept, **PATIENT, "PYTHONPATH": str(ROOT), "RAY_worker_niceness": "0"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.e2e
def test_ray_answers_as_the_local_engine_does(tmp_path: Path) -> None:
    """Two actors over shuffled blocks: the same rows, labels and, to 1e-5 in fp32, numbers."""
    rows = [{"id": str(number), **row} for number, row in enumerate(replies(150))]
    rows += [{"id": "null", "text": None}, {"id": "long", "text": "x" * 200_001}]
    local = BulkScorer(ScorerOptions(str(load_settings().catalog), precision="fp32"))
    run(write_parquet(tmp_path / "in.parquet", rows), tmp_path / "local", local, shard_rows=1000)
    local.close()
    shuffled = tmp_path / "shuffled"
    shuffled.mkdir()
    random.Random(1).shuffle(rows)
    for number in range(4):
        write_parquet(shuffled / f"{number}.parquet", rows[number::4])

    model = ("--model", str(find_model(None).folder), "--precision", "fp32")
    done = ray_job(shuffled, tmp_path / "ray", *model)

    assert done.returncode == 0, done.stderr[-2000:]
    expected = {row["id"]: row for row in answers(tmp_path / "local")}
    found = pq.read_table(tmp_path / "ray").to_pylist()
    assert sorted(row["id"] for row in found) == sorted(expected)
    for row in found:
        assert_alike(row, {name: expected[row["id"]][name] for name in row})


def assert_alike(one: Any, other: Any) -> None:
    """Compare rows: numbers to 1e-5, all else exactly."""
    if isinstance(one, dict):
        assert one.keys() == other.keys()
        for name, value in one.items():
            assert_alike(value, other[name])
    elif isinstance(one, float):
        assert math.isclose(one, other, rel_tol=0, abs_tol=1e-5)
    else:
        assert one == other


@pytest.mark.e2e
def test_a_wrong_schema_starts_no_cluster(tmp_path: Path) -> None:
    """The job ends with the column's name before Ray is imported."""
    source = write_parquet(tmp_path / "in.parquet", [{"body": "Hello"}])

    done = ray_job(source, tmp_path / "out")

    assert done.returncode == 1
    assert "needs a column text, html or raw" in done.stderr
    assert not (tmp_path / "out").exists()
