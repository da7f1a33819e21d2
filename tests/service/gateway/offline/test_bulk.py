"""Bulk jobs over the default encoder: online answers, kills at any moment, inputs in a bucket."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from click.testing import CliRunner

from gateway.__main__ import main
from gateway.app import Gateway
from gateway.config import load_settings
from gateway.offline.bulk.scoring import BulkScorer, ScorerOptions
from gateway.offline.embedder import InProcessEmbedder
from heads.pools.local import LocalPool
from heads.registry.registry import Registry
from tests.support.bucket import BUCKET, bucket_server
from tests.support.bulk import answers, replies, run, write_jsonl, write_parquet
from tests.support.bulk_kills import Reference, kill_and_resume, random_moment, reference
from tests.support.waiting import PATIENT

pytestmark = pytest.mark.service
MAILS = [
    *replies(150, first=600),
    {"text": "Not interested.\n\nOn Mon, 2 June 2025 Ann <a@x.example> wrote:\n> Hello there"},
    {"text": "yes", "last_outbound": "Shall we talk on Tuesday at ten?"},
    {"text": ""},
    {"html": "<p>Please <b>unsubscribe</b> me</p>", "subject": "Re: offer"},
    {"text": "Back Monday.", "headers": {"Auto-Submitted": "auto-replied"}},
    {"text": "x " * 3000, "scope": "thread"},
    {"text": 7},
]
_OWN = ("row", "id", "status", "problem", "detail")


@pytest.fixture(scope="module", params=["auto", "fp32"])
def both(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, list[dict[str, Any]], list[dict[str, Any]]]:
    """Answer the mails in bulk and online, by encoders of one precision."""
    settings = load_settings(PATIENT)
    folder = tmp_path_factory.mktemp("both")
    scorer = BulkScorer(ScorerOptions(str(settings.catalog), precision=request.param))
    run(write_jsonl(folder / "in.jsonl", MAILS), folder / "out", scorer, shard_rows=100)
    embedder = InProcessEmbedder(scorer.loaded)
    scorer.close()
    gateway = Gateway(settings, embedder, LocalPool(Registry(settings.catalog)))
    client = gateway.app.test_client()
    online = [client.post("/v1/classify", json=mail).get_json() for mail in MAILS]
    gateway.close()
    return request.param, answers(folder / "out"), online


def test_answers_are_the_online_ones(
    both: tuple[str, list[dict[str, Any]], list[dict[str, Any]]],
) -> None:
    """Every member is equal; numbers to 0.005, and to 1e-5 where the encoder is fp32."""
    precision, rows, online = both
    tolerance = 1e-5 if precision == "fp32" else 0.005

    for row, answer in zip(rows, online, strict=True):
        if row["status"] != 200:
            assert (row["status"], row["problem"]) == (answer["status"], answer["code"])
            continue
        decision = answer.pop("decision")
        flat = {**answer, **decision}
        for name in row.keys() - {*_OWN, "encoder"}:
            assert_alike(row[name], flat[name], tolerance, name)
        if answer["encoder"] is not None:
            assert row["encoder"].items() <= answer["encoder"].items()


def assert_alike(bulk: Any, online: Any, tolerance: float, where: str) -> None:
    """Compare as JSON: a member that is null in a table may be left out of an answer."""
    if isinstance(bulk, dict):
        given = online or {}
        assert given.keys() <= bulk.keys(), where
        for name, value in bulk.items():
            assert_alike(value, given.get(name), tolerance, f"{where}.{name}")
    elif isinstance(bulk, list):
        assert len(bulk) == len(online), where
        for number, pair in enumerate(zip(bulk, online, strict=True)):
            assert_alike(*pair, tolerance, f"{where}[{number}]")
    elif isinstance(bulk, float):
        assert math.isclose(bulk, online, rel_tol=0, abs_tol=tolerance), where
    else:
        assert bulk == online, where


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Reference:
    """Run a job without interruption."""
    return reference(tmp_path_factory.mktemp("once"))


@pytest.mark.parametrize("event", ["text", "kept", "written", "renamed"])
def test_a_killed_job_leaves_what_an_uninterrupted_one_does(
    once: Reference, tmp_path: Path, event: str
) -> None:
    """Killed at any moment and run again: the same bytes, and at most one shard's forwards more."""
    draw = random.Random(event)
    number = next(
        number for kind, number in iter(lambda: random_moment(draw, once), None) if kind == event
    )

    assert kill_and_resume(once, tmp_path, event, number).problem == ""


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Serve a bucket where boto3 finds it."""
    with bucket_server() as environment:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        yield boto3.client("s3")


def test_the_command_reads_a_bucket_and_says_first_what_it_costs(
    bucket: Any, tmp_path: Path
) -> None:
    """Objects under a prefix are one input; the estimate stands before the counts."""
    first = write_parquet(tmp_path / "1.parquet", replies(30))
    second = write_jsonl(tmp_path / "2.jsonl", [*replies(10, first=30), {"text": None}])
    for path in (first, second):
        bucket.upload_file(str(path), BUCKET, f"mails/{path.name}")
    bucket.put_object(Bucket=BUCKET, Key="mails-of-others/3.jsonl", Body=b"{}")
    out = tmp_path / "out"

    arguments = ["bulk", f"s3://{BUCKET}/mails", "--out", str(out), "--price", "0.05"]
    result = CliRunner().invoke(main, arguments)

    assert result.exit_code == 0, result.output
    text = result.output
    assert "41 rows in 2 files" in text
    assert text.index("core-hours (about 0.00 at 0.05 an hour)") < text.index("40 x 200, 1 x 422")
    assert [row["status"] for row in answers(out)] == [200] * 40 + [422]

    missing = CliRunner().invoke(main, ["bulk", f"s3://{BUCKET}/none", "--out", str(out)])
    assert missing.exit_code == 1
    assert "no file here" in missing.output
