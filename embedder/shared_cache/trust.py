"""Decide from answers in time, and their lack, whether a server is still worth asking."""

from __future__ import annotations

from typing import Final

_LIMIT: Final = 3.0
_FORGIVENESS: Final = 0.1


class Trust:
    """Lost after three failures in a row, or where more than one in ten or so fails.

    A success takes back a tenth of a failure, so that a server which is slow every now and then
    does not keep its callers waiting for ever.
    """

    def __init__(self) -> None:
        self._failures = 0.0

    @property
    def lost(self) -> bool:
        """Whether the server should be asked no more."""
        return self._failures >= _LIMIT

    def record(self, *, success: bool) -> None:
        """Note how one look-up ended."""
        change = -_FORGIVENESS if success else 1.0
        self._failures = max(0.0, self._failures + change)
