"""Posts protobuf messages to an OTLP/HTTP collector, one connection each."""

import http.client
import zlib
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

_MEDIA_TYPE: Final = "application/x-protobuf"
_COME_BACK: Final = (408, 429, 502, 503, 504)
_GZIP: Final = 31  # zlib's window bits for a gzip wrapper
_FASTEST: Final = 1


class AwayError(Exception):
    """The collector does not answer, or wants to be asked later; the text is our own."""


class RefusedError(Exception):
    """The collector will not have this message; the text is our own."""


class Sender:
    """Posts to the collector at `endpoint`; thread-safe.

    No redirect is followed and no proxy of the environment used.
    """

    def __init__(self, endpoint: str, headers: Mapping[str, str]) -> None:
        parts = urlsplit(endpoint)
        self._secure = parts.scheme == "https"
        self._host = parts.hostname or ""
        self._port = parts.port
        self._path = parts.path
        self._headers = {**headers, "Content-Type": _MEDIA_TYPE, "Content-Encoding": "gzip"}

    def post(self, path: str, message: bytes, timeout_s: float) -> None:
        """Post one message; raise AwayError or RefusedError where it was not taken.

        `timeout_s` bounds each wait for the collector, not all of them together.
        """
        kind = http.client.HTTPSConnection if self._secure else http.client.HTTPConnection
        connection = kind(self._host, self._port, timeout=timeout_s)
        try:
            connection.request("POST", self._path + path, _gzip(message), self._headers)
            status = connection.getresponse().status
        except (OSError, http.client.HTTPException) as error:
            raise AwayError(type(error).__name__) from None
        finally:
            connection.close()
        if status in _COME_BACK:
            raise AwayError(f"status {status}")
        if not 200 <= status < 300:
            raise RefusedError(f"status {status}")


def _gzip(message: bytes) -> bytes:
    packing = zlib.compressobj(_FASTEST, zlib.DEFLATED, _GZIP)
    return packing.compress(message) + packing.flush()
