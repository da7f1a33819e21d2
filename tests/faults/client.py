"""Send requests at a constant rate whatever comes back, and keep what became of each."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from loadtests.clients.http_wire import Address, Answer, Stream, read_answer
from loadtests.config import api_key, authorization

Outcome = Literal["right", "partial", "wrong", "refused", "failed", "lost", "hung"]
# status and body -> what it is, and why: only of a 200
Judge = Callable[[str, Mapping[str, object]], tuple[Outcome, str]]

PATIENCE_S = 20.0  # longer than any deadline of the services
REFUSALS = (429, 503)
CONNECTIONS = 64
LONGEST = 4  # times a row's seconds, for an act that takes longer on this machine
_LOOK_S = 0.1


@dataclass(frozen=True)
class Sent:
    """One request: when it was due and how long its caller waited from then, in seconds.

    right, partial (a 200 without all heads), wrong (a 200 that differs from the reference),
    refused (429 or 503 with Retry-After), failed (another status), lost (the connection ended),
    hung (no answer within PATIENCE_S).
    """

    due: float
    seconds: float
    outcome: Outcome
    reason: str = ""

    @property
    def good(self) -> bool:
        """Whether the caller got all that was asked for."""
        return self.outcome == "right"


class OpenLoop:
    """Posts texts to `/v1/classify` of `url`, `rate` a second, over kept connections.

    `key` is asked before every request: callers may move to another key meanwhile.
    """

    def __init__(
        self, url: str, judge: Judge, texts: Iterator[str], key: Callable[[], str] = api_key
    ) -> None:
        self._url, self._key = f"{url.rstrip('/')}/v1/classify", key
        self._judge, self._texts = judge, texts
        self._free: list[Stream] = []
        self._slots = asyncio.Semaphore(CONNECTIONS)

    def run(
        self, rate: float, seconds: float, goes_on: Callable[[], bool], most_s: float
    ) -> list[Sent]:
        """Send for `seconds`, and on while `goes_on()`, for `most_s` at most.

        Returns all that was sent, in order.
        """
        return asyncio.run(self._run(rate, seconds, goes_on, most_s))

    async def _run(
        self, rate: float, seconds: float, goes_on: Callable[[], bool], most_s: float
    ) -> list[Sent]:
        begun = time.perf_counter()
        waiting: list[asyncio.Task[Sent]] = []
        while (now := time.perf_counter() - begun) < seconds or (now < most_s and goes_on()):
            due = len(waiting) / rate
            if due <= now:
                waiting.append(asyncio.create_task(self._send(next(self._texts), due, begun)))
            await asyncio.sleep(min(max(0.0, due - now), _LOOK_S))
        sent = await asyncio.gather(*waiting)
        for _, writer in self._free:
            writer.close()
        return sent

    async def _send(self, text: str, due: float, begun: float) -> Sent:
        try:
            async with asyncio.timeout(PATIENCE_S), self._slots:
                outcome, reason = await self._exchange(text)
        except TimeoutError:
            outcome, reason = "hung", ""
        except (OSError, asyncio.IncompleteReadError) as error:
            outcome, reason = "lost", type(error).__name__
        return Sent(due, time.perf_counter() - begun - due, outcome, reason)

    async def _exchange(self, text: str) -> tuple[Outcome, str]:
        to = Address.of(self._url, authorization(self._key()))
        reader, writer = self._free.pop() if self._free else await to.connect()
        kept = False
        try:
            writer.write(to.request(json.dumps({"text": text}).encode()))
            answer = await read_answer(reader)
            kept = answer.keeps
        finally:
            if not kept:
                writer.close()
        if kept:
            self._free.append((reader, writer))
        return self._outcome(text, answer)

    def _outcome(self, text: str, answer: Answer) -> tuple[Outcome, str]:
        if answer.status == 200:
            return self._judge(text, json.loads(answer.body))
        reason = f"{answer.status} {_code(answer.body)}"
        if answer.status in REFUSALS and b"\r\nretry-after:" in answer.head:
            return "refused", reason
        return "failed", reason


def _code(body: bytes) -> str:
    """Return the code of a problem document; empty for anything else (a proxy's own words)."""
    try:
        problem = json.loads(body)
    except ValueError:
        return ""
    return str(problem.get("code", "")) if isinstance(problem, dict) else ""
