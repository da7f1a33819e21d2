"""Looks for versions that requests name and nothing here knows, in the thread that follows."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from math import inf
from typing import Final

from heads.errors import CatalogError
from heads.registry.follower import Follower
from heads.registry.snapshot import Ref

MISSED_S: Final = 0.25
"""What a look did not find is not looked for again by a request for so long after its end."""
MOST_SOUGHT: Final = 1024
"""A look loads no more versions; others are for the next, if they are still asked for."""


class VersionSearch:
    """Has a follower look for versions; thread-safe.

    `recall` loads a version, and may take long: only the follower's look calls `recall_sought`. It
    returns False where there is none, and raises CatalogError where that is not known.
    """

    def __init__(
        self,
        follower: Follower,
        is_known: Callable[[str, str], bool],
        recall: Callable[[str, str], bool],
        clock: Callable[[], float],
    ) -> None:
        self._follower = follower
        self._is_known = is_known
        self._recall = recall
        self._clock = clock
        self._changing = threading.Lock()  # guards both of these, but for reading `_missed`
        self._sought: dict[Ref, None] = {}
        self._missed: dict[Ref, float] = {}  # replaced whole: read without a lock

    def wait(self, refs: Sequence[Ref], patience_s: float) -> None:
        """Return when all are known, or a look that began after the call has missed some.

        Not after `patience_s`; and at once for those that a look missed within MISSED_S.
        """
        now, missed = self._clock(), self._missed
        sought = [ref for ref in refs if now - missed.get(ref, -inf) >= MISSED_S]
        if not sought:
            return
        self._seek(sought)
        self._follower.await_look(patience_s, lambda: all(self._is_known(*ref) for ref in sought))

    def recall_sought(self) -> None:
        """Load what is sought and still unknown; call it at the end of a look."""
        with self._changing:
            sought, self._sought = self._sought, {}
        self.recall(sought)

    def recall(self, refs: Iterable[Ref]) -> None:
        """Load the versions of `refs` that are unknown; "" for production is what a look finds.

        Those that are not there are missed; those that cannot be read may be there.
        """
        missed = []
        for ref in dict.fromkeys(refs):
            with suppress(CatalogError):
                if not self._is_known(*ref) and not (ref[1] and self._recall(*ref)):
                    missed.append(ref)
        self._miss(missed)

    def _seek(self, refs: Iterable[Ref]) -> None:
        with self._changing:
            for ref in refs:
                if len(self._sought) < MOST_SOUGHT:
                    self._sought[ref] = None

    def _miss(self, refs: Sequence[Ref]) -> None:
        if not refs:
            return
        with self._changing:
            kept = self._missed if len(self._missed) < MOST_SOUGHT else {}
            self._missed = {**kept, **dict.fromkeys(refs, self._clock())}
