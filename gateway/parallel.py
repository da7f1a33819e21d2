"""Makes several blocking calls at once and waits for all; one alone runs where it is."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Result = TypeVar("Result")


class Parallel:
    """Threads for the calls that a request makes beside its own thread.

    `width` bounds the threads; with one for every such call of every request at once, no call
    ever waits for another request's. Threads start when first needed. Calls must end by
    themselves (they have deadlines) and must not make calls through the same Parallel.
    """

    def __init__(self, width: int) -> None:
        self._threads = ThreadPoolExecutor(max(1, width), thread_name_prefix="parallel")

    def run(self, calls: Sequence[Callable[[], Result]]) -> list[Result]:
        """Return every call's result, in order; raise the first call's error that there is.

        All calls have ended when this returns or raises.
        """
        if len(calls) == 1:
            return [calls[0]()]
        if not calls:
            return []
        others = [self._threads.submit(call) for call in calls[1:]]
        try:
            first = calls[0]()
        finally:
            for other in others:
                other.exception()  # waits
        return [first, *(other.result() for other in others)]

    def close(self) -> None:
        """End the threads once they are idle."""
        self._threads.shutdown(wait=False)
