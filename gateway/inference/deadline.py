"""A request's deadline: one point in monotonic time, passed on as the time that is left."""

import math
import time
from dataclasses import dataclass

from gateway.errors import DeadlineExceededError


@dataclass(frozen=True)
class Deadline:
    """The instant (seconds of `time.monotonic`) after which the answer comes too late."""

    at: float

    def remaining(self) -> float:
        """Return the seconds left, more than 0; raise DeadlineExceededError when none are."""
        left = self.at - time.monotonic()
        if left <= 0:
            raise DeadlineExceededError
        return left

    @property
    def is_over(self) -> bool:
        """Whether no time is left."""
        return time.monotonic() >= self.at

    def part(self, share: float) -> "Deadline":
        """Return the deadline of a stage that may take this share of the time left.

        Raises DeadlineExceededError when none is.
        """
        return within(self.remaining() * share)


NEVER = Deadline(math.inf)


def within(timeout_s: float) -> Deadline:
    """Return the deadline that is `timeout_s` seconds from now."""
    return Deadline(time.monotonic() + timeout_s)
