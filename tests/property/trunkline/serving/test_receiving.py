"""Laws of receiving: a request is whole exactly when gunicorn's parser finds it whole."""

from collections.abc import Sequence
from typing import Any

from gunicorn.config import Config  # type: ignore[import-untyped]
from gunicorn.http.message import Request  # type: ignore[import-untyped]
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.examples import examples
from trunkline.serving.exchange import Received
from trunkline.serving.receiving import Bounds, Progress, Receiver

BOUNDS = Bounds(lambda path, kind: 1000)
CONFIG = Config()
CONTENT = st.binary(max_size=60)


def plain(body: bytes) -> bytes:
    """Return a request whose length is announced."""
    return b"POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)


def chunked(pieces: Sequence[bytes]) -> bytes:
    """Return a request in chunks, with a trailer where there is more than one."""
    chunks = b"".join(b"%x;e=1\r\n%s\r\n" % (len(p), p) for p in pieces if p)
    trailer = b"X-T: 1\r\n" if len(pieces) > 1 else b""
    head = b"POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    return head + chunks + b"0\r\n" + trailer + b"\r\n"


REQUESTS = st.one_of(
    st.just(b"GET /g HTTP/1.1\r\nHost: a\r\n\r\n"),
    CONTENT.map(plain),
    st.lists(CONTENT, max_size=4).map(chunked),
)


def parsed(data: bytes | bytearray) -> tuple[Any, bytes, bytes]:
    """Read one request by gunicorn's parser; return it, its body and what it left."""
    source = Received(data)
    request = Request(CONFIG, source, ("127.0.0.1", 1), 1)
    body = b""
    while piece := request.body.read(16):
        body += piece
    return request, body, source.rest()


@given(st.lists(REQUESTS, min_size=1, max_size=4), st.data())
@settings(max_examples=examples(300))
def test_each_request_is_whole_with_its_last_byte(sent: list[bytes], data: st.DataObject) -> None:
    """However the stream is cut: never before, and what is left is the next request's."""
    stream, receiver, taken = b"".join(sent), Receiver(BOUNDS), 0
    ends = [sum(map(len, sent[: n + 1])) for n in range(len(sent))]
    at = 0
    while at < len(stream):
        size = data.draw(st.integers(1, len(stream) - at))
        progress = receiver.feed(stream[at : at + size])
        at += size
        while progress is Progress.WHOLE:
            assert ends[taken] <= at
            assert receiver.is_framed
            _, _, rest = parsed(receiver.take())
            assert rest == stream[ends[taken] : at]
            taken += 1
            progress = receiver.restart(rest)
        assert taken == sum(end <= at for end in ends)
    assert progress is Progress.NOTHING


HOSTILE = st.lists(
    st.sampled_from(
        [b"GET / HTTP/1.1\r\n", b"POST /x HTTP/1.0\r\n", b"POST /x HTTP/1.1\r\n", b"\r\n", b"\n",
         b"\r", b"Content-Length: 3\r\n", b"Content-Length: 3", b"content-length:5\r\n",
         b"Content-Length : 3\r\n", b"Content-Length: +3\r\n", b"Content-Length: 3, 3\r\n",
         b"Transfer-Encoding: chunked\r\n", b"Transfer-Encoding: gzip, chunked\r\n",
         b"Transfer-Encoding: identity\r\n", b"Transfer-Encoding:\tchunked \r\n", b" folded\r\n",
         b"X: y\r\n", b"X: Content-Length: 9\r\n", b"abc", b"abcde", b"0\r\n\r\n", b"3\r\nabc\r\n",
         b"3;x\r\n", b"-1\r\n", b"fffffffffffffffff\r\n", b"Expect: 100-continue\r\n", b"\x00",
         b"GET ", b"/ HTTP/1.1", b"X: y\r\n\r\n"]
    ),
    max_size=12,
).map(b"".join)  # fmt: skip


@given(HOSTILE)
@settings(max_examples=examples(2000))
def test_what_is_called_whole_is_whole_to_the_parser(stream: bytes) -> None:
    """Where the parser accepts a request whose end was found, its body is all there.

    Otherwise bytes that come later would be read as a request of their own.
    """
    receiver = Receiver(BOUNDS)
    if receiver.feed(stream) is not Progress.WHOLE or not receiver.is_framed:
        return
    try:
        request, body, _ = parsed(receiver.take())
    except Exception:
        return  # refused by the parser, and the connection ends
    lengths = [int(value) for name, value in request.headers if name == "CONTENT-LENGTH"]
    assert not lengths or lengths == [len(body)]


@given(HOSTILE)
@settings(max_examples=examples(1000))
def test_what_the_parser_finds_whole_is_not_waited_for(stream: bytes) -> None:
    """Nobody who has sent a request that will be answered is left to time out."""
    try:
        request, body, _ = parsed(stream)
    except Exception:
        return
    lengths = [int(value) for name, value in request.headers if name == "CONTENT-LENGTH"]
    if not lengths or lengths == [len(body)]:
        progress = Receiver(BOUNDS).feed(stream)
        assert progress in (Progress.WHOLE, Progress.BODY_TOO_LARGE)


def test_a_body_of_tiny_chunks_is_given_up_early() -> None:
    """Its framing may take 64 KiB and an eighth of its content; the rest is not looked at."""
    head = b"POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    bounds = Bounds(lambda path, kind: 25 << 20)
    assert Receiver(bounds).feed(head + b"1\r\nx\r\n" * 13_000) is Progress.BODY
    assert Receiver(bounds).feed(head + b"1\r\nx\r\n" * 14_000) is Progress.WASTEFUL
    whole = Receiver(bounds)
    lines = (b"40\r\n" + b"x" * 64 + b"\r\n") * 40_000
    assert whole.feed(head + lines + b"0\r\n\r\n") is Progress.WHOLE


def test_chunks_beyond_the_limit_are_not_looked_at() -> None:
    """A body over the limit stays so, whatever follows in the same bytes."""
    head = b"POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    progress = Receiver(BOUNDS).feed(head + b"3e9\r\n" + b"x" * 1001 + b"\r\nnonsense\r\n")
    assert progress is Progress.BODY_TOO_LARGE
