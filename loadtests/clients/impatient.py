"""Callers that come at a constant rate, give up after their patience, and try again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from loadtests.clients.http_wire import Address, Stream, read_answer

REFUSED_PAUSE_S = 0.2  # before a refused caller tries again: these do not obey Retry-After
REFUSALS = (429, 503)


@dataclass
class Storm:
    """What became of every attempt; `latencies_s` are those of the good ones.

    `seconds` is how long callers came; answers count where they came within it.
    """

    seconds: float
    callers: int = 0
    attempts: int = 0
    refused: int = 0
    gave_up: int = 0
    failed: int = 0
    latencies_s: list[float] = field(default_factory=list)

    @property
    def goodput(self) -> float:
        """Good answers a second."""
        return len(self.latencies_s) / self.seconds


class _Callers:
    """All callers of one storm, with their kept connections."""

    def __init__(self, url: str, bodies: Iterator[bytes], patience_s: float, tries: int) -> None:
        self._to = Address.of(url, {})
        self._bodies = bodies
        self._patience_s = patience_s
        self._tries = tries
        self._kept: list[Stream] = []

    async def call(self, storm: Storm, ends: float) -> None:
        """Try until answered, as often as a caller tries and while the storm lasts."""
        body = next(self._bodies)
        storm.callers += 1
        for _ in range(self._tries):
            if time.perf_counter() > ends:
                return
            storm.attempts += 1
            begun = time.perf_counter()
            status = await self._attempt(body)
            now = time.perf_counter()
            if status == 200:
                if now <= ends:
                    storm.latencies_s.append(now - begun)
                return
            if status == 0:
                storm.gave_up += 1
            elif status in REFUSALS:
                storm.refused += 1
                await asyncio.sleep(REFUSED_PAUSE_S)
            else:
                storm.failed += 1

    def close(self) -> None:
        """Close the kept connections."""
        for _, writer in self._kept:
            writer.close()

    async def _attempt(self, body: bytes) -> int:
        """Return the status; 0 where patience ended first, 599 where the connection broke."""
        writer = None
        try:
            async with asyncio.timeout(self._patience_s):
                if self._kept:
                    reader, writer = self._kept.pop()
                else:
                    reader, writer = await self._to.connect()
                writer.write(self._to.request(body))
                answer = await read_answer(reader)
                status, keeps = answer.status, answer.keeps
        except TimeoutError:
            status, keeps = 0, False
        except (OSError, asyncio.IncompleteReadError):
            status, keeps = 599, False
        if keeps and writer is not None:
            self._kept.append((reader, writer))
        elif writer is not None:
            writer.close()
        return status


def run_storm(
    url: str, bodies: Iterator[bytes], *, rate: float, seconds: float, patience_s: float, tries: int
) -> Storm:
    """Post a body for each of `rate` callers a second; each waits `patience_s` at most a try."""
    return asyncio.run(_run(url, bodies, rate, seconds, patience_s, tries))


async def _run(
    url: str, bodies: Iterator[bytes], rate: float, seconds: float, patience_s: float, tries: int
) -> Storm:
    callers, storm = _Callers(url, bodies, patience_s, tries), Storm(seconds)
    started = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for number in range(int(rate * seconds)):
            early = started + number / rate - time.perf_counter()
            if early > 0:
                await asyncio.sleep(early)
            group.create_task(callers.call(storm, started + seconds))
    callers.close()
    return storm
