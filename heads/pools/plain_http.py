"""HTTP/1.1 without TLS over kept connections, as little of it as a call to a service needs."""

from __future__ import annotations

import re
import select
import socket
import time
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from typing import Final, NamedTuple

from urllib3.exceptions import HTTPError, ProtocolError, ReadTimeoutError

_PIECE_BYTES: Final = 64 << 10
_MOST_HEAD_BYTES: Final = 64 << 10
_LEAST_S: Final = 0.0005
_STATUS: Final = re.compile(rb"HTTP/1\.([01]) (\d{3})(?: [^\r\n]*)?")
_LENGTH: Final = re.compile(r"\d{1,15}")
_CHUNK: Final = re.compile(rb"([0-9A-Fa-f]{1,12})[ \t]*(?:;[^\r\n]*)?")
_WITHOUT_BODY: Final = (204, 304)


class Reply(NamedTuple):
    """An answer, whatever its status; the names of `headers` in small letters."""

    status: int
    headers: Mapping[str, str]
    data: bytes


class LateError(ReadTimeoutError):
    """The answer did not come in time."""

    def __init__(self) -> None:
        HTTPError.__init__(self, "no answer in time")


class NoConnectionError(HTTPError):
    """No connection could be made."""


class PlainHttp:
    """Connections to one address, `size` of which are kept; thread-safe.

    Nothing is sent twice here. Raises NoConnectionError, LateError, and ProtocolError where the
    connection broke or the answer is no HTTP.
    """

    def __init__(self, host: str, port: int, size: int) -> None:
        self._address = (host.strip("[]"), port)
        self._idle: deque[socket.socket] = deque()
        self._size = size
        self._closed = False

    def request(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: bytes | None,
        timeout_s: float,
    ) -> Reply:
        """Send one request and return its answer, within `timeout_s` in all."""
        ends = time.monotonic() + timeout_s
        sock = self._kept() or self._connect(timeout_s)
        try:
            sock.settimeout(_left_s(ends))
            sock.sendall(_message(method, path, headers, body))
            reply, keeps = _Reading(sock, ends).reply()
        except TimeoutError:
            sock.close()
            raise LateError from None
        except OSError as error:
            sock.close()
            raise ProtocolError(f"the connection broke: {type(error).__name__}") from None
        except BaseException:
            sock.close()
            raise
        self._give_back(sock, keeps=keeps)
        return reply

    def close(self) -> None:
        """Close idle connections; those in use are closed when their answers are there."""
        self._closed = True
        while (sock := self._take()) is not None:
            sock.close()

    def _kept(self) -> socket.socket | None:
        """Return an idle connection whose peer has not ended it; of those the last one used."""
        while (sock := self._take()) is not None:
            poll = select.poll()
            poll.register(sock, select.POLLIN)
            if not poll.poll(0):
                return sock
            sock.close()
        return None

    def _take(self) -> socket.socket | None:
        with suppress(IndexError):
            return self._idle.pop()
        return None

    def _connect(self, timeout_s: float) -> socket.socket:
        try:
            sock = socket.create_connection(self._address, timeout_s)
        except OSError as error:
            raise NoConnectionError(f"no connection: {type(error).__name__}") from None
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return sock

    def _give_back(self, sock: socket.socket, *, keeps: bool) -> None:
        if not keeps or len(self._idle) >= self._size:
            sock.close()
            return
        self._idle.append(sock)
        if self._closed:  # maybe meanwhile: nobody else would close it
            self.close()


class _Reading:
    """One answer on its way; raises OSError, TimeoutError and ProtocolError."""

    def __init__(self, sock: socket.socket, ends: float) -> None:
        self._sock = sock
        self._ends = ends
        self._data = b""

    def reply(self) -> tuple[Reply, bool]:
        """Return the answer, and whether its connection may carry another request."""
        while True:
            version, status, headers = self._head()
            if status >= 200:  # what comes before is only a sign of life
                break
        keeps = version == b"1" and "close" not in headers.get("connection", "").lower()
        if status in _WITHOUT_BODY:
            return Reply(status, headers, b""), keeps and not self._data
        if headers.get("transfer-encoding", "").lower() == "chunked":
            return Reply(status, headers, self._chunks()), keeps and not self._data
        length = headers.get("content-length")
        if length is None:
            return Reply(status, headers, self._rest()), False
        if not _LENGTH.fullmatch(length):
            raise ProtocolError("the answer's length makes no sense")
        return Reply(status, headers, self._exactly(int(length))), keeps and not self._data

    def _head(self) -> tuple[bytes, int, dict[str, str]]:
        while (end := self._data.find(b"\r\n\r\n")) < 0:
            if len(self._data) > _MOST_HEAD_BYTES:
                raise ProtocolError("the answer's head has no end")
            self._more()
        first, *lines = self._data[:end].split(b"\r\n")
        self._data = self._data[end + 4 :]
        parsed = _STATUS.fullmatch(first)
        if parsed is None:
            raise ProtocolError("the answer is no HTTP")
        pairs = (line.decode("latin-1").partition(":") for line in lines)
        headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
        return parsed[1], int(parsed[2]), headers

    def _chunks(self) -> bytes:
        pieces = []
        while True:
            size = _CHUNK.fullmatch(self._line())
            if size is None:
                raise ProtocolError("the answer's chunks make no sense")
            if not int(size[1], 16):
                break
            pieces.append(self._exactly(int(size[1], 16)))
            if self._line():
                raise ProtocolError("the answer's chunks make no sense")
        while self._line():  # trailers
            pass
        return b"".join(pieces)

    def _line(self) -> bytes:
        while (end := self._data.find(b"\r\n")) < 0:
            if len(self._data) > _MOST_HEAD_BYTES:
                raise ProtocolError("the answer's chunks make no sense")
            self._more()
        line, self._data = self._data[:end], self._data[end + 2 :]
        return line

    def _exactly(self, size: int) -> bytes:
        missing = size - len(self._data)
        if missing <= 0:
            content, self._data = self._data[:size], self._data[size:]
            return content
        pieces, self._data = [self._data], b""
        while missing:
            pieces.append(self._piece(min(missing, _PIECE_BYTES)))
            missing -= len(pieces[-1])
        return b"".join(pieces)

    def _rest(self) -> bytes:
        pieces, self._data = [self._data], b""
        while piece := self._received(_PIECE_BYTES):
            pieces.append(piece)
        return b"".join(pieces)

    def _more(self) -> None:
        self._data += self._piece(_PIECE_BYTES)

    def _piece(self, size: int) -> bytes:
        piece = self._received(size)
        if not piece:
            raise ProtocolError("the connection was closed before the answer's end")
        return piece

    def _received(self, size: int) -> bytes:
        self._sock.settimeout(_left_s(self._ends))
        return self._sock.recv(size)


def _left_s(ends: float) -> float:
    """Return the seconds that are left; raise TimeoutError where none are."""
    left_s = ends - time.monotonic()
    if left_s <= 0:
        raise TimeoutError
    return max(left_s, _LEAST_S)


def _message(method: str, path: str, headers: Mapping[str, str], body: bytes | None) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    if body is not None:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "\r\n"]).encode("latin-1") + (body or b"")
