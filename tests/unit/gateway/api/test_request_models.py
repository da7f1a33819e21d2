"""What may be sent: limits, alternatives, and reports that never repeat the input."""

import base64
import json
from collections.abc import Callable

import pytest

from gateway.api import request_models
from gateway.errors import InvalidJsonError, ValidationFailedError

CANARY = "canary@secret.example"


def read(**members: object) -> request_models.ClassifyRequest:
    """Read a request with these members."""
    return request_models.read_classify(json.dumps(members).encode())


def refused(**members: object) -> ValidationFailedError:
    """Read a request that must be refused."""
    with pytest.raises(ValidationFailedError) as caught:
        read(**members)
    return caught.value


@pytest.mark.parametrize(
    ("members", "field", "code", "limit"),
    [
        ({"text": "x" * 200_001}, "text", "string_too_long", 200_000),
        ({"html": "x" * 1_000_001}, "html", "string_too_long", 1_000_000),
        ({"text": "", "subject": "x" * 2_001}, "subject", "string_too_long", 2_000),
        ({"text": "", "headers": {str(i): "" for i in range(201)}}, "headers", "too_long", 200),
        ({"text": "", "headers": {"a": "x" * 16_001}}, "headers", "string_too_long", 16_000),
        ({"text": "", "own_domains": ["a"] * 101}, "own_domains", "too_long", 100),
        ({"text": "", "last_outbound": "x" * 20_001}, "last_outbound", "string_too_long", 20_000),
        ({"text": "", "heads": []}, "heads", "invalid_value", None),
        ({"text": "", "heads": ["No Such"]}, "heads[0]", "string_pattern_mismatch", None),
        ({"text": "", "date": "soon"}, "date", "datetime_from_date_parsing", None),
        ({"text": 1}, "text", "string_type", None),
        ({"raw": "%%%%"}, "raw", "invalid_value", None),
        ({}, "body", "invalid_value", None),
        ({"text": "", "html": ""}, "body", "invalid_value", None),
        ({"text": "", "txt": ""}, "txt", "unknown_field", None),
    ],
)
def test_a_refusal_names_field_code_and_limit(
    members: dict[str, object], field: str, code: str, limit: int | None
) -> None:
    """Each limit is enforced one past itself and reported with its field, code and number."""
    (error,) = refused(**members).errors
    assert (error.field, error.code, error.limit) == (field, code, limit)


@pytest.mark.parametrize(
    "members",
    [
        {"text": CANARY, CANARY: 1},
        {"text": "", "headers": {CANARY: 1}},
        {"text": "", "heads": [CANARY]},
        {"text": "", "date": CANARY},
        {"raw": CANARY},
        {"text": [CANARY]},
        {"text": "", "own_domains": CANARY},
    ],
)
def test_a_refusal_never_repeats_the_input(members: dict[str, object]) -> None:
    """Neither values nor made-up names come back in the problem document."""
    error = refused(**members)
    assert "canary" not in json.dumps(error.problem("id"), default=str)


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"nonsense canary", b'{"text": "\xff canary"}', b'{"text": "\\ud800 canary"}'],
)
def test_what_is_not_json_is_told_apart_from_what_does_not_fit(body: bytes) -> None:
    """Broken JSON, bad UTF-8 and lone surrogates are 400, without a word of the body."""
    with pytest.raises(InvalidJsonError) as caught:
        request_models.read_classify(body)
    assert "canary" not in json.dumps(caught.value.problem("id"))


def test_deeply_nested_json_is_refused_not_followed() -> None:
    """A body of a million brackets ends in a problem, not in a crash."""
    with pytest.raises((InvalidJsonError, ValidationFailedError)):
        request_models.read_classify(b"[" * 1_000_000)


@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_raw_takes_every_base64_that_mail_systems_send(encode: Callable[[bytes], bytes]) -> None:
    """Standard and URL-safe alphabets, with and without padding, wrapped in lines or not."""
    message = bytes(range(256)) * 3 + b"."
    coded = encode(message).decode()
    wrapped = "\r\n".join(coded[i : i + 76] for i in range(0, len(coded), 76))
    for variant in (coded, coded.rstrip("="), wrapped):
        assert read(raw=variant).mail_input().raw == message


def test_everything_beside_the_content_reaches_the_cleaner() -> None:
    """Subject, headers, date, own domains and our last email are handed on as given."""
    mail = read(
        html="<p>hi</p>",
        subject="Re: x",
        headers={"Auto-Submitted": "no"},
        date="2026-03-02T10:00:00+01:00",
        own_domains=["example.com"],
        last_outbound="Shall we talk?",
    ).mail_input()
    assert (mail.html, mail.subject, mail.own_domains) == ("<p>hi</p>", "Re: x", ("example.com",))
    assert mail.headers == {"Auto-Submitted": "no"}
    assert mail.last_outbound == "Shall we talk?"
    assert mail.date is not None
    assert mail.date.isoformat() == "2026-03-02T10:00:00+01:00"


