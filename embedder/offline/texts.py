"""Read texts with their contexts from lines of JSON, and choose some of many."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence

Pair = tuple[str, str]
"""A text and its context, "" for none."""


def read_pairs(lines: Iterable[str]) -> Iterator[Pair]:
    """Read lines {"text", "context"}, the latter optional; raise ValueError naming a bad line."""
    for number, line in enumerate(lines, start=1):
        try:
            row = json.loads(line)
            text, context = row["text"], row.get("context", "")
            if not (isinstance(text, str) and isinstance(context, str)):
                raise TypeError
        except (ValueError, KeyError, TypeError, AttributeError):
            raise ValueError(f'line {number} is not JSON like {{"text": "..."}}') from None
        yield text, context


def choose(pairs: Iterable[Pair], count: int) -> list[Pair]:
    """Choose `count` of the distinct pairs by their digests: the same ones in whatever order."""
    return sorted(set(pairs), key=_digest)[:count]


def pairs_sha256(pairs: Sequence[Pair]) -> str:
    """Name pairs by a digest, without a word of them."""
    return hashlib.sha256(b"".join(map(_digest, pairs))).hexdigest()


def _digest(pair: Pair) -> bytes:
    content = json.dumps(pair).encode()  # pure ASCII, whatever is in the texts
    return hashlib.sha256(content).digest()
