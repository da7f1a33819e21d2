"""A light HTTP client on kept connections: a closed loop, or a constant arrival rate.

Plain asyncio streams, because on a small machine the client's own CPU is taken from the server's.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from loadtests.measurement.run import Run

Check = Callable[[int, bytes], str]  # status and body -> what is wrong with it; "" if it is right
TIMEOUT_S = 120.0  # longer than the slowest peer's longest queue


@dataclass(frozen=True)
class _Address:
    """Where requests go and how each begins."""

    host: str
    port: int
    tls: bool
    head: str

    @classmethod
    def of(cls, url: str, headers: Mapping[str, str]) -> _Address:
        parts = urlsplit(url)
        tls = parts.scheme == "https"
        fields = {"Host": parts.netloc, "Content-Type": "application/json", **headers}
        lines = [f"POST {parts.path} HTTP/1.1", *(f"{k}: {v}" for k, v in fields.items())]
        port = parts.port or (443 if tls else 80)
        return cls(parts.hostname or "", port, tls, "\r\n".join(lines))

    def request(self, body: bytes) -> bytes:
        """Return a whole request with this body."""
        return f"{self.head}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def run_http(
    name: str,
    url: str,
    bodies: Iterable[bytes],
    *,
    concurrency: int,
    check: Check,
    rate: float = 0.0,
    headers: Mapping[str, str] | None = None,
) -> Run:
    """Post every JSON body once over `concurrency` connections and times each answer.

    With a `rate` the n-th body is due n / rate seconds after the start, and its latency counts
    from then, also when no connection was free; without one each connection sends when answered.
    """
    to = _Address.of(url, headers or {})
    return asyncio.run(_run(name, to, iter(bodies), concurrency, check, rate))


def lasting(seconds: float, bodies: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the bodies until `seconds` have passed since the first was taken."""
    end = None
    for body in bodies:
        end = end or time.perf_counter() + seconds
        if time.perf_counter() > end:
            return
        yield body


async def _run(
    name: str, to: _Address, bodies: Iterator[bytes], concurrency: int, check: Check, rate: float
) -> Run:
    started = time.perf_counter()
    waiting = _scheduled(bodies, started, rate)
    latencies: list[float] = []
    errors: Counter[str] = Counter()
    await asyncio.gather(
        *(_connection(to, waiting, latencies, errors, check) for _ in range(concurrency))
    )
    seconds = time.perf_counter() - started
    return Run(name, concurrency, seconds, tuple(latencies), errors.total(), reasons=dict(errors))


def _scheduled(
    bodies: Iterator[bytes], started: float, rate: float
) -> Iterator[tuple[bytes, float]]:
    """Yield each body and when it is due; 0: at once."""
    for number, body in enumerate(bodies):
        yield body, started + number / rate if rate else 0.0


async def _connection(
    to: _Address,
    waiting: Iterator[tuple[bytes, float]],
    latencies: list[float],
    errors: Counter[str],
    check: Check,
) -> None:
    """Send what is waiting, one request at a time; a broken connection costs one request only."""
    reader: asyncio.StreamReader | None = None
    for body, due in waiting:
        if (early := due - time.perf_counter()) > 0:
            await asyncio.sleep(early)
        begun = due or time.perf_counter()
        try:
            if reader is None:
                reader, writer = await asyncio.open_connection(to.host, to.port, ssl=to.tls)
            writer.write(to.request(body))
            async with asyncio.timeout(TIMEOUT_S):
                status, answer, keep = await _answer(reader)
        except (OSError, asyncio.IncompleteReadError) as error:  # TimeoutError is an OSError
            errors[type(error).__name__] += 1
            if reader is not None:
                writer.close()
            reader = None
            continue
        spent = time.perf_counter() - begun
        if not keep:
            writer.close()
            reader = None
        if problem := _problem_of(check, status, answer):
            errors[problem] += 1
        else:
            latencies.append(spent)
    if reader is not None:
        writer.close()


def _problem_of(check: Check, status: int, answer: bytes) -> str:
    """Return why an answer is wrong, "" where it is right; one that cannot be read is wrong too."""
    try:
        return check(status, answer)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        return f"unreadable answer: {type(error).__name__}"


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bytes, bool]:
    """Read one answer: status, body and whether the connection stays open."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    status = int(head.split(b" ", 2)[1])
    if b"transfer-encoding: chunked" in head:
        body = await _chunks(reader)
    else:
        length = int(head.partition(b"content-length:")[2].split(b"\r\n", 1)[0] or 0)
        body = await reader.readexactly(length)
    return status, body, b"connection: close" not in head


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    body = b""
    while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
        body += (await reader.readexactly(size + 2))[:-2]
    await reader.readuntil(b"\r\n")
    return body
