"""Laws of the gate on what a version turns away as unlike anything it has learnt."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np

from heads.bundle.loading import head_of
from heads.bundle.reading import read_folder
from heads.bundle.writing import write_bundle
from heads.storage.folder import FolderCatalog
from heads.training.behaviour.measure import Version
from heads.training.data.dataset import infer_task, make_dataset
from heads.training.data.tables import Record
from heads.training.fitting.embeddings import EmbeddingStore
from heads.training.gate.review import review
from heads.training.gate.review_report import unlike_line
from heads.training.gate.rows import Rows
from heads.training.gate.unlike import TurnedAway, UnlikeFigure, measure_unlike
from tests.support.bundles import DIM, FINGERPRINT, feature_rows, table, weights
from tests.support.roles import point

LABELS = ("positive", "objection", "other")


class Vectors:
    """A store of two places: what begins with "far", and everything else."""

    fingerprint, runtime, layers, tuned_on = FINGERPRINT, "none", 6, frozenset[str]()
    origin, model_id = "frozen", "none"

    def vectors(
        self, texts: Sequence[str], views: Sequence[str], contexts: Sequence[str]
    ) -> dict[str, np.ndarray]:
        """Return a vector of 8 values for each text."""
        made = np.array([np.eye(DIM)[int(text.startswith("far"))] for text in texts])
        return dict.fromkeys(views, made.astype(np.float32))


STORE = cast("EmbeddingStore", Vectors())


def put(catalog: Path, number: str, limit: float | None, **facts: Any) -> Version:
    """Write a version to which "far" texts are at a distance of 1, and all others at 0."""
    unlike: dict[str, Any] = (
        {} if limit is None else {"unlike": {"views": ["mean@3"], "rank": 1, "limit": limit}}
    )
    made = table("topic", number, labels=LABELS, gate={"min_rows": 10}, **unlike)
    tensors = weights(made)
    if limit is not None:
        tensors["unlike.w0"] = np.zeros((DIM, 2), dtype=np.float32)
        tensors["unlike.w0"][0, 1] = 1.0
        tensors["unlike.b0"] = np.zeros(2, dtype=np.float32)
    extra = {"README.md": b"card", "metrics.json": json.dumps(facts).encode()}
    extra["rows.json"] = json.dumps({"rows": []}).encode()
    files = read_folder(write_bundle(catalog, made, tensors, feature_rows(3), extra))
    return Version(head_of(files), files)


def records(near: int, far: int, **more: Any) -> list[Record]:
    """Make rows of three labels, `far` of which lie where no reply has been."""
    texts = [f"near {n}" for n in range(near)] + [f"far {n}" for n in range(far)]
    return [
        Record(Path("r.jsonl"), n, {"text": t, "topic": LABELS[n % 3], "author": f"p{n}", **more})
        for n, t in enumerate(texts)
    ]


def test_a_version_that_turns_away_replies_beyond_chance_is_refused(tmp_path: Path) -> None:
    """One reply in ten is more than 1 %; the refusal, the line and the audit have the counts."""
    put(tmp_path, "1", None)
    put(tmp_path, "2", 0.5)
    put(tmp_path, "3", 2.0)
    rows = Rows(records(90, 10), "text", "last_outbound", "topic", "author", trusted=False)
    catalog = FolderCatalog(tmp_path)
    alone = review(catalog, "topic", "2", rows, lambda _: STORE)
    point(tmp_path / "topic", "production", "1")
    strict, wide = (review(catalog, "topic", number, rows, lambda _: STORE) for number in "23")

    assert any("10 of 100 replies (10.0%) are turned away" in reason for reason in strict.reasons)
    assert alone.reasons == strict.reasons
    assert wide.reasons == ()
    assert strict.record()["unlike"] == {"rows": 100, "lost": 10, "bound": 0.01, "met": False}
    assert unlike_line(wide) == ["turned away as unlike: 0 of 100 replies; 1% is allowed: met"]
    assert unlike_line(strict)[0].endswith("worse")


def test_a_version_without_a_limit_turns_nothing_away(tmp_path: Path) -> None:
    """There is no figure, and so no line and nothing in the audit."""
    put(tmp_path, "1", None)
    rows = Rows(records(90, 10), "text", "last_outbound", "topic", "author", trusted=False)
    result = review(FolderCatalog(tmp_path), "topic", "1", rows, lambda _: STORE)

    assert (result.unlike, unlike_line(result)) == (None, [])
    assert "unlike" not in result.record()


def test_few_rows_beyond_the_bound_may_be_chance() -> None:
    """Two of 100 are 2 % and no proof; 40 of 2,000 are; within the bound nothing refuses."""
    two, forty, none = (UnlikeFigure(TurnedAway(*at)) for at in ((100, 2), (2000, 40), (100, 0)))

    assert (two.met, two.worse) == (False, False)
    assert (forty.met, forty.worse) == (False, True)
    assert (none.met, none.worse) == (True, False)


def test_other_texts_tell_how_well_distances_part_the_two(tmp_path: Path) -> None:
    """AUROC, and how many of them are abstained from, beside production's, are kept."""
    old, new = put(tmp_path, "1", 2.0), put(tmp_path, "2", 0.5)
    kept = records(40, 0)
    data = make_dataset(infer_task("topic", kept, label_column="topic"), kept)
    figure = measure_unlike(new, old, data, [("far off", ""), ("near by", "")], lambda _: STORE)

    assert figure is not None
    assert figure.new == TurnedAway(40, 0, 2, 1, 0.75)
    assert figure.record()["production"] == {
        "rows": 40, "lost": 0, "strange": 2, "caught": 0, "auroc": 0.75,
    }  # fmt: skip


def test_a_language_that_was_not_learnt_is_no_good_reply(tmp_path: Path) -> None:
    """An English head ought to abstain there: such rows count neither way."""
    kept = [*records(40, 0, lang="en"), *records(0, 9, lang="de")]
    data = make_dataset(infer_task("topic", kept, label_column="topic"), kept)
    english = put(tmp_path, "1", 0.5, languages={"en": 7})
    both = put(tmp_path, "2", 0.5, languages={"en": 7, "de": 1})
    figures = [measure_unlike(v, None, data, (), lambda _: STORE) for v in (english, both)]

    assert [(f.new.rows, f.new.lost) for f in figures if f is not None] == [(40, 0), (49, 9)]
