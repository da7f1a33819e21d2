"""HTTP/1.1 over asyncio streams, as lean as a load client needs it: requests out, answers in."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass(frozen=True)
class Address:
    """Where requests go and how each begins."""

    host: str
    port: int
    tls: bool
    head: str

    @classmethod
    def of(cls, url: str, headers: Mapping[str, str]) -> Address:
        """Read a URL; `headers` go with every request."""
        parts = urlsplit(url)
        tls = parts.scheme == "https"
        fields = {"Host": parts.netloc, "Content-Type": "application/json", **headers}
        lines = [f"POST {parts.path} HTTP/1.1", *(f"{k}: {v}" for k, v in fields.items())]
        port = parts.port or (443 if tls else 80)
        return cls(parts.hostname or "", port, tls, "\r\n".join(lines))

    async def connect(self) -> Stream:
        """Open a connection."""
        return await asyncio.open_connection(self.host, self.port, ssl=self.tls or None)

    def request(self, body: bytes) -> bytes:
        """Return a whole request with this body."""
        return f"{self.head}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


@dataclass(frozen=True)
class Answer:
    """One answer; `head` in small letters."""

    status: int
    head: bytes
    body: bytes

    @property
    def keeps(self) -> bool:
        """Whether the connection stays open."""
        return b"connection: close" not in self.head


async def read_answer(reader: asyncio.StreamReader) -> Answer:
    """Read one answer with a length or in chunks, which a proxy may send.

    Raises IncompleteReadError where the connection ends first.
    """
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    status = int(head.split(b" ", 2)[1])
    if b"transfer-encoding: chunked" in head:
        return Answer(status, head, await _chunks(reader))
    length = int(head.partition(b"content-length:")[2].split(b"\r\n", 1)[0] or 0)
    return Answer(status, head, await reader.readexactly(length))


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    body = b""
    while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
        body += (await reader.readexactly(size + 2))[:-2]
    await reader.readuntil(b"\r\n")
    return body
