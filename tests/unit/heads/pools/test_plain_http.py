"""The lean HTTP client: what it sends, which answers it reads, when it gives up or keeps."""

import socket
import threading
from collections.abc import Callable, Iterator

import pytest
from urllib3.exceptions import ProtocolError, ReadTimeoutError

from heads.pools.plain_http import NoConnectionError, PlainHttp

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
ANSWERS = {
    "a length": (b"HTTP/1.1 200 OK\r\ncontent-LENGTH: 2\r\nETag: x\r\n\r\nhi", b"hi", True),
    "chunks": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"1;a=b\r\nh\r\n01\r\ni\r\n0\r\nT: 1\r\n\r\n",
        b"hi",
        True,
    ),
    "no body": (b"HTTP/1.1 304 Not Modified\r\nETag: x\r\n\r\n", b"", True),
    "an empty body": (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", b"", True),
    "a sign of life first": (b"HTTP/1.1 100 Continue\r\n\r\n" + OK, b"hi", True),
    "no reason": (b"HTTP/1.1 503\r\nContent-Length: 2\r\n\r\nhi", b"hi", True),
    "a last one": (OK.replace(b"OK\r\n", b"OK\r\nConnection: close\r\n"), b"hi", False),
    "an old server": (b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi", b"hi", False),
    "more than the answer": (OK + b"more", b"hi", False),
}  # fmt: skip
BROKEN = {
    "nothing": b"",
    "half a head": b"HTTP/1.1 200 OK\r\nContent-",
    "half a body": b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi",
    "half a chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhi",
    "another protocol": b"SSH-2.0-OpenSSH\r\n\r\n",
    "a length of nonsense": b"HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\nhi",
    "chunks of nonsense": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\nhi",
    "a head without end": b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000,
}


class Peer:
    """A server that answers every request by the same bytes, and keeps what it was sent."""

    def __init__(self, answer: bytes, *, ends: bool = False, one_byte: bool = False) -> None:
        self.sent: list[bytes] = []
        self.connections: list[socket.socket] = []
        self.ended = threading.Semaphore(0)
        self._answer, self._ends, self._one_byte = answer, ends, one_byte
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            self.connections.append(sock)
            threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock: socket.socket) -> None:
        try:
            while request := sock.recv(65536):
                self.sent.append(request)
                for piece in self._pieces():
                    sock.sendall(piece)
                if self._ends:
                    sock.close()
                    self.ended.release()
                    return
        except OSError:
            return

    def _pieces(self) -> list[bytes]:
        if self._one_byte:
            return [self._answer[n : n + 1] for n in range(len(self._answer))]
        return [self._answer]

    def close(self) -> None:
        """End everything."""
        self._listener.close()
        for sock in self.connections:
            sock.close()


@pytest.fixture
def serve() -> Iterator[Callable[..., Peer]]:
    """Yield a maker of peers, which end with the test."""
    peers: list[Peer] = []

    def make(answer: bytes, **how: bool) -> Peer:
        peers.append(Peer(answer, **how))
        return peers[-1]

    yield make
    for peer in peers:
        peer.close()


def ask(http: PlainHttp, timeout_s: float = 30) -> tuple[int, bytes]:
    """Send a request; return the answer."""
    reply = http.request("POST", "/p", {"Host": "h", "X": "1"}, b"body", timeout_s)
    return reply.status, reply.data


@pytest.mark.parametrize("one_byte", [False, True], ids=["at once", "a byte at a time"])
@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_is_read_however_it_comes(
    serve: Callable[..., Peer], name: str, one_byte: bool
) -> None:
    """Its body is exact, its connection is kept where both sides keep it and nothing is left."""
    answer, body, keeps = ANSWERS[name]
    peer = serve(answer, one_byte=one_byte)
    http = PlainHttp("127.0.0.1", peer.port, 4)
    # What is left over a byte at a time may come after the next request: no client can tell.
    times = 1 if one_byte and name == "more than the answer" else 2
    assert [ask(http)[1] for _ in range(times)] == [body] * times
    if times == 2:
        assert len(peer.connections) == (1 if keeps else 2)
    http.close()


def test_a_request_has_its_headers_and_length(serve: Callable[..., Peer]) -> None:
    """It goes out as one message."""
    peer = serve(OK)
    http = PlainHttp("127.0.0.1", peer.port, 4)
    ask(http)
    http.request("GET", "/g", {"Host": "h"}, None, 30)
    assert peer.sent == [
        b"POST /p HTTP/1.1\r\nHost: h\r\nX: 1\r\nContent-Length: 4\r\n\r\nbody",
        b"GET /g HTTP/1.1\r\nHost: h\r\n\r\n",
    ]
    http.close()


def test_a_body_may_last_until_the_connection_ends(serve: Callable[..., Peer]) -> None:
    """Without a length and without chunks that is its end."""
    peer = serve(b"HTTP/1.1 200 OK\r\n\r\nhi", ends=True)
    assert ask(PlainHttp("127.0.0.1", peer.port, 4)) == (200, b"hi")


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_no_answer_is_an_error(serve: Callable[..., Peer], name: str) -> None:
    """A connection that ends early, or that speaks something else, is given up."""
    http = PlainHttp("127.0.0.1", serve(BROKEN[name], ends=True).port, 4)
    with pytest.raises(ProtocolError):
        ask(http)


def test_no_answer_in_time_is_told_from_no_connection(serve: Callable[..., Peer]) -> None:
    """A peer that says nothing is late; one that does not listen is not reached."""
    with pytest.raises(ReadTimeoutError):
        ask(PlainHttp("127.0.0.1", serve(b"").port, 4), 0.05)
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))  # and does not listen
        absent = PlainHttp("127.0.0.1", deaf.getsockname()[1], 4)
        with pytest.raises(NoConnectionError):
            ask(absent)


def test_a_kept_connection_that_the_peer_ended_is_not_used(serve: Callable[..., Peer]) -> None:
    """The next request goes over a new one."""
    peer = serve(OK, ends=True)
    http = PlainHttp("127.0.0.1", peer.port, 4)
    for _ in range(3):
        assert ask(http) == (200, b"hi")
        assert peer.ended.acquire(timeout=60)
    http.close()


def test_no_more_connections_are_kept_than_asked_for(serve: Callable[..., Peer]) -> None:
    """What is opened beyond that is closed after its answer; closed, none is kept at all."""
    peer = serve(OK)
    none, one = (PlainHttp("127.0.0.1", peer.port, size) for size in (0, 1))
    for http in (none, none, one, one):
        ask(http)
    assert len(peer.connections) == 3
    one.close()
    for _ in range(2):
        assert ask(one) == (200, b"hi")
    assert len(peer.connections) == 5
