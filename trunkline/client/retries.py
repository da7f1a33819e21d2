"""When a request is sent again: bounded in number and wait, never before a gateway asked for it."""

from dataclasses import dataclass

_MOST_DOUBLINGS = 16


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """At most `attempts` requests a call; between two of them a wait that doubles from `base_s`.

    A Retry-After is waited for in full, and some of the usual wait after it, so that callers who
    were refused together do not come back together. One above `max_wait_s` ends the call.
    """

    attempts: int = 4
    base_s: float = 0.2
    max_wait_s: float = 30.0

    def __post_init__(self) -> None:
        if self.attempts < 1 or self.base_s < 0 or self.max_wait_s < 0:
            raise ValueError("attempts must be 1 or more, and no time negative")

    def wait_s(self, attempt: int, retry_after_s: float | None, jitter: float) -> float | None:
        """Return how long to wait after the attempt of this number (from 1); None: no more.

        `jitter` is a random number from 0 to 1.
        """
        least = retry_after_s or 0.0
        if attempt >= self.attempts or least > self.max_wait_s:
            return None
        usual = min(self.max_wait_s, self.base_s * 2.0 ** min(attempt - 1, _MOST_DOUBLINGS))
        return least + usual * (1 + jitter) / 2


ONCE = RetryPolicy(attempts=1)
"""For commands, which report a failure at once."""
