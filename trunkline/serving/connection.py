"""One peer's connection: bytes that came, bytes that must go, and who has it in hand."""

import select
import socket
import struct
from enum import Enum
from typing import Any

from trunkline.serving.budget import Budget
from trunkline.serving.receiving import Bounds, Progress, Receiver

_PIECE_BYTES = 64 << 10
_LARGE_PIECE_BYTES = 1 << 20
_TURN_BYTES = 1 << 20  # the most that is received before others have their turn
_DISCARD_PIECES = 16
_DISCARD_BYTES = 64 << 20
_GONE = select.POLLRDHUP | select.POLLHUP | select.POLLERR


class Phase(Enum):
    """What the poller waits for on a connection; `BUSY`: it is not the poller's now."""

    RECEIVING = "the next request"
    BUSY = "nothing: its request waits or runs"
    SENDING = "room for the rest of an answer"
    ENDING = "the peer's end, after ours"


class Connection:
    """A socket without blocking, and what is kept with it. In one thread's hand at a time."""

    __slots__ = (
        "budget",
        "client",
        "closes",
        "continued",
        "discarded",
        "expires",
        "phase",
        "received_at",
        "receiver",
        "repeatable",
        "requests",
        "reserved",
        "server",
        "sock",
        "unsent",
        "whole_expires",
    )

    def __init__(
        self, sock: socket.socket, client: Any, server: Any, bounds: Bounds, budget: Budget
    ) -> None:
        sock.setblocking(False)
        self.sock = sock
        self.client = client
        self.server = server
        self.budget = budget
        self.receiver = Receiver(bounds)
        self.phase = Phase.RECEIVING
        self.expires = 0.0  # monotonic; when the poller gives up what it waits for
        self.whole_expires = 0.0  # when the request now received must be there
        self.received_at: float | None = None  # when the first byte of the next request came
        self.requests = 0
        self.reserved = 0
        self.unsent = b""
        self.closes = False
        self.repeatable = False  # the last answer had to wait for nothing
        self.continued = False  # the peer was told to send its body
        self.discarded = 0

    def receive(self, now: float) -> Progress | None:
        """Take in what has come; return how far the request is, None where the peer has ended.

        About 1 MiB at once at most: the rest is left for the poller's next turn.
        Raises OSError where the connection is broken.
        """
        receiver = self.receiver
        wanted = self.reserved - len(receiver.data)
        progress, left = None, _TURN_BYTES
        while True:
            try:
                piece = self.sock.recv(min(max(wanted, _PIECE_BYTES), _LARGE_PIECE_BYTES))
            except BlockingIOError:
                return progress or receiver.progress()
            if not piece:
                return None
            if self.received_at is None:
                self.received_at = now
            progress = receiver.feed(piece)
            if progress is Progress.NOTHING:
                self.received_at = None
            left -= len(piece)
            if progress is not Progress.BODY or len(piece) < _PIECE_BYTES or left <= 0:
                return progress
            if not self.reserve_more():
                return progress
            wanted = self.reserved - len(receiver.data)

    @property
    def keeps(self) -> bool:
        """Whether the peer means to send another request after this one."""
        head = self.receiver.head
        return head is not None and head.keeps

    def begin_next(self, now: float) -> Progress:
        """Begin the next request with the bytes that the last one left; return how far it is."""
        self.release()
        self.continued = False
        progress = self.receiver.restart(bytes(self.receiver.data))
        self.received_at = None if progress is Progress.NOTHING else now
        return progress

    def reserve(self, needed: int) -> bool:
        """Reserve memory for `needed` bytes; return whether there is that much."""
        if needed == self.reserved:
            return True
        if not self.budget.resize(self.reserved, needed):
            return False
        self.reserved = needed
        return True

    def reserve_more(self) -> bool:
        """Reserve memory for what has come and for what may come next; return whether it was there.

        That is as much again, at least 64 KiB and at most 1 MiB, and never more than is needed.
        """
        come = len(self.receiver.data)
        step = min(max(come, _PIECE_BYTES), _LARGE_PIECE_BYTES)
        return self.reserve(min(come + step, self.receiver.needs))

    def release(self) -> None:
        """Give back the reserved memory."""
        if self.reserved:
            self.budget.resize(self.reserved, 0)
            self.reserved = 0

    def send(self, content: bytes) -> None:
        """Send what goes at once; the rest is `unsent`. Raises OSError where it is broken."""
        if self.unsent:
            self.unsent += content
            return
        try:
            sent = self.sock.send(content)
        except BlockingIOError:
            sent = 0
        self.unsent = content[sent:] if sent < len(content) else b""

    def flush(self) -> bool:
        """Send more of what is unsent; return whether some went. Raises OSError if broken."""
        before = len(self.unsent)
        rest, self.unsent = self.unsent, b""
        self.send(rest)
        return len(self.unsent) < before

    def is_gone(self) -> bool:
        """Whether the peer has closed its side: nobody waits for an answer."""
        poll = select.poll()
        try:
            poll.register(self.sock, _GONE)
        except (ValueError, OSError):
            return True
        return bool(poll.poll(0))

    def abandon(self) -> None:
        """Leave the connection to the poller, which closes it soon; never fails."""
        self.unsent = b""
        self.closes = True
        self.expires = 0.0
        self.phase = Phase.ENDING

    def abort(self) -> None:
        """Have the kernel drop what the peer does not read, once the connection is closed."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def end_sending(self) -> None:
        """Tell the peer that nothing more comes; it may still be sending."""
        try:
            self.sock.shutdown(socket.SHUT_WR)
        except OSError:
            return

    def discard(self) -> bool:
        """Throw away what has come, a part at a time; return whether the peer may send more."""
        for _ in range(_DISCARD_PIECES):
            try:
                piece = self.sock.recv(_PIECE_BYTES)
            except BlockingIOError:
                return True
            except OSError:
                return False
            self.discarded += len(piece)
            if not piece:
                return False
        return self.discarded < _DISCARD_BYTES
