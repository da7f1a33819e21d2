"""When the client sends again, how long it waits, when it gives up: on a clock moved by hand."""

import json
from collections.abc import Iterator

import pytest

from tests.support.client_driver import Driver, answer
from trunkline.client import calls
from trunkline.client.batches import classify_batch
from trunkline.client.errors import ClientError, NoAnswerError, ProblemError
from trunkline.client.mail import Mail
from trunkline.client.messages import TIME_OVER, Reply, Request, read_reply
from trunkline.client.retries import ONCE, RetryPolicy
from trunkline.client.splitting import BatchLimits
from trunkline.client.steps import Terms, answered

ASKED = Request("GET", "/v1/heads")
BUSY = Reply(503, {"code": "overloaded"}, retry_after_s=2.0)


def in_turn(*replies: Reply) -> Driver:
    """Return a driver whose gateway gives these replies, the last one for good."""
    left = list(replies)
    return Driver(lambda _request: left.pop(0) if len(left) > 1 else left[0])


@pytest.mark.parametrize(
    "first",
    [BUSY, Reply(429, {"code": "rate_limited"}), Reply(503, {}, "a page"), Reply(0, lost=True)],
)
def test_what_may_be_asked_again_is(first: Reply) -> None:
    """429, 503 and a lost connection: no call changes anything, so the second answer counts."""
    driver = in_turn(first, Reply(200, {"a": 1}))
    assert driver.run(answered(ASKED, driver.terms(), 60)).content == {"a": 1}
    assert len(driver.sent) == 2


@pytest.mark.parametrize("status", [0, 200, 301, 400, 401, 403, 404, 409, 413, 422, 500, 502, 504])
def test_nothing_else_is_asked_twice(status: int) -> None:
    """No other refusal gets better by repetition; a timeout has used the time up."""
    driver = in_turn(Reply(status, {"code": "x"}, retry_after_s=0.0))
    driver.run(answered(ASKED, driver.terms(), 60))
    assert (len(driver.sent), driver.slept) == (1, [])


def test_a_retry_after_is_honoured_with_a_spread_behind_it() -> None:
    """Never earlier than asked, and by chance a little later; the usual wait doubles."""
    driver = in_turn(BUSY)
    driver.run(answered(ASKED, driver.terms(retries=RetryPolicy(4, base_s=0.4)), 60))
    assert len(driver.sent) == 4
    assert driver.slept == pytest.approx([2.3, 2.6, 3.2])


def test_a_longer_retry_after_than_the_longest_wait_ends_the_call() -> None:
    """Coming back earlier than asked is no retry but a second refusal."""
    driver = in_turn(Reply(429, {"code": "rate_limited"}, retry_after_s=31))
    assert driver.run(answered(ASKED, driver.terms(), 600)).status == 429
    assert driver.slept == []


def test_the_deadline_bounds_the_call_and_shrinks_with_each_attempt() -> None:
    """The gateway is told what is left; a wait that leaves no time is not begun."""
    driver = in_turn(BUSY)
    driver.took_s = 1.0
    driver.run(answered(ASKED, driver.terms(retries=RetryPolicy(9, base_s=0.0)), 10))
    assert driver.timeouts == pytest.approx([10, 7, 4, 1])
    told = [request.headers["X-Request-Timeout-Ms"] for request in driver.sent]
    assert told == ["10000", "7000", "4000", "1000"]
    assert driver.now <= 1010


def test_no_time_is_no_request() -> None:
    """A call without time left ends before it begins."""
    driver = in_turn(BUSY)
    assert driver.run(answered(ASKED, driver.terms(), 0.0)) is TIME_OVER
    assert driver.sent == []


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("3", 3.0), (" 3 ", 3.0), ("0", 0.0), ("", None), ("-1", None), ("1.5", None),
        ("soon", None), ("Sun, 06 Nov 1994 08:49:37 GMT", 37.0),
        ("Sun, 06 Nov 1994 08:00:00 GMT", 0.0), ("9" * 400, float("inf")),
    ],
)  # fmt: skip
def test_a_retry_after_is_a_number_or_a_date(value: str, seconds: float | None) -> None:
    """RFC 9110 has both; anything else is as good as none."""
    now = 784111740.0  # 08:49:00 of that day
    assert read_reply(503, {"Retry-After": value}, b"{}", now).retry_after_s == seconds


