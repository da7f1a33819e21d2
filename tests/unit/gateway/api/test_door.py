"""What the gateway asks of its worker: limits by path, problems in its own words."""

import json

import pytest

from gateway.api import response_models as shapes
from gateway.api.door import body_limit, door_options
from gateway.config import Settings
from gateway.errors import BodyTooLargeError
from trunkline.serving.refusal import body_too_large, overloaded

SETTINGS = Settings(max_body_bytes=2_000, max_raw_bytes=25_000, max_batch_body_bytes=16_000)
MAIL, JSON = b"Message/RFC822; charset=x", b"application/json"


@pytest.mark.parametrize(
    ("path", "media_type", "limit"),
    [
        (b"/v1/classify", JSON, 2_000),
        (b"/v1/classify", MAIL, 25_000),
        (b"/v1/clean", MAIL, 25_000),
        (b"/invocations", MAIL, 25_000),
        (b"/invocations", JSON, 16_000),
        (b"/v1/classify/batch", JSON, 16_000),
        (b"/v1/embeddings", JSON, 16_000),
        (b"/v1/classify/batch", MAIL, 16_000),
        (b"/nowhere", MAIL, 2_000),
    ],
)
def test_a_body_is_received_as_far_as_its_route_reads(
    path: bytes, media_type: bytes, limit: int
) -> None:
    """What would be refused when it is there need not come."""
    assert body_limit(SETTINGS, path, media_type) == limit


def test_a_refusal_has_the_documented_shape_and_the_callers_id() -> None:
    """As the application's own: type, code, id; the id is a header too."""
    render = door_options(SETTINGS).render
    head = b"POST /v1/classify HTTP/1.1\r\nx-request-ID: order-66\r\nHost: a"
    rendered = render(overloaded(3), head)
    document = shapes.Problem.model_validate_json(rendered.content)
    assert (document.status, document.code, document.id) == (503, "overloaded", "order-66")
    assert dict(rendered.headers)["X-Request-Id"] == "order-66"
    assert dict(rendered.headers)["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("head", [b"", b"GET / HTTP/1.1\r\nX-Request-Id: a b\x00\r\n"])
def test_a_harmful_request_id_is_replaced(head: bytes) -> None:
    """Nothing that was sent is repeated but what may stand in headers and logs."""
    rendered = door_options(SETTINGS).render(overloaded(1), head)
    assert len(json.loads(rendered.content)["id"]) == 26


def test_a_large_body_is_refused_in_the_applications_words() -> None:
    """Whether the door or the application sees it, callers read the same."""
    rendered = door_options(SETTINGS).render(body_too_large(2_000), b"")
    document = json.loads(rendered.content)
    assert document == BodyTooLargeError(2_000, 25_000).problem(document["id"])


def test_memory_fits_two_of_the_largest_bodies() -> None:
    """Whatever the limits: a large body leaves an eighth, and another like it fits beside it."""
    for settings in (Settings(), Settings(max_raw_bytes=64 << 20)):
        largest = max(settings.max_raw_bytes, settings.max_batch_body_bytes)
        assert door_options(settings).memory_bytes * 7 // 8 >= 2 * largest
