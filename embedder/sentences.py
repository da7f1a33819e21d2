"""Choose the sentences of a long text that are most like what people answer, by a learnt table."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
import tokenizers
from numpy.typing import NDArray

from embedder.checkpoint.folder import ModelError
from trunkline.disk import file_sha256

SALIENCE_FILE: Final = Path(__file__).parent / "salience.json"

# Of the room a sixth: what is kept beside the sentences that matter is averaged with them, and
# hides them as well as what was cut would have.
SHARE: Final = 6
LONGEST: Final = 48  # tokens; where no full stop comes, a piece of so many is a sentence
_ENDS: Final = (".", "!", "?")
_LEAST_KNOWN: Final = 0.5  # of the table's pieces, that a tokenizer must have

Ids = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Salience:
    """How much each token of a vocabulary speaks for a sentence, by what it may ask for.

    `weights` (vocabulary, asks) float32: a sentence's score is the greatest of their sums, each
    token counted once. `ends` marks the tokens that end a sentence; `digest` is the table's.
    """

    weights: NDArray[np.float32]
    ends: NDArray[np.bool_]
    digest: str

    def kept(self, ids: Ids, room: int) -> NDArray[np.int64]:
        """Return the places of the best sentences within a sixth of `room`, in their order.

        `ids` do not fit. A best sentence that is longer than a sixth is cut.
        """
        budget = max(room // SHARE, 1)
        bounds = self._bounds(ids)
        parts = [ids[start:end] for start, end in pairwise(bounds)]
        kept: list[int] = []
        used = 0
        for index in np.argsort([-self._score(part) for part in parts], kind="stable").tolist():
            if not kept or used + parts[index].size <= budget:
                kept.append(index)
                used += parts[index].size
        places = [np.arange(bounds[index], bounds[index + 1]) for index in sorted(kept)]
        return np.concatenate(places)[:budget]

    def _bounds(self, ids: Ids) -> list[int]:
        """Return where sentences start, and the end: after a full stop, or `LONGEST` tokens."""
        bounds = [0]
        for stop in (*(np.flatnonzero(self.ends[ids]) + 1).tolist(), ids.size):
            while stop - bounds[-1] > LONGEST:
                bounds.append(bounds[-1] + LONGEST)
            if stop > bounds[-1]:
                bounds.append(stop)
        return bounds

    def _score(self, ids: Ids) -> float:
        return float(self.weights[np.unique(ids)].sum(axis=0).max())


def read_salience(tokenizer: tokenizers.Tokenizer, path: Path = SALIENCE_FILE) -> Salience:
    """Read a table of weights by the text of a token; a token that is not in it weighs nothing.

    Raises `ModelError` for a damaged table, or one whose tokens are not this tokenizer's.
    """
    try:
        pieces: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["pieces"]
        rows = np.array(list(pieces.values()), dtype=np.float32)
        if rows.ndim != 2 or not rows.size or not np.isfinite(rows).all():
            raise ValueError("weights must be numbers, as many for every piece")
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(f"{path}: no table of salience: {error!r}") from error
    places = {piece: tokenizer.token_to_id(piece) for piece in pieces}
    known = {row: place for row, place in enumerate(places.values()) if place is not None}
    if len(known) < _LEAST_KNOWN * len(pieces):
        raise ModelError(
            f"{path}: the tokenizer has {len(known)} of {len(pieces)} pieces; another rule of "
            "truncation is needed"
        )
    size = tokenizer.get_vocab_size()
    weights = np.zeros((size, rows.shape[1]), dtype=np.float32)
    weights[list(known.values())] = rows[list(known)]
    ends = np.zeros(size, dtype=np.bool_)
    ends[[at for at in map(tokenizer.token_to_id, _ENDS) if at is not None]] = True
    return Salience(weights, ends, file_sha256(path))
