"""The gateway's small values: ids, deadlines, cached answers, problems."""

import threading
from dataclasses import replace
from typing import Any

import pytest
from werkzeug.exceptions import BadRequest, MethodNotAllowed, NotFound

from embedder import errors as embedder_errors
from gateway import errors, metrics
from gateway.api.ids import accepted_request_id, new_id
from gateway.api.middleware import timeout_s
from gateway.api.problems import translated
from gateway.inference.answer import CachedAnswer
from gateway.inference.answer_cache import answer_cache
from gateway.inference.classification import Decision
from gateway.inference.context import RequestContext
from gateway.inference.deadline import Deadline, within
from gateway.inference.item import Item
from gateway.inference.plan import make_plan
from gateway.inference.snapshot import Snapshot
from gateway.inference.timings import Timings
from gateway.mail import MailInput, clean
from heads.prediction import HeadSet
from tests.support.pools import info

CLEANED = clean(MailInput(text="a"))
DECISION = Decision("other", None, False, "model", None)


def answer(size: int) -> CachedAnswer:
    """Make an answer that takes `size` bytes and the bookkeeping."""
    return CachedAnswer(DECISION, b"x" * size, b"")


def key(text: str = "a", context: str | None = None, **other: object) -> tuple[object, ...]:
    """Make a key that differs from the default in what is given."""
    options: dict[str, Any] = {
        "generation": 1,
        "fingerprints": ("f",),
        "asked": None,
        "candidates": frozenset(),
        "flags": (),
        **other,
    }
    head_set = HeadSet(options["generation"], {"intent": info("intent"), "other": info("other")})
    plan = make_plan(head_set, options["asked"], options["fingerprints"])
    snapshot = Snapshot((), options["fingerprints"], head_set, plan)
    mail = replace(CLEANED, model_text=text, context=context, flags=options["flags"])
    item = Item(mail).with_candidates(options["candidates"])
    return item.cache_key(RequestContext(snapshot, within(5), Timings()))


def test_ids_sort_by_time_and_never_repeat() -> None:
    """26 characters of Crockford base 32, ordered by millisecond, 80 random bits behind."""
    ids = [new_id(1_700_000_000 + i / 1000) for i in range(1000)]
    assert ids == sorted(ids)
    assert all(len(i) == 26 and set(i) <= set("0123456789ABCDEFGHJKMNPQRSTVWXYZ") for i in ids)
    assert len({new_id(1.0) for _ in range(10_000)}) == 10_000
    assert new_id(0.001)[:10] == "0000000001"


@pytest.mark.parametrize(
    ("given", "kept"),
    [("abc-1.2:3_X", True), ("", False), (None, False), ("a b", False), ("x" * 129, False)],
)
def test_only_harmless_request_ids_are_repeated(given: str | None, kept: bool) -> None:
    """An id that could break a header or a log line is replaced."""
    assert accepted_request_id(given) == (given if kept else None)


def test_a_timeout_is_bounded_and_checked() -> None:
    """Absent: the default; above the limit: the limit; not a positive whole number: refused."""
    assert timeout_s(None, 5_000, 60_000) == 5
    assert timeout_s("250", 5_000, 60_000) == 0.25
    assert timeout_s("999999", 5_000, 60_000) == 60
    for wrong in ("", "0", "-1", "1.5", "x", "９", "1" * 10):
        with pytest.raises(errors.InvalidTimeoutError):
            timeout_s(wrong, 5_000, 60_000)


def test_a_deadline_is_never_negative() -> None:
    """What is left is handed down only while something is left."""
    assert 0 < within(5).remaining() <= 5
    with pytest.raises(errors.DeadlineExceededError):
        Deadline(0).remaining()


