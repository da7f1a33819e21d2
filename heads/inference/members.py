"""Computes members of one shape, from any number of heads, by one matrix product."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from heads.inference.lexical import LexicalConfig, LexicalFeatures

Floats = NDArray[np.float32]

_FEW_ROWS = 3
"""Up to so many rows are multiplied one by one: for more at once BLAS first copies all weights."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What two members must share to be computed together."""

    views: tuple[str, ...]
    normalise: Literal["l2", "none"]
    hidden: int
    lexical: LexicalConfig | None
    dim: int  # of one view; 0 where no view is read


@dataclass(frozen=True, slots=True)
class MemberWeights:
    """One member's arrays; `dense` or `text` is None where it does not read that input.

    dense (len(views)*dim, width), text (buckets, width), bias (width,), where width is the hidden
    width, or the number of columns if there is no hidden layer; out (hidden, columns) and
    out_bias (columns,) only with a hidden layer. idf (buckets,) is already part of `text`; the
    norm of a text's features needs it too.
    """

    shape: Shape
    dense: Floats | None
    text: Floats | None
    bias: Floats
    out: Floats | None
    out_bias: Floats | None
    idf: Floats | None

    @property
    def arrays(self) -> tuple[Floats, ...]:
        """Return every array there is."""
        arrays = (self.dense, self.text, self.bias, self.out, self.out_bias, self.idf)
        return tuple(array for array in arrays if array is not None)

    @property
    def columns(self) -> int:
        """Count the logits this member gives."""
        return len(self.bias if self.out_bias is None else self.out_bias)


class Inputs:
    """One request's features, each derived form made once: by view pair, norm and config."""

    def __init__(
        self,
        views: Mapping[str, Floats],
        lexical: Mapping[LexicalConfig, Sequence[LexicalFeatures]],
        rows: int,
    ) -> None:
        self.rows = rows
        self._views = views
        self._lexical = lexical
        self._dense: dict[tuple[tuple[str, ...], str], Floats] = {}

    def dense(self, views: tuple[str, ...], normalise: str) -> Floats:
        """Return the views side by side, each normalised by itself  # (rows, len(views)*dim)."""
        key = (views, normalise)
        vectors = self._dense.get(key)
        if vectors is None:
            parts = [self._normalised(self._views[view], normalise) for view in views]
            vectors = parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)
            self._dense[key] = vectors
        return vectors

    def lexical(self, config: LexicalConfig) -> Sequence[LexicalFeatures]:
        """Return the n-grams of every row."""
        return self._lexical[config]

    @staticmethod
    def _normalised(vectors: Floats, normalise: str) -> Floats:
        if normalise == "none":
            return vectors
        norms = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
        result: Floats = vectors / np.maximum(norms, np.float32(1e-12))[:, None]
        return result


