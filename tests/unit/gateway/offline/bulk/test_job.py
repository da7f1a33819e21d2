"""A bulk job: each distinct text once, each row one answer, nothing mixed, nothing done twice."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from embedder.testing.encoder import FakeEncoder
from gateway.offline.bulk.errors import BulkError
from gateway.offline.bulk.scoring import BulkScorer
from tests.support.bulk import (
    answers,
    fake_catalog,
    fake_scorer,
    replies,
    run,
    shard_bytes,
    write_csv,
    write_jsonl,
    write_parquet,
)
from tests.support.bundles import put_live

ROWS = replies(60) + replies(20)


@pytest.fixture
def catalog(tmp_path: Path) -> Path:
    """Put two heads into production."""
    return fake_catalog(tmp_path / "catalog")


@pytest.fixture
def encoder() -> FakeEncoder:
    """Make an encoder that notes its batches."""
    return FakeEncoder(streams=2)


@pytest.fixture
def scorer(catalog: Path, encoder: FakeEncoder) -> Iterator[BulkScorer]:
    """Make a scorer over both."""
    scorer = fake_scorer(catalog, encoder)
    yield scorer
    scorer.close()


def encoded(encoder: FakeEncoder) -> int:
    """Count the texts that the encoder ran on."""
    return sum(map(len, encoder.batches))


def test_every_row_is_answered_in_order_and_every_distinct_text_encoded_once(
    tmp_path: Path, scorer: BulkScorer, encoder: FakeEncoder
) -> None:
    """Rows keep their places; texts that come again, in any shard, cost no forward."""
    progress = run(write_jsonl(tmp_path / "in.jsonl", ROWS), tmp_path / "out", scorer)

    rows = answers(tmp_path / "out")
    assert [row["row"] for row in rows] == list(range(80))
    assert [row["heads"] for row in rows[60:]] == [row["heads"] for row in rows[:20]]
    texts = {row["text"] for row in ROWS if row["text"]}
    assert encoded(encoder) == progress.scored <= len(texts)


def test_formats_of_one_content_give_the_same_answers(tmp_path: Path, scorer: BulkScorer) -> None:
    """Parquet, JSON lines, CSV and a folder of files are read as the same mails."""
    rows = [{"id": f"m{number}", **row} for number, row in enumerate(ROWS)]
    (tmp_path / "parts").mkdir()
    sources = [
        write_jsonl(tmp_path / "in.jsonl", rows),
        write_csv(tmp_path / "in.csv", rows),
        write_parquet(tmp_path / "in.parquet", rows),
        tmp_path / "parts",
    ]
    write_parquet(tmp_path / "parts" / "0.parquet", rows[:30])
    write_csv(tmp_path / "parts" / "1.csv", rows[30:])

    for number, source in enumerate(sources):
        run(source, tmp_path / str(number), scorer)

    first = answers(tmp_path / "0")
    assert [row["id"] for row in first] == [row["id"] for row in rows]
    assert all(answers(tmp_path / str(number)) == first for number in range(1, 4))


def test_bad_rows_have_a_status_and_leave_the_others(tmp_path: Path, scorer: BulkScorer) -> None:
    """A row that is no mail, is too long, or that the encoder fails on is told from the others."""
    source = tmp_path / "in.jsonl"
    lines = [
        '{"text": "Thanks, no budget this year"}',
        "no json",
        '{"text": null}',
        '{"text": 7}',
        '["text"]',
        '{"text": "' + "x" * 200_001 + '"}',
        '{"text": "half \\ud800 a character"}',
        '{"raw": "@"}',
        '{"text": "this is poison to it"}',
        '{"text": "Call me on Thursday please"}',
    ]
    source.write_text("\n".join(lines), encoding="utf-8")

    progress = run(source, tmp_path / "out", scorer)

    rows = answers(tmp_path / "out")
    statuses = [200, 400, 422, 422, 400, 422, 422, 422, 422, 200]
    assert [row["status"] for row in rows] == statuses
    assert rows[8]["problem"] == "encoder_failed"
    assert rows[1]["intent"] is None
    assert rows[1]["detail"] == "The line is not valid JSON."
    assert sum(progress.statuses.values()) == len(lines)


@pytest.mark.parametrize("name", ["in.jsonl", "in.csv", "in.parquet", "in.txt"])
def test_a_wrong_schema_ends_before_anything_is_read(
    tmp_path: Path, scorer: BulkScorer, encoder: FakeEncoder, name: str
) -> None:
    """Without a column of mail, or with one of another type, no forward is made."""
    write = {"jsonl": write_jsonl, "csv": write_csv, "parquet": write_parquet, "txt": write_csv}
    source = write[name.split(".")[1]](tmp_path / name, [{"body": "Hello"}])

    with pytest.raises(BulkError, match=r"text|ends in"):
        run(source, tmp_path / "out", scorer)
    with pytest.raises(BulkError, match="column text cannot be read as int64"):
        run(write_parquet(tmp_path / "n.parquet", [{"text": 7}]), tmp_path / "out", scorer)

    assert not encoder.batches


def test_a_second_run_does_nothing_and_a_longer_input_only_the_rest(
    tmp_path: Path, scorer: BulkScorer, encoder: FakeEncoder
) -> None:
    """Shards whose rows and versions are the same are left as they are."""
    source, out = write_jsonl(tmp_path / "in.jsonl", ROWS[:40]), tmp_path / "out"
    run(source, out, scorer)
    before, forwards = shard_bytes(out), encoded(encoder)

    again = run(source, out, scorer)
    assert (again.reused, again.scored) == (4, 0)
    assert shard_bytes(out) == before

    write_jsonl(source, ROWS[:60])
    longer = run(source, out, scorer)
    assert longer.reused == 4
    assert encoded(encoder) == forwards + longer.scored

    write_jsonl(source, ROWS[:40])
    run(source, out, scorer)
    assert shard_bytes(out) == before


def test_one_changed_row_changes_its_own_shard_alone(tmp_path: Path, scorer: BulkScorer) -> None:
    """What was sent again with one row corrected is answered anew where that row is."""
    source, out = write_jsonl(tmp_path / "in.jsonl", ROWS[:40]), tmp_path / "out"
    run(source, out, scorer)

    changed = [*ROWS[:25], {"text": "Entirely other words of somebody else"}, *ROWS[26:40]]
    progress = run(write_jsonl(source, changed), out, scorer)

    assert (progress.reused, progress.scored) == (3, 1)


def test_jobs_may_share_what_they_scored(
    tmp_path: Path, scorer: BulkScorer, encoder: FakeEncoder
) -> None:
    """A delivery that holds mails of the one before encodes the new ones only."""
    shared = tmp_path / "scores.sqlite"
    run(write_jsonl(tmp_path / "1.jsonl", ROWS[:40]), tmp_path / "1", scorer, checkpoints=shared)
    forwards = encoded(encoder)

    second = write_jsonl(tmp_path / "2.jsonl", ROWS[20:60])
    progress = run(second, tmp_path / "2", scorer, checkpoints=shared)

    assert encoded(encoder) - forwards == progress.scored <= 20


def test_shards_of_other_heads_are_not_mixed(tmp_path: Path, catalog: Path) -> None:
    """A new version ends the job before it begins, or answers everything again where asked to."""
    source, out = write_jsonl(tmp_path / "in.jsonl", ROWS[:30]), tmp_path / "out"
    first = fake_scorer(catalog)
    run(source, out, first)
    first.close()
    put_live(catalog, 5, fingerprint=first.versions.fingerprint, version="2")
    second = fake_scorer(catalog)
    before = shard_bytes(out)

    with pytest.raises(BulkError, match="another heads"):
        run(source, out, second)
    assert shard_bytes(out) == before

    progress = run(source, out, second, replace=True)
    assert progress.reused == 0
    assert {row["heads"]["intent"]["version"] for row in answers(out)} - {None} == {"2"}
    second.close()


def test_answers_do_not_depend_on_the_order_of_the_rows(tmp_path: Path, catalog: Path) -> None:
    """Batches are cut from a shard's set of texts, whatever order they stand in."""
    batches = []
    for number, rows in enumerate((ROWS[:60], ROWS[:60][::-1])):
        encoder = FakeEncoder(streams=1)
        scorer = fake_scorer(catalog, encoder)
        source = write_jsonl(tmp_path / f"{number}.jsonl", rows)
        run(source, tmp_path / str(number), scorer, shard_rows=60)
        scorer.close()
        batches.append(encoder.batches)

    assert batches[0] == batches[1]
    forward, backward = answers(tmp_path / "0"), answers(tmp_path / "1")
    assert [row["heads"] for row in forward] == [row["heads"] for row in backward[::-1]]


def test_two_jobs_never_write_into_one_folder(tmp_path: Path, scorer: BulkScorer) -> None:
    """The second one ends at once."""
    source, out = write_jsonl(tmp_path / "in.jsonl", ROWS[:5]), tmp_path / "out"
    out.mkdir()
    descriptor = os.open(out / ".lock", os.O_RDWR | os.O_CREAT)
    fcntl.flock(descriptor, fcntl.LOCK_EX)

    with pytest.raises(BulkError, match="another job"):
        run(source, out, scorer)
    os.close(descriptor)

    assert run(source, out, scorer).rows == 5


def test_a_named_head_that_nobody_serves_ends_the_job(catalog: Path) -> None:
    """As online, with the name that may have been meant."""
    with pytest.raises(BulkError, match="intnet"):
        fake_scorer(catalog, heads=("intnet",))
