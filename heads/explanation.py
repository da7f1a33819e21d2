"""The values by which a head's label is explained: weights of embeddings, shares of n-grams."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

AttributionStatus = Literal[
    "ok",
    "unavailable",
    "fingerprint_mismatch",
    "unknown_head",
    "unknown_version",
    "error",
    "unsupported",
]


@dataclass(frozen=True, slots=True, eq=False)
class LinearForm:
    """What a linear member multiplies an embedding by, for one label.

    Its logit is `base` and the products of `vectors` (dim,) float32 with their views; each view's
    vector is first divided by its length where `unit` says so.
    """

    vectors: Mapping[str, NDArray[np.float32]]
    unit: bool
    base: float


@dataclass(frozen=True, slots=True)
class Ngram:
    """What one n-gram gives to a logit, and every place of it: first character, past the last."""

    spans: tuple[tuple[int, int], ...]
    share: float


@dataclass(frozen=True, slots=True)
class LexicalForm:
    """A logit as a lexical member makes it: `base`, `ngrams` (strongest first), `rest` of others.

    Their sum is the logit, exactly.
    """

    base: float
    ngrams: tuple[Ngram, ...]
    rest: float

    @property
    def logit(self) -> float:
        """Return the sum."""
        return self.base + self.rest + sum(ngram.share for ngram in self.ngrams)


@dataclass(frozen=True, slots=True)
class HeadAttribution:
    """What one head's label can be explained by.

    "unsupported": by a heads service of an earlier release. Logits of a softmax head are over the
    mean of its labels'; those of "no" are of not yes. None: the head has no member of that kind.
    """

    name: str
    version: str
    status: AttributionStatus
    message: str = ""
    linear: LinearForm | None = None
    lexical: LexicalForm | None = None
