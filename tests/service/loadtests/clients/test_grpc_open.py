"""The open-loop gRPC client against a real server: what it counts is what happened."""

import pytest

from embedder.testing.server import serve
from loadtests.clients.grpc_open import run_open

pytestmark = pytest.mark.service


def test_open_loop_calls_are_all_answered_and_their_paths_told() -> None:
    """Every text is embedded, a repeated one from the cache, nothing is lost."""
    texts = [*(f"text {number}" for number in range(20)), *["text 1"] * 5]
    with serve() as target:
        run = run_open("r", target, texts, views=["mean@1", "cls@2"], rate=500)

    assert (len(run.latencies_s), run.errors) == (25, 0)
    assert run.notes["miss"] == "20"
    assert sum(int(count) for count in run.notes.values()) == 25


def test_open_loop_errors_are_counted_by_status() -> None:
    """A refused call is an error under its gRPC status, not a latency."""
    with serve() as target:
        run = run_open("r", target, ["fine", "fine too"], views=["mean@99"], rate=100)

    assert run.latencies_s == ()
    assert run.notes == {"INVALID_ARGUMENT": "2"}
