"""The URL of a Redis or Valkey server: `redis[s]://[user[:password]@]host[:port][/number]`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote, urlsplit

_PORT: Final = 6379


@dataclass(frozen=True, slots=True)
class Address:
    """A server, the number of the database there, and what it wants to know of callers."""

    host: str
    port: int
    tls: bool
    database: int
    user: str = field(repr=False)
    password: str = field(repr=False)


def parse_address(url: str) -> Address:
    """Read a URL. Raises ValueError, whose text never quotes it: it may hold a password."""
    try:
        parts = urlsplit(url)
        port, host = parts.port or _PORT, parts.hostname
        database = int(parts.path.strip("/") or "0")
    except ValueError:
        raise ValueError("not a URL with a host, a port and a database's number") from None
    if parts.scheme not in ("redis", "rediss") or not host or parts.query or parts.fragment:
        raise ValueError("must be redis[s]://[user[:password]@]host[:port][/number]")
    if database < 0:
        raise ValueError("a database's number is not negative")
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    return Address(host, port, parts.scheme == "rediss", database, user, password)
