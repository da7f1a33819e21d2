"""Does something once for all who ask for it before it begins."""

import asyncio
from collections.abc import Awaitable, Callable


class Joined:
    """Runs of an `action`, one at a time; who comes during one shares the next.

    Lives on one event loop.
    """

    def __init__(self, action: Callable[[], Awaitable[None]]) -> None:
        self._action = action
        self._one_at_a_time = asyncio.Lock()
        self._begun = 0
        self._succeeded = 0  # the number of the last run that did

    async def run(self) -> None:
        """Return once a run that began after this call has succeeded.

        Raises what the action raises in a run that is this call's own.
        """
        following = self._begun + 1
        async with self._one_at_a_time:
            if self._succeeded >= following:
                return
            self._begun = number = self._begun + 1
            await self._action()
            self._succeeded = number
