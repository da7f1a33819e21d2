"""Bounds how many requests are sent a second time, so that an overload does not double itself."""

from __future__ import annotations

from typing import Final

RATIO: Final = 0.1
BURST: Final = 10.0


class RepeatBudget:
    """Each answer earns RATIO of a repeat, up to BURST that are there at first.

    Threads may race: one of them then earns or spends for two, and the ratio hardly changes.
    """

    def __init__(self) -> None:
        self._left = BURST

    def earn(self) -> None:
        """Count an answer."""
        if self._left < BURST:
            self._left += RATIO

    def allows(self) -> bool:
        """Whether a request may be repeated now."""
        return self._left >= 1

    def spend(self) -> None:
        """Count a repeat."""
        self._left -= 1
