"""Bound the memory that received and unsent bytes may take in one worker."""

import threading

_LARGE_SHARE = 16  # a reservation of more than this part of the whole is large
_ROOM_SHARE = 8  # the part of the whole that large ones leave to the others


class Budget:
    """At most `total` bytes reserved at once; thread-safe.

    Reserved is what has come and a step more, never what was only announced: who announces much
    and sends little would shut out the others. Nobody waits for memory: what finds none is refused.
    Who holds much leaves an eighth to the others.
    """

    def __init__(self, total: int) -> None:
        self._total = total
        self._lock = threading.Lock()
        self.used = 0

    def resize(self, held: int, needed: int) -> bool:
        """Change one holder's reservation from `held` to `needed`; return False if it cannot be."""
        large = needed > self._total // _LARGE_SHARE
        most = self._total - (self._total // _ROOM_SHARE if large else 0)
        with self._lock:
            used = self.used - held + needed
            if needed > held and used > most:
                return False
            self.used = used
            return True
