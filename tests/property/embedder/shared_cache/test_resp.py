"""Replies come out alike however the network cuts them, and nonsense never comes out."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embedder.shared_cache.resp import (
    MAX_BULK_BYTES,
    ErrorReply,
    Parser,
    ProtocolError,
    Reply,
    encode,
)

SCALARS = st.none() | st.binary(max_size=40) | st.integers(-1, 1 << 40)
REPLIES = SCALARS | st.sampled_from(["OOM", "LOADING"]).map(ErrorReply)


def written(reply: Reply | list[Reply]) -> bytes:
    """Return what a server sends for this reply."""
    match reply:
        case None:
            return b"$-1\r\n"
        case bytes():
            return b"$%d\r\n%b\r\n" % (len(reply), reply)
        case int():
            return b":%d\r\n" % reply
        case ErrorReply():
            return f"-{reply.code} some reason\r\n".encode()
        case list():
            return b"*%d\r\n%b" % (len(reply), b"".join(map(written, reply)))


@given(st.lists(REPLIES | st.lists(SCALARS, max_size=4), max_size=6), st.integers(1, 9))
def test_replies_do_not_depend_on_where_the_stream_is_cut(replies: list[Reply], step: int) -> None:
    """Any pieces of a stream give the replies of the whole."""
    stream, parser = b"".join(map(written, replies)), Parser()
    pieces = [stream[start : start + step] for start in range(0, len(stream), step)]
    assert [reply for piece in pieces for reply in parser.feed(piece)] == replies


@given(st.binary(max_size=60))
def test_nonsense_ends_or_waits_but_never_fails_otherwise(data: bytes) -> None:
    """Whatever bytes come, ProtocolError is the only way out but to go on."""
    with suppress(ProtocolError):
        list(Parser().feed(data))


@pytest.mark.parametrize(
    "data",
    [
        b"?\r\n",
        b"$x\r\n",
        b"$%d\r\n" % (MAX_BULK_BYTES + 1),
        b"$2\r\nabc\r\n",
        b"*1\r\n*1\r\n*1\r\n",
        b"+" + b"a" * 5000,
    ],
)
def test_what_is_no_reply_is_refused(data: bytes) -> None:
    """A stream that can no longer be understood is not read on, and no size fills the memory."""
    with pytest.raises(ProtocolError):
        list(Parser().feed(data))


def test_a_command_is_an_array_of_its_parts() -> None:
    """Sizes stand before bytes, so that a value may hold anything."""
    assert encode(b"SET", b"k", b"\r\n") == b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$2\r\n\r\n\r\n"
