"""The one thread that accepts, receives and times out: only whole requests leave it for threads."""

import errno
import os
import select
import socket
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from trunkline.serving.connection import Connection, Phase
from trunkline.serving.connections import Connections
from trunkline.serving.receiving import Progress
from trunkline.serving.sharing import Place

_IN = select.EPOLLIN | select.EPOLLRDHUP | select.EPOLLONESHOT
_OUT = select.EPOLLOUT | select.EPOLLONESHOT
_TURN_S = 1.0
_EVENTS = 256
_LAST_ACCEPTED = 2048  # the kernel's backlog; callers that go on coming end no faster
_POLITE_S = 0.005  # how long a connection is left to workers that have fewer

Advance = Callable[[Connection, Progress, float], None]


class Poller:
    """Waits for all connections at once; what a whole or hopeless request means is `advance`'s.

    A connection that is `BUSY` is not watched. `watch` may be called by any thread, everything
    else by the poller's own. `make` wraps an accepted socket.
    """

    def __init__(
        self,
        listeners: Sequence[Any],
        connections: Connections,
        place: Place,
        make: Callable[[socket.socket, Any, Any], Connection],
        advance: Advance,
        finish: Callable[[Connection, float], None],
        on_evicted: Callable[[], None],
    ) -> None:
        self._epoll = select.epoll()
        self._listeners = {listener.fileno(): listener for listener in listeners}
        self._connections = connections
        self._place = place
        self._make = make
        self._advance = advance
        self._finish = finish
        self._on_evicted = on_evicted
        self._inbox: deque[tuple[Connection, Progress]] = deque()
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._signals = -1
        self._accepting = False
        self._polite_until = 0.0
        self._epoll.register(self._wake, select.EPOLLIN)
        for listener in listeners:
            listener.setblocking(False)

    def watch_signals(self, pipe: int) -> None:
        """Let the pipe that Python writes signals into end a turn."""
        self._signals = pipe
        self._epoll.register(pipe, select.EPOLLIN)

    def watch_process(self, pidfd: int) -> None:
        """Let the end of a process end a turn."""
        self._epoll.register(pidfd, select.EPOLLIN | select.EPOLLONESHOT)

    def wake(self) -> None:
        """End the turn under way; from any thread, and from a signal's handler."""
        with suppress(OSError):
            os.eventfd_write(self._wake, 1)

    def watch(self, connection: Connection) -> None:
        """Wait for what the connection's phase says; from any thread, which then lets go of it."""
        events = _OUT if connection.phase is Phase.SENDING else _IN
        with suppress(OSError, ValueError):  # the poller has closed it meanwhile
            self._epoll.modify(connection.sock, events)

    def enter(self, connection: Connection, progress: Progress) -> None:
        """Have the poller's thread advance a connection; from any thread."""
        self._inbox.append((connection, progress))
        self.wake()

    def turn(self, timeout_s: float) -> float:
        """Wait for events and handle them; return the time after."""
        now = time.monotonic()
        self._set_accepting(now)
        if self._listeners and now < self._polite_until:
            timeout_s = min(timeout_s, self._polite_until - now)
        events = self._epoll.poll(min(timeout_s, _TURN_S), _EVENTS)
        now = time.monotonic()
        for fd, mask in events:
            connection = self._connections.by_fd.get(fd)
            if connection is not None:
                self._on_event(connection, mask, now)
            elif fd in self._listeners:
                if self._is_my_turn(now):
                    self._accept(self._listeners[fd], now)
            elif fd == self._wake:
                os.eventfd_read(self._wake)
            elif fd == self._signals:
                os.read(fd, 4096)
        for _ in range(len(self._inbox)):  # what these bring in has its turn after others
            self._advance(*self._inbox.popleft(), now)
        if self._listeners:
            self._place.show(len(self._connections), now)
        return now

    def stop_accepting(self) -> None:
        """Take in what the kernel has accepted already, then give up the port."""
        self._place.leave()
        for listener in self._listeners.values():
            for _ in range(_LAST_ACCEPTED):
                if not self._accept(listener, time.monotonic()):
                    break
            if self._accepting:
                self._epoll.unregister(listener.fileno())
            listener.close()
        self._listeners, self._accepting = {}, False

    def close(self, connection: Connection) -> None:
        """Close a connection that nobody else has in hand."""
        self._connections.remove(connection)
        connection.release()
        connection.sock.close()

    def _is_my_turn(self, now: float) -> bool:
        """Whether this worker accepts: others that have fewer connections get a moment to do so.

        Kept connections stay where they are, so a burst that one worker accepts is its load for
        long, while others idle.
        """
        has_waited = now - self._polite_until < _TURN_S
        if has_waited or self._place.has_fewest(len(self._connections), now):
            self._polite_until = 0.0
            return True
        self._polite_until = now + _POLITE_S
        return False

    def _set_accepting(self, now: float) -> None:
        """Stop accepting while others may, and while nothing can make room for a connection."""
        polite = now < self._polite_until
        wanted = bool(self._listeners) and not polite and self._connections.have_room()
        if wanted != self._accepting:
            for fd in self._listeners:
                if wanted:
                    self._epoll.register(fd, select.EPOLLIN)
                else:
                    self._epoll.unregister(fd)
            self._accepting = wanted

    def _accept(self, listener: Any, now: float) -> bool:
        """Accept one connection, so that other workers get some; return whether there was one."""
        if not self._connections.have_room():
            return False
        try:
            sock, client = listener.accept()
        except OSError as error:
            if error.errno in (errno.EMFILE, errno.ENFILE) and not self._make_room():
                self._polite_until = now + _POLITE_S  # until somebody closes a descriptor
            return False
        while self._connections.are_full() and self._make_room():
            pass
        connection = self._make(sock, client, listener.getsockname())
        self._connections.add(connection)
        self._epoll.register(sock, select.EPOLLONESHOT)
        self._receive(connection, now)
        return True

    def _make_room(self) -> bool:
        idle = self._connections.idlest()
        if idle is not None:
            self._on_evicted()
            self.close(idle)
        return idle is not None

    def _on_event(self, connection: Connection, mask: int, now: float) -> None:
        match connection.phase:
            case Phase.RECEIVING:
                self._receive(connection, now)
            case Phase.SENDING:
                self._send(connection, now)
            case Phase.ENDING:
                if mask & select.EPOLLERR or not connection.discard():
                    self.close(connection)
                else:
                    self.watch(connection)

    def _receive(self, connection: Connection, now: float) -> None:
        try:
            progress = connection.receive(now)
        except OSError:
            progress = None
        if progress is None:
            self.close(connection)
        else:
            self._advance(connection, progress, now)

    def _send(self, connection: Connection, now: float) -> None:
        try:
            sent = connection.flush()
        except OSError:
            self.close(connection)
            return
        if connection.unsent:
            if sent:
                self._connections.extend(connection, now)
            self.watch(connection)
        else:
            self._finish(connection, now)
