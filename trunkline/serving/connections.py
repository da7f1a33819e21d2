"""All connections of a worker: how many there may be, which one gives way, which are late."""

from collections.abc import Iterator

from trunkline.serving.connection import Connection, Phase


class Connections:
    """At most `most` connections, by file descriptor; for the poller's thread."""

    def __init__(self, most: int, stall_s: float) -> None:
        self._most = most
        self._stall_s = stall_s
        self.by_fd: dict[int, Connection] = {}

    def __len__(self) -> int:
        return len(self.by_fd)

    def add(self, connection: Connection) -> None:
        """Add an accepted connection."""
        self.by_fd[connection.sock.fileno()] = connection

    def remove(self, connection: Connection) -> None:
        """Forget a connection that is about to be closed."""
        self.by_fd.pop(connection.sock.fileno(), None)

    def are_full(self) -> bool:
        """Whether one more would be too many."""
        return len(self.by_fd) >= self._most

    def have_room(self) -> bool:
        """Whether another may be accepted, if need be in the place of one that gives way."""
        return not self.are_full() or self.idlest() is not None

    def idlest(self) -> Connection | None:
        """Return who gives way to a new one: first who never sent a request, then who is idle.

        Of those alike the one that is to be closed first anyway.
        """
        receiving = (c for c in self.by_fd.values() if c.phase is Phase.RECEIVING)
        return min(receiving, key=_worth, default=None)

    def late(self, now: float) -> Iterator[Connection]:
        """Return those whose time for what they are in is over."""
        for connection in list(self.by_fd.values()):
            if connection.phase is not Phase.BUSY and connection.expires <= now:
                yield connection

    def extend(self, connection: Connection, now: float) -> None:
        """Give a connection that moves on another stall's time."""
        connection.expires = now + self._stall_s

    def hasten(self, latest: float) -> None:
        """Let those that are idle expire at `latest`; half a request keeps its own time."""
        for connection in self.by_fd.values():
            if connection.phase is Phase.RECEIVING and connection.received_at is None:
                connection.expires = min(connection.expires, latest)


def _worth(connection: Connection) -> tuple[bool, bool, float]:
    return connection.requests > 0, connection.received_at is not None, connection.expires
