"""What a call to a service needs of its connections, and these connections over TLS."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Protocol

import urllib3

from heads.pools.plain_http import Reply

_ONCE: Final = urllib3.Retry(False, redirect=False)  # urllib3 would make it for every call


class Link(Protocol):
    """Connections to one replica. Thread-safe; raises HTTPError."""

    def request(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: bytes | None,
        timeout_s: float,
    ) -> Reply:
        """Send one request, once, and return its answer within `timeout_s`."""
        ...

    def close(self) -> None:
        """Close the connections."""
        ...


class SecureHttp:
    """A `Link` over TLS, by urllib3; the certificate must be that of `name`."""

    def __init__(self, host: str, port: int, size: int, name: str) -> None:
        self._pool = urllib3.HTTPSConnectionPool(
            host, port, maxsize=size, server_hostname=name, assert_hostname=name
        )

    def request(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: bytes | None,
        timeout_s: float,
    ) -> Reply:
        """See Link."""
        timeout = urllib3.Timeout(total=timeout_s)
        response = self._pool.urlopen(
            method, path, body=body, headers=headers, timeout=timeout, retries=_ONCE
        )
        named = {name.lower(): value for name, value in response.headers.items()}
        return Reply(response.status, named, response.data)

    def close(self) -> None:
        """See Link."""
        self._pool.close()
