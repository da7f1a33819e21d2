"""Laws of what a study learns from: samples, sizes, and rows that judge."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from heads.training.data.dataset import make_dataset
from heads.training.data.tables import read_records
from heads.training.data.taxonomy import REPLY_TASKS
from heads.training.errors import DataError
from heads.training.study.history import read_history, sizes_of_history
from heads.training.study.material import (
    Material,
    checked,
    digest_of,
    draw,
    read_replies,
    read_table,
    sizes_of,
)
from tests.support.study import material, rows, write_rows

REPLIES = Path(__file__).resolve().parents[5] / "heads" / "data"


@pytest.mark.parametrize(
    ("rows", "sizes"),
    [
        (5059, (25, 61, 150, 360, 860, 2100, 5059)),
        (25, (25,)),
        (12, (12,)),
        (30, (25, 26, 27, 28, 29, 30)),
    ],
)
def test_there_are_seven_sizes_from_25_to_all(rows: int, sizes: tuple[int, ...]) -> None:
    """Each is so many times the last; where there is no room they are fewer."""
    assert sizes_of(rows) == sizes


def test_the_smaller_sample_of_a_seed_is_part_of_the_larger(tmp_path: Path) -> None:
    """So a curve rises by added rows, not by other ones; another seed draws others."""
    data = material(tmp_path)
    small, large, other = draw(data, 12, 0), draw(data, 40, 0), draw(data, 12, 1)

    assert small.learnt.texts == large.learnt.texts[:12]
    assert set(small.learnt.texts) != set(other.learnt.texts)
    assert small.judged is data.judged


@pytest.mark.parametrize("count", [10, 13, 31, 60])
def test_every_label_has_its_share_of_a_sample(count: int, tmp_path: Path) -> None:
    """To within a row, at every size."""
    drawn = draw(material(tmp_path), count, 3).learnt

    assert all(abs(n - count / 3) <= 1 for n in Counter(drawn.strata).values())


def test_other_labels_are_those_of_the_same_rows(tmp_path: Path) -> None:
    """Joint tuning reads no row that the sample does not hold."""
    sample = draw(material(tmp_path), 20, 0)

    assert set(sample.others[0].texts) == set(sample.learnt.texts)


@pytest.mark.parametrize("count", [9, 61])
def test_samples_are_neither_tiny_nor_larger_than_all(count: int, tmp_path: Path) -> None:
    """Such a size is refused with what there is."""
    with pytest.raises(DataError, match="10 to 60 rows"):
        draw(material(tmp_path), count, 0)


def test_rows_that_are_learnt_do_not_judge(tmp_path: Path) -> None:
    """Whatever their case and space; where none is left that is an error."""
    learnt = rows(12)
    known = {**learnt[0], "text": str(learnt[0]["text"]).upper()}
    write_rows(tmp_path / "t" / "train.jsonl", learnt)
    write_rows(tmp_path / "t" / "test.jsonl", [known, *rows(3, 1, "q")])
    assert len(read_table(tmp_path / "t", "label").judged) == 3
    write_rows(tmp_path / "t" / "test.jsonl", [known])
    with pytest.raises(DataError, match="no row is left"):
        read_table(tmp_path / "t", "label")


def test_of_one_file_whole_writers_judge(tmp_path: Path) -> None:
    """Every fifth author by hash, with all of theirs."""
    data = read_table(write_rows(tmp_path / "topics.jsonl", rows(120)), "label")

    assert not set(data.learnt.authors) & set(data.judged.authors)
    assert len(data.learnt) + len(data.judged) == 120


def test_a_head_of_several_labels_at_once_is_refused(tmp_path: Path) -> None:
    """The study's figure is the macro-F1 of one label a row."""
    lines = [{**row, "label": [row["label"]]} for row in rows(12)]
    with pytest.raises(DataError, match="one label out of several"):
        read_table(write_rows(tmp_path / "several.jsonl", lines), "label")


