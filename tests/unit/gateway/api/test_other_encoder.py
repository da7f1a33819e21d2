"""A second encoder's laws at the API: both ways to an answer go by language, and say so alike."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import EnvironBuilder, run_wsgi_app
from werkzeug.wrappers import Response

from embedder.testing.embedder import FAKE_FINGERPRINT, FakeEmbedder
from gateway.api import response_models as shapes
from gateway.app import Gateway, OtherEncoder
from gateway.config import Settings
from gateway.pools.paired import PairedPool
from tests.support.pools import OTHER, FakePool, head_set, info
from tests.support.routing import tiny_router
from tests.support.waiting import until

GERMAN = "Danke, gerne am Montag."
ENGLISH = "Thanks, Monday is fine."


@pytest.fixture
def app() -> Iterator[Flask]:
    """Yield a gateway over two encoders that has seen both."""
    default = FakePool(head_set(info("intent")))
    pool = PairedPool(default, FakePool(head_set(info("intent", "m1", fingerprint=OTHER))))
    gateway = Gateway(
        Settings(encoder_refresh_s=60, answer_cache_bytes=0),
        {"a": FakeEmbedder(), "b": FakeEmbedder(fingerprint=OTHER)},
        pool,
        other=OtherEncoder(tiny_router(), pool),
    )
    client = gateway.app.test_client()
    until(lambda: client.get("/readyz").status_code == 200, "the gateway did not warm up")
    yield gateway.app
    gateway.close()


def by_both(app: Flask, path: str, body: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what the whole application answers, and what Flask's own road does."""
    flask = Flask.wsgi_app.__get__(app)
    ways = (app.wsgi_app, flask)
    environs = (EnvironBuilder(path, method="POST", json=body).get_environ() for _ in ways)
    responses = [
        Response(*run_wsgi_app(way, environ)) for way, environ in zip(ways, environs, strict=True)
    ]
    assert [response.status_code for response in responses] == [200, 200]
    return [json.loads(response.data) for response in responses]


@pytest.mark.parametrize(
    ("text", "fingerprint", "language", "version"),
    [(GERMAN, OTHER, "de", "m1"), (ENGLISH, FAKE_FINGERPRINT, "en", "1")],
)
def test_both_ways_send_a_mail_to_the_encoder_of_its_language(
    app: Flask, text: str, fingerprint: str, language: str, version: str
) -> None:
    """The way past Flask and the route name the same encoder, language and version."""
    for answer in by_both(app, "/v1/classify", {"text": text}):
        encoder = shapes.AnswerShape.model_validate_json(json.dumps(answer)).encoder
        assert encoder is not None
        assert (encoder.fingerprint, encoder.language) == (fingerprint, language)
        assert answer["heads"]["intent"]["version"] == version


def test_a_batch_goes_by_the_language_of_each_mail(app: Flask) -> None:
    """One request may be answered by both encoders."""
    body = {"items": [{"text": GERMAN}, {"text": ENGLISH}]}
    for batch in by_both(app, "/v1/classify/batch", body):
        read = [item["answer"]["encoder"]["fingerprint"] for item in batch["items"]]
        assert read == [OTHER, FAKE_FINGERPRINT]


def test_the_heads_of_both_encoders_are_listed(app: Flask) -> None:
    """`/v1/heads` keeps the default ones where they were, and adds the others beside them."""
    listed = app.test_client().get("/v1/heads").data
    heads = shapes.HeadsShape.model_validate_json(listed)
    assert heads.other_encoder is not None
    assert [head.version for head in heads.heads] == ["1"]
    assert [head.version for head in heads.other_encoder.heads] == ["m1"]
