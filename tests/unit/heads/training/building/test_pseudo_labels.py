"""Laws of labels by a machine: sure by a measured precision, learnt from, never judged by."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from heads.__main__ import main
from heads.manifest import Manifest
from heads.training.building.inputs import make_folds
from heads.training.building.pseudo_labels import bounds_of, keys_of
from heads.training.commands.pseudo_label import keys_apart
from heads.training.commands.train import HELD_OUT
from heads.training.data.dataset import (
    MACHINE_MADE,
    Dataset,
    infer_task,
    make_dataset,
    make_learnt_dataset,
)
from heads.training.data.provenance import row_key
from heads.training.data.tables import Record, read_records
from heads.training.errors import DataError
from heads.training.evaluation.out_of_fold import Judged, judge_out_of_fold
from heads.training.gate.rows import Rows, dataset_of
from tests.support.checkpoints import write_bert
from tests.support.study import rows, write_rows


def mixed(folder: Path, people: int = 60, machine: int = 12, *, learn: bool = True) -> Dataset:
    """Read rows by people, then by a machine; the first of those are by an author of people's."""
    made = rows(machine, seed=3, author="m")
    made[0]["author"] = made[1]["author"] = "p0"
    marked = [{**row, MACHINE_MADE: {"head": "topic/1"}} for row in made]
    records = read_records([write_rows(folder / "rows.jsonl", [*rows(people), *marked])])
    task = infer_task("topic", records, label_column="label")
    return (make_learnt_dataset if learn else make_dataset)(task, records)


def judged(correct: int, wrong: int, confidence: float = 0.9) -> Judged:
    """Judge rows of two labels, a writer each; the wrong ones are spread evenly."""
    count = correct + wrong
    truth = np.arange(count) // 2 % 2  # both halves of the writers wrote both labels
    best = truth.copy()
    best[np.linspace(0, count - 1, wrong, dtype=int)] ^= 1
    lines = [
        {"text": f"t{n}", "label": "ab"[label], "author": f"w{n:04d}"}
        for n, label in enumerate(truth.tolist())
    ]
    return Judged(_dataset(lines), np.zeros((count, 2)), best, np.full(count, confidence),
                  np.ones(count, dtype=bool))  # fmt: skip


def _dataset(lines: list[dict[str, str]]) -> Dataset:
    records = [Record(Path("rows"), n, line) for n, line in enumerate(lines)]
    return make_dataset(infer_task("ab", records, label_column="label"), records)


def test_rows_of_a_machine_are_left_out_where_nobody_asks(tmp_path: Path) -> None:
    """So no figure, threshold or gate is ever measured on one."""
    assert len(mixed(tmp_path, learn=False)) == 60
    assert sum(mixed(tmp_path).machine_made) == 12


def test_they_are_learnt_from_and_never_tested_on(tmp_path: Path) -> None:
    """In every fold; but for those by an author whom the fold tests."""
    data = mixed(tmp_path)
    made = set(range(60, 72))
    for group_by in ("author", "random"):
        folds = make_folds(data, group_by, 0)
        assert sorted(np.concatenate([fold.test for fold in folds])) == list(range(60))
        assert all(made - {60, 61} <= set(fold.train) for fold in folds)
        assert all(not set(fold.train) & set(fold.test) for fold in folds)
    testing = next(fold for fold in make_folds(data, "author", 0) if 0 in fold.test)
    assert not {60, 61} & set(testing.train)


def test_they_are_no_part_of_what_was_judged(tmp_path: Path) -> None:
    """Neither of the figures nor of the calibration beneath."""
    data = mixed(tmp_path)
    logits = np.eye(3)[data.truth] * 4.0
    logits[60:] = np.nan
    its = judge_out_of_fold(data, [logits], make_folds(data, "author", 0))

    assert len(its.data) == 60
    assert not any(its.data.machine_made)
    assert np.isfinite(its.scores).all()


def test_the_gate_refuses_rows_of_a_machine(tmp_path: Path) -> None:
    """Though they are given to it, trusted and all."""
    mixed(tmp_path)
    records = read_records([tmp_path / "rows.jsonl"])
    given = Rows(records, "text", "last_outbound", "label", "author", trusted=True)
    manifest = Manifest.model_construct(
        name="topic", kind="softmax", labels=("money", "music", "travel"), description="",
        depends_on=None,
    )  # fmt: skip

    assert len(dataset_of((manifest,), given)) == 60
    only = [record for record in records if record.fields.get(MACHINE_MADE)]
    with pytest.raises(DataError, match="no row teaches"):
        dataset_of((manifest,), Rows(only, "text", "last_outbound", "label", "author", True))


