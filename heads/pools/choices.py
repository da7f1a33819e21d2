"""Keeps what was worked out for each choice of heads, as long as the head set stays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from heads.prediction import HeadSet, PredictRequest

T = TypeVar("T")

_MAX_CHOICES = 64
"""Choices kept; callers ask for few different ones."""


class Choices(Generic[T]):
    """Makes a T of a request's head set, names and fingerprint once; it may not read its rows.

    Threads may race to make one: a T must be as good as any other of the same choice.
    """

    def __init__(self, make: Callable[[PredictRequest], T]) -> None:
        self._make = make
        self._kept: dict[tuple[tuple[str, ...], str], tuple[HeadSet, T]] = {}

    def of(self, request: PredictRequest) -> T:
        """Return what was made for this choice of the same head set, or make it now."""
        key = (tuple(request.names), request.fingerprint)
        kept = self._kept.get(key)
        if kept is not None and kept[0] is request.head_set:
            return kept[1]
        made = self._make(request)
        if len(self._kept) >= _MAX_CHOICES:
            self._kept = {}  # whole, not one by one: another thread may be reading
        self._kept[key] = (request.head_set, made)
        return made