def test_readiness_is_asked_once_and_not_ready_is_an_answer() -> None:
    """A probe that waits would hide what it is for."""
    driver = in_turn(Reply(503, {"ready": False, "checks": {"embedder": "away"}}))
    readiness = driver.run(calls.ready(driver.terms(), 10))
    assert (readiness.ready, readiness.checks) == (False, {"embedder": "away"})
    assert len(driver.sent) == 1


def _texts(count: int) -> list[Mail]:
    return [Mail(text=f"number {number}") for number in range(count)]


def _sent_texts(request: Request) -> list[str]:
    return [item["text"] for item in json.loads(request.body or b"")["items"]]


def _echo(request: Request) -> Reply:
    """Answer each item with its own text as id."""
    items = [{"status": 200, "answer": answer(text)} for text in _sent_texts(request)]
    return Reply(200, {"items": items})


def test_a_batch_is_split_and_joined_in_order() -> None:
    """600 emails are three requests and 600 answers, each in its email's place."""
    driver = Driver(_echo)
    items = driver.run(classify_batch(_texts(600), ("intent",), {}, driver.terms(), None))
    assert [item.result().id for item in items] == [f"number {n}" for n in range(600)]
    assert [len(_sent_texts(request)) for request in driver.sent] == [256, 256, 88]
    assert json.loads(driver.sent[0].body or b"")["heads"] == ["intent"]
    assert driver.run(classify_batch([], (), {}, driver.terms(), None)) == ()


def test_a_gateway_with_a_lower_limit_is_taken_at_its_word() -> None:
    """413 names the limit: the rest is split by it; an email above it fails alone."""
    limit = 200

    def gateway(request: Request) -> Reply:
        if len(request.body or b"") > limit:
            return Reply(413, {"code": "body_too_large", "limit": limit})
        return _echo(request)

    driver = Driver(gateway)
    mails = [*_texts(40), Mail(text="x" * 300), *_texts(3)]
    items = driver.run(classify_batch(mails, (), {}, driver.terms(), None))
    failed = [index for index, item in enumerate(items) if item.error]
    assert failed == [40]
    assert isinstance(items[40].error, ProblemError)
    assert items[40].error.problem.limit == limit
    assert [item.result().id for item in items[41:]] == ["number 0", "number 1", "number 2"]
    assert sum(len(request.body or b"") > limit for request in driver.sent) == 2


def test_items_refused_for_now_are_sent_again_alone() -> None:
    """A batch that was answered in part is completed; what is wrong for good is not repeated."""
    seen: list[list[str]] = []

    def gateway(request: Request) -> Reply:
        texts = _sent_texts(request)
        seen.append(texts)
        outcomes = {
            "number 1": {"status": 422, "problem": {"code": "validation_failed"}},
            "number 2": {"status": 503, "problem": {"code": "overloaded"}},
        }
        echoed = _echo(request).content["items"]
        if len(seen) > 1:
            return Reply(200, {"items": echoed})
        items = [outcomes.get(text, item) for text, item in zip(texts, echoed, strict=True)]
        return Reply(200, {"items": items}, retry_after_s=1.0)

    driver = Driver(gateway)
    items = driver.run(classify_batch(_texts(4), (), {}, driver.terms(), None))
    assert seen[1:] == [["number 2"]]
    assert [item.error and item.error.status for item in items] == [None, 422, None, None]
    assert items[2].result().id == "number 2"
    assert driver.slept[0] >= 1.0
    with pytest.raises(ProblemError, match="validation_failed"):
        items[1].result()


def test_a_call_that_fails_as_a_whole_raises_or_keeps_what_it_has() -> None:
    """Nothing answered: the error; something answered: the rest has the error, unsent."""

    def replies() -> Iterator[Reply]:
        yield Reply(200, {"items": [{"status": 200, "answer": answer("a")}]})
        yield Reply(401, {"code": "unauthorized"})

    turns = replies()
    driver = Driver(lambda _request: next(turns))
    terms = driver.terms(limits=BatchLimits(max_items=1))
    items = driver.run(classify_batch(_texts(5), (), {}, terms, None))
    assert [item.error and item.error.status for item in items] == [None, 401, 401, 401, 401]
    driver = in_turn(Reply(401, {"code": "unauthorized"}))
    with pytest.raises(ProblemError, match="401 unauthorized"):
        driver.run(classify_batch(_texts(5), (), {}, driver.terms(), None))


