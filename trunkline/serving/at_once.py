"""Foresees which requests wait for nothing, so that the poller's thread answers them itself.

Handing a request to a thread costs as much as many an answer from a cache.
"""

import select

from trunkline.serving.receiving import Receiver

MOST_BYTES = 64 << 10
"""A longer body is left to a thread: its parser alone would keep the poller."""
_KEPT = 8_192
_STDERR = 2


class Repeats:
    """Digests of requests whose answers had to wait for nothing: as good as sure to again.

    A digest has 64 bits, by a key of the process; no content is kept. Holds `kept` of them, and
    those that were before. Threads may race: then a guess is wrong, which costs a parser's time.
    """

    def __init__(self, kept: int = _KEPT) -> None:
        self._kept = kept
        self._young: set[int] = set()
        self._old: set[int] = set()

    def __contains__(self, digest: int) -> bool:
        return digest in self._young or digest in self._old

    def add(self, digest: int) -> None:
        """Keep a digest, as the youngest."""
        if digest not in self._young:
            if len(self._young) >= self._kept:
                self._old, self._young = self._young, set()
            self._young.add(digest)

    def discard(self, digest: int) -> None:
        """Forget a digest, if it is kept."""
        self._young.discard(digest)
        self._old.discard(digest)


class Foresight:
    """Tells which whole requests to try in the poller's thread, which calls this.

    Such are repeats. `log_fd` is what the log is written to.
    """

    def __init__(self, repeats: Repeats, log_fd: int = _STDERR) -> None:
        self._repeats = repeats
        self._log = select.poll()
        self._log.register(log_fd, select.POLLOUT)

    def expects(self, receiver: Receiver) -> bool:
        """Whether the request will need no wait; never while the log takes no line.

        Whoever reads it may stand still, and a thread may wait for that, but not the poller.
        """
        digest = receiver.digest(MOST_BYTES)
        if digest is None or digest not in self._repeats:
            return False
        return [event for _, event in self._log.poll(0)] == [select.POLLOUT]
