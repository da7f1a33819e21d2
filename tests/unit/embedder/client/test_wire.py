"""What a failed call says, whatever a proxy puts into it, and what an earlier release lacks."""

from typing import Any

import grpc
import pytest

from embedder.client.wire import PUSHBACK_KEY, error_of, info_of
from embedder.errors import Overloaded
from protos.embedder.v1 import embedder_pb2 as pb


class Failure(grpc.RpcError):
    """A failed call with a pushback."""

    def __init__(self, pushback: str | bytes) -> None:
        self.pushback = pushback

    def code(self) -> grpc.StatusCode:
        """Return the status."""
        return grpc.StatusCode.RESOURCE_EXHAUSTED

    def details(self) -> str:
        """Return the message."""
        return "full"

    def trailing_metadata(self) -> Any:
        """Return the pushback."""
        return ((PUSHBACK_KEY, self.pushback),)


@pytest.mark.parametrize(
    ("pushback", "seconds"),
    [
        ("1500", 1.5),
        ("0", 0.0),
        ("-1", None),
        ("soon", None),
        ("", None),
        ("1e3", None),
        ("9" * 5000, None),
        (b"\xff", None),
    ],
)
def test_a_pushback_that_cannot_be_read_is_none(
    pushback: str | bytes, seconds: float | None
) -> None:
    """The error stays what it is."""
    error = error_of(Failure(pushback))
    assert isinstance(error, Overloaded)
    assert error.retry_after_s == seconds


def test_an_embedder_that_lists_no_poolings_is_of_the_first_release() -> None:
    """It had two; a later one is taken at its word, also for those that this client has not."""
    assert info_of(pb.InfoResponse()).poolings == ("mean", "cls")
    assert info_of(pb.InfoResponse(poolings=["mean", "later"])).poolings == ("mean", "later")
