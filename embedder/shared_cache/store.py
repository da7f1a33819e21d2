"""The shared cache as the embedder sees it: it may cost hits, never more time than its bound."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Final

import structlog

from embedder.batching.cache import CachedText
from embedder.errors import Unavailable
from embedder.metrics import Metrics
from embedder.shared_cache.connection import GONE, Connection, RefusedError, connect
from embedder.shared_cache.joining import Joined
from embedder.shared_cache.resp import ErrorReply, Reply
from embedder.shared_cache.sealing import NAME_PREFIX, Sealer
from embedder.shared_cache.trust import Trust
from trunkline.redis_address import Address

log = structlog.get_logger()

_MAX_OUTSTANDING: Final = 4096
_MAX_UNSENT_BYTES: Final = 4 << 20
_CONNECT_S: Final = 1.0
_FIRST_PAUSE_S: Final = 0.5
_LONGEST_PAUSE_S: Final = 8.0
_PINGS: Final = 3
_CHUNK: Final = 512

Found = Callable[[Sequence[CachedText | None]], None]


@dataclass(frozen=True, slots=True)
class Bounds:
    """How long an entry is kept, and a look-up and an erasure may take, in seconds."""

    ttl_s: int
    timeout_s: float
    forget_s: float = 30.0


class SharedCache:
    """Entries in a Redis or Valkey server. Lives on one event loop.

    A server that does not answer in time loses its connection, and is asked again in the
    background alone, after growing pauses, until it answers within the bound.
    """

    def __init__(
        self,
        address: Address,
        sealer: Sealer,
        bounds: Bounds,
        metrics: Metrics,
        password: Callable[[], str] | None = None,
    ) -> None:
        self._address = address
        self._password = password
        self._sealer = sealer
        self._bounds = bounds
        self._metrics = metrics
        self._trust = Trust()
        self._connection: Connection | None = None
        self._keeping: asyncio.Task[None] | None = None
        self._attempted = asyncio.Event()
        self._refused_writes = False
        self._forget_all = Joined(self._unlink_all)

    @property
    def connected(self) -> bool:
        """Whether look-ups are sent to the server now."""
        return self._connection is not None

    async def start(self) -> None:
        """Begin to connect, and wait until that succeeded or failed once; never raises."""
        self._keeping = asyncio.create_task(self._keep_connected())
        await self._attempted.wait()

    def close(self) -> None:
        """Close the connection for good."""
        if self._keeping is not None:
            self._keeping.cancel()
        if self._connection is not None:
            self._connection.abort()

    def look_up(self, keys: Sequence[bytes], found: Found) -> None:
        """Call `found` once with the text of each key, None where there is none to be had in time.

        It is called before this returns where the server is not asked at all.
        """
        connection = self._usable()
        if connection is None:
            self._metrics.shared_lookups["skipped"].inc(len(keys))
            found([None] * len(keys))
            return
        look_up = _LookUp(len(keys), self._metrics, partial(self._looked_up, connection, found))
        for index, key in enumerate(keys):
            name = self._sealer.name(key)
            connection.send(partial(self._on_value, look_up, index, name), b"GET", name)
        look_up.expire_after(self._bounds.timeout_s)

    def store(self, key: bytes, text: CachedText) -> None:
        """Send a text to the server, and do not wait for it."""
        connection = self._usable()
        name = self._sealer.name(key)
        value = None if connection is None else self._sealer.seal(name, text)
        if connection is None or value is None:
            self._metrics.shared_writes["skipped"].inc()
            return
        connection.send(self._on_stored, b"SET", name, value, b"EX", b"%d" % self._bounds.ttl_s)

    async def forget(self, keys: Collection[bytes] | None) -> None:
        """Drop the texts with these keys of the in-process cache, of all encoders for None.

        Raises Unavailable where the server did not confirm it; it is harmless to ask again.
        """
        connection = self._connection
        if connection is None:
            raise Unavailable("the shared cache is away", code="shared_cache_away")
        try:
            async with asyncio.timeout(self._bounds.forget_s):
                if keys is None:
                    await self._forget_all.run()  # the workers of all gateways ask at once
                else:
                    await _unlink(connection, map(self._sealer.name, keys))
        except (TimeoutError, ConnectionError):
            message = "the shared cache did not confirm that it forgot"
            raise Unavailable(message, code="shared_cache_away") from None

    async def _unlink_all(self) -> None:
        if self._connection is None:
            raise ConnectionError
        await _unlink_all(self._connection)

    def _usable(self) -> Connection | None:
        connection = self._connection
        if connection is None or connection.closed.is_set():
            return None
        outstanding, unsent = connection.outstanding, connection.unsent_bytes
        return connection if outstanding < _MAX_OUTSTANDING and unsent < _MAX_UNSENT_BYTES else None

    def _on_value(self, look_up: _LookUp, index: int, name: bytes, reply: Reply) -> None:
        if look_up.over:
            return  # too late: the encoder has the text by now
        if isinstance(reply, bytes):
            text = self._sealer.open(name, reply)
            look_up.settle(index, text, "damaged" if text is None else "hit")
        else:
            look_up.settle(index, None, "miss" if reply is None else "error")

    def _looked_up(self, connection: Connection, found: Found, look_up: _LookUp) -> None:
        found(look_up.texts)
        if connection is not self._connection:
            return
        self._trust.record(success=not look_up.failed)
        if self._trust.lost:
            connection.abort()

    def _on_stored(self, reply: Reply) -> None:
        stored = reply == b"OK"
        self._metrics.shared_writes["stored" if stored else "failed"].inc()
        if reply is GONE:
            return  # the loss is logged by itself
        if isinstance(reply, ErrorReply) and not self._refused_writes:
            log.warning("shared_cache_write_refused", code=reply.code)
        self._refused_writes = isinstance(reply, ErrorReply)

    async def _keep_connected(self) -> None:
        pause_s = _FIRST_PAUSE_S
        while True:
            connection = await self._connect()
            if connection is not None:
                opened_at = time.monotonic()
                self._use(connection)
            self._attempted.set()
            if connection is not None:
                await connection.closed.wait()
                self._use(None)
                if time.monotonic() - opened_at > _LONGEST_PAUSE_S:
                    pause_s = _FIRST_PAUSE_S
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)

    def _use(self, connection: Connection | None) -> None:
        self._connection = connection
        self._trust = Trust()
        self._metrics.shared_connected.set(connection is not None)
        if connection is None:
            log.warning("shared_cache_lost")
        else:
            log.info("shared_cache_connected", tls=self._address.tls)

    async def _connect(self) -> Connection | None:
        """Return a connection whose server answers within the bound; None where it does not."""
        try:
            async with asyncio.timeout(_CONNECT_S):
                connection = await connect(self._address, self._password)
            await self._probe(connection)
        except (
            OSError,
            UnicodeError,
        ) as error:  # time-outs and TLS's refusals; a name that is none
            if not self._attempted.is_set():
                reason = str(error) if isinstance(error, RefusedError) else ""
                log.warning("shared_cache_away", error=type(error).__name__, code=reason)
            return None
        return connection

    async def _probe(self, connection: Connection) -> None:
        """Raise TimeoutError where an answer takes longer than the bound; then it is closed."""
        try:
            for _ in range(_PINGS):
                async with asyncio.timeout(self._bounds.timeout_s):
                    await connection.ask(b"PING")
        except BaseException:  # cancelled by `close`, too: nobody else knows this connection yet
            connection.abort()
            raise


class _LookUp:
    """One look-up of several texts: over when all are settled, or when its time is."""

    __slots__ = ("_done", "_metrics", "_pending", "_started", "_timer", "failed", "over", "texts")

    def __init__(self, size: int, metrics: Metrics, done: Callable[[_LookUp], None]) -> None:
        self.texts: list[CachedText | None] = [None] * size
        self.failed = False
        self.over = False
        self._pending = size
        self._done = done
        self._metrics = metrics
        self._started = time.monotonic()
        self._timer: asyncio.TimerHandle | None = None

    def expire_after(self, seconds: float) -> None:
        """Set the time by which it is over."""
        if not self.over:
            self._timer = asyncio.get_running_loop().call_later(seconds, self._expire)

    def settle(self, index: int, text: CachedText | None, result: str) -> None:
        """Note what came of the text at `index`."""
        self.texts[index] = text
        self.failed |= result == "error"
        self._metrics.shared_lookups[result].inc()
        self._pending -= 1
        if self._pending == 0:
            self._end()

    def _expire(self) -> None:
        self.failed = True
        self._metrics.shared_lookups["timeout"].inc(self._pending)
        self._end()

    def _end(self) -> None:
        self.over = True
        if self._timer is not None:
            self._timer.cancel()
        self._metrics.shared_duration.observe(time.monotonic() - self._started)
        self._done(self)


async def _unlink(connection: Connection, names: Collection[bytes] | map[bytes]) -> None:
    remaining = iter(names)
    while chunk := list(islice(remaining, _CHUNK)):
        _checked(await connection.ask(b"UNLINK", *chunk))


async def _unlink_all(connection: Connection) -> None:
    cursor = b"0"
    while True:
        reply = await connection.ask(
            b"SCAN", cursor, b"MATCH", NAME_PREFIX + b"*", b"COUNT", b"%d" % _CHUNK
        )
        match _checked(reply):
            case [bytes(cursor), list(names)]:
                await _unlink(connection, [name for name in names if isinstance(name, bytes)])
            case _:
                raise ConnectionError("SCAN")
        if cursor == b"0":
            return


def _checked(reply: Reply) -> Reply:
    if isinstance(reply, ErrorReply):
        raise ConnectionError(reply.code)
    return reply
