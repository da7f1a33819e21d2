"""Opens recorded answers block by block: their vectors as matrices, their words as texts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Row

from gateway.prediction_log import tenant_keys
from gateway.prediction_log.queries import audit, backtest
from gateway.prediction_log.queries.audit import Act
from gateway.prediction_log.queries.backtest import Wanted
from gateway.prediction_log.sealing import Keys, Opener, UnsealError

Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Block:
    """Answers of a head in the order of their time, with what can be read of their mail.

    `rows` have the columns of the answer; `vectors` are (rows, dim) by view, `texts` the cleaned
    words, one a row, both where they were wanted. `unreadable` answers are left out: their key is
    gone, their vectors have another size, or their words were kept redacted.
    """

    rows: Sequence[Row[Any]]
    vectors: Mapping[str, Floats]
    texts: Sequence[str]
    unreadable: int


@dataclass
class Corrections:
    """What people hold to be right, by prediction.

    Left out are those on which they disagree, and those that became training rows: a version may
    have learnt them by heart.
    """

    labels: dict[str, str] = field(default_factory=dict)
    disputed: int = 0
    exported: int = 0


@dataclass(frozen=True)
class Recorded:
    """What the log holds of a head's answers, read in one transaction with these keys."""

    connection: Connection
    keys: Keys
    now: datetime

    def count(self, wanted: Wanted) -> int:
        """Count the answers, whatever is kept of their mail."""
        return backtest.count(self.connection, wanted)

    def corrections(self, wanted: Wanted) -> Corrections:
        """Return the label on which everybody agrees who corrected or confirmed an answer."""
        given: dict[str, set[str]] = {}
        learnt = set()
        for row in backtest.corrections(self.connection, wanted):
            if row.holds:
                given.setdefault(row.prediction_id, set()).add(row.label)
            if row.exported_at is not None:
                learnt.add(row.prediction_id)
        kept = {which: labels for which, labels in given.items() if which not in learnt}
        agreed = {which: next(iter(labels)) for which, labels in kept.items() if len(labels) == 1}
        return Corrections(agreed, len(kept) - len(agreed), len(learnt))

    def blocks(
        self, wanted: Wanted, *, dim: int, redacted: bool = False, size: int = 8192
    ) -> Iterator[Block]:
        """Yield all answers of which what is wanted is kept; one block is held at a time.

        `dim` is the length of a vector; `redacted` takes words that were kept so, too.
        """
        openers = _Openers(self.connection, self.keys)
        for rows in backtest.blocks(self.connection, wanted, self.now, size):
            yield _opened(rows, wanted, openers, dim, redacted=redacted)

    def note(self, act: Act) -> None:
        """Put what was read into the audit."""
        audit.append(self.connection, act)


class _Openers:
    """The ciphers of tenants' keys, by the keys' ids."""

    def __init__(self, connection: Connection, keys: Keys) -> None:
        self._connection = connection
        self._keys = keys
        self._by_id: dict[str, Opener | None] = {}

    def open(self, key_id: str, sealed: bytes, context: str) -> bytes | None:
        """Return what was sealed, None where it cannot be read."""
        if key_id not in self._by_id:
            self._by_id[key_id] = self._made(key_id)
        opener = self._by_id[key_id]
        try:
            return None if opener is None else opener(sealed, context)
        except UnsealError:
            return None

    def _made(self, key_id: str) -> Opener | None:
        try:
            return Opener(tenant_keys.key_by_id(self._connection, key_id, self._keys))
        except UnsealError:
            return None


def _opened(
    rows: Sequence[Row[Any]], wanted: Wanted, openers: _Openers, dim: int, *, redacted: bool
) -> Block:
    kept: list[Row[Any]] = []
    vectors: list[list[bytes]] = [[] for _ in wanted.views]
    texts: list[str] = []
    for row in rows:
        own = _vectors(row, wanted, openers, dim)
        text = _text(row, openers, redacted=redacted) if wanted.words else ""
        if own is None or text is None:
            continue
        kept.append(row)
        for column, vector in zip(vectors, own, strict=True):
            column.append(vector)
        if wanted.words:
            texts.append(text)
    matrices = {
        view: np.frombuffer(b"".join(column), np.float16).reshape(-1, dim).astype(np.float32)
        for view, column in zip(wanted.views, vectors, strict=True)
    }
    return Block(kept, matrices, texts, len(rows) - len(kept))


def _vectors(row: Row[Any], wanted: Wanted, openers: _Openers, dim: int) -> list[bytes] | None:
    """Return the fp16 vectors of a row, None where one cannot be read or has another length."""
    found = []
    place = len(backtest.COLUMNS)
    for view in wanted.views:
        context = f"{row[0]}/{wanted.fingerprint}/{view}"
        vector = openers.open(row[place], row[place + 1], context)
        if vector is None or len(vector) != 2 * dim:
            return None
        found.append(vector)
        place += 2
    return found


def _text(row: Row[Any], openers: _Openers, *, redacted: bool) -> str | None:
    if row.level == "redacted" and not redacted:
        return None
    content = openers.open(row.key_words, row.sealed_words, f"{row.prediction_id}/text")
    return None if content is None else content.decode("utf-8", "replace")
