"""A TCP proxy that a test turns: pass on, pass on late, swallow everything, or cut the line."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from typing import Final

CHUNK_BYTES: Final = 1 << 16


class TcpProxy:
    """A proxy on a free port of loopback in front of `target` (`host:port`).

    `connections` counts those taken so far, `forwarded` the bytes passed on to the target.
    """

    def __init__(self, target: str) -> None:
        self.port = 0
        self.connections = 0
        self.forwarded = 0
        host, _, port = target.rpartition(":")
        self._target = (host, int(port))
        self._delay_s = 0.0
        self._cut = False
        self._loop = asyncio.new_event_loop()
        self._open = asyncio.Event()  # cleared: nothing passes in either direction
        self._open.set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._thread = threading.Thread(target=self._loop.run_forever, name="tcp-proxy")

    @property
    def address(self) -> str:
        """`host:port` of the proxy."""
        return f"127.0.0.1:{self.port}"

    def pass_on(self) -> None:
        """Forward everything at once, what was swallowed too."""
        self._do(self._set, 0.0, True, False)

    def delay(self, seconds: float) -> None:
        """Forward everything, but so much later in each direction."""
        self._do(self._set, seconds, True, False)

    def black_hole(self) -> None:
        """Forward nothing; connections stay, and new ones are accepted."""
        self._do(self._set, 0.0, False, False)

    def cut(self) -> None:
        """Reset every connection, and new ones as soon as they are there."""
        self._do(self._set, 0.0, True, True)

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()
        server = asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self._server = asyncio.run_coroutine_threadsafe(server, self._loop).result()
        self.port = self._server.sockets[0].getsockname()[1]

    def stop(self) -> None:
        """Close everything and wait for the thread."""
        self._do(self._server.close)
        self.cut()
        asyncio.run_coroutine_threadsafe(self._settle(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _set(self, delay_s: float, is_open: bool, cut: bool) -> None:
        self._delay_s, self._cut = delay_s, cut
        (self._open.set if is_open else self._open.clear)()
        if cut:
            for writer in self._writers:
                writer.transport.abort()

    def _do(self, act: object, *arguments: object) -> None:
        """Act on the loop and wait until it is done."""
        done: Future[None] = Future()

        def run() -> None:
            act(*arguments)  # type: ignore[operator]
            done.set_result(None)

        self._loop.call_soon_threadsafe(run)
        done.result()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.add(writer)
        try:
            if self._cut:
                writer.transport.abort()
                return
            beyond_reader, beyond = await asyncio.open_connection(*self._target)
            self._writers.add(beyond)
            await asyncio.gather(
                self._pump(reader, beyond, counts=True), self._pump(beyond_reader, writer)
            )
            self._writers.discard(beyond)
        except OSError:
            writer.transport.abort()
        finally:
            self._writers.discard(writer)

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, counts: bool = False
    ) -> None:
        """Forward until one end closes; chunks keep their order, each with its own delay."""
        chunks: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        sender = asyncio.create_task(self._send(chunks, writer))
        self._tasks.add(sender)
        sender.add_done_callback(self._tasks.discard)
        with suppress(OSError):
            while data := await reader.read(CHUNK_BYTES):
                self.forwarded += len(data) if counts else 0
                chunks.put_nowait((self._loop.time() + self._delay_s, data))
        chunks.put_nowait((0.0, b""))
        await sender

    async def _send(
        self, chunks: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter
    ) -> None:
        with suppress(OSError):
            while True:
                due, data = await chunks.get()
                await asyncio.sleep(due - self._loop.time())
                await self._open.wait()
                if not data:
                    break
                writer.write(data)
                await writer.drain()
        writer.close()

    async def _settle(self) -> None:
        """Wait until every connection has ended."""
        await self._server.wait_closed()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        await asyncio.gather(*others, return_exceptions=True)


@contextmanager
def tcp_proxy(target: str) -> Iterator[TcpProxy]:
    """Run a proxy in front of `target`."""
    proxy = TcpProxy(target)
    proxy.start()
    try:
        yield proxy
    finally:
        proxy.stop()
