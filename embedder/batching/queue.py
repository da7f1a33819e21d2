"""Cut waiting texts into batches: a pure core, time passed in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final, Generic, Protocol, TypeVar


class Work(Protocol):
    """One text that waits for the encoder; `rows` sequences, the longest of `length` tokens.

    `deadline` is the moment, on the queue's clock, after which it is of no use; `queued_at` is set
    by the queue.
    """

    rows: int
    length: int
    deadline: float
    queued_at: float

    @property
    def bulk(self) -> bool:
        """Whether it goes after all others."""
        ...

    @property
    def solo(self) -> bool:
        """Whether it shares no batch."""
        ...


class Sizing(Protocol):
    """The queue's view of the encoder's speed; `embedder.cost.CostModel` implements it."""

    def cost(self, n: int, length: int) -> float:
        """Estimate the milliseconds of a forward over `n` sequences padded to `length`."""
        ...

    def partition(
        self, lengths: Sequence[int], max_batch_tokens: int, max_batch_size: int
    ) -> list[list[int]]:
        """Divide sequences into batches, as indices into `lengths`, at the least summed cost."""
        ...


@dataclass(frozen=True)
class BatchLimits:
    """`max_batch_tokens` bounds longest * rows of a batch; `window` bounds the texts looked at.

    `max_batch_size` bounds the texts of a batch. One older than `max_age_s` goes before cheaper
    ones.
    """

    max_batch_tokens: int
    max_batch_size: int
    max_queue_size: int
    window: int
    max_age_s: float


W = TypeVar("W", bound=Work)

# Whoever comes while a bulk batch runs waits for its end, so it is short.
BULK_BATCH_SIZE: Final = 4
BULK_SHARE: Final = 2  # bulk texts may fill the queue to a half: they refuse nobody else


class BatchQueue(Generic[W]):
    """Works in order of arrival, and the rule which of them go together next. For one thread.

    A place is taken before a work is known (`reserve`), so that refusing is immediate and costs
    nothing; places are rows, not requests.
    """

    def __init__(self, limits: BatchLimits, sizing: Sizing) -> None:
        self._limits = limits
        self._sizing = sizing
        self._waiting: dict[int, W] = {}  # by id, in order of arrival
        self._reserved = 0
        self._rows = 0

    @property
    def size(self) -> int:
        """Rows that wait, those of reserved places included."""
        return self._rows + self._reserved

    def __len__(self) -> int:
        return len(self._waiting)

    def reserve(self, rows: int, *, bulk: bool = False) -> bool:
        """Take `rows` places, or none when they do not fit; half of all places for bulk texts.

        An empty queue takes any number: a request larger than the whole queue could never be
        admitted otherwise, and its size is bounded where it enters.
        """
        limit = self._limits.max_queue_size // (BULK_SHARE if bulk else 1)
        if self.size and self.size + rows > limit:
            return False
        self._reserved += rows
        return True

    def release(self, rows: int) -> None:
        """Give back reserved places that no work will take."""
        self._reserved -= rows

    def fits(self, work: W) -> bool:
        """Whether a batch of this work alone keeps to the token budget."""
        return work.rows * work.length <= self._limits.max_batch_tokens

    def push(self, work: W, now: float, *, reserved: bool = True) -> None:
        """Let a work wait, in place of one reserved row or beyond the bound. Requires `fits`."""
        if not self.fits(work):
            raise ValueError(f"work of {work.rows} x {work.length} exceeds the token budget")
        self._reserved -= reserved
        self._rows += work.rows
        work.queued_at = now
        self._waiting[id(work)] = work

    def put_back(self, batch: Sequence[W]) -> None:
        """Take back a batch that was cut but has not run, each work in its old place."""
        self._rows += sum(work.rows for work in batch)
        works = sorted([*batch, *self._waiting.values()], key=_arrival)
        self._waiting = {id(work): work for work in works}

    def discard(self, work: W) -> bool:
        """Take a work out that is no longer wanted; return False if it does not wait here."""
        if self._waiting.pop(id(work), None) is None:
            return False
        self._rows -= work.rows
        return True

    def oldest_age_s(self, now: float) -> float:
        """Return how long the oldest waiting work has waited; 0 when none waits."""
        for work in self._waiting.values():
            return now - work.queued_at
        return 0.0

    def cut(self, now: float, *, bulk: bool = True) -> tuple[list[W], list[W]]:
        """Take out the next batch, and apart from it the works whose deadline has passed.

        The oldest `window` works are divided at the least cost. Of these batches the one cheapest
        for each text goes first, unless the oldest work is over age: then its batch does. While
        there are no others, and only if `bulk`, it is a small batch of the bulk works.
        Both lists are in order of arrival; the batch is empty only when nothing waits.
        """
        expired = [work for work in self._waiting.values() if work.deadline <= now]
        for work in expired:
            self.discard(work)
        waiting = self._waiting.values()
        window = list(islice((work for work in waiting if not work.bulk), self._limits.window))
        if not window and bulk:
            window = list(islice(waiting, self._limits.window))
        if not window:
            return [], expired
        groups = self._divide(window)
        aged = now - window[0].queued_at >= self._limits.max_age_s
        # `window[0]` is the oldest; index sets let the choice stay a pure comparison.
        chosen = (
            next(g for g in groups if 0 in g)
            if aged
            else min(groups, key=_Rank(window, self._sizing))
        )
        batch = [window[index] for index in sorted(chosen)]
        for work in batch:
            self.discard(work)
        return batch, expired

    def _divide(self, window: list[W]) -> list[list[int]]:
        """Divide the window; a work of several rows, or that is solo, is a batch of its own."""
        if len(window) == 1:
            return [[0]]
        apart = [work.rows != 1 or work.solo for work in window]
        single = [index for index in range(len(window)) if not apart[index]]
        groups = [[index] for index in range(len(window)) if apart[index]]
        most = self._limits.max_batch_size
        step = min(most, BULK_BATCH_SIZE) if window[0].bulk else most
        lengths = [window[index].length for index in single]
        for part in _checked_partition(self._sizing, lengths, self._limits):
            members = sorted(single[position] for position in part)
            groups += [members[i : i + step] for i in range(0, len(members), step)]
        return groups


def _arrival(work: Work) -> float:
    return work.queued_at


class _Rank(Generic[W]):
    """Orders batches by cost for each text, then by age. A failing cost leaves age alone."""

    def __init__(self, window: list[W], sizing: Sizing) -> None:
        self._window = window
        self._sizing = sizing

    def __call__(self, group: list[int]) -> tuple[float, int]:
        rows = sum(self._window[index].rows for index in group)
        longest = max(self._window[index].length for index in group)
        try:
            cost = float(self._sizing.cost(rows, longest)) / len(group)
        except Exception:
            cost = 0.0
        return cost, min(group)


def _checked_partition(sizing: Sizing, lengths: list[int], limits: BatchLimits) -> list[list[int]]:
    """Return the sizing's partition; where that fails or is invalid, every sequence goes alone."""
    alone = [[position] for position in range(len(lengths))]
    if len(lengths) < 2:
        return alone
    try:
        budget = limits.max_batch_tokens
        parts = sizing.partition(lengths, budget, limits.max_batch_size)
        positions = sorted(position for part in parts for position in part)
        within_budget = all(len(p) * max(lengths[i] for i in p) <= budget for p in parts)
    except Exception:
        return alone
    return parts if within_budget and positions == list(range(len(lengths))) else alone


class DrainRate:
    """How fast rows leave, measured over the last forwards of `streams` parallel streams."""

    def __init__(self, streams: int, memory: int = 32) -> None:
        self._streams = streams
        self._weight = 1 - 1 / memory
        self._rows = 0.0
        self._busy_s = 0.0

    def record(self, rows: int, seconds: float) -> None:
        """Note one forward; older ones fade."""
        self._rows = self._rows * self._weight + rows
        self._busy_s = self._busy_s * self._weight + seconds

    def wait_s(self, rows: int, *, shortest: float = 0.05, longest: float = 30.0) -> float:
        """Estimate how long `rows` need to drain; one second while nothing is measured."""
        if self._rows <= 0 or self._busy_s <= 0:
            return 1.0
        estimate = rows * self._busy_s / self._rows / self._streams
        return min(max(estimate, shortest), longest)