def test_the_bound_is_that_of_writers_without_a_say() -> None:
    """All right, 400 rows: at least 0.993 by 95 %. Four in a hundred wrong: too many for 0.97."""
    bounds = bounds_of(judged(400, 0), 0.97)

    assert (bounds.rows, bounds.right) == (400, 400)
    assert 0.993 < bounds.low < 0.994
    assert bounds.thresholds == {"a": 0.5, "b": 0.5}
    with pytest.raises(DataError, match=r"0\.970 was asked for"):
        bounds_of(judged(400, 16), 0.97)


def test_too_few_rows_are_never_sure_enough() -> None:
    """Twenty right ones of twenty say no more than 0.88."""
    with pytest.raises(DataError, match="0 rows labelled"):
        bounds_of(judged(20, 0), 0.95)


def test_a_label_is_given_from_where_all_higher_ones_hold() -> None:
    """What is wrong between 0.5 and 0.8 moves the threshold above it."""
    its = judged(600, 0)
    wrong = np.arange(600) % 20 < 2  # all of them are of the label a
    its.confidence[wrong] = 0.7
    its.best[wrong] ^= 1
    bounds = bounds_of(its, 0.97)

    assert bounds.thresholds == {"a": 0.5, "b": 0.71}


def test_the_rows_that_judge_a_reply_head_are_never_labelled() -> None:
    """With their mail or without, however the pool names its columns; others have to be named."""
    shipped = {"text_column": "text", "context_column": "last_outbound"}
    body = {"text_column": "body", "context_column": "mail"}
    own = [Record(Path("own"), 1, {"body": "Just mine."})]
    known = keys_apart("intent", own, body)

    for record in read_records([HELD_OUT]):
        assert row_key(record.fields["text"]) in known
        assert keys_of([record], shipped) <= known
    assert row_key("just MINE.") in known
    assert keys_apart("topic", own, body) == {row_key("Just mine.")}
    assert keys_apart("topic", [], body) == frozenset()


def test_a_head_labels_what_it_is_sure_of_and_learns_from_it(tmp_path: Path) -> None:
    """From table to bundle: marked rows, counted by the training, unknown to its figures."""
    data = write_rows(tmp_path / "topic.jsonl", rows(240))
    fresh = [{**row, "label": None} for row in rows(60, seed=5, author="u")]
    told = rows(2, seed=5, author="u")
    learnt = {**rows(1)[0], "label": ""}
    pool = write_rows(tmp_path / "pool.jsonl", [*fresh, *told, fresh[0], learnt])
    apart = write_rows(tmp_path / "apart.jsonl", rows(60, seed=5, author="u")[50:])
    catalog = ("--catalog", str(tmp_path / "catalog"))
    (tmp_path / "catalog").mkdir()
    about = ("topic", "--label-column", "label", "--cache", str(tmp_path / "cache" / "v"),
             "--model", str(write_bert(tmp_path / "bert")), *catalog)  # fmt: skip

    def call(command: str, *arguments: str) -> str:
        done = CliRunner().invoke(main, [command, *about, *arguments])
        assert done.exit_code == 0, done.output
        return done.output

    call("train", "--data", str(data), "--members", "lexical", "--no-track")
    out = tmp_path / "made.jsonl"
    printed = call(
        "pseudo-label", "--data", str(data), "--unlabelled", str(pool), "--out", str(out),
        "--version", "1", "--precision", "0.9", "--apart", str(apart),
    )  # fmt: skip
    made = [json.loads(line) for line in out.read_text().splitlines()]
    assert f"{len(made)} rows" in printed
    assert 20 < len(made) <= 50
    assert not {row["text"] for row in made} & {row["text"] for row in fresh[50:]}
    truth = {row["text"]: row["label"] for row in rows(60, seed=5, author="u")}
    assert np.mean([truth[row["text"]] == row["label"] for row in made]) > 0.9
    assert all(row[MACHINE_MADE]["head"] == "topic/1" for row in made)
    assert len({row["text"] for row in made}) == len(made)

    both = ("--data", str(data), "--data", str(out))
    again = call("train", *both, "--members", "lexical", "--no-track")
    assert f"{len(made)} of {240 + len(made)} rows were labelled by a machine" in again
    facts = json.loads((tmp_path / "catalog" / "topic" / "2" / "metrics.json").read_text())
    assert facts["machine_made"] == len(made)
    assert facts["evaluation"]["author"]["rows"] == 240
    card = (tmp_path / "catalog" / "topic" / "2" / "README.md").read_text()
    assert f"{len(made)} of them were labelled by a machine" in card
