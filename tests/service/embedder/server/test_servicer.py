"""The embedder over real sockets: answers, refusals, cancellation, deadlines, overload."""

import urllib.request
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import grpc
import numpy as np
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from embedder.api import Embeddings
from embedder.client import SERVICE_NAME, EmbedderClient
from embedder.config import Settings
from embedder.errors import DeadlineExceeded, FingerprintMismatch, InvalidInput, Overloaded
from embedder.server.server import EmbedderServer
from embedder.testing.embedder import FAKE_FINGERPRINT
from embedder.testing.encoder import FakeEncoder
from embedder.testing.server import serve_server
from embedder.views import POOLINGS
from protos.embedder.v1 import embedder_pb2 as pb
from protos.embedder.v1 import embedder_pb2_grpc
from tests.support.waiting import WAIT_S, until

pytestmark = pytest.mark.service

VIEWS = ["mean@1"]
TIME_TO_ARRIVE_S = 8.0  # deadline of calls that must be in the queue before it ends, however busy
# No text gets over age: which batch is cut next would depend on how fast the test is.
SMALL = Settings(
    port=0,
    metrics_port=0,
    max_queue_size=4,
    max_batch_size=2,
    max_texts=8,
    batch_max_age_ms=600_000,
)


@pytest.fixture
def encoder() -> Iterator[FakeEncoder]:
    """Open the gate at the end, so that nothing hangs."""
    encoder = FakeEncoder()
    yield encoder
    encoder.gate.set()


@pytest.fixture
def server(encoder: FakeEncoder) -> Iterator[EmbedderServer]:
    """Run a small server."""
    with serve_server(encoder, SMALL) as server:
        yield server
        encoder.gate.set()


@pytest.fixture
def client(server: EmbedderServer) -> Iterator[EmbedderClient]:
    """Connect to it."""
    client = EmbedderClient(f"127.0.0.1:{server.port}", default_timeout_s=WAIT_S)
    yield client
    client.close()


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    """Offer threads for calls that wait."""
    with ThreadPoolExecutor(64) as pool:
        yield pool


def shut(
    encoder: FakeEncoder, client: EmbedderClient, threads: ThreadPoolExecutor, text: str = "first"
) -> Future[Embeddings]:
    """Close the gate and wait until one forward stands before it."""
    while encoder.entered.acquire(blocking=False):
        pass
    encoder.gate.clear()
    running = threads.submit(client.embed, [text], VIEWS)
    assert encoder.entered.acquire(timeout=WAIT_S)
    return running


