"""The batch queue under any order of arrivals, cancellations, expiries and failures of sizing."""

from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from embedder.batching.queue import BatchLimits, BatchQueue
from embedder.cost import CostModel
from tests.support.examples import examples

LIMITS = BatchLimits(
    max_batch_tokens=64, max_batch_size=4, max_queue_size=12, window=8, max_age_s=5.0
)


@dataclass(eq=False)
class Text:
    length: int
    rows: int
    deadline: float
    queued_at: float
    bulk: bool
    solo: bool = False


class MoodySizing(CostModel):
    """A sizing that fails on demand."""

    broken = False

    def partition(
        self, lengths: Sequence[int], max_batch_tokens: int, max_batch_size: int = 64
    ) -> list[list[int]]:
        if MoodySizing.broken:
            raise RuntimeError
        return super().partition(lengths, max_batch_tokens, max_batch_size)


class QueueMachine(RuleBasedStateMachine):
    """Every text that was admitted leaves exactly once: in a batch, expired, or cancelled."""

    def __init__(self) -> None:
        super().__init__()
        MoodySizing.broken = False
        self.now = 0.0
        self.queue: BatchQueue[Text] = BatchQueue(LIMITS, MoodySizing(a=20.0))
        self.reserved = 0
        self.waiting: list[Text] = []
        self.last: list[Text] = []

    @rule(rows=st.integers(1, 20), bulk=st.booleans())
    def reserve(self, rows: int, bulk: bool) -> None:
        before = self.queue.size
        admitted = self.queue.reserve(rows, bulk=bulk)
        limit = LIMITS.max_queue_size // (2 if bulk else 1)
        assert admitted == (before == 0 or before + rows <= limit)
        self.reserved += rows * admitted

    @rule(
        length=st.integers(1, 70),
        rows=st.integers(1, 3),
        patience=st.integers(1, 20),
        bulk=st.booleans(),
    )
    def push(self, length: int, rows: int, patience: int, bulk: bool) -> None:
        if not self.reserved:
            return
        text = Text(length, rows, self.now + patience, self.now, bulk)
        self.reserved -= 1
        if self.queue.fits(text):
            self.queue.push(text, self.now)
            self.waiting.append(text)
        else:
            assert length * rows > LIMITS.max_batch_tokens
            self.queue.release(1)

    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        if self.waiting:
            text = data.draw(st.sampled_from(self.waiting))
            assert self.queue.discard(text)
            assert not self.queue.discard(text)
            self.waiting.remove(text)

    @rule(seconds=st.integers(1, 4))
    def wait(self, seconds: int) -> None:
        self.now += seconds

    @rule(broken=st.booleans())
    def change_mood(self, broken: bool) -> None:
        MoodySizing.broken = broken

    @rule(bulk=st.booleans())
    def cut(self, bulk: bool = True) -> None:
        alive = [text for text in self.waiting if text.deadline > self.now]
        first = [text for text in alive if not text.bulk]
        wanted = first or (alive if bulk else [])
        batch, expired = self.queue.cut(self.now, bulk=bulk)
        assert expired == [text for text in self.waiting if text.deadline <= self.now]
        assert bool(batch) == bool(wanted)
        assert batch == [text for text in wanted if text in batch]  # order kept, each once
        if batch:
            rows = sum(text.rows for text in batch)
            assert rows * max(text.length for text in batch) <= LIMITS.max_batch_tokens
            assert len(batch) <= LIMITS.max_batch_size
            assert set(batch) <= set(wanted[: LIMITS.window])
            if self.now - wanted[0].queued_at >= LIMITS.max_age_s:
                assert wanted[0] in batch
        self.waiting = [text for text in alive if text not in batch]
        self.last = batch

    @rule()
    def put_back(self) -> None:
        if self.last:
            self.queue.put_back(self.last)
            merged = [*self.last, *self.waiting]
            self.waiting = sorted(merged, key=lambda text: text.queued_at)
            self.last = []

    @invariant()
    def rows_are_counted(self) -> None:
        assert self.queue.size == self.reserved + sum(text.rows for text in self.waiting)
        assert len(self.queue) == len(self.waiting)
        oldest = self.waiting[0].queued_at if self.waiting else self.now
        assert self.queue.oldest_age_s(self.now) == self.now - oldest

    def teardown(self) -> None:
        """Check that cutting empties the queue."""
        for _ in range(len(self.waiting)):
            self.cut()
        assert len(self.queue) == 0


TestQueueMachine = QueueMachine.TestCase
TestQueueMachine.settings = settings(max_examples=examples(60), stateful_step_count=40)