def test_the_replies_are_judged_by_writers_of_other_files() -> None:
    """In one language alone, with the other heads' labels beside."""
    data = read_replies(
        "auto_kind", [REPLIES / "replies" / "a.jsonl"], [REPLIES / "held_out" / "g.jsonl"], "en"
    )

    assert set(data.learnt.sources) == {"a"}
    assert set(data.judged.sources) == {"g"}
    assert set(data.learnt.languages) == set(data.judged.languages) == {"en"}
    assert "intent" in {other.task.name for other in data.others}
    with pytest.raises(DataError, match="no head of replies"):
        read_replies("weather", [], [], "en")


def test_the_digest_is_of_order_labels_and_writers(tmp_path: Path) -> None:
    """A study that reads other rows, or the same in another order, is another one."""
    data = material(tmp_path).learnt
    turned = data.rows(np.arange(len(data))[::-1])

    assert len({digest_of(data), digest_of(turned), digest_of(data.rows(np.arange(9)))}) == 3
    assert digest_of(data) == digest_of(data.rows(np.arange(len(data))))


def dated(count: int = 100) -> list[dict[str, object]]:
    """Make rows of which each is a day older than the one before."""
    days = (f"2026-{1 + n // 28:02d}-{1 + n % 28:02d}" for n in reversed(range(count)))
    return [
        {**row, "date": day, "author": f"p{n % 25 if n >= 40 else 100 + n}"}
        for n, (row, day) in enumerate(zip(rows(count), days, strict=True))
    ]


def test_history_is_learnt_newest_first_and_judged_by_what_is_newer(tmp_path: Path) -> None:
    """The newest fifth judges; its writers are not learnt from, nor are rows without a date."""
    lines = dated()
    path = write_rows(tmp_path / "log.jsonl", [*lines[::-1], *rows(5, 2, "undated")])
    newest, every = read_history([path], "label")

    assert list(newest.judged.texts) == [line["text"] for line in lines[:20]]
    assert list(newest.learnt.texts) == [line["text"] for line in lines[20:]]
    assert draw(newest, 12, 0).learnt.texts == draw(newest, 12, 1).learnt.texts
    assert draw(newest, 12, 0).learnt.texts == newest.learnt.texts[:12]
    assert set(draw(every, 12, 0).learnt.texts) != set(newest.learnt.texts[:12])
    assert sizes_of_history(80) == (10, 20, 40, 80)


@pytest.mark.parametrize("value", ["2026-03-04T05:06:07Z", "2026-03-04", 1772600000])
def test_dates_are_iso_or_seconds(value: object, tmp_path: Path) -> None:
    """In the column `date` or `created`."""
    lines = [{**row, "created": value} for row in rows(40)]

    assert len(read_history([write_rows(tmp_path / "x.jsonl", lines)], "label")[0].judged) == 8


def test_what_cannot_be_ordered_in_time_is_told(tmp_path: Path) -> None:
    """No dates at all, one that is none, and writers who wrote both the newest and all others."""
    undated = write_rows(tmp_path / "a.jsonl", rows(20))
    with pytest.raises(DataError, match="history needs dates"):
        read_history([undated], "label")
    broken = write_rows(tmp_path / "b.jsonl", [{**row, "date": "May"} for row in rows(20)])
    with pytest.raises(DataError, match=r"b\.jsonl:1: not a date"):
        read_history([broken], "label")
    alone = [{**row, "author": "p"} for row in dated(20)]
    with pytest.raises(DataError, match="wrote all older ones"):
        read_history([write_rows(tmp_path / "c.jsonl", alone)], "label")


def test_the_shipped_corpus_has_no_dates() -> None:
    """So the study's history is of one's own rows alone."""
    with pytest.raises(DataError, match="history needs dates"):
        read_history([REPLIES / "replies"], "intent")


def test_a_yes_no_head_is_refused() -> None:
    """It has one column, and the strategies learn one a label."""
    records = read_records([REPLIES / "replies" / "a.jsonl"])
    data = make_dataset(REPLY_TASKS["has_opt_out"], records)
    with pytest.raises(DataError, match="one label out of several"):
        checked(Material("has_opt_out", data, data))
