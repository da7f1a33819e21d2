"""The table of mistakes that callers make: each is told what is wrong and what to send instead."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from flask.testing import FlaskClient

from embedder.testing.embedder import FAKE_FINGERPRINT, FakeEmbedder
from gateway.api.door import render_refusal
from gateway.app import Gateway
from gateway.config import Settings
from tests.support.pools import FakePool, head_set, info
from trunkline.serving import refusal

MAIL = '{"text": "Yes, please."}'
MESSAGE = {"content_type": "message/rfc822"}
ONE = "/v1/classify"
MANY = "/v1/classify/batch"


@pytest.fixture(scope="module")
def client() -> Iterator[FlaskClient]:
    """Yield a client of a gateway that serves the heads intent and has_opt_out, over fakes."""
    heads = [info(name, fingerprint=FAKE_FINGERPRINT) for name in ("intent", "has_opt_out")]
    made = Gateway(Settings(encoder_refresh_s=60), FakeEmbedder(), FakePool(head_set(*heads)))
    yield made.app.test_client()
    made.close()


def told(client: FlaskClient, path: str, body: bytes | str, **options: Any) -> tuple[int, str, str]:
    """Return status, code and detail of the problem that a body gets."""
    options.setdefault("content_type", "application/json")
    problem = client.post(path, data=body, **options).get_json()
    return problem["status"], problem["code"], problem["detail"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "The body is empty"),
        (b" \r\n", "The body is empty"),
        (b"\xef\xbb\xbf" + MAIL.encode(), "byte order mark"),
        (MAIL.encode("utf-16"), "UTF-16"),
        (MAIL.encode("utf-16-le"), "UTF-16"),
        (MAIL.encode("utf-16-be"), "UTF-16"),
        (b'{"text": "a",}', "line 1 column 14: there is a comma after the last element"),
        (b"{'text': 'a'}", "names stand in double quotes"),
        (b'{text: "a"}', "names stand in double quotes"),
        (b'{"text" "a"}', "a colon is missing"),
        (b'{"text": "a" "html": "b"}', "a comma is missing"),
        (b'{"text": "a"', "the body ends in the middle"),
        (b'{"text": "a"} {}', "the JSON ends there, and more follows"),
        (b"text=hello", "Parsing stopped at line 1 column 2"),
    ],
)
@pytest.mark.parametrize("path", [ONE, MANY, "/v1/clean", "/invocations"])
def test_what_is_not_json_says_why(client: FlaskClient, path: str, body: bytes, words: str) -> None:
    """Encoding, emptiness and the commonest slips of syntax are named, on every route."""
    status, code, detail = told(client, path, body)
    assert (status, code) == (400, "invalid_json")
    assert words in detail


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ('{"text": "Grüße"}'.encode("latin-1"), "not UTF-8 (byte 12), perhaps Latin-1"),
        (b'{"text": "a\nb"}', "line breaks and other control characters"),
        (b'{"text": "\\ud800 b"}', "lone surrogate"),
    ],
)
def test_a_character_that_cannot_be_is_named(client: FlaskClient, body: bytes, words: str) -> None:
    """One email with such a character is refused whole, an item of a batch alone."""
    status, code, detail = told(client, ONE, body)
    assert (status, code) == (400, "invalid_json")
    assert words in detail
    batch = b'{"items": [%b]}' % body
    item = client.post(MANY, data=batch, content_type="application/json").get_json()["items"][0]
    assert item["status"] in (200, 422)  # a line break that is not escaped harms nothing


@pytest.mark.parametrize(
    ("path", "body", "code", "detail"),
    [
        (ONE, {"txt": "hello"}, "unknown_field", "txt: no such field; did you mean text?"),
        (ONE, {"text": "", "last_outbond": ""}, "unknown_field", "did you mean last_outbound?"),
        (ONE, {"text": "", "zzz": ""}, "unknown_field", "there are text, html, raw, subject"),
        (ONE, {"items": []}, "unknown_field", "several emails go to /v1/classify/batch"),
        (MANY, {"items": [""], "itemz": []}, "unknown_field", "did you mean items?"),
        (MANY, {"items": {}}, "list_type", "items: "),
        (MANY, {"items": []}, "too_short", "items: must not be empty"),
        (MANY, [], "model_type", 'body: must be an object such as {"items"'),
        (ONE, [], "model_type", "body: must be an object with text, html or raw"),
        (ONE, {"text": "", "heads": "intent"}, "tuple_type", "heads: must be a list"),
        (ONE, {"text": "", "heads": ["Intent"]}, "string_pattern_mismatch", "small letter"),
        (ONE, {"text": "", "date": "soon"}, "datetime_from_date_parsing",
         "date: must be a date such as 2026-11-17T09:12:04+00:00 or 'Tue, 17 Nov 2026"),
        (ONE, {"text": "", "date": "Tue, 99 Nov 2026 09:12:04 +0000"},
         "datetime_from_date_parsing", "date: must be a date such as"),
        (ONE, {"text": "", "headers": {"Subject": "a", "Received": 1}}, "string_type",
         "headers: header Received: must be a string, or a list of strings"),
        (ONE, {"text": "", "headers": {"Received": ["a", None]}}, "string_type",
         "headers: header Received: must be a string, or a list of strings"),
        (ONE, {"text": "", "headers": {"X-Spam": "x" * 16_001}}, "string_too_long",
         "headers: header X-Spam: "),
        (ONE, {"text": "", "headers": {"a@b.example": 1}}, "string_type",
         "headers: a header: must be a string"),
        (ONE, {"text": "", "headers": {"Received": ["a"] * 201}}, "invalid_value",
         "headers: a header may have at most 200 values"),
    ],
)  # fmt: skip
def test_what_does_not_fit_says_what_does(
    client: FlaskClient, path: str, body: object, code: str, detail: str
) -> None:
    """A field that is wrong is named with what may stand there."""
    answer = client.post(path, json=body).get_json()
    assert (answer["status"], answer["code"]) == (422, "validation_failed")
    assert [error["code"] for error in answer["errors"]] == [code]
    assert detail in answer["detail"]


@pytest.mark.parametrize(
    ("item", "detail"),
    [
        (None, "body: must be an object with text, html or raw"),
        ("hello", "body: must be an object with text, html or raw"),
        ({"text": "", "heads": ["intent"]}, "heads: not here; heads stands beside items"),
    ],
)
def test_an_item_that_is_none_says_what_one_is(
    client: FlaskClient, item: object, detail: str
) -> None:
    """The problem of an item speaks of emails, not of classes."""
    answer = client.post(MANY, json={"items": [item]}).get_json()["items"][0]
    assert answer["status"] == 422
    assert detail in answer["problem"]["detail"]


@pytest.mark.parametrize(
    ("asked", "detail"),
    [
        ("intnt", "heads: no head 'intnt'; did you mean 'intent'?"),
        ("opt_out", "heads: no head 'opt_out'; did you mean 'has_opt_out'?"),
        ("weather", "heads: no head 'weather'; GET /v1/heads lists them"),
    ],
)
def test_a_head_that_is_unknown_has_a_neighbour(
    client: FlaskClient, asked: str, detail: str
) -> None:
    """A misspelt head is answered with the one that may be meant, or where all are listed."""
    body = json.dumps({"text": "hello", "heads": [asked]})
    assert told(client, ONE, body) == (422, "unknown_head", detail)


def test_of_many_unknown_heads_only_the_first_are_compared(client: FlaskClient) -> None:
    """512 misspelt names are all named, and cost no more guesses than three."""
    asked = [f"intent{number}" for number in range(512)]
    errors = client.post(ONE, json={"text": "hello", "heads": asked}).get_json()["errors"]
    assert sum("did you mean" in error["message"] for error in errors) == 3
    assert len(errors) == 512


@pytest.mark.parametrize(
    ("query", "options", "errors"),
    [
        ("heads=intent", {}, [("heads", "stands in the body")]),
        ("scope=thread&own_domains=a", {}, [("scope", "in JSON"), ("own_domains", "in JSON")]),
        ("colour=red", {}, [("colour", "no such query parameter")]),
        ("a@b.example=1", {}, [("query", "no such query parameter")]),
        ("head=intent", MESSAGE, [("head", "did you mean heads?")]),
        ("scope=thread&scope=newest", MESSAGE, [("scope", "may be given once")]),
    ],
)
@pytest.mark.parametrize("path", [ONE, "/v1/clean", "/invocations"])
def test_a_query_is_refused_where_nobody_reads_it(
    client: FlaskClient,
    path: str,
    query: str,
    options: dict[str, str],
    errors: list[tuple[str, str]],
) -> None:
    """Unknown parameters are refused as unknown fields are; with JSON there are none."""
    body = "Subject: a\r\n\r\nhello" if options else MAIL
    kind = options.get("content_type", "application/json")
    answer = client.post(f"{path}?{query}", data=body, content_type=kind).get_json()
    assert (answer["status"], answer["code"]) == (422, "validation_failed")
    for error, (field, words) in zip(answer["errors"], errors, strict=True):
        assert error["field"] == field
        assert words in error["message"]


def test_no_other_route_under_v1_reads_a_query(client: FlaskClient) -> None:
    """A batch and what is listed refuse every parameter; probes take what comes."""
    batch = client.post(f"{MANY}?heads=intent", json={"items": [{"text": "hello"}]})
    assert batch.get_json()["errors"][0]["code"] == "unknown_parameter"
    for path in ("/v1/heads", "/version"):
        assert client.get(f"{path}?name=intent").status_code == 422
    assert client.get("/livez?from=balancer").status_code == 200


def test_the_options_of_a_message_are_read(client: FlaskClient) -> None:
    """Heads and domains may stand between commas and be given again."""
    message = "From: a@b.example\r\n\r\nhello"
    path = f"{ONE}?heads=intent&heads=has_opt_out&own_domains=c.example,d.example"
    answer = client.post(path, data=message, **MESSAGE).get_json()
    assert set(answer["heads"]) == {"intent", "has_opt_out"}


@pytest.mark.parametrize("path", ["/v1/classify/", "/health", "/versions", "/v2/classify"])
def test_what_is_not_there_points_to_what_is(client: FlaskClient, path: str) -> None:
    """A 404 names the routes' list for people and for machines."""
    problem = client.get(path).get_json()
    assert (problem["status"], problem["code"]) == (404, "not_found")
    assert "/docs" in problem["detail"]
    assert "/openapi.json" in problem["detail"]


