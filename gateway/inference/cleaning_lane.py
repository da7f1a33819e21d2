"""Lets one costly mail at a time be cleaned in a worker, so that it holds up no other request."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from gateway.errors import LargeBodiesBusyError
from gateway.inference.deadline import Deadline
from gateway.mail import MailInput

_LOOK_S = 0.1  # who waits looks this often whether its caller waits too
_TEXT_WEIGHT = 4  # plain text costs as much a character as four of HTML or of a message


def nothing() -> None:
    """Check nothing: the caller of a mail that came by no connection waits."""


def estimated_cost(mail: MailInput) -> int:
    """Return about how much it takes to clean `mail`, in characters of HTML; reads nothing."""
    texts = sum(len(text) for text in (mail.text, mail.last_outbound) if text)
    return _TEXT_WEIGHT * texts + len(mail.html or "") + len(mail.raw or b"")


class CleaningLane:
    """A lane of one for mails whose estimated cost is over `costly`; others pass beside it.

    Cleaning holds the interpreter: several costly mails at once would only take longer, and all
    other requests with them. `waiting` more may wait for the lane, each on its request's thread.
    Thread-safe.
    """

    def __init__(self, costly: int, waiting: int) -> None:
        self._costly = costly
        self._lane = threading.Lock()
        self._places = threading.BoundedSemaphore(1 + waiting)

    @contextmanager
    def enter(
        self, mail: MailInput, deadline: Deadline, require_caller: Callable[[], None] = nothing
    ) -> Iterator[None]:
        """Keep the lane until the block ends, if this mail needs it.

        Raises LargeBodiesBusyError where too many wait, DeadlineExceededError, and what
        `require_caller` raises, which is called now and then during the wait.
        """
        if estimated_cost(mail) <= self._costly:
            yield
            return
        if not self._places.acquire(blocking=False):
            raise LargeBodiesBusyError(self._costly, 1)
        try:
            self._wait(deadline, require_caller)
            try:
                yield
            finally:
                self._lane.release()
        finally:
            self._places.release()

    def _wait(self, deadline: Deadline, require_caller: Callable[[], None]) -> None:
        while not self._lane.acquire(timeout=min(deadline.remaining(), _LOOK_S)):
            require_caller()
