"""`/v1/explain` over fakes: what may be asked, what is refused, what it costs."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from embedder.errors import EmbedderError, Overloaded, Unsupported
from embedder.testing.embedder import FAKE_FINGERPRINT, FakeEmbedder
from gateway.api.explain_models import ExplanationShape
from gateway.app import Gateway
from gateway.config import Settings
from gateway.errors import NotFoundError
from gateway.explain.errors import TextNotKeptError
from gateway.explain.explainer import Explainer
from gateway.explain.values import Question, Reason, Recorded
from gateway.inference.answer_cache import answer_cache
from gateway.inference.context import RequestMetadata
from gateway.inference.deadline import within
from gateway.inference.pipeline import Pipeline
from heads.explanation import HeadAttribution
from heads.prediction import AttributionRequest
from tests.support.pools import FakePool, head_set, info

TEXT = (
    "Hi Tom,\r\n\r\nThe price is too high. Please ask Jane, she decides.\r\n\r\n"
    "On Mon, 2 Mar 2026 at 10:12, Ann Lee <ann@example.com> wrote:\r\n> Fifteen minutes?"
)
WORDS = {"text": TEXT, "head": "intent", "level": "word"}


@pytest.fixture
def embedder() -> FakeEmbedder:
    """Make an embedder."""
    return FakeEmbedder()


@pytest.fixture
def pool() -> FakePool:
    """Make a pool of two heads, one of them switched off."""
    heads = [info("intent", fingerprint=FAKE_FINGERPRINT), info("off", status="disabled")]
    return FakePool(head_set(*heads, info("elsewhere", fingerprint="sha256:other")), dim=384)


@pytest.fixture
def client(embedder: FakeEmbedder, pool: FakePool) -> Iterator[FlaskClient]:
    """Yield a client of a gateway over both."""
    made = Gateway(Settings(encoder_refresh_s=60), embedder, pool)
    yield made.app.test_client()
    made.close()


def explain(client: FlaskClient, **asked: Any) -> TestResponse:
    """Ask for an explanation."""
    return client.post("/v1/explain", json=asked)


def test_sentences_cost_two_forwards_each_and_one(
    client: FlaskClient, embedder: FakeEmbedder
) -> None:
    """2S + 1 texts in one call after everybody else; places are of the text as sent."""
    answer = explain(client, text=TEXT, head="intent").get_json()
    ExplanationShape.model_validate(answer)
    sentences = [TEXT[part["start"] : part["end"]] for part in answer["sentences"]]
    assert sentences == ["Hi Tom,", "The price is too high.", "Please ask Jane, she decides."]
    assert (answer["offsets"], answer["cleaned"], answer["forwards"]) == ("text", None, 7)
    assert embedder.bulk_calls == 1
    assert 7 in [len(texts) for texts, *_ in embedder.calls]
    assert (answer["label"], answer["decision"]["label"]) == ("yes", "yes")


def test_what_was_explained_before_costs_nothing(
    client: FlaskClient, embedder: FakeEmbedder
) -> None:
    """By the words, the head and what is asked of it; another quote below changes nothing."""
    first = explain(client, text=TEXT, head="intent").get_json()
    again = explain(client, text=TEXT + " Now?", head="intent").get_json()
    assert (again["cached"], again["forwards"], embedder.bulk_calls) == (True, 0, 1)
    assert again["sentences"] == first["sentences"]
    other = explain(client, text=TEXT, head="intent", label="no").get_json()
    assert (other["cached"], other["label"]) == (False, "no")


def test_words_sum_to_the_linear_members_logit(client: FlaskClient) -> None:
    """Base, every word and the rest make the total to 1e-4; words stand where they were sent."""
    answer = explain(client, **WORDS).get_json()
    ExplanationShape.model_validate(answer)
    linear = answer["linear"]
    words = [TEXT[part["start"] : part["end"]] for part in linear["words"]]
    assert words[:3] == ["Hi", "Tom,", "The"]
    assert words[-1] == "decides."
    total = linear["base"] + linear["rest"] + sum(part["share"] for part in linear["words"])
    assert total == pytest.approx(linear["total"], abs=1e-4)
    assert (answer["lexical"], answer["sentences"], answer["flip"]) == (None, [], None)


def test_a_rule_that_decided_gives_its_own_words(
    client: FlaskClient, embedder: FakeEmbedder
) -> None:
    """No head is asked, and nothing is made up."""
    notice = "I am out of the office until Monday. For urgent matters contact help@acme.com."
    answer = explain(client, text=notice, head="intent").get_json()
    ExplanationShape.model_validate(answer)
    assert (answer["decided_by"], answer["decision"]) == ("rule", None)
    assert answer["rule"]["rule"] == "auto_reply.body.out_of_office"
    assert answer["rule"]["span"] == {"start": 0, "end": len(notice)}
    assert embedder.bulk_calls == 0


def test_where_the_words_were_changed_the_cleaned_text_is_returned(client: FlaskClient) -> None:
    """And places are of that."""
    answer = explain(client, text="Too\u00a0high. Ask Jo.", head="intent").get_json()
    assert (answer["offsets"], answer["cleaned"]) == ("cleaned", "Too high. Ask Jo.")
    (first, _) = answer["sentences"]
    assert answer["cleaned"][first["start"] : first["end"]] == "Too high."


@pytest.mark.parametrize(
    ("asked", "status", "code", "field"),
    [
        ({"head": "intent"}, 422, "validation_failed", "body"),
        ({"text": "a", "prediction_id": "1", "head": "intent"}, 422, "validation_failed", "body"),
        ({"text": "a"}, 422, "validation_failed", "head"),
        ({"text": "a", "head": "Intent"}, 422, "validation_failed", "head"),
        ({"text": "a", "head": "intend"}, 422, "validation_failed", "head"),
        ({"text": "a", "head": "intent", "label": "maybe"}, 422, "validation_failed", "label"),
        ({"text": "a", "head": "intent", "level": "char"}, 422, "validation_failed", "level"),
        ({"text": "a" * 200_001, "head": "intent"}, 422, "validation_failed", "text"),
        ({"prediction_id": "1", "head": "intent"}, 501, "no_prediction_log", None),
        ({"text": "a b", "head": "off"}, 503, "head_unavailable", None),
        ({"text": "a b", "head": "elsewhere"}, 503, "head_unavailable", None),
    ],
)
def test_what_cannot_be_explained_says_why(
    client: FlaskClient, asked: dict[str, Any], status: int, code: str, field: str | None
) -> None:
    """Each problem names the field, or in its detail what is missing; never the text."""
    answer = explain(client, **asked)
    problem = answer.get_json()
    assert (answer.status_code, problem["code"]) == (status, code)
    assert [error["field"] for error in problem.get("errors", [])] == ([field] if field else [])


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [(Overloaded(), 503, "overloaded"), (EmbedderError(), 500, "internal")],
)
def test_an_embedder_that_fails_is_the_problem_of_a_classification(
    client: FlaskClient, embedder: FakeEmbedder, error: EmbedderError, status: int, code: str
) -> None:
    """With the time to come back where there is one."""
    explain(client, text="a b", head="intent")
    embedder.error = error
    answer = explain(client, text="c d", head="intent")
    assert (answer.status_code, answer.get_json()["code"]) == (status, code)
    assert ("Retry-After" in answer.headers) == (status == 503)


def test_services_of_an_earlier_release_explain_sentences_alone(
    client: FlaskClient, embedder: FakeEmbedder, pool: FakePool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What they lack is named, for good: no time to come back."""

    def unsupported(*_: object, **__: object) -> None:
        raise Unsupported

    def old(request: AttributionRequest) -> HeadAttribution:
        return request.failed("", "unsupported")

    monkeypatch.setattr(embedder, "attribute", unsupported)
    answer = explain(client, **WORDS)
    assert (answer.status_code, answer.get_json()["code"]) == (501, "words_unsupported")
    assert "embedder" in answer.get_json()["detail"]
    monkeypatch.setattr(pool, "attribute", old)
    assert "heads service" in explain(client, **WORDS).get_json()["detail"]
    assert explain(client, text=TEXT, head="intent").status_code == 200


