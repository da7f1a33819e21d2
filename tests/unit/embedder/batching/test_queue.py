"""The rule that cuts batches, by example."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from embedder.batching.queue import BULK_BATCH_SIZE, BatchLimits, BatchQueue, DrainRate, Sizing
from embedder.cost import CostModel

LIMITS = BatchLimits(
    max_batch_tokens=64, max_batch_size=8, max_queue_size=10, window=16, max_age_s=1.0
)


@dataclass(eq=False)
class Text:
    length: int
    rows: int = 1
    deadline: float = float("inf")
    queued_at: float = 0.0
    bulk: bool = False
    solo: bool = False


class Broken:
    """A sizing that raises, or breaks its promise."""

    def __init__(self, parts: Any = None) -> None:
        self.parts = parts

    def cost(self, n: int, length: int) -> float:
        raise RuntimeError("cost")

    def partition(self, lengths: Sequence[int], max_batch_tokens: int, max_batch_size: int) -> Any:
        if self.parts is None:
            raise RuntimeError("partition")
        return self.parts


def queue(limits: BatchLimits = LIMITS, sizing: Sizing | None = None) -> BatchQueue[Text]:
    """Make an empty queue."""
    return BatchQueue(limits, sizing or CostModel())


def put(waiting: BatchQueue[Text], *texts: Text, now: float = 0.0) -> tuple[Text, ...]:
    """Let texts wait."""
    for text in texts:
        assert waiting.reserve(1)
        waiting.push(text, now)
    return texts


def test_texts_of_like_length_go_together_cheapest_first() -> None:
    """Long and short texts are not padded to one length; the batch cheapest a text goes first."""
    waiting = queue(sizing=CostModel(a=1.0))
    long, *short = put(waiting, Text(32), Text(4), Text(4), Text(4))
    assert waiting.cut(0.0) == (short, [])
    assert waiting.cut(0.0) == ([long], [])
    assert waiting.cut(0.0) == ([], [])


def test_age_goes_before_cheapness() -> None:
    """A text over age is in the next batch, however many short ones keep coming."""
    waiting = queue(sizing=CostModel(a=1.0))
    (long,) = put(waiting, Text(32), now=0.0)
    put(waiting, Text(4), now=0.5)
    assert long not in waiting.cut(0.9)[0]
    put(waiting, Text(4), now=0.9)
    assert long in waiting.cut(1.0)[0]


def test_the_token_budget_holds() -> None:
    """No batch exceeds longest * rows <= max_batch_tokens."""
    waiting = queue()
    put(waiting, *(Text(30) for _ in range(5)))
    while len(waiting):
        batch, _ = waiting.cut(0.0)
        assert len(batch) * 30 <= 64


def test_a_text_over_the_budget_is_refused_at_the_door() -> None:
    """An input longer than the token budget is refused, and does not loop for ever in the queue."""
    waiting = queue()
    assert not waiting.fits(Text(65))
    assert not waiting.fits(Text(30, rows=3))
    waiting.reserve(1)
    with pytest.raises(ValueError, match="budget"):
        waiting.push(Text(65), 0.0)


def test_rows_are_counted_and_a_full_queue_refuses_at_once() -> None:
    """Places are rows; one request of n texts takes as many as n requests of one."""
    waiting = queue()
    assert waiting.reserve(7)
    assert not waiting.reserve(4)
    assert waiting.reserve(3)
    assert not waiting.reserve(1)
    waiting.release(1)
    assert waiting.reserve(1)


def test_a_request_above_the_capacity_is_admitted_when_nothing_waits() -> None:
    """A client batch far above the queue's capacity neither fails nor starves."""
    waiting = queue()
    assert waiting.reserve(5_000)
    assert not waiting.reserve(1)


def test_max_batch_size_one_works() -> None:
    """A batch size of one gives batches of one, and everything comes out."""
    limits = BatchLimits(64, 1, 10, 16, 1.0)
    waiting = queue(limits)
    texts = put(waiting, *(Text(4) for _ in range(5)))
    out = [waiting.cut(0.0)[0] for _ in texts]
    assert all(len(batch) == 1 for batch in out)
    assert len(waiting) == 0


@pytest.mark.parametrize(
    "sizing", [Broken(), Broken([[0], [0]]), Broken([[0, 1, 2]]), Broken([["x"]]), Broken([[9]])]
)
def test_a_broken_sizing_costs_speed_only(sizing: Sizing) -> None:
    """When sizing raises, lies or forgets, every text still comes out, within budget."""
    waiting = queue(sizing=sizing)
    texts = put(waiting, Text(30), Text(31), Text(32))
    out = []
    while len(waiting):
        batch, _ = waiting.cut(0.0)
        assert len(batch) * 32 <= 64
        out += batch
    assert set(map(id, out)) == set(map(id, texts))


def test_expired_texts_are_handed_back_apart() -> None:
    """A text whose deadline has passed never reaches a batch."""
    waiting = queue()
    old, young = put(waiting, Text(4, deadline=1.0), Text(4, deadline=2.0))
    assert waiting.cut(1.0) == ([young], [old])


def test_a_batch_that_is_put_back_is_in_its_old_place() -> None:
    """A prepared batch may be cut anew: age and order are those of the first arrival."""
    waiting = queue()
    (old,) = put(waiting, Text(4), now=0.0)
    batch, _ = waiting.cut(0.0)
    (young,) = put(waiting, Text(4), now=0.5)
    waiting.put_back(batch)
    assert waiting.oldest_age_s(0.7) == 0.7
    assert waiting.cut(0.7) == ([old, young], [])


def test_bulk_texts_go_after_all_others_and_only_where_they_may() -> None:
    """However old they are; and then a few at once, in order."""
    waiting = queue()
    bulk = put(waiting, *(Text(4, bulk=True) for _ in range(5)))
    (later,) = put(waiting, Text(32), now=9.0)
    assert waiting.cut(9.0) == ([later], [])
    assert waiting.cut(9.0, bulk=False) == ([], [])
    assert waiting.cut(9.0) == (list(bulk[:BULK_BATCH_SIZE]), [])
    assert waiting.cut(9.0) == (list(bulk[BULK_BATCH_SIZE:]), [])


def test_bulk_texts_leave_half_of_the_places_to_others() -> None:
    """A flood of them refuses nobody else."""
    waiting = queue()
    assert waiting.reserve(5, bulk=True)
    assert not waiting.reserve(1, bulk=True)
    assert waiting.reserve(5)
    assert not waiting.reserve(1)


def test_a_text_that_is_solo_shares_no_batch() -> None:
    """Also with its like."""
    waiting = queue()
    first, second = put(waiting, *(Text(4, bulk=True, solo=True) for _ in range(2)))
    assert waiting.cut(0.0) == ([first], [])
    assert waiting.cut(0.0) == ([second], [])


def test_the_drain_rate_is_measured() -> None:
    """Back-off is rows over rows a second of all streams, within bounds, 1 s before any figure."""
    rate = DrainRate(streams=2)
    assert rate.wait_s(100) == 1.0
    rate.record(10, 0.1)
    assert rate.wait_s(100) == pytest.approx(0.5)
    assert rate.wait_s(0) == 0.05
    assert rate.wait_s(10**9) == 30.0
