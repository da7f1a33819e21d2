"""When a worker of the gateway may be asked."""

from dataclasses import replace

from embedder.testing.embedder import FakeEmbedder
from gateway.api.health import probe
from gateway.inference.answer_cache import answer_cache
from gateway.inference.pipeline import Pipeline
from tests.support.pools import FakePool, head_set, info


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
