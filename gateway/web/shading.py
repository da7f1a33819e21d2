"""Cuts a cleaned email into pieces, and shades those that decided."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from gateway.explain.values import Explanation, Reason

_WEAKER = 0.4  # of the strongest sentence's share
Shade = Literal["", "some", "most"]


@dataclass(frozen=True, slots=True)
class Piece:
    """Characters that follow each other, and how much they decided."""

    text: str
    shade: Shade


def shaded(text: str, reason: Reason | None) -> Sequence[Piece]:
    """Return the whole text in pieces; without a reason one, unshaded."""
    return list(_pieces(text, sorted(_spans(reason))))


def _spans(reason: Reason | None) -> Iterable[tuple[int, int, Shade]]:
    """Return where to shade: a rule's own words, or the sentences that spoke for the label."""
    if reason is None:
        return []
    why = reason.why
    if not isinstance(why, Explanation):
        return [] if why.span is None else [(*why.span, "most")]
    most = max((sentence.share for sentence in why.sentences), default=0.0)
    if most <= 0:
        return []
    return [
        (*sentence.span, "most" if sentence.share == most else "some")
        for sentence in why.sentences
        if sentence.share >= _WEAKER * most
    ]


def _pieces(text: str, spans: Sequence[tuple[int, int, Shade]]) -> Iterator[Piece]:
    done = 0
    for start, end, shade in spans:
        if start > done:
            yield Piece(text[done:start], "")
        yield Piece(text[start:end], shade)
        done = end
    if done < len(text):
        yield Piece(text[done:], "")
