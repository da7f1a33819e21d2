"""Vectors of training texts: the embedder's own code path, kept on disk by encoder and text."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from embedder.checkpoint.folder import find_model
from embedder.encoder import EncoderConfig, LoadedEncoder, embed_texts, load_encoder
from embedder.views import View
from heads.training.data.provenance import encoder_origin, encoder_rows
from heads.training.fitting.parallel import watched

Floats = NDArray[np.float32]
Pair = tuple[str, str]
"""A text and its context, "" for none."""

_CHUNK = 512
_KEYS_PER_QUERY = 400


class EmbeddingStore:
    """Embeds texts with the same encoder, runtime and number format as serving does.

    Vectors are raw pooled float32, as the embedder answers them. They are kept in one SQLite
    file per encoder fingerprint, runtime and precision; the key is the digest of view, text
    and context.
    `tuned_on` holds the keys of the rows whose labels the encoder learnt, `origin` whether it was
    tuned at all. Not thread-safe.
    """

    def __init__(self, folder: Path, config: EncoderConfig | None = None) -> None:
        self._folder = folder
        config = config or EncoderConfig()
        model = find_model(config.model)
        self.tuned_on = encoder_rows(model.folder)
        self.origin = encoder_origin(model)
        self.model_id = model.model_id
        self._loaded: LoadedEncoder = load_encoder(config)
        identity = self._loaded.encoder.identity
        folder.mkdir(parents=True, exist_ok=True)
        name = f"{identity.fingerprint[7:23]}-{identity.runtime}-{identity.precision}.sqlite"
        self._table = sqlite3.connect(folder / name, timeout=60.0)
        self._table.execute(
            "CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB) WITHOUT ROWID"
        )

    @property
    def loaded(self) -> LoadedEncoder:
        """Return the encoder itself, for who measures what it costs."""
        return self._loaded

    @property
    def fingerprint(self) -> str:
        """Return the encoder's fingerprint, "sha256:<64 hex digits>"."""
        return self._loaded.encoder.identity.fingerprint

    @property
    def runtime(self) -> str:
        """Return runtime and number format, for the record."""
        identity = self._loaded.encoder.identity
        return f"{identity.runtime} {identity.precision}"

    @property
    def layers(self) -> int:
        """Count the encoder's layers; views go from @0 to @layers."""
        return self._loaded.encoder.layers

    def vectors(
        self, texts: Sequence[str], views: Sequence[str], contexts: Sequence[str] | None = None
    ) -> dict[str, Floats]:
        """Return `{view: (n, dim)}` in the order of the texts; embed only what is not on disk.

        `contexts` are the texts' second segments, "" for none, as is None for all.
        """
        pairs = list(zip(texts, contexts or [""] * len(texts), strict=True))
        distinct = list(dict.fromkeys(pairs))
        missing = self._missing(distinct, views)
        for start in watched(range(0, len(missing), _CHUNK), "embed"):
            self._embed(missing[start : start + _CHUNK], views)
        index_of = {pair: position for position, pair in enumerate(distinct)}
        order = np.array([index_of[pair] for pair in pairs], dtype=np.int64)
        return {view: self._read(distinct, view)[order] for view in dict.fromkeys(views)}

    def close(self) -> None:
        """Close the file."""
        self._table.close()

    def _embed(self, pairs: Sequence[Pair], views: Sequence[str]) -> None:
        parsed = [View.parse(view) for view in views]
        texts, contexts = zip(*pairs, strict=True)
        vectors = embed_texts(self._loaded, texts, parsed, contexts=contexts)
        rows = [
            (_key(pair, view), vectors[row, column].tobytes())
            for row, pair in enumerate(pairs)
            for column, view in enumerate(views)
        ]
        with self._table:
            self._table.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", rows)

    def _missing(self, pairs: Sequence[Pair], views: Sequence[str]) -> list[Pair]:
        lacking: set[Pair] = set()
        for view in views:
            keys = {_key(pair, view): pair for pair in pairs}
            lacking |= {keys[key] for key in keys.keys() - self._lookup(list(keys)).keys()}
        return [pair for pair in pairs if pair in lacking]

    def _read(self, pairs: Sequence[Pair], view: str) -> Floats:
        keys = [_key(pair, view) for pair in pairs]
        blobs = self._lookup(keys)
        return np.stack([np.frombuffer(blobs[key], dtype=np.float32) for key in keys])

    def _lookup(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        blobs: dict[bytes, bytes] = {}
        for start in range(0, len(keys), _KEYS_PER_QUERY):
            some = keys[start : start + _KEYS_PER_QUERY]
            marks = ",".join("?" * len(some))
            query = f"SELECT key, vector FROM vectors WHERE key IN ({marks})"  # noqa: S608
            blobs.update(self._table.execute(query, some))
        return blobs


def _key(pair: Pair, view: str) -> bytes:
    # Without a context the key is the one of stores that knew no contexts: their vectors stand.
    content = "\0".join((view, *filter(None, pair))).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(content, digest_size=16).digest()
