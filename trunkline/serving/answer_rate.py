"""Measure how fast requests are answered, and when to come back; no clock of its own."""

import math
from collections import deque

_WINDOW_S = 5.0
_LONGEST_S = 30


class AnswerRate:
    """Answers a second over the last five seconds, in slots of a quarter of a second."""

    def __init__(self) -> None:
        self._slots: deque[tuple[int, int]] = deque()  # quarter of a second, answers in it

    def answered(self, now: float) -> None:
        """Count one answer."""
        slot = int(now * 4)
        if self._slots and self._slots[-1][0] == slot:
            self._slots[-1] = (slot, self._slots[-1][1] + 1)
        else:
            self._slots.append((slot, 1))
            self._forget(slot)

    def per_second(self, now: float) -> float:
        """Return the measured rate; 0 where nothing was answered lately."""
        slot = int(now * 4)
        self._forget(slot)
        if not self._slots:
            return 0.0
        spanned_s = max((slot - self._slots[0][0] + 1) / 4, 1.0)
        return sum(count for _, count in self._slots) / spanned_s

    def retry_after_s(self, waiting: int, now: float) -> int:
        """Return in how many whole seconds what waits now is answered, from 1 to 30."""
        rate = self.per_second(now)
        if rate == 0.0:
            return 1 if waiting == 0 else _LONGEST_S // 6
        return min(max(math.ceil((waiting + 1) / rate), 1), _LONGEST_S)

    def _forget(self, slot: int) -> None:
        while self._slots and self._slots[0][0] <= slot - _WINDOW_S * 4:
            self._slots.popleft()
