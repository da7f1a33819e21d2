"""One connection to the server: commands are sent at once, replies come in the order of asking."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from collections import deque
from collections.abc import Callable
from typing import Final, cast

from embedder.shared_cache.resp import ErrorReply, Parser, ProtocolError, Reply, encode
from trunkline.redis_address import Address

# Close discards what was not sent: a late write must not undo an erasure that came after it.
_NO_LINGER: Final = struct.pack("ii", 1, 0)

GONE: Final = ErrorReply("GONE")
"""The reply to what was asked of a connection that broke before it was answered."""

OnReply = Callable[[Reply], None]


class RefusedError(ConnectionError):
    """The server refused a command that a connection begins with; the text is its error's code."""


class Connection(asyncio.Protocol):
    """A connection that is open until `closed` is set. Every command gets one reply, if only GONE.

    Use it on its event loop alone.
    """

    def __init__(self) -> None:
        self.closed = asyncio.Event()
        self._parser = Parser()
        self._waiting: deque[OnReply] = deque()
        self._transport: asyncio.Transport | None = None

    @property
    def outstanding(self) -> int:
        """The number of commands that have no reply yet."""
        return len(self._waiting)

    @property
    def unsent_bytes(self) -> int:
        """What the server has not taken yet."""
        return 0 if self._transport is None else self._transport.get_write_buffer_size()

    def send(self, on_reply: OnReply, *command: bytes) -> None:
        """Send a command; `on_reply` is called once, later, with its reply."""
        if self._transport is None or self.closed.is_set():
            on_reply(GONE)
            return
        self._waiting.append(on_reply)
        self._transport.write(encode(*command))

    async def ask(self, *command: bytes) -> Reply:
        """Send a command and return its reply."""
        answer: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()

        def settle(reply: Reply) -> None:
            if not answer.done():
                answer.set_result(reply)

        self.send(settle, *command)
        return await answer

    def abort(self) -> None:
        """Close at once; what is outstanding is answered GONE."""
        if self._transport is not None:
            self._transport.abort()
        self._end()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See `asyncio.Protocol`."""
        self._transport = cast("asyncio.Transport", transport)
        link: socket.socket = transport.get_extra_info("socket")
        link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)

    def data_received(self, data: bytes) -> None:
        """See `asyncio.Protocol`."""
        try:
            for reply in self._parser.feed(data):
                if not self._waiting:
                    raise ProtocolError("a reply to nothing")
                self._waiting.popleft()(reply)
        except ProtocolError:
            self.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """See `asyncio.Protocol`."""
        self._end()

    def _end(self) -> None:
        self.closed.set()
        waiting, self._waiting = self._waiting, deque()
        for on_reply in waiting:
            on_reply(GONE)


async def connect(address: Address, password: Callable[[], str] | None = None) -> Connection:
    """Connect, log in and choose the database. Raises OSError, RefusedError among them.

    `password` takes the place of the address's; it may ask others, so it is called in a thread.
    """
    tls = ssl.create_default_context() if address.tls else None
    loop = asyncio.get_running_loop()
    _, connection = await loop.create_connection(Connection, address.host, address.port, ssl=tls)
    try:
        secret = address.password if password is None else await asyncio.to_thread(password)
        if secret:
            user = [address.user.encode()] if address.user else []
            await _begin(connection, b"AUTH", *user, secret.encode())
        if address.database:
            await _begin(connection, b"SELECT", b"%d" % address.database)
        await _begin(connection, b"PING")
    except BaseException:
        connection.abort()
        raise
    return connection


async def _begin(connection: Connection, *command: bytes) -> None:
    reply = await connection.ask(*command)
    if isinstance(reply, ErrorReply):
        raise RefusedError(reply.code)
