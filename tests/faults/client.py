"""Send requests at a constant rate whatever comes back, and keep what became of each."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

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
    """Posts texts to `/v1/classify` of `url`, `rate` a second, over kept connections."""

    def __init__(self, url: str, judge: Judge, texts: Iterator[str]) -> None:
        parts = urlsplit(url)
        self._tls = parts.scheme == "https"
        self._host = parts.hostname or ""
        self._port = parts.port or (443 if self._tls else 80)
        lines = {"Host": parts.netloc, "Content-Type": "application/json"} | authorization(
            api_key()
        )
        self._head = f"POST {parts.path.rstrip('/')}/v1/classify HTTP/1.1\r\n" + "".join(
            f"{name}: {value}\r\n" for name, value in lines.items()
        )
        self._judge, self._texts = judge, texts
        self._free: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
        self._slots = asyncio.Semaphore(CONNECTIONS)

    def run(self, rate: float, seconds: float, goes_on: Callable[[], bool]) -> list[Sent]:
        """Send for `seconds`, and on while `goes_on()`, LONGEST times that at most.

        Returns all that was sent, in order.
        """
        return asyncio.run(self._run(rate, seconds, goes_on))

    async def _run(self, rate: float, seconds: float, goes_on: Callable[[], bool]) -> list[Sent]:
        begun = time.perf_counter()
        waiting: list[asyncio.Task[Sent]] = []
        while (now := time.perf_counter() - begun) < seconds or (
            now < LONGEST * seconds and goes_on()
        ):
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
        if self._free:
            reader, writer = self._free.pop()
        else:
            reader, writer = await asyncio.open_connection(
                self._host, self._port, ssl=self._tls or None
            )
        kept = False
        try:
            writer.write(self._request(text))
            status, fields, body = await _answer(reader)
            kept = "close" not in fields.get("connection", "")
        finally:
            if not kept:
                writer.close()
        if kept:
            self._free.append((reader, writer))
        return self._verdict(text, status, fields, body)

    def _request(self, text: str) -> bytes:
        body = json.dumps({"text": text}).encode()
        return f"{self._head}Content-Length: {len(body)}\r\n\r\n".encode() + body

    def _verdict(
        self, text: str, status: int, fields: Mapping[str, str], body: bytes
    ) -> tuple[Outcome, str]:
        if status == 200:
            return self._judge(text, json.loads(body))
        code = _code(body)
        if status in REFUSALS and "retry-after" in fields:
            return "refused", f"{status} {code}"
        return "failed", f"{status} {code}"


async def _answer(reader: asyncio.StreamReader) -> tuple[int, dict[str, str], bytes]:
    """Read one answer with a Content-Length or in chunks (a proxy may send either)."""
    lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    fields = {
        name.lower(): value.strip().lower()
        for name, _, value in (line.partition(":") for line in lines[1:] if line)
    }
    if fields.get("transfer-encoding") == "chunked":
        return int(lines[0].split()[1]), fields, await _chunks(reader)
    body = await reader.readexactly(int(fields.get("content-length", "0")))
    return int(lines[0].split()[1]), fields, body


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    body = b""
    while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
        body += (await reader.readexactly(size + 2))[:-2]
    await reader.readuntil(b"\r\n")
    return body


def _code(body: bytes) -> str:
    """Return the code of a problem document; empty for anything else (a proxy's own words)."""
    try:
        problem = json.loads(body)
    except ValueError:
        return ""
    return str(problem.get("code", "")) if isinstance(problem, dict) else ""
