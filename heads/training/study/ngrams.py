"""Learns without an encoder: TF-IDF of n-grams, with a linear machine or with boosted trees."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from heads.training.data.dataset import Dataset
from heads.training.study.material import Sample
from heads.training.study.strategies import Cost, Encoder, Ints, Kind, Prediction

Machine = Literal["svm", "lightgbm"]

_SVM: Mapping[str, object] = {"words": [1, 2], "characters": [2, 5], "C": 1.0}
_TREES: Mapping[str, object] = {
    "words": [1, 2], "rounds": 100, "learning_rate": 0.1, "num_leaves": 15,
    "min_data_in_leaf": "a fiftieth of the rows, 1 to 20",
    "min_df": "2 from 100 rows on",
}  # fmt: skip
_ROUNDS, _MOST_IN_A_LEAF, _MANY_ROWS = 100, 20, 100
_COSTS = {"svm": Cost(1.0, 0.002, 0.0005), "lightgbm": Cost(2.0, 0.008, 0.0005)}


@dataclass(frozen=True)
class Ngrams:
    """TF-IDF of the text alone (a context is not read), and a machine on top."""

    name: str
    title: str
    machine: Machine
    kind: Kind = "features"
    chance: bool = False
    shares: str = ""

    def lacks(self, learnt: Dataset, others: tuple[Dataset, ...]) -> str:
        """Return why it cannot learn, "" where it can; see Strategy."""
        del learnt, others
        if self.machine == "lightgbm" and importlib.util.find_spec("lightgbm") is None:
            return "the package 'lightgbm' is not installed: it comes with trunkline[study]"
        return ""

    def recipe(self, rows: int, encoder: Encoder) -> Mapping[str, object]:
        """Return its settings; see Strategy."""
        del rows, encoder
        return {"machine": self.machine, **(_SVM if self.machine == "svm" else _TREES)}

    def cpu_seconds(self, rows: int, judged: int) -> float:
        """Estimate the cost of a point; see Strategy."""
        return _COSTS[self.machine].of(rows, judged)

    def predict(self, sample: Sample, encoder: Encoder) -> Prediction:
        """Learn and judge; see Strategy."""
        del encoder
        return Prediction(_linear(sample) if self.machine == "svm" else _boosted(sample))


def _linear(sample: Sample) -> Ints:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_pipeline, make_union
    from sklearn.svm import LinearSVC

    model = make_pipeline(
        make_union(
            TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True),
            TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True),
        ),
        LinearSVC(random_state=0),
    )
    model.fit(sample.learnt.texts, sample.learnt.truth)
    return np.asarray(model.predict(sample.judged.texts), dtype=np.int64)


def _boosted(sample: Sample) -> Ints:
    import lightgbm
    from sklearn.feature_extraction.text import TfidfVectorizer

    rows = len(sample.learnt)
    words = TfidfVectorizer(
        ngram_range=(1, 2), sublinear_tf=True, min_df=2 if rows >= _MANY_ROWS else 1
    )
    learnt, judged = words.fit_transform(sample.learnt.texts), words.transform(sample.judged.texts)
    settings: dict[str, Any] = {
        "objective": "multiclass",
        "num_class": len(sample.learnt.task.labels),
        "learning_rate": _TREES["learning_rate"],
        "num_leaves": _TREES["num_leaves"],
        # By default neither a rare word nor a small sample would be split on at all.
        "min_data_in_leaf": max(1, min(_MOST_IN_A_LEAF, rows // 50)),
        "min_data_in_bin": 1,
        "feature_pre_filter": False,
        "deterministic": True,
        "force_col_wise": True,
        "num_threads": len(os.sched_getaffinity(0)),
        "verbosity": -1,
    }
    table = lightgbm.Dataset(learnt, sample.learnt.truth, params=settings)
    model = lightgbm.train(settings, table, num_boost_round=_ROUNDS)
    likeliest: Ints = np.argmax(np.asarray(model.predict(judged)), axis=1)
    return likeliest
