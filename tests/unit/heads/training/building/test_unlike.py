"""Laws of the report on texts that a bundle finds unlike anything it has learnt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import cast

import numpy as np
import pytest

from heads.training.building.train import Plan, train
from heads.training.building.trained import write
from heads.training.building.unlike import by_kind, unlike_table
from heads.training.data.dataset import Dataset, infer_task, make_dataset
from heads.training.data.tables import Record
from heads.training.errors import DataError
from heads.training.fitting.embeddings import EmbeddingStore
from heads.training.fitting.recipe import Recipe, parse_members
from tests.support.bundles import DIM, FINGERPRINT

TOPICS = ("money", "travel")


class Vectors:
    """A store: a text lies near its first word's direction, pushed away by a context."""

    runtime, layers, tuned_on = "none", 6, frozenset[str]()
    origin, model_id = "frozen", "none"

    def __init__(self, fingerprint: str = FINGERPRINT) -> None:
        self.fingerprint = fingerprint

    def vectors(
        self, texts: Sequence[str], views: Sequence[str], contexts: Sequence[str]
    ) -> dict[str, np.ndarray]:
        """Return {view: (n, DIM)}."""
        words = (*TOPICS, "junk")
        made = []
        for text, context in zip(texts, contexts, strict=True):
            first = text.split()[0]
            near = np.eye(DIM)[words.index(first)] + 5 * bool(context) * np.eye(DIM)[5]
            made.append(near + 0.05 * np.random.default_rng(len(text)).normal(size=DIM))
        return {view: np.array(made, dtype=np.float32) for view in views}


STORE = cast("EmbeddingStore", Vectors())


def rows(count: int) -> Dataset:
    """Make rows of two topics, three by each author."""
    path = Path("rows.jsonl")
    records = [
        Record(
            path,
            number,
            {
                "text": f"{TOPICS[number % 2]} {'so ' * number}",
                "topic": TOPICS[number % 2],
                "author": f"p{number // 3}",
            },
        )
        for number in range(count)
    ]
    return make_dataset(infer_task("topic", records, label_column="topic"), records)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a head that has learnt from the first 30 rows, on views of a text's own tokens."""
    data = rows(30)
    plan = Plan(version="1", recipe=Recipe(parse_members("text@4")))
    trained = train(data, STORE, plan, lambda items, _: items)
    return write(trained, data, STORE, tmp_path_factory.mktemp("catalog"), "1")


def test_rows_that_a_bundle_has_not_learnt_from_are_not_its_own(bundle: Path) -> None:
    """Its costs are measured on its own rows, however many more the corpus holds."""
    texts = {"junk": [("junk a", ""), ("junk bc", "")], "good": [("money yes", "")]}
    lines = unlike_table(bundle, rows(48), texts, STORE)
    assert lines[2:4] == ["| junk | 2 | 1.000 | 1.000 |", lines[3]]
    assert lines[3].startswith("| good | 1 | 0.000 |")
    assert lines[4].startswith("| all of them | 3 | 0.667 |")
    assert lines[5].startswith("| the rows it learnt from, held out | 30 |")


def test_a_text_is_measured_with_the_mail_that_it_answers(bundle: Path) -> None:
    """A short one, as serving embeds it with its context; a long one alone."""
    fields = {"last_outbound": "Shall we talk?", "kind": "pair"}
    short, long = rows(30).texts[2], rows(30).texts[10]
    records = [
        Record(Path("t.jsonl"), 1, {"text": short, **fields}),
        Record(Path("t.jsonl"), 2, {"text": long, **fields}),
        Record(Path("t.jsonl"), 3, {"text": short}),
    ]
    texts = by_kind(records)
    assert [bool(context) for _, context in (*texts["pair"], *texts["texts"])] == [1, 0, 0]
    lines = unlike_table(bundle, rows(30), texts, STORE)
    assert lines[2].startswith("| pair | 2 | 0.500 |")
    assert lines[3].startswith("| texts | 1 | 0.000 |")


def test_what_cannot_be_measured_is_refused(bundle: Path) -> None:
    """Rows that the bundle has not learnt from, another encoder, and a file without texts."""
    texts = {"junk": [("junk", "")]}
    strangers = replace(rows(30), texts=tuple(f"travel {n} x" for n in range(30)))
    with pytest.raises(DataError, match="none of these rows"):
        unlike_table(bundle, strangers, texts, STORE)
    other = cast("EmbeddingStore", Vectors("sha256:" + "f" * 64))
    with pytest.raises(DataError, match="another encoder"):
        unlike_table(bundle, rows(30), texts, other)
    with pytest.raises(DataError, match="no row has a text"):
        by_kind([Record(Path("t.jsonl"), 1, {"body": "x"})])
