"""One distinct text's scores as they are kept, and as the pipeline's stages are given them."""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from embedder.client import (
    Attribution,
    Direction,
    EmbeddedItem,
    Embeddings,
    EncoderIdentity,
    EncoderInfo,
)
from embedder.errors import EmbedderError, Internal
from heads.explanation import HeadAttribution
from heads.prediction import (
    AttributionRequest,
    HeadScores,
    HeadSet,
    PredictRequest,
    ScoreTable,
    TableColumns,
)

Pair = tuple[str, str]
"""What an encoder reads of a mail: its text, and the context before it ("" for none)."""

_FACTS = struct.Struct("<IIIB")


_PARTS = ("scores", "best", "abstained", "unlike")
"""The arrays of a text's scores: (labels of all heads,), and three of (heads,), all float32."""


@dataclass(frozen=True, slots=True)
class TextScores:
    """All heads' scores of one text, and how much of it the encoder read and knew."""

    parts: tuple[NDArray[np.float32], ...]  # see _PARTS
    tokens: int
    tokens_total: int
    unknown: int
    truncated: bool

    def pack(self) -> bytes:
        """Return the scores as bytes; little-endian, whatever the machine."""
        facts = _FACTS.pack(self.tokens, self.tokens_total, self.unknown, self.truncated)
        return facts + np.concatenate(self.parts).astype("<f4").tobytes()

    @classmethod
    def unpack(cls, content: bytes, labels: int, heads: int) -> "TextScores":
        """Read what `pack` gave of as many labels and heads."""
        tokens, total, unknown, truncated = _FACTS.unpack_from(content)
        numbers = np.frombuffer(content, "<f4", offset=_FACTS.size).astype(np.float32)
        ends = (labels, labels + heads, labels + 2 * heads)
        return cls(tuple(np.split(numbers, ends)), tokens, total, unknown, bool(truncated))

    def item(self) -> EmbeddedItem:
        """Return the scores in place of an encoder's vectors."""
        vectors = dict(zip(_PARTS, self.parts, strict=True))
        total, unknown = self.tokens_total, self.unknown
        return EmbeddedItem(vectors, self.tokens, total, self.truncated, "miss", None, unknown)


def split_table(table: ScoreTable, facts: Sequence[tuple[int, int, int, bool]]) -> list[TextScores]:
    """Return each row of a table by itself; `facts` are tokens, in all, unknown, truncated."""
    arrays = [getattr(table, name).astype(np.float32) for name in _PARTS]
    return [
        TextScores(tuple(array[row] for array in arrays), *facts[row]) for row in range(len(facts))
    ]


class KeptScores:
    """An Embedder that gives kept scores in place of vectors; thread-safe.

    A text without scores fails alone. `KeptScoresPool` reads what this gives.
    """

    def __init__(self, identity: EncoderIdentity, scores: Mapping[Pair, EmbeddedItem]) -> None:
        self._identity = identity
        self._scores = scores

    def embed(
        self,
        texts: Sequence[str],
        views: Sequence[str],
        *,
        contexts: Sequence[str] | None = None,
        timeout_s: float | None = None,
        expected_fingerprint: str = "",
        bulk: bool = False,
        traceparent: str = "",
    ) -> Embeddings:
        """Return each text's scores; the views are not looked at."""
        pairs = zip(texts, contexts or [""] * len(texts), strict=True)
        items = tuple(self._scores[pair] for pair in pairs)
        return Embeddings(items, self._identity, 0, {})

    def attribute(
        self,
        text: str,
        directions: Sequence[Direction],
        *,
        context: str = "",
        timeout_s: float | None = None,
        expected_fingerprint: str = "",
    ) -> Attribution:
        """Refuse: a job explains nothing. Raises EmbedderError."""
        raise _never_asked()

    def info(self, *, timeout_s: float | None = None) -> EncoderInfo:
        """Refuse: a job knows its encoder. Raises EmbedderError."""
        raise _never_asked()

    def close(self) -> None:
        """Do nothing: there is no connection."""


class KeptScoresPool:
    """A Pool over rows whose vectors are kept scores, for one choice of heads."""

    def __init__(self, head_set: HeadSet, columns: TableColumns) -> None:
        self._head_set = head_set
        self._columns = columns

    def head_set(self, *, newest: bool = False) -> HeadSet:
        """Return the heads that the job was begun with."""
        return self._head_set

    def known_head_set(self) -> HeadSet | None:
        """Return them: there is nothing to wait for."""
        return self._head_set

    def predict(self, request: PredictRequest) -> Mapping[str, HeadScores]:
        """Return the kept scores as heads would give them."""
        if not request.rows:
            return {}
        scores, best, abstained, unlike = (
            np.stack([row.vectors[name] for row in request.rows]) for name in _PARTS
        )
        return ScoreTable(
            self._columns,
            scores,
            best.astype(np.int64),
            abstained.astype(np.bool_),
            unlike.astype(np.bool_),
        )

    def attribute(self, request: AttributionRequest) -> HeadAttribution:
        """Refuse: a job explains nothing."""
        return request.failed("a job explains nothing")

    def close(self) -> None:
        """Do nothing: there is no connection."""


def _never_asked() -> EmbedderError:
    return Internal("kept scores have no encoder")