def test_every_input_of_an_answer_is_in_its_key() -> None:
    """Text, context, heads, encoder, question and forced abstention each make another key."""
    keys = [
        key(),
        key("b"),
        key(context=""),
        key(context="c"),
        key("a\x01c"),
        key(generation=2),
        key(fingerprints=("g",)),
        key(fingerprints=("f", "g")),
        key(candidates=frozenset({"intent"})),
        key(asked=("intent",)),
        key(flags=("obfuscated",)),
    ]
    assert len(set(keys)) == len(keys)
    assert key("\ud800") != key("?")


def test_the_answer_cache_is_bounded_in_bytes_and_evicts_the_oldest() -> None:
    """The size never passes the bound; a read makes an entry young; evictions are counted."""
    cache = answer_cache(3 * 1000)
    assert [cache.put(key(str(i)), answer(400)) for i in range(3)] == [0, 0, 0]
    assert cache.get(key("0")) is not None
    assert cache.put(key("3"), answer(400)) == 1
    assert cache.get(key("1")) is None
    assert cache.get(key("0")) is not None
    assert (cache.currsize, len(cache)) == (3000, 3)


def test_an_answer_larger_than_the_cache_is_not_kept() -> None:
    """It evicts nobody; a cache of size 0 keeps nothing at all."""
    cache = answer_cache(2000)
    cache.put(key("a"), answer(10))
    assert cache.put(key("b"), answer(5000)) == 0
    assert cache.get(key("a")) is not None
    assert answer_cache(0).put(key(), answer(1)) == 0


def test_the_answer_cache_stands_many_threads() -> None:
    """Readers and writers at once leave it within its bound and consistent."""
    cache = answer_cache(20_000)

    def work(seed: int) -> None:
        for i in range(500):
            cache.put(key(str((i * seed) % 97)), answer(400))
            cache.get(key(str(i % 97)))

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert cache.currsize == len(cache) * 1000 <= 20_000


@pytest.mark.parametrize(
    ("error", "status", "code", "retry_after"),
    [
        (embedder_errors.Overloaded(retry_after_s=2.1), 429, "overloaded", "3"),
        (embedder_errors.Overloaded(), 429, "overloaded", "1"),
        (embedder_errors.Cancelled(), 503, "embedder_unavailable", "1"),
        (embedder_errors.Unavailable(), 503, "embedder_unavailable", "1"),
        (embedder_errors.FingerprintMismatch(), 503, "encoder_changed", "1"),
        (embedder_errors.DeadlineExceeded(), 504, "deadline_exceeded", None),
        (embedder_errors.InvalidInput("x", code="texts_empty"), 422, "texts_empty", None),
        (embedder_errors.Internal("secret"), 500, "internal", None),
        (errors.HeadsUnavailableError(retry_after_s=0), 503, "heads_unavailable", "1"),
        (NotFound(), 404, "not_found", None),
        (MethodNotAllowed(["POST"]), 405, "method_not_allowed", None),
        (BadRequest("secret"), 400, "bad_request", None),
        (ZeroDivisionError("secret"), 500, "internal", None),
    ],
)
def test_every_error_has_one_status_and_one_code(
    error: Exception, status: int, code: str, retry_after: str | None
) -> None:
    """The table of the design; what is unexpected is 500 and says nothing."""
    found = translated(error)
    document = found.problem("01X")
    assert (found.status, document["status"], document["code"]) == (status, status, code)
    assert document["type"] == f"urn:trunkline:problem:{code}"
    assert found.headers().get("Retry-After") == retry_after
    assert "secret" not in str(document)


@pytest.mark.parametrize(
    "series",
    [
        'gateway_requests_total{route="/v1/classify",status="429"}',
        'gateway_requests_total{route="/v1/classify/batch",status="503"}',
        'gateway_request_seconds_count{route="/v1/classify"}',
        'gateway_answer_cache_lookups_total{result="hit"}',
        'gateway_coverage_emails_total{coverage="partial"}',
        'gateway_embeddings_total{cache="coalesced"}',
    ],
)
def test_series_are_there_before_the_first_request(series: str) -> None:
    """An alert on a rate must not wait for the first failure to have a series."""
    assert series.encode() in metrics.exposition(shared=False)
