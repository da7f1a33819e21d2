"""Large messages: read whole, few at once, and every refusal names its limit."""

import io
import threading
from collections.abc import Callable

import pytest
from flask import Request
from werkzeug.test import EnvironBuilder

from gateway.api.large_bodies import LargeBodies
from gateway.config import load_settings
from gateway.errors import BodyTooLargeError, LargeBodiesBusyError
from gateway.mail.message.parse import MAX_RAW_BYTES

SETTINGS = load_settings(
    {
        "GATEWAY_MAX_BODY_BYTES": "2000",
        "GATEWAY_MAX_RAW_BYTES": "9000",
        "GATEWAY_LARGE_BODIES": "2",
    }
)


def announced(size: int) -> Request:
    """Make a request whose body has a known length."""
    environ = EnvironBuilder(method="POST", input_stream=io.BytesIO(b"x" * size)).get_environ()
    return Request({**environ, "CONTENT_LENGTH": str(size)})


def chunked(size: int) -> Request:
    """Make a request whose body comes in chunks, its length unknown."""
    environ = EnvironBuilder(method="POST", input_stream=io.BytesIO(b"x" * size)).get_environ()
    environ.pop("CONTENT_LENGTH", None)
    return Request({**environ, "wsgi.input_terminated": True})


@pytest.mark.parametrize("made", [announced, chunked])
def test_a_message_up_to_the_limit_is_read_whole(made: Callable[[int], Request]) -> None:
    """Small and large ones arrive as they are; one byte over the limit names it."""
    messages = LargeBodies(SETTINGS)
    for size in (0, 2000, 2001, 9000):
        with messages.read(made(size)) as content:
            assert len(content) == size
    with pytest.raises(BodyTooLargeError) as caught, messages.read(made(9001)):
        pass
    assert caught.value.problem("id")["limit"] == 9000


@pytest.mark.parametrize("made", [announced, chunked])
def test_only_few_large_ones_are_in_at_once(made: Callable[[int], Request]) -> None:
    """A third large one is told to come back, small ones pass, and a place is free after use."""
    messages = LargeBodies(SETTINGS)
    with messages.read(announced(5000)), messages.read(announced(5000)):
        with pytest.raises(LargeBodiesBusyError) as caught, messages.read(made(5000)):
            pass
        with messages.read(made(100)) as content:
            assert len(content) == 100
        with pytest.raises(BodyTooLargeError), messages.read(announced(9001)):
            pass
    problem = caught.value.problem("id")
    assert (problem["status"], problem["code"], problem["limit"]) == (503, "large_bodies_busy", 2)
    assert caught.value.headers() == {"Retry-After": "1"}
    with messages.read(made(5000)), messages.read(made(5000)):
        pass


def test_a_place_is_given_back_when_answering_fails() -> None:
    """Whatever ends the block, also in another thread, the place is free again."""
    messages = LargeBodies(SETTINGS)

    def fail() -> None:
        with pytest.raises(OSError, match="gone"), messages.read(announced(5000)):
            raise OSError("gone")

    for _ in range(5):
        thread = threading.Thread(target=fail)
        thread.start()
        thread.join()
    with messages.read(announced(5000)) as content:
        assert len(content) == 5000


def test_the_cleaner_reads_what_the_gateway_lets_in() -> None:
    """By default both have the same limit: no message is let in and then found too large."""
    assert load_settings({}).max_raw_bytes == MAX_RAW_BYTES == 25 << 20


def test_a_message_limit_below_the_usual_one_lowers_nothing() -> None:
    """Who allows large bodies of any kind allows messages of that size, as ever."""
    settings = load_settings({"GATEWAY_MAX_BODY_BYTES": "8000", "GATEWAY_MAX_RAW_BYTES": "2000"})
    with LargeBodies(settings).read(announced(8000)) as content:
        assert len(content) == 8000


def test_a_small_one_of_unknown_length_takes_no_place() -> None:
    """Callers that send small messages in chunks do not keep large ones out."""
    messages = LargeBodies(SETTINGS)
    with (
        messages.read(chunked(100)),
        messages.read(chunked(2000)),
        messages.read(chunked(0)),
        messages.read(chunked(5000)) as content,
        messages.read(announced(5000)),
    ):
        assert len(content) == 5000
