"""Several pools of heads: each its own heads, all at once, one that is away costs only its own."""

import threading
from collections.abc import Mapping, Sequence
from functools import partial
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import structlog

from embedder.testing.embedder import FAKE_FINGERPRINT, FakeEmbedder
from gateway import metrics
from gateway.errors import UnknownHeadError
from gateway.inference.answer import Answer
from gateway.inference.answer_cache import answer_cache
from gateway.inference.context import RequestMetadata
from gateway.inference.deadline import within
from gateway.inference.pipeline import Pipeline
from gateway.mail import MailInput
from gateway.parallel import Parallel
from gateway.pools.circuit_breaker import FAILURES, FAIR_S, REST_S, CircuitBreaker
from gateway.pools.fanout import FanoutPool
from gateway.targets import addresses_by_name, listed_names
from heads.pools import wire
from heads.pools.remote import RemotePool
from heads.prediction import FeatureRow, HeadScores, HeadSet, PredictRequest
from tests.support.pools import FakePool, candidate, head_set, info
from tests.support.waiting import WAIT_S, until

ROWS = [FeatureRow({})]


def ask(
    pool: FanoutPool | CircuitBreaker,
    *heads: str,
    served: HeadSet | None = None,
    timeout_s: float = 1,
) -> dict[str, HeadScores]:
    """Ask heads about one row."""
    head_set = served or pool.head_set()
    return dict(pool.predict(PredictRequest(head_set, heads, ROWS, FAKE_FINGERPRINT, timeout_s)))


def classify(pool: FanoutPool, heads: tuple[str, ...] | None = None, required: str = "") -> Answer:
    """Classify one mail."""
    made = Pipeline(
        {"a": FakeEmbedder()}, pool, answer_cache(0), 60, required_heads=listed_names(required)
    )
    mails = {"": MailInput(text="some words")}
    outcome = made.classify(mails, RequestMetadata(within(60), heads))[""]
    assert isinstance(outcome, Answer)
    return outcome


def test_each_pool_is_asked_for_its_own_heads_only() -> None:
    """Heads and their side versions go to the pool that serves them, in one call each."""
    one = FakePool(head_set(info("intent"), candidates=[candidate("intent")]))
    two = FakePool(head_set(info("other_head"), generation=2))
    both = FanoutPool({"one": one, "two": two}, Parallel(1))
    answers = ask(both, "intent", "other_head", "intent@2", "nobody")
    assert [answer.status for answer in answers.values()].count("ok") == 3
    assert answers["nobody"].status == "unknown_head"
    assert one.calls == [(("intent", "intent@2"), 1, FAKE_FINGERPRINT)]
    assert two.calls == [(("other_head",), 1, FAKE_FINGERPRINT)]
    both.close()
    assert (one.closed, two.closed) == (True, True)


def test_a_head_named_often_is_one_answer_in_the_cache() -> None:
    """What a caller repeats neither misses the cache nor makes its keys larger."""
    pool = FakePool(head_set(info("intent")))
    made = Pipeline({"a": FakeEmbedder()}, pool, answer_cache(100_000), 60)
    for heads in (("intent",) * 3, ("intent",)):
        mails = {"": MailInput(text="some words")}
        outcome = made.classify(mails, RequestMetadata(within(60), heads))[""]
    assert isinstance(outcome, Answer)
    assert outcome.cache == "answer"


def test_pools_are_asked_at_the_same_time() -> None:
    """Two pools that wait for each other both answer: neither is asked after the other."""
    meeting = threading.Barrier(2)

    class Waiting(FakePool):
        def predict(self, request: PredictRequest) -> Mapping[str, HeadScores]:
            meeting.wait(timeout=WAIT_S)
            return super().predict(request)

    pools = {name: Waiting(head_set(info(name), generation=1)) for name in ("a", "b")}
    assert set(ask(FanoutPool(pools, Parallel(1)), "a", "b")) == {"a", "b"}


def test_the_first_pool_listed_serves_a_head_that_two_have() -> None:
    """Which pool answers does not depend on which one was heard of first."""
    one, two = FakePool(head_set(info("intent"))), FakePool(head_set(info("intent", "9")))
    both = FanoutPool({"one": one, "two": two}, Parallel(1))
    assert ask(both, "intent")["intent"].version == "1"
    assert two.calls == []


