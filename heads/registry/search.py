"""Looks for versions that requests name and nothing here knows, in the thread that follows."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from heads.registry.follower import Follower
from heads.registry.snapshot import Ref

MISSED_S: Final = 0.25
"""What a look did not find is not looked for again by a request for so long."""
_MOST = 1024


class VersionSearch:
    """Has a follower look for versions; thread-safe.

    `recall` loads a version, and may take long: only the follower's look calls `recall_sought`.
    """

    def __init__(
        self,
        follower: Follower,
        is_known: Callable[[str, str], bool],
        recall: Callable[[str, str], object],
        clock: Callable[[], float],
    ) -> None:
        self._follower = follower
        self._is_known = is_known
        self._recall = recall
        self._clock = clock
        self._sought: deque[Ref] = deque(maxlen=_MOST)
        self._missed: dict[Ref, float] = {}  # replaced whole: read without a lock

    def wait(self, refs: Sequence[Ref], patience_s: float) -> None:
        """Return when all are known, or a look that began after the call has missed some.

        Not after `patience_s`; and at once for those that a look missed within MISSED_S.
        """
        now = self._clock()
        sought = [ref for ref in refs if now - self._missed.get(ref, -MISSED_S) >= MISSED_S]
        if not sought:
            return
        self._sought.extend(sought)

        def all_known() -> bool:
            return all(self._is_known(*ref) for ref in sought)

        if self._follower.await_look(patience_s, all_known):
            missed = {ref: now for ref in sought if not self._is_known(*ref)}
            kept = self._missed if len(self._missed) < _MOST else {}
            self._missed = {**kept, **missed}

    def recall_sought(self) -> None:
        """Load what is sought and still unknown; call it at the end of a look."""
        self.recall([self._sought.popleft() for _ in range(len(self._sought))])

    def recall(self, refs: Iterable[Ref]) -> None:
        """Load the versions of `refs` that are unknown; "" for production is what a look finds."""
        for ref in dict.fromkeys(refs):
            if ref[1] and not self._is_known(*ref):
                self._recall(*ref)
