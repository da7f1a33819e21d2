"""The small rules of the door: memory, rate of answers, who gives way, problem documents."""

import json
import socket

import pytest
from gunicorn.config import Config  # type: ignore[import-untyped]
from gunicorn.http import errors as http  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st

from trunkline.serving import refusal as refusals
from trunkline.serving.answer_rate import AnswerRate
from trunkline.serving.budget import Budget
from trunkline.serving.connection import Connection, Phase
from trunkline.serving.connections import Connections
from trunkline.serving.receiving import Bounds, Progress


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 400)), max_size=60))
def test_memory_never_exceeds_its_bound(steps: list[tuple[int, int]]) -> None:
    """Whoever asks for what; a reservation that was refused has changed nothing."""
    budget, held = Budget(1000), dict.fromkeys(range(6), 0)
    for holder, needed in steps:
        if budget.resize(held[holder], needed):
            held[holder] = needed
        assert budget.used == sum(held.values()) <= 1000


def test_large_requests_leave_room_for_small_ones() -> None:
    """An eighth is kept from those that need more than a sixteenth."""
    budget = Budget(1600)
    assert budget.resize(0, 1400)
    assert not budget.resize(0, 101)
    assert budget.resize(0, 100)


def test_the_time_to_come_back_is_that_of_the_queue() -> None:
    """Ten answers a second and 29 that wait: three seconds; unknown without answers."""
    rate = AnswerRate()
    assert rate.retry_after_s(0, 0.0) == 1
    for number in range(100):
        rate.answered(number / 10)
    assert rate.per_second(9.9) == pytest.approx(10, rel=0.1)
    assert rate.retry_after_s(0, 9.9) == 1
    assert rate.retry_after_s(29, 9.9) == 3
    assert rate.retry_after_s(10_000, 9.9) == 30
    assert rate.per_second(60.0) == 0.0


@pytest.fixture
def three() -> list[Connection]:
    """Return connections that never sent, is idle after a request, and runs one."""
    made = []
    for number in range(3):
        ours, theirs = socket.socketpair()
        theirs.close()
        connection = Connection(ours, "", "", Bounds(lambda path, kind: 1), Budget(1))
        connection.expires = 100.0 - number
        made.append(connection)
    made[1].requests = made[2].requests = 1
    made[2].phase = Phase.BUSY
    return made


def test_who_never_sent_a_request_gives_way_first(three: list[Connection]) -> None:
    """Then who is idle; one that runs a request never does."""
    connections = Connections(3, 1.0)
    for connection in three:
        connections.add(connection)
    for expected in three[:2]:
        assert connections.have_room()
        assert connections.idlest() is expected
        connections.remove(expected)
    assert connections.idlest() is None
    for connection in three:
        connection.sock.close()


def test_a_refusal_is_a_whole_response() -> None:
    """Status line, headers, the document; Retry-After where there is one."""
    refusal = refusals.overloaded(7)
    content = refusals.response(refusal, refusals.plain(refusal, b""), close=False)
    head, _, body = content.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 503 Service Unavailable\r\n")
    assert b"Retry-After: 7" in head
    assert b"Connection: keep-alive" in head
    assert f"Content-Length: {len(body)}".encode() in head
    assert json.loads(body)["code"] == "overloaded"


def test_a_connection_knows_whether_its_peer_is_there() -> None:
    """Also where bytes lie unread before the end."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        connection = Connection(ours, "", "", Bounds(lambda path, kind: 1), Budget(1))
        theirs.sendall(b"unread")
        assert not connection.is_gone()
        theirs.shutdown(socket.SHUT_WR)
        assert connection.is_gone()


def test_a_fast_sender_leaves_the_poller_after_a_mebibyte() -> None:
    """However much lies ready, one turn receives a bounded part of it."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        connection = Connection(ours, "", "", Bounds(lambda path, kind: 1 << 30), Budget(1 << 30))
        feeder = Feeder(b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % (1 << 29))
        connection.sock = feeder  # type: ignore[assignment]
        assert connection.receive(1.0) is Progress.BODY
        assert feeder.sent <= 2 << 20


class Feeder:
    """Stands in for a socket whose peer sends faster than it is read."""

    def __init__(self, head: bytes) -> None:
        self._head = head
        self.sent = 0

    def recv(self, size: int) -> bytes:
        """Return as much as is asked for."""
        piece = (self._head + b"x" * size)[:size]
        self._head = b""
        self.sent += size
        return piece


def test_memory_follows_what_has_come() -> None:
    """A step ahead of it, growing to 1 MiB, and never beyond what is needed."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        budget = Budget(64 << 20)
        connection = Connection(ours, "", "", Bounds(lambda path, kind: 1 << 30), budget)
        head = b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % (3 << 20)
        for size, expected in (
            (len(head), len(head) + (64 << 10)),
            (200_000, 400_000),
            (2 << 20, 3 << 20),
            (5 << 19, len(head) + (3 << 20)),
        ):
            connection.receiver.feed((head + b"x" * size)[len(connection.receiver.data) : size])
            assert connection.reserve_more()
            assert connection.reserved == budget.used == expected
        connection.release()
        assert budget.used == 0


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (http.LimitRequestLine(9000, 4094), "uri_too_long", f"{Config().limit_request_line} bytes"),
        (http.LimitRequestHeaders("x"), "headers_too_large",
         f"{Config().limit_request_fields} headers, {Config().limit_request_field_size} bytes"),
        (http.InvalidHeaderName("secret"), "bad_request", "name of a header"),
        (http.InvalidHeader("secret"), "bad_request", "A header has"),
        (http.InvalidRequestLine("secret"), "bad_request", "first line"),
        (http.InvalidHTTPVersion("secret"), "bad_request", "cannot be read"),
    ],
)  # fmt: skip
def test_a_request_that_cannot_be_read_is_told_its_limit_or_its_wrong_part(
    error: Exception, code: str, words: str
) -> None:
    """The part or the limit, which is the server's own; nothing of what was sent."""
    document = refusals.document(refusals.of_error(error), "about:blank")
    assert document["code"] == code
    assert words in str(document["detail"])
    assert "secret" not in str(document)


def test_the_limit_that_a_large_head_is_told_is_the_one_that_is_kept() -> None:
    """64 KiB in the answer are those of the bounds."""
    kib = Bounds(lambda _path, _kind: 0).head_bytes >> 10
    assert f" {kib} KiB " in refusals.HEAD_TOO_LARGE.detail