def test_a_deadline_of_a_batch_is_one_for_all_its_requests() -> None:
    """Items whose time is over are not sent."""
    driver = Driver(_echo, took_s=3.0)
    terms = driver.terms(limits=BatchLimits(max_items=1), retries=ONCE)
    items = driver.run(classify_batch(_texts(4), (), {}, terms, 6.0))
    assert [item.error is None for item in items] == [True, True, False, False]
    assert isinstance(items[3].error, NoAnswerError)
    assert driver.timeouts == [6.0, 3.0]


@pytest.mark.parametrize("content", [{}, {"items": []}, {"items": "x"}, {"items": [7, None]}])
def test_an_answer_of_another_shape_is_an_error_of_each_item(content: dict[str, object]) -> None:
    """Counted wrong or of no shape: never another email's answer."""
    driver = in_turn(Reply(200, content))
    items = driver.run(classify_batch(_texts(2), (), {}, driver.terms(), None))
    assert all(isinstance(item.error, NoAnswerError) for item in items)


def test_a_message_goes_as_it_is_and_else_as_base64() -> None:
    """Only what a query holds may stand beside `message/rfc822`; the rest needs JSON."""
    driver = in_turn(Reply(200, answer("a")))
    bare = Mail(raw=b"Subject: a\n\nb", own_domains=["us.example"], scope="thread")
    beside = Mail(raw=b"Subject: a\n\nb", last_outbound="Tuesday?")
    for mail in (bare, beside):
        driver.run(calls.classify(mail, ("intent", "topic"), {}, driver.terms(), 5))
    message, members = driver.sent
    query = "heads=intent%2Ctopic&own_domains=us.example&scope=thread"
    assert message.path == f"/v1/classify?{query}"
    assert (message.body, message.headers["Content-Type"]) == (bare.raw, "message/rfc822")
    assert json.loads(members.body or b"") == {
        "raw": "U3ViamVjdDogYQoKYg==", "last_outbound": "Tuesday?", "heads": ["intent", "topic"]
    }  # fmt: skip


def test_a_text_that_utf8_cannot_hold_is_sent_all_the_same() -> None:
    """A lone surrogate is for the gateway to refuse, by its own words."""
    driver = in_turn(Reply(200, answer("a")))
    driver.run(calls.classify(Mail(text="a\ud800"), (), {}, driver.terms(), 5))
    assert driver.sent[0].body == b'{"text":"a\\ud800"}'


def test_wrong_arguments_are_refused_without_being_repeated() -> None:
    """What no request can be made of ends in a ValueError that quotes nothing."""
    for text, html in ((None, None), ("xanthophyll", "b")):
        with pytest.raises(ValueError, match=r"^give exactly one of text, html and raw$"):
            Mail(text=text, html=html)
    with pytest.raises(ValueError, match=r"^a tenant is printable ASCII$"):
        calls.tenant_headers("xantho\nphyll")
    with pytest.raises(ValueError, match="attempts"):
        RetryPolicy(attempts=0)
    with pytest.raises(ValueError, match="limits"):
        BatchLimits(max_items=0)
    with pytest.raises(ValueError, match="timeout"):
        Terms(timeout_s=0)


def test_an_error_repeats_nothing_but_codes_fields_and_limits() -> None:
    """Privacy: whatever a peer answers, the text of the error holds no prose of it."""
    word = "Xanthophyll in the mail"
    document = {
        "code": word, "title": word, "detail": word, "id": word, "field": word,
        "errors": [
            {"field": "items[3]", "code": "string_too_long", "message": word, "limit": 9},
            {"field": word, "code": word, "message": word},
        ],
    }  # fmt: skip
    driver = in_turn(Reply(422, document), Reply(200, {"decision": word}))
    with pytest.raises(ProblemError) as caught:
        driver.run(calls.classify(Mail(text=word), (), {}, driver.terms(), 5))
    assert str(caught.value) == (
        "422 without a code (a field; items[3] string_too_long limit 9; a field)"
    )
    with pytest.raises(ClientError, match="another shape") as shape:
        driver.run(calls.classify(Mail(text=word), (), {}, driver.terms(), 5))
    assert "Xantho" not in str(shape.getrepr(style="short"))
    assert shape.value.__context__ is None
    assert "Xantho" not in repr(Mail(text=word, subject=word, headers={"a": word}))