def metrics(server: EmbedderServer) -> dict[str, float]:
    """Read the metrics port."""
    url = f"http://127.0.0.1:{server.metrics_port}/metrics"
    with urllib.request.urlopen(url, timeout=WAIT_S) as answer:
        lines = answer.read().decode().splitlines()
    pairs = (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    return {name: float(value) for name, value in pairs}


def test_an_answer_has_every_view_and_its_facts(client: EmbedderClient) -> None:
    """Vectors are read-only float32 of `dim`, in the order asked; misses become hits."""
    answer = client.embed(["Hello there"], ["cls@2", "mean@1"], contexts=["before that"])
    (item,) = answer.items
    assert list(item.vectors) == ["cls@2", "mean@1"]
    assert item.vectors["cls@2"].shape == (answer.dim,)
    assert item.vectors["cls@2"].dtype == np.float32
    assert not item.vectors["cls@2"].flags.writeable
    assert (item.tokens, item.tokens_total, item.truncated) == (7, 7, False)
    assert (item.cache, answer.encoder.fingerprint) == ("miss", FAKE_FINGERPRINT)
    again = client.embed(["hello  THERE"], ["mean@1"], contexts=["before that"]).items[0]
    assert again.cache == "hit"
    assert (again.vectors["mean@1"] == item.vectors["mean@1"]).all()


def test_order_is_kept_and_bad_texts_fail_alone(client: EmbedderClient) -> None:
    """Empty, poisonous and untokenizable texts get an error; the others their vectors."""
    texts = ["a", " ", "b poison", "b", "untokenizable", "a", "c" * 200_001]
    items = client.embed(texts, VIEWS).items
    codes = [item.error.code if item.error else item.cache for item in items]
    assert codes == [
        "miss", "text_empty", "encoder_failed", "miss", "tokenize_failed", "coalesced",
        "text_too_long",
    ]  # fmt: skip
    assert (items[0].vectors["mean@1"] == items[5].vectors["mean@1"]).all()
    assert client.embed(["b"], VIEWS).items[0].cache == "hit"
    assert client.embed(["b poison"], VIEWS).items[0].cache == "miss"


@pytest.mark.parametrize(
    ("texts", "views", "contexts", "code"),
    [
        ([], VIEWS, None, "texts_empty"),
        (["a"] * 9, VIEWS, None, "too_many_texts"),
        (["a"], [], None, "views_empty"),
        (["a"], ["mean@1", "mean@1"], None, "views_duplicate"),
        (["a"], ["max@1"], None, "view_unknown"),
        (["a"], ["mean@7"], None, "view_unknown"),
        (["a", "b"], VIEWS, ["c"], "contexts_mismatch"),
        (["\udc80"], VIEWS, None, "text_not_unicode"),
    ],
)
def test_malformed_requests_are_refused(
    client: EmbedderClient,
    texts: list[str],
    views: list[str],
    contexts: list[str] | None,
    code: str,
) -> None:
    """Bad input is INVALID_ARGUMENT with a stable code, never a crash, far too many texts too."""
    with pytest.raises(InvalidInput) as caught:
        client.embed(texts, views, contexts=contexts)
    assert caught.value.code == code


def test_a_message_over_the_limit_is_malformed_not_overload(client: EmbedderClient) -> None:
    """Asking again would never help: no back-off, a stable code, and nothing of it is quoted."""
    with pytest.raises(InvalidInput) as caught:
        client.embed(["x" * 9_000_000] * 8, VIEWS)
    assert (caught.value.code, caught.value.retry_after_s) == ("message_too_large", None)


def test_another_encoder_is_refused_with_the_one_that_is_here(client: EmbedderClient) -> None:
    """A fingerprint mismatch is FAILED_PRECONDITION; what was expected is not sent back."""
    other = "sha256:" + "1" * 64
    with pytest.raises(FingerprintMismatch) as caught:
        client.embed(["a"], VIEWS, expected_fingerprint=other)
    assert other not in str(caught.value)
    assert FAKE_FINGERPRINT in str(caught.value)
    assert client.embed(["a"], VIEWS, expected_fingerprint=FAKE_FINGERPRINT).items[0].error is None


def test_a_queued_request_expires_on_time_while_a_batch_runs(
    encoder: FakeEncoder,
    server: EmbedderServer,
    client: EmbedderClient,
    threads: ThreadPoolExecutor,
) -> None:
    """A deadline is kept while a batch runs.

    DEADLINE_EXCEEDED comes before the running batch ends, and costs no forward.
    """
    running = shut(encoder, client, threads)
    late = threads.submit(client.embed, ["late"], VIEWS, timeout_s=TIME_TO_ARRIVE_S)
    until(lambda: server.scheduler.cache.misses == 2)
    assert isinstance(late.exception(WAIT_S), DeadlineExceeded)
    until(lambda: server.servicer.active == 1)  # the server's own clock has told it, too
    encoder.gate.set()
    assert running.result(WAIT_S).items[0].error is None
    until(lambda: server.scheduler.flights == 0)
    dropped = metrics(server)
    assert sum(v for k, v in dropped.items() if k.startswith("embedder_dropped_texts_total")) == 1
    assert len(encoder.batches) == 2  # the probe at start, and the one that ran


def test_a_cancelled_request_costs_no_forward_and_wedges_nothing(
    encoder: FakeEncoder,
    server: EmbedderServer,
    client: EmbedderClient,
    threads: ThreadPoolExecutor,
) -> None:
    """A caller that goes away while a batch runs is dropped before its forward."""
    running = shut(encoder, client, threads)
    with grpc.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        stub = embedder_pb2_grpc.EmbedderServiceStub(channel)
        request = pb.EmbedRequest(texts=["w", "x", "y"], views=VIEWS)
        calls = [stub.Embed.future(request, timeout=WAIT_S) for _ in range(2)]
        until(lambda: server.servicer.active == 3)
        for call in calls:
            call.cancel()
        until(lambda: server.servicer.active == 1)
    encoder.gate.set()
    assert running.result(WAIT_S).items[0].error is None
    assert client.embed(["z"], VIEWS).items[0].cache == "miss"
    until(lambda: server.scheduler.flights == 0)
    assert sum(map(len, encoder.batches)) == 3


def test_a_leader_that_leaves_does_not_take_its_followers_along(
    encoder: FakeEncoder,
    server: EmbedderServer,
    client: EmbedderClient,
    threads: ThreadPoolExecutor,
) -> None:
    """The forward goes on while anybody waits: a follower outlives the leader's deadline."""
    running = shut(encoder, client, threads)
    leader = threads.submit(client.embed, ["shared"], VIEWS, timeout_s=TIME_TO_ARRIVE_S)
    until(lambda: server.scheduler.cache.misses == 2)
    follower = threads.submit(client.embed, ["shared"], VIEWS)
    until(lambda: server.servicer.active == 3 or leader.done())
    assert isinstance(leader.exception(WAIT_S), DeadlineExceeded)
    encoder.gate.set()
    assert follower.result(WAIT_S).items[0].cache == "coalesced"
    assert running.result(WAIT_S).items[0].error is None


def test_a_follower_may_ask_for_other_views(
    encoder: FakeEncoder,
    server: EmbedderServer,
    client: EmbedderClient,
    threads: ThreadPoolExecutor,
) -> None:
    """Views join a flight that waits; beside one that runs, a second flight gets the rest."""
    running = shut(encoder, client, threads)
    beside = threads.submit(client.embed, ["first"], ["mean@1", "cls@3"])
    until(lambda: server.scheduler.cache.misses == 2)
    encoder.gate.set()
    assert running.result(WAIT_S).items[0].cache == "miss"
    got = beside.result(WAIT_S).items[0]
    assert set(got.vectors) == {"mean@1", "cls@3"}


def test_overload_is_refused_at_once_and_hits_are_served(
    encoder: FakeEncoder,
    server: EmbedderServer,
    client: EmbedderClient,
    threads: ThreadPoolExecutor,
) -> None:
    """Overload is refused alike for all, and never for hits.

    A full queue refuses single texts and batches with a back-off; hits and coalesced waiters are
    served, and are not counted as one another.
    """
    client.embed(["cached"], VIEWS)
    running = shut(encoder, client, threads)
    prepared = threads.submit(client.embed, ["prepared"], VIEWS)
    until(lambda: server.scheduler.batches == 2)
    waiting = threads.submit(client.embed, ["q1", "q2", "q3", "q4"], VIEWS)
    until(lambda: server.scheduler.queue.size == 3)  # the prepared batch was cut anew, of two
    last = threads.submit(client.embed, ["q5"], VIEWS)
    until(lambda: server.scheduler.queue.size == 4)
    for texts in (["new"], ["new", "cached"]):  # while the gate is shut: nobody waits for a place
        with pytest.raises(Overloaded) as caught:
            client.embed(texts, VIEWS)
        assert caught.value.code == "overloaded"
        assert caught.value.retry_after_s is not None
        assert 0 < caught.value.retry_after_s <= 30
    assert client.embed(["cached"], VIEWS).items[0].cache == "hit"
    follower = threads.submit(client.embed, ["q1"], VIEWS)
    until(lambda: server.scheduler.cache.coalesced == 1)
    encoder.gate.set()
    for call in (running, prepared, waiting, last):
        assert all(item.cache == "miss" for item in call.result(WAIT_S).items)
    assert follower.result(WAIT_S).items[0].cache == "coalesced"
    info = client.info().cache
    assert (info.hits, info.misses, info.coalesced) == (1, 8, 1)


def test_a_forget_that_names_nothing_is_refused(server: EmbedderServer) -> None:
    """Neither keys nor everything, or both: INVALID_ARGUMENT, and nothing is dropped."""
    with grpc.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        stub = embedder_pb2_grpc.EmbedderServiceStub(channel)
        for request in (pb.ForgetRequest(), pb.ForgetRequest(cache_keys=[b"k"], everything=True)):
            with pytest.raises(grpc.RpcError) as refused:
                stub.Forget(request, timeout=WAIT_S)
            assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT


def test_info_lists_the_poolings_that_views_may_name(client: EmbedderClient) -> None:
    """Whoever asks learns whether this release has the view that a head reads."""
    assert client.info().poolings == POOLINGS


def test_more_texts_than_places_are_served_when_nothing_waits(client: EmbedderClient) -> None:
    """A client batch above the queue's capacity is no crash and no eternal refusal."""
    items = client.embed([f"t{n}" for n in range(8)], VIEWS).items
    assert all(item.error is None for item in items)


def test_metrics_are_all_there_at_start(server: EmbedderServer) -> None:
    """Every series is present, at zero, before the first request."""
    series = metrics(server)
    for name in (
        'embedder_requests_total{code="OK",method="Embed"}',
        'embedder_requests_total{code="RESOURCE_EXHAUSTED",method="Embed"}',
        'embedder_dropped_texts_total{reason="expired"}',
        "embedder_cache_hits_total",
        "embedder_cache_misses_total",
        "embedder_cache_coalesced_total",
        "embedder_cache_evictions_total",
        "embedder_cache_currsize_bytes",
        "embedder_queue_size_rows",
        "embedder_queue_oldest_age_seconds",
        "embedder_forward_texts_total",
        "embedder_tokenize_duration_seconds_count",
    ):
        assert series[name] == 0, name
    assert series["embedder_serving_state"] == 1
    assert series["embedder_batch_padded_tokens_count"] == 1  # the probe before SERVING


def test_health_and_reflection_are_there(server: EmbedderServer) -> None:
    """grpc.health.v1 answers for the server and the service; reflection lists the service."""
    with grpc.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        for name in ("", SERVICE_NAME):
            answer = stub.Check(health_pb2.HealthCheckRequest(service=name), timeout=WAIT_S)
            assert answer.status == health_pb2.HealthCheckResponse.SERVING
        asked = iter([reflection_pb2.ServerReflectionRequest(list_services="")])
        listing = reflection_pb2_grpc.ServerReflectionStub(channel).ServerReflectionInfo(
            asked, timeout=WAIT_S
        )
        names = {service.name for service in next(listing).list_services_response.service}
    assert SERVICE_NAME in names


def test_reflection_can_be_turned_off(encoder: FakeEncoder) -> None:
    """Nothing is listed then; health answers all the same."""
    settings = Settings(port=0, metrics_port=0, reflection=False)
    with (
        serve_server(encoder, settings) as server,
        grpc.insecure_channel(f"127.0.0.1:{server.port}") as channel,
    ):
        stub = health_pb2_grpc.HealthStub(channel)
        answer = stub.Check(health_pb2.HealthCheckRequest(service=SERVICE_NAME), timeout=WAIT_S)
        assert answer.status == health_pb2.HealthCheckResponse.SERVING
        asked = iter([reflection_pb2.ServerReflectionRequest(list_services="")])
        with pytest.raises(grpc.RpcError) as caught:
            next(reflection_pb2_grpc.ServerReflectionStub(channel).ServerReflectionInfo(asked))
        assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED


def test_mixed_load_ends_and_is_consistent(
    encoder: FakeEncoder, threads: ThreadPoolExecutor
) -> None:
    """Many callers at once: every one gets its own vectors, whatever shared a batch with it."""
    texts = [f"word{n % 7} " * (1 + n % 5) for n in range(120)]
    with serve_server(encoder, Settings(port=0, metrics_port=0, max_batch_size=2)) as server:
        client = EmbedderClient(f"127.0.0.1:{server.port}", default_timeout_s=WAIT_S)
        alone = {text: client.embed([text], ["cls@3"]).items[0] for text in set(texts)}
        answers = list(threads.map(lambda text: client.embed([text], ["cls@3", "mean@2"]), texts))
        client.close()
    for text, answer in zip(texts, answers, strict=True):
        assert (answer.items[0].vectors["cls@3"] == alone[text].vectors["cls@3"]).all()
