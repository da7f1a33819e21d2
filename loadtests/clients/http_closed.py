"""A light HTTP client on kept connections: a closed loop, or a constant arrival rate.

Plain asyncio streams, because on a small machine the client's own CPU is taken from the server's.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping

from loadtests.clients.http_wire import Address, read_answer
from loadtests.measurement.run import Run

Check = Callable[[int, bytes], str]  # status and body -> what is wrong with it; "" if it is right
TIMEOUT_S = 120.0  # longer than the slowest peer's longest queue


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
    """Post every JSON body once over `concurrency` connections and time each answer.

    With a `rate` the n-th body is due n / rate seconds after the start, and its latency counts
    from then, also when no connection was free; without one each connection sends when answered.
    """
    to = Address.of(url, headers or {})
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
    name: str, to: Address, bodies: Iterator[bytes], concurrency: int, check: Check, rate: float
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
    to: Address,
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
                reader, writer = await to.connect()
            writer.write(to.request(body))
            async with asyncio.timeout(TIMEOUT_S):
                answer = await read_answer(reader)
        except (OSError, asyncio.IncompleteReadError) as error:  # TimeoutError is an OSError
            errors[type(error).__name__] += 1
            if reader is not None:
                writer.close()
            reader = None
            continue
        spent = time.perf_counter() - begun
        if not answer.keeps:
            writer.close()
            reader = None
        if problem := _problem_of(check, answer.status, answer.body):
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
