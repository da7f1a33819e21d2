"""Laws of measuring behaviour: versions on the same cases, paired, without rows they learnt."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from click.testing import CliRunner

from heads.__main__ import main
from heads.bundle.loading import head_of
from heads.bundle.reading import read_folder
from heads.bundle.writing import write_bundle
from heads.storage.folder import FolderCatalog
from heads.training.behaviour.material import clear_replies, read_material
from heads.training.behaviour.measure import Version, compare, measure
from heads.training.behaviour.recorded import (
    DecidingStep,
    clear_record,
    recorded,
    with_clear_record,
)
from heads.training.behaviour.report import behaviour_table, refusals, summary_table
from heads.training.behaviour.trials import Result
from heads.training.building.trained import Trained
from heads.training.data.dataset import make_dataset
from heads.training.data.provenance import row_key
from heads.training.data.tables import Record
from heads.training.data.taxonomy import REPLY_TASKS
from heads.training.fitting.calibrated_ensemble import Calibrated
from heads.training.fitting.embeddings import EmbeddingStore
from heads.training.fitting.recipe import Recipe, parse_members
from heads.training.gate.review import review
from heads.training.gate.rows import Rows
from tests.support.bundles import FINGERPRINT, feature_rows, table, weights
from tests.support.roles import point

MATERIAL = read_material()
INTENT = REPLY_TASKS["intent"]
CLEAR = [str(r.fields["text"]) for r in clear_replies(INTENT, MATERIAL.replies, MATERIAL.second)]
FLIPPED = "context: clear reply flipped by a mail"
UNDECIDED = "context: clear reply undecided alone"


class Vectors:
    """A store whose vectors hang on the lengths of text and mail."""

    fingerprint, runtime, layers, tuned_on = FINGERPRINT, "none", 6, frozenset[str]()
    origin, model_id = "frozen", "none"

    def vectors(
        self, texts: Sequence[str], views: Sequence[str], contexts: Sequence[str]
    ) -> dict[str, np.ndarray]:
        """Return a vector of 8 values for each text with its context."""
        sizes = np.array(
            [(len(t), len(c)) for t, c in zip(texts, contexts, strict=True)], dtype=np.float32
        )
        made = np.sin(sizes @ np.arange(1, 17, dtype=np.float32).reshape(2, 8))
        return dict.fromkeys(views, made.astype(np.float32))


STORE = cast("EmbeddingStore", Vectors())


def put(
    catalog: Path, number: str, seed: int = 0, learnt: Sequence[str] = (), fact: Any = None,
    **changes: Any,
) -> Version:  # fmt: skip
    """Write a random version of `intent` that learnt from these texts."""
    made = table("intent", number, labels=INTENT.labels, gate={"min_rows": 10}, **changes)
    extra = {
        "README.md": b"card",
        "rows.json": json.dumps({"rows": [row_key(text) for text in learnt]}).encode(),
        "metrics.json": json.dumps({"behaviour": fact} if fact else {}).encode(),
    }
    files = read_folder(write_bundle(catalog, made, weights(made, seed), feature_rows(3), extra))
    return Version(head_of(files), files)


def result(failed: Sequence[bool], groups: Sequence[str], **more: Any) -> Result:
    """Make a result of one kind; no failure was decided otherwise."""
    none = np.zeros(len(failed), bool)
    return Result(more.pop("kind", "k"), np.array(failed), none, tuple(groups), 0.1,
                  more.pop("compared", True))  # fmt: skip


def test_a_version_beside_itself_is_no_worse(tmp_path: Path) -> None:
    """Every kind has the same failures, no text differs, and p is 1."""
    version = put(tmp_path, "1")
    measured = measure(version, version, MATERIAL, lambda _: STORE)

    assert len(measured.kinds) > 20
    assert all((k.worse, k.better, k.p, k.refused) == (0, 0, 1.0, False) for k in measured.kinds)
    assert all(k.old is not None and k.old.failures == k.new.failures for k in measured.kinds)


def test_a_version_is_refused_for_texts_that_it_alone_fails() -> None:
    """Twelve texts worse and none better is no chance; four are; either way by texts, not cases."""
    names = [f"t{n}" for n in range(20)]
    good = result([False] * 20, names)
    bad, unlucky = (result([n < failed for n in range(20)], names) for failed in (12, 4))
    repeated = result([True] * 20, ["t0"] * 20), result([False] * 20, ["t0"] * 20)

    assert compare([bad], [good])[0].refused
    assert not compare([good], [bad])[0].refused
    assert not compare([unlucky], [good])[0].refused
    assert not compare([repeated[0]], [repeated[1]])[0].refused
    assert "0.000 -> 0.600" in refusals(compare([bad], [good]))[0]


def test_many_kinds_share_the_chance_of_a_wrong_refusal() -> None:
    """Five texts worse refuse alone (p 0.031), not as one of twenty kinds; some never refuse."""
    names = [f"t{n}" for n in range(10)]
    good, worse = result([False] * 10, names), result([n < 5 for n in range(10)], names)
    silent = result([n < 10 for n in range(10)], names, compared=False)

    assert compare([worse], [good])[0].refused
    assert not any(kind.refused for kind in compare([worse] * 20, [good] * 20))
    assert not compare([silent], [good])[0].refused


def test_clear_replies_that_a_version_learnt_are_left_out_for_both(tmp_path: Path) -> None:
    """What one learnt is tried on neither; what its training recorded of them is taken instead."""
    half = CLEAR[::2]
    counts = {FLIPPED: {row_key(text): [9, 9, 9] for text in half}}
    old, new = put(tmp_path, "1"), put(tmp_path, "2", learnt=half)
    kept = put(tmp_path, "3", learnt=half, fact=counts)
    alone = {k.new.kind: k.new for k in measure(new, None, MATERIAL, lambda _: STORE).kinds}
    joined = {k.new.kind: k for k in measure(kept, old, MATERIAL, lambda _: STORE).kinds}

    assert len(set(alone[FLIPPED].groups)) == len(CLEAR) - len(half)
    assert len(set(joined[FLIPPED].new.groups)) == len(CLEAR)
    beside = joined[FLIPPED].old
    assert beside is not None
    assert set(beside.groups) == set(joined[FLIPPED].new.groups)
    assert joined[FLIPPED].new.failures >= 9 * len(half)
    assert "clear replies tried" in measure(new, old, MATERIAL, lambda _: STORE).notes[0]


def test_training_records_clear_replies_out_of_fold(tmp_path: Path) -> None:
    """Of the clear replies that were learnt, by kind and text, and as a bundle gives it back."""
    chosen = [r for r in MATERIAL.replies if r.path.stem == "d"][:150]
    data = make_dataset(INTENT, chosen)
    recipe = Recipe(parse_members("mean@3"))
    limits = dict.fromkeys(INTENT.labels, 0.2)
    step = DecidingStep(Calibrated((1.0,), 1.0, None), limits)
    record = clear_record(data, STORE, recipe, step, MATERIAL)
    learnt = {row_key(text) for text in CLEAR if text in data.texts}
    stored = recorded(put(tmp_path, "1", fact=record).files)

    assert learnt
    assert {frozenset(table) for table in record.values()} == {frozenset(learnt)}
    assert {k: {g: tuple(c) for g, c in t.items()} for k, t in record.items()} == stored
    assert clear_record(data, STORE, recipe, step, MATERIAL) == record
    trained = Trained(recipe, (), step.calibrated, limits, {})
    assert with_clear_record(trained, data, STORE).behaviour == record
    other = replace(data, task=replace(INTENT, name="topic"))
    assert with_clear_record(trained, other, STORE) is trained
    assert recorded(put(tmp_path, "2", fact={"k": 7}).files) == {}


def test_the_record_is_by_the_calibration_of_the_bundle() -> None:
    """A temperature that levels all scores leaves every clear reply undecided, and is believed."""
    data = make_dataset(INTENT, [r for r in MATERIAL.replies if r.path.stem == "d"][:150])
    limits = dict.fromkeys(INTENT.labels, 0.2)
    trained = Trained(
        Recipe(parse_members("mean@3")), (), Calibrated((1.0,), 100.0, None), limits, {}
    )
    undecided = with_clear_record(trained, data, STORE).behaviour[UNDECIDED]

    assert undecided
    assert all(failures == cases for cases, failures, _ in undecided.values())


def test_the_gate_shows_and_keeps_behaviour_and_refuses_what_is_worse(tmp_path: Path) -> None:
    """A version that decides nothing is refused for its minimum cases; the audit keeps them."""
    catalog = FolderCatalog(tmp_path)
    put(tmp_path, "1", thresholds=dict.fromkeys(INTENT.labels, 0.0))
    put(tmp_path, "2", thresholds=dict.fromkeys(INTENT.labels, 1.0))
    put(tmp_path, "3", thresholds=dict.fromkeys(INTENT.labels, 0.0))
    records = [
        Record(
            Path("r.jsonl"), n, {"text": f"no {'no ' * n}", "intent": "objection", "author": f"{n}"}
        )
        for n in range(30)
    ]
    rows = Rows(records, "text", "last_outbound", None, "author", trusted=True)
    first = review(catalog, "intent", "1", rows, lambda _: STORE)
    point(tmp_path / "intent", "production", "1")
    silent = review(catalog, "intent", "2", rows, lambda _: STORE)
    same = review(catalog, "intent", "3", rows, lambda _: STORE)

    assert (first.reasons, same.reasons) == ((), ())
    assert "production_failures" not in first.record()["behaviour"]["minimum"]
    assert any(reason.startswith("minimum: failures") for reason in silent.reasons)
    kept = json.loads(json.dumps(silent.record()))["behaviour"]["minimum"]
    assert (kept["refused"], kept["met"], kept["failures"]) == (True, False, kept["cases"])
    lines = behaviour_table(silent.behaviour, "2", "1")
    assert any(line.startswith("| minimum |") and line.endswith("| worse |") for line in lines)


def test_a_head_of_other_labels_is_not_measured(tmp_path: Path) -> None:
    """The suite knows the reply heads' own labels; any other head is let be, with a note."""
    made = table("intent", "1", labels=("a", "b"))
    files = read_folder(write_bundle(tmp_path, made, weights(made), feature_rows(3), {}))
    measured = measure(Version(head_of(files), files), None, MATERIAL, lambda _: STORE)

    assert measured.kinds == ()
    assert "own labels only" in measured.notes[0]


