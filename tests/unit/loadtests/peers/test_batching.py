"""The expert's batcher: nobody waits for a timer, and a failure is its callers' alone."""

import asyncio
import threading

import pytest

from loadtests.peers.batching import MOST_PADDED, Batcher, batches
from tests.support.waiting import WAIT_S


def test_forwards_are_small_and_hold_every_text_once() -> None:
    """At most so many rows, and at most so many padded tokens unless one text has more."""
    lengths = sorted([3, 4, 5, 9, 100, 200, 256, 256, 256, 600])
    cut = batches(range(len(lengths)), lengths, rows=3)
    assert [index for batch in cut for index in batch] == list(range(len(lengths)))
    for batch in cut:
        longest = max(lengths[index] for index in batch)
        assert len(batch) <= 3
        assert len(batch) == 1 or len(batch) * longest <= MOST_PADDED
    assert cut[0] == [0, 1, 2]


def test_what_waits_while_the_thread_is_busy_goes_together() -> None:
    """The first goes alone at once; the three that come meanwhile share the next forward."""

    async def play() -> None:
        entered, released = threading.Event(), threading.Event()
        calls: list[list[str]] = []

        def work(texts: list[str]) -> list[str]:
            calls.append(texts)
            entered.set()
            assert released.wait(WAIT_S)
            return [text.upper() for text in texts]

        batcher = Batcher(work)
        running = asyncio.create_task(batcher.run())
        first = asyncio.create_task(batcher.submit("a"))
        await asyncio.to_thread(entered.wait, WAIT_S)
        others = [asyncio.create_task(batcher.submit(text)) for text in "bcd"]
        await asyncio.sleep(0)  # they are in the queue
        released.set()
        assert await asyncio.gather(first, *others) == ["A", "B", "C", "D"]
        assert calls == [["a"], ["b", "c", "d"]]
        running.cancel()

    asyncio.run(play())


def test_a_failed_forward_fails_its_callers_and_no_others() -> None:
    """The batcher goes on."""

    async def play() -> None:
        def work(texts: list[str]) -> list[str]:
            if "bad" in texts:
                raise ValueError("bad")
            return texts

        batcher = Batcher(work)
        running = asyncio.create_task(batcher.run())
        with pytest.raises(ValueError, match="bad"):
            await batcher.submit("bad")
        assert await batcher.submit("good") == "good"
        running.cancel()

    asyncio.run(play())
