"""The real server over a fake encoder, in this process, on free ports."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager

from embedder.config import Settings
from embedder.cost import CostModel
from embedder.server.server import EmbedderServer, Loaded
from embedder.testing.encoder import FakeEncoder, FakeTokenizer


@contextmanager
def serve(encoder: FakeEncoder | None = None, settings: Settings | None = None) -> Iterator[str]:
    """Run the real server over a fake encoder on a free port; yield its `host:port`.

    `settings` bind to free ports unless they say otherwise.
    """
    with serve_server(encoder, settings) as server:
        yield f"127.0.0.1:{server.port}"


@contextmanager
def serve_server(
    encoder: FakeEncoder | None = None,
    settings: Settings | None = None,
    *,
    loaded: Loaded | None = None,
) -> Iterator[EmbedderServer]:
    """Run the same server, on an event loop in a thread of its own, and yield the server itself.

    `loaded` takes the place of the fake encoder.
    """
    chosen = settings or Settings(port=0, metrics_port=0)
    started: Future[tuple[EmbedderServer, asyncio.AbstractEventLoop, asyncio.Event]] = Future()

    async def run() -> None:
        stop = asyncio.Event()
        server = EmbedderServer(chosen, loaded or fake_loaded(encoder))
        try:
            await server.start()
            started.set_result((server, asyncio.get_running_loop(), stop))
            await stop.wait()
        except Exception as error:
            started.set_exception(error)
        finally:
            await server.close()

    thread = threading.Thread(target=asyncio.run, args=(run(),), name="fake-embedder")
    thread.start()
    try:
        server, loop, stop = started.result(timeout=30)
        try:
            yield server
        finally:
            loop.call_soon_threadsafe(stop.set)
    finally:
        thread.join(timeout=30)


def fake_loaded(encoder: FakeEncoder | None = None) -> Loaded:
    """Return what a server needs of a model: a fake encoder, its tokenizer and a cost model."""
    return Loaded(encoder or FakeEncoder(), FakeTokenizer(), CostModel())