def test_a_head_of_hidden_layers_has_no_words(
    client: FlaskClient, pool: FakePool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is asked for sentences instead."""
    empty = HeadAttribution("intent", "1", "ok")
    monkeypatch.setattr(pool, "attribute", lambda _: empty)
    answer = explain(client, **WORDS)
    assert (answer.status_code, answer.get_json()["code"]) == (422, "no_word_members")


class Kept:
    """Predictions of which one kept its text."""

    def read(self, prediction_id: str) -> Recorded:
        """Return the one text, and that encoders read it which are not there any more."""
        if prediction_id == "none":
            raise NotFoundError
        return Recorded(TEXT if prediction_id == "kept" else None, frozenset({"sha256:gone"}))


def test_a_prediction_is_explained_by_its_text(embedder: FakeEmbedder, pool: FakePool) -> None:
    """As it was sent; one without a text is a conflict, one that never was is not found."""
    pipeline = Pipeline({"a": embedder}, pool, answer_cache(0), 60)
    explainer = Explainer(pipeline, pool, predictions=Kept())

    def of(prediction_id: str) -> Reason:
        question = Question(None, prediction_id, "intent", None, "sentence")
        return explainer.explain(question, RequestMetadata(within(60)))

    assert of("kept").sent == TEXT
    with pytest.raises(TextNotKeptError):
        of("erased")
    with pytest.raises(NotFoundError):
        of("none")
