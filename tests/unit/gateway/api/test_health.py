"""Readiness says whether a request would be answered now, and decided."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from flask import Flask

from embedder.client import EncoderInfo
from embedder.errors import Unavailable
from embedder.testing.embedder import FakeEmbedder
from gateway.api import routes, sagemaker
from gateway.api.health import REMEMBERED_S, Readiness, SharedProbe, probe
from gateway.api.large_bodies import LargeBodies
from gateway.app import Gateway
from gateway.config import Settings
from gateway.inference.answer_cache import answer_cache
from gateway.inference.pipeline import Pipeline
from gateway.parallel import Parallel
from gateway.pools.circuit_breaker import FAILURES, REST_S, CircuitBreaker
from gateway.pools.fanout import FanoutPool
from heads.prediction import HeadSet, Pool, PredictRequest
from tests.support.pools import OTHER, FakePool, head_set, info
from tests.support.waiting import WAIT_S
from trunkline.serving.sharing import Board

SERVED = head_set(info("intent"), info("has_opt_out"))


def readiness(served: HeadSet | Pool, required: str = "", **embedders: FakeEmbedder) -> Readiness:
    """Probe a gateway of these heads, required heads and embedders."""
    pool = FakePool(served) if isinstance(served, HeadSet) else served
    pipeline = Pipeline(
        embedders or {"only": FakeEmbedder()},
        pool,
        answer_cache(0),
        60,
        required_heads=required.split() if required else (),
    )
    return probe(pipeline)


@pytest.mark.parametrize(
    ("served", "required", "expected"),
    [
        (SERVED, "", "ok"),
        (SERVED, "intent", "ok"),
        (head_set(), "", "none_serving"),
        (head_set(info("intent", status="failed")), "", "none_serving"),
        (SERVED.all_away(), "", "away"),
        (replace(SERVED, away_heads=frozenset({"intent"})), "", "ok"),
        (replace(SERVED, away_heads=frozenset({"intent"})), "intent", "required_away"),
        (replace(SERVED, away_heads=frozenset({"has_opt_out"})), "intent", "ok"),
        (SERVED, "intent missing", "not_loaded"),
    ],
)
def test_one_head_must_answer_and_every_required_one(
    served: HeadSet, required: str, expected: str
) -> None:
    """Heads that may fail open cost only themselves; without a required one nothing is decided."""
    assert readiness(served, required).heads == expected


def test_the_encoder_of_the_intent_must_answer() -> None:
    """Another embedder that answers is no help to requests that need this one."""
    served = head_set(info("intent"), info("has_opt_out", fingerprint=OTHER))
    old, new = FakeEmbedder(), FakeEmbedder(fingerprint=OTHER)
    pipeline = Pipeline({"old": old, "new": new}, FakePool(served), answer_cache(0), 60)
    assert probe(pipeline).embedder == "ok"
    new.error = Unavailable()
    assert probe(pipeline).embedder == "ok"
    new.error, old.error = None, Unavailable()
    assert probe(pipeline).embedder == "unavailable"


def test_a_pool_whose_circuit_is_open_is_away_until_it_may_be_tried() -> None:
    """Not for ever: a gateway without traffic, because it is not ready, must become ready again."""
    now = [0.0]
    behind = FakePool(head_set(info("intent")), broken={"intent@1": "unavailable"})
    breaker = CircuitBreaker("a", behind, lambda: now[0])
    other = FakePool(head_set(info("has_opt_out")))
    both = FanoutPool({"a": breaker, "b": other}, Parallel(1))
    assert readiness(both, "intent").heads == "ok"
    for _ in range(FAILURES):
        breaker.predict(PredictRequest(behind.served, ("intent",), (), "", 60))
    assert (readiness(breaker).heads, readiness(both).heads) == ("away", "ok")
    assert readiness(both, "intent").heads == "required_away"
    now[0] += REST_S
    assert readiness(both, "intent").heads == "ok"


def pipeline(pool: FakePool, *required_heads: str) -> Pipeline:
    """Put a pipeline on fakes; its watch is not started."""
    embedders = {"a": FakeEmbedder()}
    return Pipeline(embedders, pool, answer_cache(0), 60, required_heads=required_heads)


def test_a_new_worker_is_not_ready_without_what_production_names() -> None:
    """It names what is missing; once it had all, one that fails later is no matter."""
    failed = info("intent", status="failed")
    pool = FakePool(head_set(failed, info("has_referral")))
    made = pipeline(pool)
    readiness = probe(made)
    assert (readiness.heads, readiness.heads_not_loaded) == ("not_loaded", ("intent",))
    assert not readiness.ready
    pool.served = head_set(info("intent"), info("has_referral"))
    assert probe(made).heads == "ok"
    pool.served = head_set(failed, info("has_referral"))
    assert probe(made).heads == "ok"


def test_a_new_worker_is_not_ready_without_its_required_heads() -> None:
    """Without them it decides nothing: they must have been there once, whoever serves them."""
    pool = FakePool(replace(head_set(info("has_referral")), unanswered_pools=("b",)))
    made = pipeline(pool, "intent")
    assert probe(made).heads_not_loaded == ("intent",)
    pool.served = head_set(info("has_referral"), info("intent"))
    assert probe(made).heads_not_loaded == ()


def test_heads_that_are_switched_off_are_not_missing() -> None:
    """Somebody turned them off on purpose."""
    pool = FakePool(head_set(info("intent"), info("has_referral", status="disabled")))
    assert probe(pipeline(pool)).heads == "ok"


class CountedEmbedder(FakeEmbedder):
    """An embedder that counts how often it is asked who it is, and answers once it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0
        self.let = threading.Event()

    def info(self, *, timeout_s: float | None = None) -> EncoderInfo:
        """See `Embedder.info`."""
        self.asked += 1
        assert self.let.wait(WAIT_S)
        return super().info(timeout_s=timeout_s)


