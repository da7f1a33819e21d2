"""A request's deadline: one point in monotonic time, handed down as what is left."""

import time
from dataclasses import dataclass

from gateway.errors import DeadlineExceededError, InvalidTimeoutError


@dataclass(frozen=True)
class Deadline:
    """The instant (seconds of `time.monotonic`) after which nobody waits for the answer."""

    at: float

    def remaining(self) -> float:
        """Return the seconds left, more than 0; raise DeadlineExceededError when none are."""
        left = self.at - time.monotonic()
        if left <= 0:
            raise DeadlineExceededError
        return left


def within(timeout_s: float) -> Deadline:
    """Return the deadline that is `timeout_s` seconds from now."""
    return Deadline(time.monotonic() + timeout_s)


def timeout_s(header: str | None, default_ms: int, limit_ms: int) -> float:
    """Return the seconds a request may take from its `X-Request-Timeout-Ms` header.

    A wish above `limit_ms` is cut to it; absent means `default_ms`. Anything but a positive
    whole number raises InvalidTimeoutError.
    """
    if header is None:
        return default_ms / 1000
    if not (header.isascii() and header.isdigit() and len(header) <= 9 and int(header) > 0):
        raise InvalidTimeoutError(limit_ms)
    return min(int(header), limit_ms) / 1000
