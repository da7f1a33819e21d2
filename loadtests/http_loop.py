"""A light closed-loop HTTP client: `concurrency` kept connections, each sends when it was answered.

Plain asyncio streams, because on a small machine the client's own CPU is taken from the server's.
"""

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from urllib.parse import urlsplit

from loadtests.measure import Run

Check = Callable[[int, bytes], bool]  # status and body -> is the answer right?


def run_http(
    name: str, url: str, bodies: Sequence[bytes], *, concurrency: int, check: Check
) -> Run:
    """Posts every JSON body once over `concurrency` connections and times each answer."""
    return asyncio.run(_run(name, url, list(bodies), concurrency, check))


async def _run(name: str, url: str, bodies: list[bytes], concurrency: int, check: Check) -> Run:
    waiting = iter(bodies)
    latencies: list[float] = []
    errors = [0]
    started = time.perf_counter()
    await asyncio.gather(
        *(_connection(url, waiting, latencies, errors, check) for _ in range(concurrency))
    )
    return Run(name, concurrency, time.perf_counter() - started, tuple(latencies), errors[0])


async def _connection(
    url: str, waiting: Iterator[bytes], latencies: list[float], errors: list[int], check: Check
) -> None:
    """Sends what is waiting, one request at a time; a broken connection costs its one request."""
    parts = urlsplit(url)
    reader: asyncio.StreamReader | None = None
    for body in waiting:
        begun = time.perf_counter()
        try:
            if reader is None:
                reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
            writer.write(_request(parts.netloc, parts.path, body))
            status, answer, keep = await _answer(reader)
        except (OSError, asyncio.IncompleteReadError):
            errors[0] += 1
            reader = None
            continue
        if not keep:
            writer.close()
            reader = None
        if check(status, answer):
            latencies.append(time.perf_counter() - begun)
        else:
            errors[0] += 1
    if reader is not None:
        writer.close()


def _request(host: str, path: str, body: bytes) -> bytes:
    head = f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bytes, bool]:
    """Status, body and whether the connection stays open."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    status = int(head.split(b" ", 2)[1])
    length = int(head.partition(b"content-length:")[2].split(b"\r\n", 1)[0])
    return status, await reader.readexactly(length), b"connection: close" not in head
