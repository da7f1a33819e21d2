"""The poller gives up its port even where callers go on coming."""

import socket
from typing import Any

from trunkline.serving.budget import Budget
from trunkline.serving.connection import Connection
from trunkline.serving.connections import Connections
from trunkline.serving.poller import Poller
from trunkline.serving.receiving import Bounds
from trunkline.serving.sharing import Board


class Flood:
    """A listener that has always one more caller."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self.accepted = 0
        self.closed = False

    def fileno(self) -> int:
        """Return the real listener's."""
        return self._sock.fileno()

    def setblocking(self, blocking: bool) -> None:
        """Do nothing."""

    def getsockname(self) -> str:
        """Return no name."""
        return ""

    def accept(self) -> tuple[socket.socket, str]:
        """Return a connection whose peer has ended."""
        self.accepted += 1
        ours, theirs = socket.socketpair()
        theirs.close()
        return ours, ""

    def close(self) -> None:
        """Note it."""
        self.closed = True


def test_a_stop_ends_under_a_flood() -> None:
    """What the kernel's backlog can hold is accepted; then the port is given up."""

    def make(sock: socket.socket, client: Any, server: Any) -> Connection:
        return Connection(sock, client, server, Bounds(lambda path, kind: 1), Budget(1))

    with socket.socket() as sock:
        flood = Flood(sock)
        poller = Poller(
            [flood], Connections(4, 1.0), Board().place(0.0), make,
            lambda *_: None, lambda *_: None, lambda: None,
        )  # fmt: skip
        poller.stop_accepting()
    assert flood.closed
    assert 0 < flood.accepted <= 4096
