"""Keeps the scores of distinct texts on disk, by what was read and what scored it."""

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from gateway.inference.answer_cache import words_digest
from gateway.offline.bulk.errors import BulkError
from gateway.offline.bulk.scores import Pair

_ASKED = 500  # keys a query
_SCHEMA = """CREATE TABLE IF NOT EXISTS scores
(key BLOB PRIMARY KEY, origin TEXT NOT NULL, content BLOB NOT NULL) WITHOUT ROWID"""


class Checkpoints:
    """Scores by key in one SQLite file; for one thread.

    `scorer` names encoder, precision and heads' versions: it is a part of every key, so that
    several may share a file. What is put together is there as a whole or not at all.
    """

    def __init__(self, path: Path, scorer: str) -> None:
        self._scorer = scorer.encode()
        try:
            self._database = sqlite3.connect(path, isolation_level=None)
            self._database.execute("PRAGMA journal_mode=WAL")
            self._database.execute("PRAGMA synchronous=NORMAL")
            self._database.execute(_SCHEMA)
        except sqlite3.Error as error:
            raise BulkError(f"{path}: {error}") from None

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def origins(self, pairs: Iterable[Pair]) -> dict[Pair, str]:
        """Return which of these texts have scores, each with the digest of its first window."""
        return dict(self._select("origin", pairs))

    def get(self, pairs: Iterable[Pair]) -> dict[Pair, bytes]:
        """Return the scores that are kept of these texts."""
        return dict(self._select("content", pairs))

    def put(self, origin: str, scores: Mapping[Pair, bytes]) -> None:
        """Keep texts' scores under the window that they were met in; the first ones stay."""
        rows = [(self._key(pair), origin, content) for pair, content in scores.items()]
        self._database.execute("BEGIN IMMEDIATE")
        self._database.executemany("INSERT OR IGNORE INTO scores VALUES (?, ?, ?)", rows)
        self._database.execute("COMMIT")

    def _select(self, column: str, pairs: Iterable[Pair]) -> Iterator[tuple[Pair, Any]]:
        by_key = {self._key(pair): pair for pair in pairs}
        keys = list(by_key)
        for start in range(0, len(keys), _ASKED):
            part = keys[start : start + _ASKED]
            marks = ",".join("?" * len(part))
            query = f"SELECT key, {column} FROM scores WHERE key IN ({marks})"  # noqa: S608 - ours
            for key, content in self._database.execute(query, part):
                yield by_key[key], content

    def _key(self, pair: Pair) -> bytes:
        text, context = pair
        words = words_digest(text, context or None)
        return hashlib.blake2b(words + self._scorer, digest_size=16).digest()
