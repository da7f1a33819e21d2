"""Keeps the spans of one recorded request until it ends; knows no clock and no network.

Attributes are numbers and words of our own, never what a caller sent.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from trunkline.telemetry import TraceContext, traceparent

Kind = Literal["server", "client", "internal"]
Attributes = Mapping[str, str | int | float | bool]
_NO_ATTRIBUTES: Attributes = {}


@dataclass(frozen=True, slots=True)
class Span:
    """One act of a request; times are `time.monotonic()`, `parent_id` is "" at a trace's root."""

    trace_id: str
    span_id: str
    parent_id: str
    name: str
    kind: Kind
    started: float
    ended: float
    attributes: Attributes = field(default_factory=dict)
    failed: bool = False


class Trace:
    """The spans of one request in one service; `submit` gets them once, when the request ends.

    It belongs to one request. `traceparent_of` may be called by several of its threads at once.
    """

    def __init__(
        self,
        parent: TraceContext | None,
        started: float,
        submit: Callable[[Sequence[Span]], None],
    ) -> None:
        self.trace_id = _new_id(16) if parent is None else parent.trace_id
        self._parent_id = "" if parent is None else parent.span_id
        self._span_id = _new_id(8)
        self._started = started
        self._submit = submit
        self._calls: dict[str, tuple[str, float]] = {}
        self._stages: list[Span] = []
        self._notes: dict[str, int] = {}

    @property
    def traceparent(self) -> str:
        """Return the request's own span as the context of what belongs under it."""
        return traceparent(self.trace_id, self._span_id)

    def traceparent_of(self, stage: str, now: float) -> str:
        """Return the context for calls that a stage makes; its span is on record from now on."""
        span_id, _ = self._calls.setdefault(stage, (_new_id(8), now))
        return traceparent(self.trace_id, span_id)

    def add_stage(
        self, name: str, started: float, ended: float, attributes: Attributes = _NO_ATTRIBUTES
    ) -> None:
        """Record a part of the request that is over."""
        call = self._calls.pop(name, None)
        self._record(name, call and call[0], started, ended, attributes)

    def count(self, name: str, number: int = 1) -> None:
        """Add to a number that the request's own span shows."""
        self._notes[name] = self._notes.get(name, 0) + number

    def finish(self, name: str, ended: float, attributes: Attributes, *, failed: bool) -> None:
        """Hand all spans over; a stage that made calls and never ended has failed."""
        for stage, (span_id, started) in self._calls.items():
            self._record(stage, span_id, started, ended, _NO_ATTRIBUTES, failed=True)
        own = Span(
            self.trace_id, self._span_id, self._parent_id, name, "server", self._started, ended,
            {**attributes, **self._notes}, failed,
        )  # fmt: skip
        self._submit([own, *self._stages])

    def _record(
        self,
        name: str,
        span_id: str | None,
        started: float,
        ended: float,
        attributes: Attributes,
        *,
        failed: bool = False,
    ) -> None:
        kind: Kind = "internal" if span_id is None else "client"
        self._stages.append(
            Span(
                self.trace_id, span_id or _new_id(8), self._span_id, name, kind, started, ended,
                attributes, failed,
            )
        )  # fmt: skip


def _new_id(size: int) -> str:
    """Return random bytes in hexadecimal; all zeros would be no id, and never happens."""
    return os.urandom(size).hex()