@pytest.mark.parametrize(
    ("refused", "status"),
    [(refusal.MALFORMED, 400), (refusal.HEAD_TOO_LARGE, 431), (refusal.TIMED_OUT, 408)],
)
def test_what_the_server_refuses_is_a_problem_too(refused: refusal.Refusal, status: int) -> None:
    """Heads that never reach the application get the same document, with the caller's id."""
    head = b"GET / HTTP/1.1\r\nX-Request-Id: order-66\r\n"
    rendered = render_refusal(Settings(), refused, head)
    problem = json.loads(rendered.content)
    assert (problem["status"], problem["id"]) == (status, "order-66")
    assert dict(rendered.headers)["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("sent", ["order-66", None, "not an id"])
def test_a_request_has_one_id_everywhere(client: FlaskClient, sent: str | None) -> None:
    """Body, header and log name a request alike: by the caller's id, or one made for it."""
    headers = {} if sent is None else {"X-Request-Id": sent}
    bodies: dict[str, Any] = {
        ONE: {"text": "hello"}, MANY: {"items": [{"text": "hello"}, {"text": "you"}]},
    }  # fmt: skip
    for path, body in bodies.items():
        with structlog.testing.capture_logs() as logs:
            response = client.post(path, json=body, headers=headers)
        answer = response.get_json()
        logged = [line["id"] for line in logs if line["event"] == "request"]
        assert [answer["request_id"]] == [response.headers["X-Request-Id"]] == logged
        assert (answer["request_id"] == sent) == (sent == "order-66")
        assert len(answer["id"]) == 26
        assert not any("request_id" in item["answer"] for item in answer.get("items", ()))
    refused = client.post(ONE, json={}, headers=headers)
    assert refused.get_json()["id"] == refused.headers["X-Request-Id"]


def test_a_deadline_says_how_to_ask_for_more() -> None:
    """Who ran out of time learns which header gives more."""
    from gateway.errors import DeadlineExceededError

    assert "X-Request-Timeout-Ms" in DeadlineExceededError().problem("id")["detail"]
