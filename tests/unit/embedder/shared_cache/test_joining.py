"""Laws of joined runs: never fewer than needed, never more than two for a crowd."""

import asyncio

import pytest

from embedder.shared_cache.joining import Joined


class Gated:
    """An action that waits for `gate`, and fails as long as it is `broken`."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.runs = 0
        self.broken = False

    async def __call__(self) -> None:
        self.runs += 1
        await self.gate.wait()
        if self.broken:
            raise ConnectionError


async def begun(joined: Joined, count: int) -> list[asyncio.Task[None]]:
    """Let so many callers ask, as far as they get."""
    tasks = [asyncio.create_task(joined.run()) for _ in range(count)]
    for _ in range(3):
        await asyncio.sleep(0)
    return tasks


def test_who_comes_during_a_run_shares_the_next() -> None:
    """A run that had begun may have passed what they mean; one more is enough for all of them."""

    async def steps() -> None:
        action = Gated()
        joined = Joined(action)
        first = await begun(joined, 1)
        late = await begun(joined, 5)
        assert action.runs == 1
        action.gate.set()
        await asyncio.gather(*first, *late)
        assert action.runs == 2
        await joined.run()
        assert action.runs == 3

    asyncio.run(steps())


def test_a_run_that_failed_counts_for_nobody() -> None:
    """Its caller learns of it; the next tries itself."""

    async def steps() -> None:
        action = Gated()
        action.gate.set()
        action.broken = True
        joined = Joined(action)
        results = await asyncio.gather(*(joined.run() for _ in range(3)), return_exceptions=True)
        assert [type(result) for result in results] == [ConnectionError] * 3
        action.broken = False
        await joined.run()
        assert action.runs == 4

    asyncio.run(steps())


@pytest.mark.parametrize("count", [1, 4])
def test_who_gives_up_holds_nobody_up(count: int) -> None:
    """A caller whose time is over leaves, in a run of its own too; others go on."""

    async def steps() -> None:
        action = Gated()
        joined = Joined(action)
        leaving = await begun(joined, count)
        for task in leaving:
            task.cancel()
        await asyncio.gather(*leaving, return_exceptions=True)
        action.gate.set()
        await joined.run()
        assert action.runs == 2

    asyncio.run(steps())
