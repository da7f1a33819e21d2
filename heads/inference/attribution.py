"""Takes one label of a head apart: weights of its linear member, n-grams of its lexical one.

A softmax head is the same whatever is added to all its logits; so a label's logit is taken over
the mean of all labels'. That is what speaks for the label more than for others.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from heads.explanation import LexicalForm, LinearForm, Ngram
from heads.inference import lexical
from heads.inference.head import Head
from heads.inference.members import MemberWeights
from heads.inference.ngrams import occurrences

Floats = NDArray[np.float32]

MAX_NGRAMS = 32
"""N-grams that are told one by one; the others as one sum."""
_MAX_PLACES = 32  # of one n-gram


def linear_form(head: Head, label: str) -> LinearForm | None:
    """Return the label's weights in the first linear member that reads views; None without one."""
    for member in head.members:
        if member.dense is not None and member.out is None:
            vectors = np.split(_column(head, member.dense, label), len(member.shape.views))
            by_view = dict(zip(member.shape.views, vectors, strict=True))
            base = float(_column(head, member.bias, label))
            return LinearForm(by_view, member.shape.normalise == "l2", base)
    return None


def lexical_form(head: Head, label: str, text: str) -> LexicalForm | None:
    """Return what the first linear member that reads n-grams makes of a text; None without one."""
    for member in head.members:
        if member.text is not None and member.out is None:
            return _lexical(head, member, label, text)
    return None


def _lexical(head: Head, member: MemberWeights, label: str, text: str) -> LexicalForm:
    config = member.shape.lexical
    assert member.text is not None and config is not None  # noqa: S101, PT018 - as it reads text
    base = float(_column(head, member.bias, label))
    features = lexical.features(text, config)
    if not features.indices.size:
        return LexicalForm(base, (), 0.0)
    weights = _column(head, member.text[features.indices], label)
    _, values = lexical.normalised(features, member.idf)
    if member.idf is not None:  # which is in the weights already
        values = values / member.idf[features.indices]
    shares = (values * weights).astype(np.float64)
    strongest = np.argsort(-np.abs(shares), kind="stable")[:MAX_NGRAMS].tolist()
    found = occurrences(text, config)
    ngrams = tuple(
        Ngram(_places(found.spans[found.kinds == kind]), float(shares[kind])) for kind in strongest
    )
    return LexicalForm(base, ngrams, float(shares.sum() - shares[strongest].sum()))


def _places(spans: NDArray[np.int64]) -> tuple[tuple[int, int], ...]:
    return tuple((start, end) for start, end in spans[:_MAX_PLACES].tolist())


def _column(head: Head, weights: Floats, label: str) -> Floats:
    """Return the label's column of weights (..., columns), as the module's docstring says."""
    manifest = head.manifest
    if manifest.binary:
        return weights[..., 0] if label == manifest.columns[0] else -weights[..., 0]
    column: Floats = weights[..., manifest.labels.index(label)]
    if manifest.kind == "softmax":
        column = column - weights.mean(axis=-1)
    return column
