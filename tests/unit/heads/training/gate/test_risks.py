"""Laws of the risks that mails are routed by: prices by language, of rows that no head learnt."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import numpy as np
import pytest

from heads.bundle.writing import write_bundle
from heads.storage.folder import FolderCatalog
from heads.training.data.provenance import row_key
from heads.training.data.tables import Record
from heads.training.data.taxonomy import INTENTS
from heads.training.errors import DataError
from heads.training.fitting.embeddings import EmbeddingStore
from heads.training.gate.risks import measure_risks, risk_table
from tests.support.bundles import FINGERPRINT, feature_rows, table, weights
from tests.support.roles import point


class Vectors:
    """A store whose vectors are decided by the text alone."""

    fingerprint, runtime, layers, tuned_on = FINGERPRINT, "none", 6, frozenset[str]()
    model_id = "tiny"

    def vectors(
        self, texts: Sequence[str], views: Sequence[str], contexts: Sequence[str]
    ) -> dict[str, np.ndarray]:
        """Return a vector of 8 values for each text."""
        made = [np.random.default_rng(len(text)).normal(size=8) for text in texts]
        return {view: np.array(made, dtype=np.float32) for view in views}


STORE = cast("EmbeddingStore", Vectors())
TEXTS = [f"text number {'x' * n}" for n in range(8)]
RECORDS = [
    Record(
        Path("rows.jsonl"),
        n,
        {"text": text, "intent": "positive", "lang": ("en", "de")[n % 2], "author": str(n)},
    )
    for n, text in enumerate(TEXTS)
]


def catalog(folder: Path, threshold: float, learnt: Sequence[str] = ()) -> FolderCatalog:
    """Write an intent head that abstains below the threshold, with prices beside it."""
    limits = dict.fromkeys(INTENTS, threshold)
    made = table("intent", "1", labels=INTENTS, thresholds=limits)
    keys = [row_key(text, "") for text in learnt]
    extra = {"rows.json": json.dumps({"rows": keys}).encode()}
    write_bundle(folder, made, weights(made, 0), feature_rows(3), extra)
    point(folder / "intent", "production", "1")
    (folder / "intent" / "costs.toml").write_text("abstain = 2.5\nwrong = 5")
    return FolderCatalog(folder)


def test_a_head_that_always_abstains_costs_what_asking_costs(tmp_path: Path) -> None:
    """In every language, and so where the language is none of those."""
    heads = catalog(tmp_path, 1.0)
    measured = measure_risks(heads, heads, RECORDS, lambda _: STORE)
    written = json.loads(risk_table([measured], RECORDS))
    assert written["rows"] == {"de": 4, "en": 4}
    assert written["encoders"] == [
        {
            "fingerprint": FINGERPRINT,
            "model": "tiny",
            "heads": {"intent": "1"},
            "risks": {"de": 2.5, "en": 2.5, "und": 2.5},
        }
    ]


def test_what_is_in_no_language_costs_as_the_dearest(tmp_path: Path) -> None:
    """Nothing is known of such texts, so no encoder is thought better at them than at any."""
    heads = catalog(tmp_path, 0.0)
    risks = measure_risks(heads, heads, RECORDS, lambda _: STORE).as_table()["risks"]
    assert risks["und"] == max(risks["de"], risks["en"])


def test_rows_that_a_head_learnt_say_nothing_of_it(tmp_path: Path) -> None:
    """Some are left out; where none is left there is nothing to measure."""
    some = catalog(tmp_path / "some", 1.0, learnt=TEXTS[:3])
    assert measure_risks(some, some, RECORDS, lambda _: STORE).risks == {"en": 2.5, "de": 2.5}
    every = catalog(tmp_path / "every", 1.0, learnt=TEXTS)
    with pytest.raises(DataError, match="learnt from these rows"):
        measure_risks(every, every, RECORDS, lambda _: STORE)