def test_a_storm_of_probes_asks_the_embedder_once() -> None:
    """All who ask meanwhile and shortly after, by either route, have one result; then a new one."""
    now = [100.0]
    embedder = CountedEmbedder()
    made = Pipeline({"only": embedder}, FakePool(SERVED), answer_cache(0), 60)
    shared = SharedProbe(made, lambda: now[0])
    app, settings = Flask("probed"), Settings()
    app.register_blueprint(routes.operations(shared))
    app.register_blueprint(sagemaker.container(made, settings, LargeBodies(settings), shared, None))

    def ask(path: str) -> int:
        return app.test_client().get(path).status_code

    with ThreadPoolExecutor(8) as threads:
        storm = [threads.submit(ask, path) for path in ("/readyz", "/ping") * 8]
        embedder.let.set()
        assert {asked.result(WAIT_S) for asked in storm} == {503}  # nothing was answered yet
    assert embedder.asked == 1
    now[0] += REMEMBERED_S
    ask("/readyz")
    assert embedder.asked == 1
    now[0] += 0.01
    ask("/readyz")
    assert embedder.asked == 2


def test_a_worker_is_not_ready_while_another_that_accepts_is_cold() -> None:
    """`/readyz` is for the whole gateway: the next connection may lead to the other worker."""
    now, warm = [100.0], [False]
    board = Board()
    own, other = board.place(now[0]), board.place(now[0])
    other.warm_when(lambda: warm[0])
    pipeline = Pipeline({"only": FakeEmbedder()}, FakePool(SERVED), answer_cache(0), 60)
    shared = SharedProbe(pipeline, lambda: now[0])
    shared.join(own)
    pipeline.encoders.start()
    try:
        assert pipeline.encoders.await_first_turn(WAIT_S)
        assert shared.readiness().ready
        now[0] += 1
        other.show(0, now[0])
        assert shared.readiness().warm == "warming_up"
        warm[0] = True
        now[0] += 1
        other.show(0, now[0])
        assert shared.readiness().ready
    finally:
        pipeline.encoders.stop()


@pytest.mark.parametrize("error", [None, Unavailable()])
def test_a_worker_that_has_joined_is_warm_unless_its_embedder_is_away(
    error: Unavailable | None,
) -> None:
    """It shows the others which; a worker without an embedder still gets to its callers."""
    board = Board()
    place, other = board.place(100.0), board.place(100.0)
    embedder = FakeEmbedder()
    embedder.error = error
    made = Gateway(Settings(encoder_refresh_s=60), embedder, FakePool(SERVED))
    try:
        made.join(place, WAIT_S)
        place.show(0, 100.0)
        assert other.others_warm(100.0) is (error is None)
        ready = made.app.test_client().get("/readyz")
        assert ready.status_code == (200 if error is None else 503)
    finally:
        made.close()