def test_one_table_shows_all_heads(tmp_path: Path) -> None:
    """A line a kind, a column a head; what a head has no trial of is left empty."""
    version = put(tmp_path, "1")
    measured = measure(version, None, MATERIAL, lambda _: STORE)
    lines = summary_table({"intent 1": measured, "other 1": type(measured)(measured.kinds[:1])})

    assert lines[0] == "| failures of | bound | intent 1 | other 1 |"
    assert len(lines) == 2 + len(measured.kinds)
    assert lines[2].startswith("| minimum | 0.15 |")
    assert lines[3].endswith("|  |")


def test_the_command_measures_what_is_in_production(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`behave NAME` shows a version alone, --against beside another; with no name it explains."""
    put(tmp_path, "1")
    put(tmp_path, "2", seed=1)
    point(tmp_path / "intent", "production", "1")
    monkeypatch.setattr("heads.training.commands.behave.open_stores", lambda *_: lambda _: STORE)

    def call(*words: str) -> str:
        done = CliRunner().invoke(main, ["behave", *words, "--catalog", str(tmp_path)])
        assert done.exit_code == 0, done.output
        return done.output

    assert "## intent 1" in call("--all")
    beside = call("intent", "--version", "2", "--against", "1")
    assert "| production 1 |" in beside
    nothing = CliRunner().invoke(main, ["behave", "--catalog", str(tmp_path)])
    assert "name a head, or --all" in nothing.output
    unknown = CliRunner().invoke(main, ["behave", "nosuch", "--catalog", str(tmp_path)])
    assert "no version is in production" in unknown.output