class Group:
    """Members of one `Shape`; any neighbouring run of them can be computed alone."""

    def __init__(self, members: Sequence[MemberWeights]) -> None:
        self.shape = members[0].shape
        self.columns = tuple(member.columns for member in members)
        widths = [len(member.bias) for member in members]
        self._edges = np.concatenate(([0], np.cumsum(widths)))
        self._bias = np.concatenate([member.bias for member in members])
        self._dense = _side_by_side([member.dense for member in members])
        self._text = _side_by_side([member.text for member in members])
        self._idf_squared, idf_of = _idf_squared(members)
        self._idf_of = np.repeat(idf_of, widths)  # column -> column of _idf_squared
        self._out, self._out_bias = _second_layer(members)
        self._present = np.arange(max(self.columns)) < np.array(self.columns)[:, None]
        self._idfs = [member.idf for member in members]

    def member(self, index: int) -> MemberWeights:
        """Return a member as views of this group's arrays: whoever keeps it keeps no copy."""
        low, high = self._edges[index], self._edges[index + 1]
        columns = self.columns[index]
        return MemberWeights(
            shape=self.shape,
            dense=None if self._dense is None else self._dense[:, low:high],
            text=None if self._text is None else self._text[:, low:high],
            bias=self._bias[low:high],
            out=None if self._out is None else self._out[index, :, :columns],
            out_bias=None if self._out_bias is None else self._out_bias[index, :columns],
            idf=self._idfs[index],
        )

    def logits(self, inputs: Inputs, start: int, stop: int) -> Floats:
        """Compute the logits of members `start` to `stop`, side by side, nothing padded.

        (rows, sum of columns[start:stop]).
        """
        low, high = self._edges[start], self._edges[stop]
        shape = self.shape
        total = np.broadcast_to(self._bias[low:high], (inputs.rows, high - low))
        if self._dense is not None:
            rows = inputs.dense(shape.views, shape.normalise)
            total = _product(rows, self._dense[:, low:high]) + total
        if self._text is not None and shape.lexical is not None:
            total = total + self._from_text(inputs.lexical(shape.lexical), low, high)
        if self._out is None or self._out_bias is None:
            return total
        return self._second(np.maximum(total, 0), start, stop)

    def _from_text(self, texts: Sequence[LexicalFeatures], low: int, high: int) -> Floats:
        assert self._text is not None  # noqa: S101 - the caller has looked
        total = np.zeros((len(texts), high - low), dtype=np.float32)
        weights = self._text[:, low:high]
        for row, features in enumerate(texts):
            if features.indices.size:
                total[row] = (
                    features.values @ weights.take(features.indices, axis=0)
                ) * self._scale(features, low, high)
        return total

    def _scale(self, features: LexicalFeatures, low: int, high: int) -> Floats:
        """Return one over the l2 norm of the features as each column's member weighs them."""
        squares = features.values * features.values
        if self._idf_squared is None:
            scale: Floats = np.float32(1) / np.sqrt(squares.sum(keepdims=True))
            return scale
        norms: Floats = np.sqrt(squares @ self._idf_squared[features.indices])
        scales: Floats = np.reciprocal(np.maximum(norms, np.float32(1e-12)))
        columns: Floats = scales[self._idf_of[low:high]]
        return columns

    def _second(self, hidden: Floats, start: int, stop: int) -> Floats:
        assert self._out is not None  # noqa: S101 - the caller has looked
        assert self._out_bias is not None  # noqa: S101 - the caller has looked
        rows, members = len(hidden), stop - start
        by_member = hidden.reshape(rows, members, self.shape.hidden).transpose(1, 0, 2)
        padded = by_member @ self._out[start:stop] + self._out_bias[start:stop, None]
        flat: Floats = padded.transpose(1, 0, 2).reshape(rows, -1)
        present = self._present[start:stop]
        return flat if present.all() else flat[:, present.ravel()]


def _product(rows: Floats, weights: Floats) -> Floats:
    """Multiply rows and weights, each row by itself where they are few."""
    if len(rows) == 1 or len(rows) > _FEW_ROWS:
        return rows @ weights
    return np.stack([row @ weights for row in rows])


def _side_by_side(parts: Sequence[Floats | None]) -> Floats | None:
    present = [part for part in parts if part is not None]
    return np.concatenate(present, axis=1) if present else None


def _idf_squared(members: Sequence[MemberWeights]) -> tuple[Floats | None, list[int]]:
    """Stack the squares of different idfs  # (buckets, idfs), and tell each member's column.

    Heads that learnt from one corpus mostly share one. None where no member has one.
    """
    if all(member.idf is None for member in members):
        return None, [0] * len(members)
    buckets = next(len(member.idf) for member in members if member.idf is not None)
    ones = np.ones(buckets, dtype=np.float32)
    columns: dict[bytes, int] = {}
    idfs: list[Floats] = []
    owners = []
    for member in members:
        idf = ones if member.idf is None else member.idf
        owners.append(columns.setdefault(idf.tobytes(), len(columns)))
        if len(columns) > len(idfs):
            idfs.append(idf)
    return np.stack([idf**2 for idf in idfs], axis=1), owners


def _second_layer(members: Sequence[MemberWeights]) -> tuple[Floats | None, Floats | None]:
    """Stack weights (members, hidden, widest) and biases (members, widest), zeros as padding."""
    hidden = members[0].shape.hidden
    if hidden == 0:
        return None, None
    widest = max(member.columns for member in members)
    out = np.zeros((len(members), hidden, widest), dtype=np.float32)
    bias = np.zeros((len(members), widest), dtype=np.float32)
    for index, member in enumerate(members):
        if member.out is not None and member.out_bias is not None:
            out[index, :, : member.columns] = member.out
            bias[index, : member.columns] = member.out_bias
    return out, bias