def test_a_message_body_takes_its_options_from_the_query() -> None:
    """A message/rfc822 body is raw; head names from the query obey the same pattern."""
    request = request_models.read_message(b"Subject: x\r\n\r\nhi", ["intent"], ["example.com"])
    assert request.mail_input().raw == b"Subject: x\r\n\r\nhi"
    assert (request.heads, request.own_domains) == (("intent",), ("example.com",))
    with pytest.raises(ValidationFailedError):
        request_models.read_message(b"", ["No Such"], [])


@pytest.mark.parametrize("count", [0, 257])
def test_a_batch_holds_1_to_256_items(count: int) -> None:
    """An empty or oversized batch is refused as a whole."""
    with pytest.raises(ValidationFailedError) as caught:
        request_models.read_batch(json.dumps({"items": [{"text": "x"}] * count}).encode())
    assert caught.value.errors[0].field == "items"


def test_an_item_is_checked_alone() -> None:
    """A batch's frame is checked without its items; each is validated by itself."""
    batch = request_models.read_batch(b'{"items": [{"text": "x"}, 7, {"txt": 1}]}')
    assert request_models.read_item(batch.items[0]).text == "x"
    for item in batch.items[1:]:
        with pytest.raises(ValidationFailedError):
            request_models.read_item(item)


@pytest.mark.parametrize(
    "bad",
    [
        b'{"text": "a \\ud800 b"}',
        b'{"text": "a", "subject": "\\udfff"}',
        b'{"text": "a", "headers": {"b": "\\ud800"}}',
        b'{"\\ud800": "a"}',
        b'{"text": "a \xff b"}',
        b'"\\ud800"',
    ],
)
def test_a_character_that_cannot_be_costs_its_item_alone(bad: bytes) -> None:
    """A lone surrogate or a byte that is not UTF-8 in one item leaves the other 255."""
    fine = b'{"text": "Call me on Tuesday."}'
    batch = request_models.read_batch(b'{"items": [%b, %b, %b]}' % (fine, bad, fine))
    assert len(batch.items) == 3
    assert [request_models.read_item(batch.items[n]).text for n in (0, 2)] == [
        "Call me on Tuesday."
    ] * 2
    with pytest.raises(ValidationFailedError) as caught:
        request_models.read_item(batch.items[1])
    json.dumps(caught.value.problem("id"), default=vars).encode()


@pytest.mark.parametrize("nul", [b"\\u0000", b"\x00"])
def test_a_nul_costs_nothing(nul: bytes) -> None:
    """A NUL, escaped or as it is, is one more invisible character for the cleaner."""
    batch = request_models.read_batch(b'{"items": [{"text": "a%bb"}, {"text": "c"}]}' % nul)
    assert [request_models.read_item(item).text for item in batch.items] == ["a\0b", "c"]


@pytest.mark.parametrize(
    "body",
    [b'{"items": [{"text": "\\ud800"}', b'{"items": [NaN, "\x00"]}', b"[" * 100_000, b"\xff\xfe"],
)
def test_a_broken_frame_stays_broken(body: bytes) -> None:
    """Where the batch itself is no JSON all of it is refused, and nothing of it is repeated."""
    with pytest.raises(InvalidJsonError):
        request_models.read_batch(body)


def test_the_scope_is_the_reply_unless_the_thread_is_asked_for() -> None:
    """Both ways of sending an email take the scope, and refuse any other word."""
    assert read(text="a").mail_input().scope == "newest"
    assert read(text="a", scope="thread").mail_input().scope == "thread"
    (error,) = refused(text="a", scope="all").errors
    assert (error.field, error.code) == ("scope", "literal_error")
    message = request_models.read_message(b"Subject: a", (), (), "thread").mail_input()
    assert (message.raw, message.scope) == (b"Subject: a", "thread")
    assert request_models.read_message(b"a", (), ()).mail_input().scope == "newest"
    with pytest.raises(ValidationFailedError):
        request_models.read_message(b"a", (), (), "all")


@pytest.mark.parametrize(
    ("sent", "read_as"),
    [
        ("Tue, 17 Nov 2026 09:12:04 +0100", "2026-11-17T09:12:04+01:00"),
        ("17 Nov 2026 09:12:04 GMT", "2026-11-17T09:12:04+00:00"),
        ("Tue, 17 Nov 2026 09:12 -0500", "2026-11-17T09:12:00-05:00"),
        ("Tue, 17 Nov 2026 09:12:04 +0000 (UTC)", "2026-11-17T09:12:04+00:00"),
        ("2026-11-17", "2026-11-17T00:00:00"),
        (1_794_906_724, "2026-11-17T09:12:04+00:00"),
    ],
)
def test_a_date_may_be_written_as_mail_writes_it(sent: object, read_as: str) -> None:
    """RFC 2822, ISO 8601 and seconds since 1970 are one moment to the cleaner."""
    moment = read(text="", date=sent).mail_input().date
    assert moment is not None
    assert moment.isoformat() == read_as


def test_of_a_repeated_header_the_first_value_is_read() -> None:
    """As of a message: a list of values is its first one; an empty list is no header."""
    headers = {"Received": ["from b", "from a"], "Precedence": "bulk", "X-Loop": []}
    mail = read(text="", headers=headers).mail_input()
    assert mail.headers == {"Received": "from b", "Precedence": "bulk"}