def test_a_request_keeps_the_heads_that_it_began_with() -> None:
    """Asked with an older head set, a head goes to the pool that served it then."""
    one, two = FakePool(head_set(info("intent"))), FakePool(head_set(info("x"), generation=2))
    both = FanoutPool({"one": one, "two": two}, Parallel(1))
    before = both.head_set()
    assert both.head_set() is before
    one.served, two.served = head_set(info("y"), generation=3), head_set(info("intent"))
    assert both.head_set().generation != before.generation
    ask(both, "intent", served=before)
    assert (len(one.calls), len(two.calls)) == (1, 0)


def test_a_request_older_than_what_is_remembered_asks_the_newest_owners() -> None:
    """However often heads change meanwhile, a head that is still served is not unknown."""
    one, two = FakePool(head_set(info("intent"))), FakePool(head_set(info("x"), generation=2))
    both = FanoutPool({"one": one, "two": two}, Parallel(1))
    before = both.head_set()
    for generation in range(3, 103):
        one.served = head_set(info("intent"), generation=generation)
        both.head_set()
    answers = ask(both, "intent", "gone", served=before)
    assert {name: answer.status for name, answer in answers.items()} == {
        "intent": "ok",
        "gone": "unknown_head",
    }


def test_what_is_served_is_known_where_each_pool_knows_its_part() -> None:
    """It is the same object; and while one would have to be asked, nothing is known."""
    one, two = FakePool(head_set(info("intent"))), FakePool(head_set(info("x"), generation=2))
    both = FanoutPool({"one": one, "two": CircuitBreaker("two", two)}, Parallel(1))
    assert both.known_head_set() is both.head_set()
    two.broken = {"x@1": "unavailable"}
    for _ in range(FAILURES):
        ask(both, "x", timeout_s=FAIR_S)
    known = both.known_head_set()
    assert known is not None
    assert known.away_heads == both.head_set().away_heads == {"x"}
    two.asking = True
    assert both.known_head_set() is None


def test_a_pool_that_is_away_costs_only_its_heads() -> None:
    """The others answer and decide; the status says which head is missing."""
    away = FakePool(head_set(info("has_opt_out")), broken={"has_opt_out@1": "unavailable"})
    both = FanoutPool({"a": FakePool(head_set(info("intent"))), "b": away}, Parallel(1))
    answer = classify(both)
    assert answer.shared.decision.intent == "yes"
    assert b'"has_opt_out":{"status":"unavailable"' in answer.shared.scored


@pytest.mark.parametrize("heard", [True, False])
def test_without_a_head_that_fails_closed_nothing_is_decided(heard: bool) -> None:
    """Whether its pool went away or was never there: abstained, undecided, still 200."""
    served = head_set(info("has_opt_out")) if heard else HeadSet(0, {})
    away = FakePool(served, broken={"has_opt_out@1": "unavailable"})
    both = FanoutPool({"a": FakePool(head_set(info("intent"))), "b": away}, Parallel(1))
    answer = classify(both, required="has_opt_out")
    assert (answer.shared.decision.abstained, answer.shared.decision.decided_by) == (True, None)
    assert b'"has_opt_out":{"status":"unavailable"' in answer.shared.scored
    assert b'"intent":{"status":"ok"' in answer.shared.scored
    asked = classify(both, heads=("intent",), required="has_opt_out")
    assert asked.shared.decision.intent == "yes"  # who asks for one head means it


def test_a_head_of_a_pool_never_heard_of_is_unavailable_not_unknown() -> None:
    """A caller is not blamed for a name that a silent pool may serve."""
    pools = {"a": FakePool(head_set(info("intent"))), "b": FakePool(HeadSet(0, {}))}
    answer = classify(FanoutPool(pools, Parallel(1)), heads=("intent", "theirs"))
    assert b'"theirs":{"status":"unavailable"' in answer.shared.scored
    exposed = metrics.exposition(shared=False)
    assert b'gateway_head_answers_total{head="unserved",status="unavailable"}' in exposed
    assert b"theirs" not in exposed, "what callers make up is no label"
    pools["b"].served = head_set(info("other_head"), generation=2)
    with pytest.raises(UnknownHeadError):
        classify(FanoutPool(pools, Parallel(1)), heads=("intent", "theirs"))


