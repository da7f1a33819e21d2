"""Attribute and the bulk lane over real sockets."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import grpc
import numpy as np
import pytest

from embedder.api import Direction, Embeddings
from embedder.client import EmbedderClient
from embedder.config import Settings
from embedder.errors import DeadlineExceeded, FingerprintMismatch, InvalidInput, Unsupported
from embedder.server.server import EmbedderServer
from embedder.testing.encoder import FakeEncoder
from embedder.testing.server import serve_server
from protos.embedder.v1 import embedder_pb2_grpc
from tests.support.waiting import WAIT_S, until

pytestmark = pytest.mark.service

DIRECTION = Direction("mean@1", np.arange(8, dtype=np.float32))


@pytest.fixture
def encoder() -> Iterator[FakeEncoder]:
    """Open the gate at the end, so that nothing hangs."""
    encoder = FakeEncoder()
    yield encoder
    encoder.gate.set()


@pytest.fixture
def server(encoder: FakeEncoder) -> Iterator[EmbedderServer]:
    """Run a server of one stream."""
    with serve_server(encoder, Settings(port=0, metrics_port=0)) as server:
        yield server
        encoder.gate.set()


@pytest.fixture
def client(server: EmbedderServer) -> Iterator[EmbedderClient]:
    """Connect to it."""
    client = EmbedderClient(f"127.0.0.1:{server.port}", default_timeout_s=WAIT_S)
    yield client
    client.close()


def shut(
    encoder: FakeEncoder, client: EmbedderClient, threads: ThreadPoolExecutor
) -> Future[Embeddings]:
    """Close the gate and wait until one forward stands before it."""
    while encoder.entered.acquire(blocking=False):
        pass
    encoder.gate.clear()
    running = threads.submit(client.embed, ["first"], ["mean@1"])
    assert encoder.entered.acquire(timeout=WAIT_S)
    return running


def test_an_attribution_is_of_the_vector_that_embed_gives(client: EmbedderClient) -> None:
    """Shares sum to the direction's product with the text's vector; words stand where they do."""
    text = "please stop  writing"
    got = client.attribute(text, [DIRECTION, Direction("cls@2", DIRECTION.vector)], context="ok?")
    item = client.embed([text], ["mean@1"], contexts=["ok?"]).items[0]
    assert got.pooled[0] == pytest.approx(DIRECTION.vector @ item.vectors["mean@1"], abs=1e-4)
    assert got.shares.shape == (2, got.tokens)
    assert got.shares.sum(axis=1) == pytest.approx(got.pooled, abs=1e-4)
    assert got.norms[0] == pytest.approx(float(np.linalg.norm(item.vectors["mean@1"])))
    assert [text[a:b] for a, b in got.spans.tolist() if b > a] == ["please", "stop", "writing"]
    assert (got.tokens, got.tokens_total, got.truncated) == (7, 7, False)


@pytest.mark.parametrize(
    ("text", "direction", "code"),
    [
        (" ", DIRECTION, "text_empty"),
        ("x" * 200_001, DIRECTION, "text_too_long"),
        ("untokenizable", DIRECTION, "tokenize_failed"),
        ("a", Direction("mean@7", DIRECTION.vector), "view_unknown"),
        ("a", Direction("mean@1", DIRECTION.vector[:7]), "direction_size"),
        ("a", Direction("mean@1", DIRECTION.vector * np.float32("nan")), "direction_not_finite"),
        ("a", None, "views_empty"),
    ],
)
def test_a_malformed_request_says_what_is_wrong(
    client: EmbedderClient, text: str, direction: Direction | None, code: str
) -> None:
    """Each has a stable code, and never the text."""
    with pytest.raises(InvalidInput) as caught:
        client.attribute(text, [direction] if direction else [])
    assert caught.value.code == code


def test_another_encoder_is_refused(client: EmbedderClient) -> None:
    """As for vectors: weights fit one encoder alone."""
    with pytest.raises(FingerprintMismatch):
        client.attribute("a", [DIRECTION], expected_fingerprint="sha256:other")


def test_bulk_texts_and_attributions_go_after_all_others(
    server: EmbedderServer, client: EmbedderClient, encoder: FakeEncoder
) -> None:
    """Whoever came later and waits in no bulk lane is encoded first; in the end all are."""
    with ThreadPoolExecutor(8) as threads:
        running = shut(encoder, client, threads)
        flights = server.scheduler.flights
        bulk = threads.submit(client.embed, ["b " * 9], ["mean@1"], bulk=True)
        attributed = threads.submit(client.attribute, "c " * 19, [DIRECTION])
        until(lambda: server.scheduler.flights == flights + 2)
        # No bulk batch is prepared ahead, so these go first, one with the running one's slot.
        later = [threads.submit(client.embed, [text], ["mean@1"]) for text in ("d e", "f g")]
        until(lambda: server.scheduler.flights == flights + 4)
        before = len(encoder.batches)
        encoder.gate.set()
        attributed.result(WAIT_S)
        for future in (running, bulk, *later):
            future.result(WAIT_S)
    lengths = [length for batch in encoder.batches[before - 1 :] for length in batch]
    assert sorted(lengths[-2:]) == [11, 21]
    assert server.scheduler.forwards == 5


def test_a_bulk_text_that_somebody_else_wants_too_is_bulk_no_more(
    server: EmbedderServer, client: EmbedderClient, encoder: FakeEncoder
) -> None:
    """One flight serves both, and goes with the others."""
    with ThreadPoolExecutor(8) as threads:
        running = shut(encoder, client, threads)
        flights = server.scheduler.flights
        bulk = threads.submit(client.embed, ["same text"], ["mean@1"], bulk=True)
        until(lambda: server.scheduler.flights == flights + 1)
        other = threads.submit(client.embed, ["same text"], ["mean@1"])
        until(lambda: server.scheduler.cache.coalesced == 1)
        encoder.gate.set()
        assert bulk.result(WAIT_S).items[0].cache == "miss"
        assert other.result(WAIT_S).items[0].cache == "coalesced"
        running.result(WAIT_S)
    assert client.embed(["same text"], ["mean@1"]).items[0].cache == "hit"


def test_bulk_texts_are_kept_nowhere(server: EmbedderServer, client: EmbedderClient) -> None:
    """Nobody knows the keys of a mail's parts, by which an erasure would find them."""
    for _ in range(2):
        assert client.embed(["x y"], ["mean@1"], bulk=True).items[0].cache == "miss"
    assert server.scheduler.cache.currsize == 0
    assert client.embed(["x y"], ["mean@1"]).items[0].cache == "miss"
    assert client.embed(["x y"], ["mean@1"], bulk=True).items[0].cache == "hit"


def test_an_attribution_expires_on_time_while_others_are_encoded(
    server: EmbedderServer, client: EmbedderClient, encoder: FakeEncoder
) -> None:
    """It waits no longer than its deadline, and leaves nothing behind."""
    with ThreadPoolExecutor(2) as threads:
        running = shut(encoder, client, threads)
        flights = server.scheduler.flights
        with pytest.raises(DeadlineExceeded):
            client.attribute("a b", [DIRECTION], timeout_s=0.2)
        until(lambda: server.scheduler.flights == flights, "the text still waits")
        encoder.gate.set()
        running.result(WAIT_S)


def test_an_embedder_of_an_earlier_release_is_told_from_one_that_fails() -> None:
    """It does not know the call: that is no fault that passes."""
    server = grpc.server(ThreadPoolExecutor(1))
    embedder_pb2_grpc.add_EmbedderServiceServicer_to_server(
        embedder_pb2_grpc.EmbedderServiceServicer(), server
    )
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    client = EmbedderClient(f"127.0.0.1:{port}", default_timeout_s=WAIT_S)
    try:
        with pytest.raises(Unsupported):
            client.attribute("a", [DIRECTION])
    finally:
        client.close()
        server.stop(None)
