"""Cuts a text into its sentences, and those into a few segments."""

from __future__ import annotations

import re
from itertools import pairwise

from gateway.mail.message.normalise import for_model

Span = tuple[int, int]
"""The first character and the one past the last."""

MAX_SEGMENTS = 4
_JOINED_AT_ONCE = 200
"""So many are explained: each costs two forwards."""
# A number's point, an initial and a title end no sentence.
_END = re.compile(
    r"(?<![.!?…])[.!?…]++(?<!\b[A-Za-z]\.)(?<!\b[MD][rs]\.)(?<!\bMrs\.)[\"'”’)\]]*+(?=\s)|[。！？]++|\n"
)
_WORD = re.compile(r"\w")


def segments(text: str, most: int = MAX_SEGMENTS) -> tuple[Span, ...]:
    """Return the spans of up to `most` segments: sentences, the shortest neighbours joined.

    Blanks around a segment are left out; what has no letter or digit goes with its neighbour. A
    text without either has none.
    """
    spans = _at_most(_sentences(text), _JOINED_AT_ONCE)
    while len(spans) > most:
        sizes = [later[1] - earlier[0] for earlier, later in pairwise(spans)]
        place = sizes.index(min(sizes))
        spans[place : place + 2] = [(spans[place][0], spans[place + 1][1])]
    return tuple(spans)


def _at_most(spans: list[Span], most: int) -> list[Span]:
    """Return the spans; many are joined in runs of equal number, since joining is quadratic."""
    step = -(-len(spans) // most) or 1
    runs = (spans[start : start + step] for start in range(0, len(spans), step))
    return [(run[0][0], run[-1][1]) for run in runs]


def kept_text(text: str, spans: tuple[Span, ...], kept: frozenset[int]) -> str:
    """Return what an encoder reads of the kept segments alone."""
    parts = [text[start:end] for index, (start, end) in enumerate(spans) if index in kept]
    return for_model("\n".join(parts))[0]


def _sentences(text: str) -> list[Span]:
    edges = [0, *(match.end() for match in _END.finditer(text)), len(text)]
    spans: list[Span] = []
    for start, end in pairwise(edges):
        part = text[start:end]
        stripped = part.strip()
        if not stripped:
            continue
        start += part.index(stripped)
        end = start + len(stripped)
        if spans and not (_WORD.search(stripped) and _WORD.search(text[slice(*spans[-1])])):
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
    return [span for span in spans if _WORD.search(text[slice(*span)])]
