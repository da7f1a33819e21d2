"""Batch as an expert does in a day: take what waits, cut it into forwards of like length.

Runs in a peer's own environment, beside the file that serves: `from batching import Batcher`.
"""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

MOST_PADDED = 512  # tokens of a forward, padding counted
MOST_WAITING = 32  # taken from the queue at once


def batches(order: Sequence[int], lengths: Sequence[int], rows: int) -> list[list[int]]:
    """Cut what is sorted by length into forwards of few rows and few padded tokens."""
    cut: list[list[int]] = []
    for index, length in zip(order, lengths, strict=True):
        if cut and len(cut[-1]) < rows and (len(cut[-1]) + 1) * length <= MOST_PADDED:
            cut[-1].append(index)
        else:
            cut.append([index])
    return cut


class Batcher:
    """Hands to `work` whatever came while it was busy; a lone request waits for nobody."""

    def __init__(self, work: Callable[[list[str]], list[Any]]) -> None:
        self._work = work
        self._waiting: asyncio.Queue[tuple[str, asyncio.Future[Any]]] = asyncio.Queue()
        self._thread = ThreadPoolExecutor(1)

    async def submit(self, text: str) -> Any:
        """Return the text's result."""
        future = asyncio.get_running_loop().create_future()
        self._waiting.put_nowait((text, future))
        return await future

    async def run(self) -> None:
        """Work until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            taken = [await self._waiting.get()]
            while not self._waiting.empty() and len(taken) < MOST_WAITING:
                taken.append(self._waiting.get_nowait())
            try:
                results = await loop.run_in_executor(
                    self._thread, self._work, [text for text, _ in taken]
                )
                for (_, future), result in zip(taken, results, strict=True):
                    if not future.done():  # its caller may have gone
                        future.set_result(result)
            except Exception as error:
                for _, future in taken:
                    if not future.done():
                        future.set_exception(error)
