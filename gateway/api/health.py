"""Checks whether this worker can answer, by asking the services it depends on."""

import threading
import time
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass, replace
from typing import Protocol

from embedder.errors import EmbedderError
from gateway.inference.pipeline import Pipeline
from gateway.inference.plan import INTENT_HEAD
from heads.prediction import HeadSet

REMEMBERED_S = 0.25
"""For so long after it ended a probe also answers those who come later."""
_PROBE_TIMEOUT_S = 1.0


@dataclass(frozen=True, slots=True)
class Readiness:
    """The result of each check: `ok`, or a stable word for what is missing."""

    embedder: str
    heads: str
    warm: str
    heads_not_loaded: tuple[str, ...] = ()

    @property
    def ready(self) -> bool:
        """Whether a request would be answered now."""
        return self.embedder == self.heads == self.warm == "ok"


class Fellows(Protocol):
    """The other workers of this gateway."""

    def others_warm(self, now: float) -> bool:
        """Whether all of them that accept connections are warm, at monotonic time `now`."""


class SharedProbe:
    """Probes a pipeline once for all who ask at about the same time; thread-safe.

    Who asks while a probe runs waits for it, and has its result: however many ask, and wherever
    from, the services behind are asked one at a time and at most four times a second.
    """

    def __init__(self, pipeline: Pipeline, clock: Callable[[], float] = time.monotonic) -> None:
        self._pipeline = pipeline
        self._clock = clock
        self._probing = threading.Lock()
        self._last: tuple[float, Readiness] | None = None
        self._fellows: Fellows | None = None

    def join(self, fellows: Fellows) -> None:
        """Speak for these other workers too: a caller's next connection may lead to any of them."""
        self._fellows = fellows

    def readiness(self) -> Readiness:
        """Return what a probe found that ended within REMEMBERED_S, or that of a new one."""
        with self._probing:
            last = self._last
            if last is None or self._clock() - last[0] > REMEMBERED_S:
                last = self._last = self._clock(), self._probe()
            return last[1]

    def _probe(self) -> Readiness:
        readiness = probe(self._pipeline)
        if self._fellows is None or self._fellows.others_warm(self._clock()):
            return readiness
        return replace(readiness, warm="warming_up")


def probe(pipeline: Pipeline) -> Readiness:
    """Ask the embedders for their encoder; look at the heads and at the first answer.

    An embedder that is away costs only its heads, but for the intent head's: without that one no
    request is answered. Until every head that production names has served once, the worker is not
    ready and names the others: it may be about to replace one that has them. After that single
    heads that fail change nothing; but one must answer, and every required one: without those
    nothing is decided.
    """
    head_set = pipeline.head_set()
    not_loaded = pipeline.never_loaded()
    return Readiness(
        embedder=_embedder(pipeline, head_set),
        heads=_heads(head_set, pipeline.required_heads, not_loaded),
        warm="ok" if pipeline.encoders.warmed else "warming_up",
        heads_not_loaded=not_loaded,
    )


def _embedder(pipeline: Pipeline, head_set: HeadSet) -> str:
    try:
        pipeline.encoders.refresh(_PROBE_TIMEOUT_S)
    except EmbedderError as error:
        return error.code
    intent = head_set.heads.get(INTENT_HEAD)
    return (pipeline.encoders.away(intent.fingerprint) if intent else "") or "ok"


def _heads(head_set: HeadSet, required: Set[str], not_loaded: Sequence[str]) -> str:
    serving = {name for name, head in head_set.heads.items() if head.status != "failed"}
    answering = serving - head_set.away_heads
    if not serving:
        return "none_serving"
    if not_loaded:
        return "not_loaded"
    if not answering:
        return "away"
    return "ok" if required <= answering else "required_away"
