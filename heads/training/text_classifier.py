"""An encoder and a head as one scikit-learn classifier of texts."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, column_or_1d

from embedder.config import DEFAULT_TRUNCATION
from embedder.encoder import EncoderConfig, LoadedEncoder, embed_texts, load_encoder
from embedder.runtime import Precision
from embedder.views import View
from heads.bundle.loading import head_of
from heads.bundle.reading import BundleFiles, read_folder
from heads.inference.head import Head
from heads.inference.stack import Stack
from heads.prediction import FeatureRow, HeadScores
from trunkline.reply_context import context_of

MEMBERS = "text@3+text@4;lexical"
_BATCH = 256
_UNREAD = "sha256:" + "0" * 64
"""The fingerprint of heads that `fit` learns: the encoder is the one that they learnt on."""

Floats = NDArray[np.float64]


class TextClassifier(ClassifierMixin, BaseEstimator):
    """Classify texts by an encoder that stays and a head that `fit` learns, or a bundle holds.

    `members` as `heads train` takes them; `model` is a BERT folder (None: the default encoder),
    `precision` its number format. `fit` calibrates where each class has five texts. `predict`
    gives each text its likeliest class, `predict_proba` a column for each of `classes_`.
    """

    def __init__(
        self,
        members: str = MEMBERS,
        *,
        model: str | None = None,
        precision: Precision = "auto",
        random_state: int = 0,
    ) -> None:
        self.members = members
        self.model = model
        self.precision = precision
        self.random_state = random_state

    @classmethod
    def from_bundle(cls, folder: Path | BundleFiles, **parameters: Any) -> Self:
        """Return a classifier that answers as the bundle in `folder` does. Raises BundleError."""
        bundle = read_folder(folder) if isinstance(folder, Path) else folder
        classifier = cls(**parameters)
        classifier._take(head_of(bundle), np.array(bundle.manifest.labels, dtype=object))
        return classifier

    def fit(self, X: Any, y: Any) -> Self:  # noqa: N803 - scikit-learn's names
        """Learn a head of the classes in `y`. Raises ValueError for a single class."""
        from heads.training.building.in_memory import learn_head

        texts = self._texts(X, reset=True)
        if y is None:
            raise ValueError("requires y to be passed, but the target y is None")
        labels = column_or_1d(y, warn=True)
        check_classification_targets(labels)
        if len(labels) != len(texts):
            raise ValueError(f"{len(texts)} texts and {len(labels)} labels: not as many")
        classes, codes = np.unique(labels, return_inverse=True)
        if len(classes) < 2:
            raise ValueError("a classifier cannot learn from one class alone")
        self._take(
            learn_head(texts, codes, self.members, self._vectors, seed=int(self.random_state)),
            classes,
        )
        return self

    def predict(self, X: Any) -> NDArray[Any]:  # noqa: N803
        """Return the likeliest class of each text, abstained from or not  # (n,)."""
        scores = self.scores(self.rows(self._checked_texts(X)))
        classes: NDArray[Any] = self.classes_[np.array(scores.best, dtype=np.int64)]
        return classes

    def predict_proba(self, X: Any) -> Floats:  # noqa: N803
        """Return calibrated probabilities  # (n, classes)."""
        scores = self.scores(self.rows(self._checked_texts(X))).scores.astype(np.float64)
        head: Head = self.head_
        several = head.manifest.kind == "sigmoid" and not head.manifest.binary
        return scores if several else scores / scores.sum(axis=1, keepdims=True)

    def abstains(self, X: Any) -> NDArray[np.bool_]:  # noqa: N803
        """Return for which texts the likeliest class may not be acted on  # (n,)."""
        return np.array(self.scores(self.rows(self._checked_texts(X))).abstained, dtype=bool)

    def rows(self, texts: Sequence[str], contexts: Sequence[str] | None = None) -> list[FeatureRow]:
        """Return what the head reads of texts, each beside the mail that it answers."""
        head: Head = self.head_
        views = head.manifest.views
        second = [context_of(t, c) for t, c in zip(texts, contexts or [""] * len(texts))]  # noqa: B905
        vectors = self._vectors(texts, views, second, head.manifest.fingerprint)
        return [
            FeatureRow({view: vectors[view][row] for view in views}, text)
            for row, text in enumerate(texts)
        ]

    def scores(self, rows: Sequence[FeatureRow]) -> HeadScores:
        """Return the head's answer for rows, as a heads service gives it."""
        check_is_fitted(self)
        parts = [
            self.stack_.predict((0,), rows[start : start + _BATCH])[0]
            for start in range(0, len(rows), _BATCH)
        ]
        first: HeadScores = parts[0]
        return first._replace(
            scores=np.concatenate([part.scores for part in parts]),
            best=tuple(index for part in parts for index in part.best),
            abstained=tuple(no for part in parts for no in part.abstained),
            unlike=tuple(far for part in parts for far in part.unlike),
        )

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string, tags.input_tags.two_d_array = True, False
        return tags

    def _take(self, head: Head, classes: NDArray[Any]) -> None:
        self.stack_ = Stack((head,))
        self.head_ = self.stack_.heads[0]
        self.classes_ = classes

    def _checked_texts(self, X: Any) -> list[str]:  # noqa: N803
        check_is_fitted(self)
        return self._texts(X, reset=False)

    def _texts(self, X: Any, *, reset: bool) -> list[str]:  # noqa: N803
        """Return the texts of a sequence, or of a single column. Raises ValueError for others."""
        column = np.asarray(X, dtype=object)
        if column.ndim == 2 and column.shape[1] == 1:
            column = column[:, 0]
        if column.ndim != 1 or len(column) == 0:
            raise ValueError(f"expected a sequence of texts, got an array of shape {column.shape}")
        if not all(isinstance(text, str) for text in column):
            raise ValueError("every sample must be a text")
        return [str(text) for text in column]

    def _vectors(
        self, texts: Sequence[str], views: Sequence[str], contexts: Sequence[str], wanted: str = ""
    ) -> dict[str, NDArray[np.float32]]:
        """Return `{view: (n, dim)}`; raise ValueError where the encoder is not the `wanted` one."""
        if not views:
            return {}
        loaded = shared_encoder(self.model, self.precision)
        identity = loaded.encoder.identity
        if wanted not in ("", _UNREAD, identity.fingerprint):
            raise ValueError(f"learnt on another encoder: {wanted}; here is {identity.fingerprint}")
        pooled = embed_texts(loaded, texts, [View.parse(view) for view in views], contexts=contexts)
        return {view: pooled[:, column] for column, view in enumerate(views)}


@lru_cache(maxsize=4)
def shared_encoder(model: str | None, precision: Precision) -> LoadedEncoder:
    """Open an encoder once for all classifiers of this process."""
    folder = None if model is None else Path(model)
    config = EncoderConfig(model=folder, precision=precision, truncation=DEFAULT_TRUNCATION)
    return load_encoder(config)
