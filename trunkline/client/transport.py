"""What both clients share at the wire: address, headers, and httpx2's errors as replies."""

import time
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

import httpx2

from trunkline.client.messages import TIME_OVER, Reply, Request, read_reply
from trunkline.client.steps import Send

_MOST_BYTES = 256 << 20  # more than any answer has
_LOST = (httpx2.ConnectError, httpx2.ReadError, httpx2.WriteError, httpx2.RemoteProtocolError)


class Address:
    """A gateway's URL and the header that shows the key; neither is written where it is refused.

    Raises ValueError for a URL that is not plain http(s), and for a key that no header can carry.
    """

    def __init__(self, url: str, key: str) -> None:
        if not _names_a_host(url):
            raise ValueError(
                "must begin with http:// or https:// and name a host; no user, query or fragment"
            )
        if not (key.isascii() and key.isprintable()):
            raise ValueError("the key holds characters that no key has")
        self.url = url.rstrip("/")
        self.keyed = bool(key)
        self._key = {"Authorization": f"Bearer {key}"} if key else {}

    def request(self, client: httpx2.Client | httpx2.AsyncClient, send: Send) -> httpx2.Request:
        """Return the request that goes out."""
        request: Request = send.request
        return client.build_request(
            request.method,
            self.url + request.path,
            content=request.body,
            headers={
                "Accept": "application/json",
                "User-Agent": "trunkline",
                **request.headers,
                **(self._key if request.keyed else {}),
            },
            timeout=send.timeout_s,
        )


def _names_a_host(url: str) -> bool:
    try:
        parts = urlsplit(url)
        _ = parts.port  # looked at by reading it
    except ValueError:
        return False
    more = parts.username is not None or parts.query or parts.fragment
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not more


class Body:
    """Collects the pieces of an answer; raises httpx2.ReadTimeout once its time is over."""

    def __init__(self, timeout_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._end = clock() + timeout_s
        self._clock = clock
        self._pieces = bytearray()

    def add(self, piece: bytes) -> None:
        """Take a piece; a peer that sends a byte now and then is given up as well."""
        self._pieces += piece
        if self._clock() > self._end:
            raise httpx2.ReadTimeout("the deadline has passed")
        if len(self._pieces) > _MOST_BYTES:
            raise httpx2.ProtocolError("the answer has no end")

    def reply(self, status: int, headers: Mapping[str, str]) -> Reply:
        """Return what has come."""
        return read_reply(status, headers, bytes(self._pieces), time.time())


def reply_of_failure(error: Exception) -> Reply:
    """Return the reply that stands for no reply; of the error its type, since it may quote us."""
    if isinstance(error, httpx2.TimeoutException | TimeoutError):
        return TIME_OVER
    reason = type(error).__name__
    if isinstance(error, httpx2.ConnectError):
        reason = f"{reason}: {error}"  # the system's own words: refused, unknown host
    return Reply(0, problem=reason, lost=isinstance(error, _LOST))
