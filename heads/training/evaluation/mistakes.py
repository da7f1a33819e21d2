"""Groups held-out mistakes by likeness of their texts, and says what each group shares."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.preprocessing import normalize

from heads.training.evaluation.out_of_fold import Judged
from heads.training.metrics import Floats, Ints

_MOST_CLUSTERS = 12
_WORDS = 8
_WORD = r"[^\W\d_]{2,}"


@dataclass(frozen=True)
class Cluster:
    """Mistakes with alike texts: row numbers, surest first; (true, predicted) pairs with counts.

    `words` stand in them more than in other rows, most first; `languages` with counts.
    """

    rows: Ints
    pairs: tuple[tuple[tuple[str, str], int], ...]
    words: tuple[str, ...]
    languages: tuple[tuple[str, int], ...]
    median_words: int


def mistakes(judged: Judged) -> Ints:
    """Return the numbers of the rows whose best label is not the true one, surest first."""
    wrong = np.flatnonzero(~judged.correct)
    return wrong[np.argsort(-judged.confidence[wrong], kind="stable")]


def cluster(judged: Judged, wrong: Ints, vectors: NDArray[np.float32]) -> list[Cluster]:
    """Group one mistake or more by k-means over their vectors, largest group first  # (wrong, dim).

    The same rows give the same groups: the square root of half their number, twelve at most.
    """
    points = normalize(vectors)
    wanted = int(np.clip(round(np.sqrt(len(wrong) / 2)), 1, _MOST_CLUSTERS))
    count = min(wanted, len(np.unique(points, axis=0)))
    means = KMeans(count, n_init=4, random_state=0).fit(points)
    groups = [wrong[means.labels_ == group] for group in range(count)]
    groups = sorted((rows for rows in groups if len(rows)), key=len, reverse=True)
    words = _characteristic_words(judged.data.texts, groups)
    return [
        _described(judged, rows, its_words) for rows, its_words in zip(groups, words, strict=True)
    ]


def _described(judged: Judged, rows: Ints, words: tuple[str, ...]) -> Cluster:
    data, labels = judged.data, judged.data.task.labels
    pairs = Counter((labels[data.truth[row]], labels[judged.best[row]]) for row in rows)
    languages = Counter(data.languages[row] for row in rows if data.languages[row])
    return Cluster(
        rows,
        tuple(pairs.most_common()),
        words,
        tuple(languages.most_common()),
        int(np.median([len(data.texts[row].split()) for row in rows])),
    )


def _characteristic_words(texts: Sequence[str], groups: Sequence[Ints]) -> list[tuple[str, ...]]:
    """Return for each group the words whose mean TF-IDF is most above that of all texts."""
    vectorizer = TfidfVectorizer(token_pattern=_WORD, sublinear_tf=True, min_df=2)
    try:
        weights = vectorizer.fit_transform(texts)
    except ValueError:  # no word stands in two texts
        return [()] * len(groups)
    names = vectorizer.get_feature_names_out()
    overall = np.asarray(weights.mean(axis=0)).ravel()
    words = []
    for rows in groups:
        apart: Floats = np.asarray(weights[rows].mean(axis=0)).ravel() - overall
        best = np.argsort(-apart, kind="stable")[:_WORDS]
        words.append(tuple(str(names[index]) for index in best if apart[index] > 0))
    return words
