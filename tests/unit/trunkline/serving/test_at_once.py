"""What is foreseen to need no wait: repeats, and nothing while the log hangs."""

import os
from contextlib import suppress

import pytest

from trunkline.serving.at_once import MOST_BYTES, Foresight, Repeats
from trunkline.serving.receiving import Bounds, Receiver


def received(body: bytes, path: str = "/x", more: bytes = b"") -> Receiver:
    """Return a whole request, and bytes that came behind it."""
    receiver = Receiver(Bounds(lambda path, kind: 1 << 30))
    head = f"POST {path} HTTP/1.1\r\nContent-Length: {len(body)}\r\n\r\n"
    receiver.feed(head.encode() + body + more)
    return receiver


def test_repeats_forget_the_oldest() -> None:
    """As many are kept as were asked for, and at most as many older ones."""
    repeats = Repeats(10)
    for digest in range(100):
        repeats.add(digest)
        repeats.add(digest)
    kept = [digest for digest in range(100) if digest in repeats]
    assert kept == list(range(80, 100))
    repeats.discard(99)
    repeats.discard(85)
    assert 99 not in repeats
    assert 85 not in repeats


def test_a_digest_tells_path_and_body() -> None:
    """Other headers make no other request, another byte or path does."""
    one = received(b"abc").digest(MOST_BYTES)
    assert one is not None
    assert one == received(b"abc").digest(MOST_BYTES)
    assert one != received(b"abd").digest(MOST_BYTES)
    assert one != received(b"abc", "/y").digest(MOST_BYTES)


@pytest.mark.parametrize(
    "receiver",
    [
        received(b""),
        received(b"a" * (MOST_BYTES + 1)),
        received(b"abc", more=b"POST /x HTTP/1.1\r\n"),
        Receiver(Bounds(lambda path, kind: 1)),
    ],
    ids=["no body", "a long one", "more behind it", "nothing"],
)
def test_what_is_not_one_short_request_is_never_expected(receiver: Receiver) -> None:
    """A thread has time for it."""
    assert receiver.digest(MOST_BYTES) is None
    assert not Foresight(Repeats()).expects(receiver)


def test_repeats_are_expected() -> None:
    """What was answered without a wait is as good as sure to be again."""
    repeats = Repeats()
    foresight = Foresight(repeats)
    assert not foresight.expects(received(b"abc"))
    digest = received(b"abc").digest(MOST_BYTES)
    assert digest is not None
    repeats.add(digest)
    assert foresight.expects(received(b"abc"))
    assert not foresight.expects(received(b"abcd"))


def test_nothing_is_expected_while_the_log_takes_no_line() -> None:
    """A line that must wait for a reader would keep everybody who is polled for."""
    ours, theirs = os.pipe()
    os.set_blocking(theirs, False)
    repeats, digest = Repeats(), received(b"abc").digest(MOST_BYTES)
    assert digest is not None
    repeats.add(digest)
    foresight = Foresight(repeats, log_fd=theirs)
    try:
        assert foresight.expects(received(b"abc"))
        with suppress(BlockingIOError):
            while os.write(theirs, b"x" * 65_536):
                pass
        assert not foresight.expects(received(b"abc"))
        os.read(ours, 1 << 20)
        assert foresight.expects(received(b"abc"))
        os.close(ours)
        assert not foresight.expects(received(b"abc"))  # nobody reads any more
    finally:
        os.close(theirs)