def test_a_breaker_stops_asking_a_pool_that_is_away_and_tries_again() -> None:
    """After some failures refused at once; later one call finds out, for good or for worse."""
    now = [0.0]
    pool = FakePool(head_set(info("intent")), broken={"intent@1": "unavailable"})
    breaker = CircuitBreaker("a", pool, lambda: now[0])
    for _ in range(FAILURES + 5):
        assert ask(breaker, "intent")["intent"].status == "unavailable"
    assert len(pool.calls) == FAILURES
    now[0] += REST_S
    ask(breaker, "intent")
    ask(breaker, "intent")
    assert len(pool.calls) == FAILURES + 1
    now[0] += REST_S
    pool.broken.clear()
    assert [ask(breaker, "intent")["intent"].status for _ in "ab"] == ["ok", "ok"]


def test_hurried_callers_do_not_close_a_pool_for_others() -> None:
    """A call without a fair time teaches nothing by failing, and all by an answer."""
    pool = FakePool(head_set(info("intent")), broken={"intent@1": "unavailable"})
    breaker = CircuitBreaker("a", pool, lambda: 0.0)
    for _ in range(FAILURES * 2):
        ask(breaker, "intent", timeout_s=FAIR_S / 2)
    assert len(pool.calls) == FAILURES * 2
    for _ in range(FAILURES * 2):
        ask(breaker, "intent", timeout_s=FAIR_S)
    assert len(pool.calls) == FAILURES * 3


def test_one_broken_head_does_not_close_a_pool() -> None:
    """Errors and single heads that are unavailable are answers: the pool is there."""
    pool = FakePool(head_set(info("a"), info("b")), broken={"a@1": "unavailable"})
    breaker = CircuitBreaker("a", pool, lambda: 0.0)
    for _ in range(FAILURES * 3):
        ask(breaker, "a", "b")
    pool.broken = {"a@1": "error", "b@1": "error"}
    for _ in range(FAILURES * 3):
        ask(breaker, "a", "b")
    assert len(pool.calls) == FAILURES * 6


@pytest.mark.parametrize(
    ("value", "addresses"),
    [
        ("h:1", {"h:1": "h:1"}),
        ("a=h:1, b=h:2", {"a": "h:1", "b": "h:2"}),
        ("http://h:1,x=http://h/?q=1", {"http://h:1": "http://h:1", "x": "http://h/?q=1"}),
        ("http://h/?q=1", {"http://h/?q=1": "http://h/?q=1"}),
        ("", None),
        ("a=", None),
        ("h:1,", None),
        ("a=h:1,a=h:2", None),
    ],
)
def test_addresses_are_listed_with_or_without_names(
    value: str, addresses: dict[str, str] | None
) -> None:
    """In order, each name once; anything else is refused."""
    if addresses is None:
        with pytest.raises(ValueError, match=r"address"):
            addresses_by_name(value)
    else:
        assert list(addresses_by_name(value).items()) == list(addresses.items())


def test_parallel_calls_keep_their_order_and_end_before_an_error_is_told() -> None:
    """Results stand where their calls stood; nothing runs on after a failure was raised."""
    ended: list[int] = []

    def call(number: int, fails: bool = False) -> int:
        ended.append(number)
        if fails:
            raise ValueError(str(number))
        return number

    def calls(*failing: int) -> Sequence[object]:
        return Parallel(3).run([partial(call, n, n in failing) for n in range(4)])

    assert calls() == [0, 1, 2, 3]
    ended.clear()
    with pytest.raises(ValueError, match="1"):
        calls(1, 3)
    assert sorted(ended) == [0, 1, 2, 3]
    assert Parallel(0).run([]) == []


def test_an_absence_is_logged_once_and_so_is_its_end() -> None:
    """A pool that is away is asked again and again; the log has when it went and came back."""
    asked: list[str] = []

    class Service(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            back = len(asked) > 4
            body = wire.describe_bytes(head_set(info("intent"))) if back else b""
            self.send_response(200 if back else 503)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with (
        HTTPServer(("127.0.0.1", 0), Service) as server,
        structlog.testing.capture_logs() as entries,
    ):
        threading.Thread(target=server.serve_forever, daemon=True).start()
        pool = RemotePool(f"http://127.0.0.1:{server.server_port}", refresh_s=0)
        until(lambda: pool.head_set().generation == 1, "never came back")
        pool.close()
        server.shutdown()
    events = [entry["event"] for entry in entries]
    assert events == ["head_set_not_refreshed", "head_set_refreshed_again"]
