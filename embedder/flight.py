"""Single flight: one forward for all who wait for the same text at the same time."""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from embedder.api import CachePath, ItemError
from embedder.cache import CachedText
from embedder.errors import EmbedderError
from embedder.tokens import Tokens


class Stage(enum.Enum):
    """How far a flight is; its views may grow until it is SEALED."""

    TOKENIZING = enum.auto()
    WAITING = enum.auto()
    SEALED = enum.auto()
    DONE = enum.auto()


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one text: exactly one of `text` and `error` is set."""

    text: CachedText | None
    path: CachePath
    error: ItemError | None = None


@dataclass(slots=True)
class FlightTimes:
    """Seconds that a flight spent in each stage."""

    tokenize_s: float = 0.0
    queue_s: float = 0.0
    encode_s: float = 0.0


class Call:
    """One request: gathers an answer for each text, then tells `on_over` once.

    A call is over when every text is answered or when it failed as a whole, whichever comes first;
    what arrives later is ignored. Whoever sets `on_over` checks `over` first.
    """

    __slots__ = ("_pending", "answers", "deadline", "error", "on_over", "over", "times", "waiters")

    def __init__(self, size: int, deadline: float) -> None:
        self.answers: list[Answer | None] = [None] * size
        self.deadline = deadline
        self.times = FlightTimes()
        self.waiters: list[Waiter] = []
        self.error: EmbedderError | None = None
        self.on_over: Callable[[], None] | None = None
        self.over = size == 0
        self._pending = size

    def answer(self, index: int, answer: Answer, times: FlightTimes | None = None) -> None:
        """Set the answer of the text at `index`; each text is answered once."""
        if self.over or self.answers[index] is not None:
            return
        self.answers[index] = answer
        if times is not None:
            mine = self.times
            mine.tokenize_s = max(mine.tokenize_s, times.tokenize_s)
            mine.queue_s = max(mine.queue_s, times.queue_s)
            mine.encode_s = max(mine.encode_s, times.encode_s)
        self._pending -= 1
        if self._pending == 0:
            self._end()

    def fail(self, error: EmbedderError) -> None:
        """End the whole call with `error`."""
        if not self.over:
            self.error = error
            self._end()

    def _end(self) -> None:
        self.over = True
        if self.on_over is not None:
            self.on_over()


class Waiter:
    """One text of one call, waiting in a flight for `views`; `held` is what the cache had."""

    __slots__ = ("call", "flight", "held", "index", "path", "views")

    def __init__(
        self,
        call: Call,
        index: int,
        flight: Flight,
        views: Sequence[str],
        held: CachedText | None,
        path: CachePath,
    ) -> None:
        self.call = call
        self.index = index
        self.flight = flight
        self.views = views
        self.held = held
        self.path = path


class Flight:
    """One text on its way through the encoder, and everybody who waits for it.

    It goes on while anybody waits, whoever asked first: its deadline is the latest of its waiters'.
    """

    __slots__ = (
        "context",
        "deadline",
        "key",
        "length",
        "queued_at",
        "rows",
        "stage",
        "text",
        "times",
        "tokens",
        "views",
        "waiters",
    )

    def __init__(self, key: bytes, text: str, context: str) -> None:
        self.key = key
        self.text = text
        self.context = context
        self.views: dict[str, None] = {}  # in order of asking
        self.waiters: list[Waiter] = []
        self.deadline = float("-inf")
        self.stage = Stage.TOKENIZING
        self.tokens: Tokens | None = None
        self.rows = 1
        self.length = 0
        self.queued_at = 0.0
        self.times = FlightTimes()

    def admits(self, views: Sequence[str]) -> bool:
        """Whether somebody who asks for `views` can still be served by this flight."""
        if self.stage in (Stage.TOKENIZING, Stage.WAITING):
            return True
        return self.stage is Stage.SEALED and all(view in self.views for view in views)

    def join(
        self,
        call: Call,
        index: int,
        views: Sequence[str],
        held: CachedText | None,
        path: CachePath,
    ) -> None:
        """Let a call's text wait here. Requires `admits(views)`."""
        waiter = Waiter(call, index, self, views, held, path)
        self.waiters.append(waiter)
        call.waiters.append(waiter)
        self.deadline = max(self.deadline, call.deadline)
        for view in views:
            self.views[view] = None

    def leave(self, waiter: Waiter) -> bool:
        """Take a waiter out; True when that leaves a flight under way that nobody waits for."""
        if waiter not in self.waiters:
            return False
        self.waiters.remove(waiter)
        if self.waiters:
            self.deadline = max(other.call.deadline for other in self.waiters)
            return False
        self.deadline = float("-inf")
        return True

    def wanted(self, now: float) -> bool:
        """Whether anybody still waits for it. Safe to ask from another thread."""
        return bool(self.waiters) and self.deadline > now

    def land(self, text: CachedText) -> None:
        """Answer everybody with `text`, completed by what each one's cache look-up held."""
        for waiter in self._disembark():
            held = waiter.held
            whole = text
            if held is not None:
                whole = text.with_views({**held.vectors, **text.vectors})
            waiter.call.answer(waiter.index, Answer(whole, waiter.path), self.times)

    def crash(self, error: ItemError) -> None:
        """Tell everybody that this text failed; their other texts are unharmed."""
        for waiter in self._disembark():
            waiter.call.answer(waiter.index, Answer(None, waiter.path, error), self.times)

    def abandon(self, error: EmbedderError) -> None:
        """Fail the whole call of everybody who waits here."""
        for waiter in self._disembark():
            waiter.call.fail(error)

    def _disembark(self) -> list[Waiter]:
        self.stage = Stage.DONE
        waiters, self.waiters = self.waiters, []
        return waiters
