"""Lets one of a service's workers send what all of them count together."""

import fcntl
import os
import time

_LOCK: list[int] = []
_STARTED_NS = [time.time_ns()]


def share_turn() -> None:
    """Make the lock that workers find after their fork; call in their master."""
    _LOCK[:] = [os.memfd_create("trunkline-otlp")]
    _STARTED_NS[:] = [time.time_ns()]


def started_ns() -> int:
    """Return when the service began, in nanoseconds since 1970."""
    return _STARTED_NS[0]


def take_turn() -> bool:
    """Whether this process is the one that sends: it stays so until it ends, then another is.

    Without a lock from a master every process is.
    """
    if not _LOCK:
        return True
    try:
        fcntl.lockf(_LOCK[0], fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
