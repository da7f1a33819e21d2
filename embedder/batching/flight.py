"""Single flight: one forward for all who wait for the same text at the same time."""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from embedder.api import CachePath, Direction, ItemError
from embedder.batching.cache import CachedText
from embedder.errors import EmbedderError
from embedder.tokenizer import Tokens


class Stage(enum.Enum):
    """The stages of a flight; its views may grow until it is IN_BATCH."""

    TOKENIZING = enum.auto()
    WAITING = enum.auto()
    IN_BATCH = enum.auto()
    DONE = enum.auto()


@dataclass(frozen=True, slots=True)
class Answer:
    """The outcome of one text: exactly one of `text` and `error` is set."""

    text: CachedText | None
    path: CachePath
    error: ItemError | None = None


@dataclass(slots=True)
class FlightTimes:
    """Seconds that a flight spent in each stage; when its forward began, and with how many."""

    tokenize_s: float = 0.0
    queue_s: float = 0.0
    encode_s: float = 0.0
    started_at: float = 0.0
    batch_texts: int = 0

    def keep_longest(self, other: FlightTimes) -> None:
        """Take over `other`'s time of each stage where it is longer."""
        self.tokenize_s = max(self.tokenize_s, other.tokenize_s)
        self.queue_s = max(self.queue_s, other.queue_s)
        self.encode_s = max(self.encode_s, other.encode_s)


class Call:
    """One request: gathers an answer for each text, then calls `on_over` once.

    A call is over when every text is answered or when it failed as a whole, whichever comes first;
    what arrives later is ignored. Check `over` before setting `on_over`: it may be too late for it.
    """

    __slots__ = (
        "_pending", "answers", "deadline", "error", "keys", "last_times", "on_over", "over",
        "times", "waiters",
    )  # fmt: skip

    def __init__(self, size: int, deadline: float) -> None:
        self.answers: list[Answer | None] = [None] * size
        self.keys: list[bytes] = [b""] * size  # of the cache; empty for a text that is refused
        self.deadline = deadline
        self.times = FlightTimes()
        self.last_times: FlightTimes | None = None  # of the text that was answered last
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
            self.times.keep_longest(times)
            self.last_times = times
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
    """One text on its way through the encoder, with all its waiters.

    It goes on while any waiter is left, also when the first one leaves: its deadline is the latest
    of its waiters'. `bulk`: it goes after all others and is not cached, until somebody joins who
    is not. With `directions` it is attributed instead of pooled, and its answer holds the parts of
    `Shares`.
    """

    __slots__ = (
        "bulk",
        "context",
        "deadline",
        "directions",
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

    def __init__(
        self,
        key: bytes,
        text: str,
        context: str,
        *,
        bulk: bool = False,
        directions: Sequence[Direction] = (),
    ) -> None:
        self.bulk = bulk
        self.directions = directions
        self.key = key
        self.text = text
        self.context = context
        self.views: dict[str, None] = {}  # a set that keeps the order of asking
        self.waiters: list[Waiter] = []
        self.deadline = float("-inf")
        self.stage = Stage.TOKENIZING
        self.tokens: Tokens | None = None
        self.rows = 1
        self.length = 0
        self.queued_at = 0.0
        self.times = FlightTimes()

    @property
    def solo(self) -> bool:
        """Whether it shares no batch."""
        return bool(self.directions)

    def can_join(self, views: Sequence[str]) -> bool:
        """Whether a text that needs `views` can still be served by this flight."""
        if self.stage in (Stage.TOKENIZING, Stage.WAITING):
            return True
        return self.stage is Stage.IN_BATCH and all(view in self.views for view in views)

    def join(
        self,
        call: Call,
        index: int,
        views: Sequence[str],
        held: CachedText | None,
        path: CachePath,
    ) -> None:
        """Let a call's text wait here. Requires `can_join(views)`."""
        waiter = Waiter(call, index, self, views, held, path)
        self.waiters.append(waiter)
        call.waiters.append(waiter)
        self.deadline = max(self.deadline, call.deadline)
        for view in views:
            self.views[view] = None

    def leave(self, waiter: Waiter) -> bool:
        """Take a waiter out; return True when it was the last one."""
        if waiter not in self.waiters:
            return False
        self.waiters.remove(waiter)
        if self.waiters:
            self.deadline = max(other.call.deadline for other in self.waiters)
            return False
        self.deadline = float("-inf")
        return True

    def wanted(self, now: float) -> bool:
        """Whether a waiter is left whose deadline has not passed. Safe to call from any thread."""
        return bool(self.waiters) and self.deadline > now

    def complete(self, text: CachedText, *, forward: bool = True) -> None:
        """Answer all waiters with `text`, each completed by what its cache look-up held.

        Without a `forward` the one who opened the flight has a hit.
        """
        for waiter in self._take_waiters():
            held = waiter.held
            whole = text
            if held is not None:
                whole = text.with_views({**held.vectors, **text.vectors})
            path: CachePath = "hit" if waiter.path == "miss" and not forward else waiter.path
            waiter.call.answer(waiter.index, Answer(whole, path), self.times)

    def fail_item(self, error: ItemError) -> None:
        """Answer all waiters with `error` for this text; their calls' other texts are unharmed."""
        for waiter in self._take_waiters():
            waiter.call.answer(waiter.index, Answer(None, waiter.path, error), self.times)

    def abandon(self, error: EmbedderError) -> None:
        """End the whole call of every waiter with `error`."""
        for waiter in self._take_waiters():
            waiter.call.fail(error)

    def _take_waiters(self) -> list[Waiter]:
        self.stage = Stage.DONE
        waiters, self.waiters = self.waiters, []
        return waiters
