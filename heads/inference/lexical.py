"""Counts hashed word and character n-grams of a text, the same in training and serving.

Deterministic across processes, machines and Python versions (crc32 and 64-bit arithmetic, never
`hash()`). A text becomes its distinct n-grams; each gets a bucket, a sign and the weight
`1 + ln(count)`. Two n-grams in one bucket stay two entries: a dot product adds them up anyway.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MAX_CHARS = 4000
"""Characters read from the start of a text; the rest is ignored, in training too."""

TOKEN = re.compile(r"\w+|[^\w\s]")
_STEP = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xFF51AFD7ED558CCD)
_MIX_2 = np.uint64(0xC4CEB9FE1A85EC53)
_SHIFT = np.uint64(33)
_ONE = np.uint64(1)


@dataclass(frozen=True, slots=True)
class LexicalConfig:
    """Which n-grams are counted; a range is (shortest, longest), an empty one means none."""

    buckets: int
    word_ngrams: tuple[int, ...] = (1, 2)
    char_ngrams: tuple[int, ...] = (3, 5)
    lowercase: bool = True


@dataclass(frozen=True, slots=True)
class LexicalFeatures:
    """Distinct n-grams of one text: `indices` (n,) int64 buckets, `values` (n,) float32 signed.

    `values` are not normalised yet, since a head may weigh buckets (idf) before the l2 norm.
    """

    indices: NDArray[np.int64]
    values: NDArray[np.float32]


def features(text: str, config: LexicalConfig) -> LexicalFeatures:
    """Count the n-grams of `text`; an empty text has none. Pure; about 80 us for 300 characters."""
    runs = hashes(text[:MAX_CHARS], config)
    if not runs.size:
        return LexicalFeatures(np.zeros(0, np.int64), np.zeros(0, np.float32))
    runs.sort()
    firsts = np.flatnonzero(np.concatenate((_TRUE, runs[1:] != runs[:-1])))
    counts = np.diff(np.append(firsts, runs.size))
    distinct = runs[firsts]
    signs = 1.0 - 2.0 * (distinct & _ONE).astype(np.float32)
    values = signs * (1.0 + np.log(counts, dtype=np.float32))
    return LexicalFeatures(
        ((distinct >> _SHIFT) % np.uint64(config.buckets)).astype(np.int64),
        values.astype(np.float32),
    )


def hashes(text: str, config: LexicalConfig) -> NDArray[np.uint64]:
    """Return the hash of every n-gram of a text, wherever it stands  # (n,)."""
    grams = _grams(text, config)
    return _mixed(np.concatenate(grams)) if grams else np.zeros(0, np.uint64)


def normalised(
    ngrams: LexicalFeatures, idf: NDArray[np.float32] | None = None
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return (indices, values) with idf applied per bucket and the values' l2 norm made 1.

    This is the vector that a head's lexical weights multiply; training builds its sparse rows
    from it (duplicate indices are to be summed).
    """
    values = ngrams.values if idf is None else ngrams.values * idf[ngrams.indices]
    norm = float(np.sqrt(np.dot(values, values)))
    return ngrams.indices, values / np.float32(norm) if norm > 0 else values


_TRUE = np.ones(1, dtype=bool)


def _grams(text: str, config: LexicalConfig) -> list[NDArray[np.uint64]]:
    if config.lowercase:
        text = text.lower()
    hashes: list[NDArray[np.uint64]] = []
    if config.word_ngrams:
        tokens = TOKEN.findall(text)
        words = np.array([zlib.crc32(token.encode("utf-8", "replace")) for token in tokens])
        hashes += _runs(words.astype(np.uint64), config.word_ngrams, family=1)
    if config.char_ngrams:
        flat = f" {' '.join(text.split())} "
        codes = np.frombuffer(flat.encode("utf-32-le", "surrogatepass"), dtype="<u4")
        if flat != "  ":
            hashes += _runs(codes.astype(np.uint64), config.char_ngrams, family=2)
    return hashes


def _runs(
    items: NDArray[np.uint64], lengths: tuple[int, ...], family: int
) -> list[NDArray[np.uint64]]:
    """Hash every run of `lengths[0]..lengths[1]` neighbours; arithmetic wraps at 2**64."""
    shortest, longest = lengths
    hashes: list[NDArray[np.uint64]] = []
    runs = items
    for length in range(1, longest + 1):
        if length > 1:
            runs = runs[:-1] * _STEP + items[length - 1 :]
        if runs.size == 0:
            break
        if length >= shortest:
            hashes.append(
                runs + np.uint64((family * 1_000_003 + length) * 0xC2B2AE3D27D4EB4F % 2**64)
            )
    return hashes


def _mixed(hashes: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Mix by MurmurHash3's finaliser: every input bit reaches bucket and sign."""
    hashes ^= hashes >> _SHIFT
    hashes *= _MIX_1
    hashes ^= hashes >> _SHIFT
    hashes *= _MIX_2
    hashes ^= hashes >> _SHIFT
    return hashes
