"""`/v1/embeddings` and `/v1/models`: OpenAI's shape, unit vectors, refusals that say why."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from embedder.api import ItemError
from embedder.errors import DeadlineExceeded, Overloaded
from embedder.testing.embedder import FAKE_FINGERPRINT, FakeEmbedder, fake_vector
from gateway.api import embedding_models as models
from gateway.api import response_models as shapes
from gateway.app import Gateway
from gateway.config import Settings
from tests.support.pools import FakePool, head_set
from trunkline.logs import configure_logging
from trunkline.serving.environ import PEER_GONE

DIM = 8
TEXTS = ["What would 20 seats cost?", "Please stop.", "What would 20 seats cost?"]


@pytest.fixture
def embedder() -> FakeEmbedder:
    """Make the embedder behind `client`; its model is called "fake"."""
    return FakeEmbedder(dim=DIM, failing={"bad": ItemError("encoder_failed", "the encoder failed")})


@pytest.fixture
def client(embedder: FakeEmbedder) -> Iterator[FlaskClient]:
    """Yield a client of a gateway without heads: vectors need none."""
    settings = Settings(encoder_refresh_s=60, max_batch_body_bytes=60_000_000)
    made = Gateway(settings, embedder, FakePool(head_set()))
    yield made.app.test_client()
    made.close()


def embed(client: FlaskClient, texts: object, model: object = "fake", **more: Any) -> TestResponse:
    """Ask for vectors."""
    return client.post("/v1/embeddings", json={"input": texts, "model": model, **more})


def refusal(answer: TestResponse) -> tuple[int, str]:
    """Check that this is a problem document; return its status and its field's code, or its own."""
    assert answer.content_type == "application/problem+json"
    problem = shapes.Problem.model_validate_json(answer.data)
    assert problem.status == answer.status_code
    assert problem.error is not None
    assert (problem.error.message, problem.error.code) == (problem.detail, problem.code)
    field = f"{problem.errors[0].field} {problem.errors[0].code}" if problem.errors else ""
    return problem.status, field or problem.code


def unit(text: str, view: str) -> np.ndarray[Any, Any]:
    """Make the vector that is due."""
    vector = fake_vector(text, "", view, DIM)
    return vector / np.linalg.norm(vector)


def test_vectors_are_unit_means_of_the_last_layer_in_order(client: FlaskClient) -> None:
    """The shape is OpenAI's, repeated texts included; usage counts what the encoder read."""
    response = embed(client, TEXTS)
    assert "embed;dur=" in response.headers["Server-Timing"]
    answer = models.EmbeddingsShape.model_validate_json(response.data)
    assert [item.index for item in answer.data] == [0, 1, 2]
    for item, text in zip(answer.data, TEXTS, strict=True):
        np.testing.assert_allclose(np.array(item.embedding), unit(text, "mean@6"), atol=1e-6)
    assert answer.usage.prompt_tokens == answer.usage.total_tokens == 7 + 4 + 7
    assert (answer.model, answer.fingerprint) == ("fake", FAKE_FINGERPRINT)


def test_a_view_is_named_as_the_models_suffix(client: FlaskClient) -> None:
    """`fake:cls@3` is that view, of length one too; the answer repeats the name."""
    answer = json.loads(embed(client, "hello", "fake:cls@3").data)
    np.testing.assert_allclose(answer["data"][0]["embedding"], unit("hello", "cls@3"), atol=1e-6)
    assert answer["model"] == "fake:cls@3"


def test_base64_holds_the_same_numbers(client: FlaskClient) -> None:
    """Little-endian float32, equal to the last bit; `user` and nulls change nothing."""
    numbers = json.loads(embed(client, TEXTS, user="u", dimensions=None).data)["data"]
    packed = json.loads(embed(client, TEXTS, encoding_format="base64").data)["data"]
    for plain, coded in zip(numbers, packed, strict=True):
        vector = np.frombuffer(base64.b64decode(coded["embedding"]), dtype="<f4")
        assert vector.tolist() == plain["embedding"]


@pytest.mark.parametrize(
    ("members", "problem"),
    [
        ({"input": ""}, "input[0] text_empty"),
        ({"input": ["fine", " \n"]}, "input[1] text_empty"),
        ({"input": []}, "input too_short"),
        ({"input": ["x"] * 257}, "input too_long"),
        ({"input": ["fine", "x" * 200_001]}, "input[1] string_too_long"),
        ({"input": [15, 27]}, "input token_arrays_unsupported"),
        ({"input": [[15, 27], [1]]}, "input token_arrays_unsupported"),
        ({"input": {"a": 1}}, "input invalid_value"),
        ({"input": ["fine", None]}, "input[1] string_type"),
        ({"input": ["fine", "bad"]}, "input[1] encoder_failed"),
        ({"dimensions": 8}, "dimensions dimensions_unsupported"),
        ({"encoding_format": "int8"}, "encoding_format literal_error"),
        ({"model": None}, "model string_type"),
        ({"texts": []}, "texts unknown_field"),
    ],
)
def test_what_does_not_fit_is_400_and_names_where(
    client: FlaskClient, members: dict[str, Any], problem: str
) -> None:
    """The status that OpenAI's clients raise BadRequestError for; nothing sent is repeated."""
    answer = client.post("/v1/embeddings", json={"input": "x", "model": "fake", **members})
    assert refusal(answer) == (400, problem)
    assert b"fine" not in answer.data


def test_too_many_values_are_400_before_they_are_parsed(client: FlaskClient) -> None:
    """As on the other routes, whatever their shape."""
    content = b'{"model":"fake","input":[' + b"1," * 200_000 + b"1]}"
    answer = client.post("/v1/embeddings", data=content, content_type="application/json")
    assert refusal(answer) == (400, "body too_many_values")


def test_a_broken_body_is_told_apart(client: FlaskClient) -> None:
    """What is not JSON, or another media type, is refused as everywhere."""
    broken = client.post("/v1/embeddings", data=b"{", content_type="application/json")
    assert refusal(broken) == (400, "invalid_json")
    assert refusal(client.post("/v1/embeddings", data=b"x")) == (415, "media_type_unsupported")


@pytest.mark.parametrize("name", ["text-embedding-3-small", "fake:", "fake:mean@7", "fake:max@1"])
def test_an_unknown_model_is_404_that_names_what_there_is(client: FlaskClient, name: str) -> None:
    """The model's id if that is wrong, its views if those are; asked for vectors or for itself."""
    for answer in (embed(client, "x", name), client.get(f"/v1/models/{name}")):
        assert refusal(answer) == (404, "model_not_found")
        detail = json.loads(answer.data)["detail"]
        assert ("layers 0 to 6" if ":" in name else "Served: fake;") in detail


def test_a_problem_has_openais_error_too(client: FlaskClient, embedder: FakeEmbedder) -> None:
    """Clients of that API read `error.message`; on other routes there is no such member."""
    error = json.loads(embed(client, ["fine", ""]).data)["error"]
    assert error == {
        "message": "input[1]: must not be empty",
        "type": "invalid_request_error",
        "param": "input[1]",
        "code": "validation_failed",
    }
    assert json.loads(embed(client, "x", "other").data)["error"]["param"] == "model"
    embedder.error = Overloaded("full", retry_after_s=3)
    assert json.loads(embed(client, "x").data)["error"]["type"] == "server_error"
    assert "error" not in json.loads(client.post("/v1/classify", json={}).data)


def test_models_are_listed_and_shown(client: FlaskClient) -> None:
    """One an encoder, with the views that may follow its id; shown by either name."""
    listed = models.ModelsShape.model_validate_json(client.get("/v1/models").data)
    (model,) = listed.data
    assert (model.id, model.fingerprint) == ("fake", FAKE_FINGERPRINT)
    assert {"mean@0", "cls@3", "text@6"} <= set(model.views)
    for name in ("fake", "fake:mean@3"):
        shown = client.get(f"/v1/models/{name}")
        assert models.ModelShape.model_validate_json(shown.data).id == name


@pytest.mark.parametrize("path", ["/v1/embeddings", "/v1/models", "/v1/models/fake"])
def test_a_query_is_400_too(client: FlaskClient, path: str) -> None:
    """No route in OpenAI's shape reads one; it is refused with the status of that shape."""
    body = {"input": "x", "model": "fake"} if path == "/v1/embeddings" else None
    asked = f"{path}?encoding=float"
    answer = client.get(asked) if body is None else client.post(asked, json=body)
    assert refusal(answer) == (400, "encoding unknown_parameter")


def test_mistakes_are_answered_with_what_to_send(client: FlaskClient) -> None:
    """As on the other routes: a misspelt field has a neighbour, what is no request an example."""
    details = [
        json.loads(client.post("/v1/embeddings", data=data, content_type="application/json").data)[
            "detail"
        ]
        for data in (b'{"inputs": "x", "model": "fake"}', b"", b"[]")
    ]
    assert "inputs: no such field; did you mean input?" in details[0]
    assert details[1].startswith('The body is empty; send a JSON object such as {"model": ')
    assert details[2] == 'body: must be an object such as {"model": "...", "input": ["..."]}'


def test_an_embedder_that_fails_is_503_and_504(client: FlaskClient, embedder: FakeEmbedder) -> None:
    """As a classification: overload says when to come back, a deadline is 504."""
    client.get("/v1/models")
    embedder.error = Overloaded("full", retry_after_s=3)
    answer = embed(client, "x")
    assert refusal(answer) == (503, "overloaded")
    assert answer.headers["Retry-After"] == "3"
    embedder.error = DeadlineExceeded("late")
    assert refusal(embed(client, "x")) == (504, "deadline_exceeded")


def test_the_callers_deadline_goes_to_the_embedder(
    client: FlaskClient, embedder: FakeEmbedder
) -> None:
    """What is left of it; and for who has gone nothing is embedded."""
    body = {"input": "x", "model": "fake"}
    client.post("/v1/embeddings", json=body, headers={"X-Request-Timeout-Ms": "4000"})
    timeout_s = embedder.calls[-1][2]
    assert timeout_s is not None
    assert 0 < timeout_s <= 4
    calls = len(embedder.calls)
    gone = client.post("/v1/embeddings", json=body, environ_base={PEER_GONE: lambda: True})
    assert refusal(gone) == (499, "caller_gone")
    assert len(embedder.calls) == calls


def test_nothing_that_was_sent_is_written(
    client: FlaskClient, capfd: pytest.CaptureFixture[str]
) -> None:
    """Texts, users and names of models stand in no log, metric or refusal."""
    configure_logging("gateway", "debug")
    for texts in (["marmoset"], ["marmoset", ""], ["marmoset", "bad"]):
        for model in ("fake", "marmoset", "fake:marmoset"):
            answer = embed(client, texts, model, user="marmoset")
            assert answer.status_code == 200 or b"marmoset" not in answer.data
    assert b"marmoset" not in client.get("/v1/models/marmoset").data
    assert "marmoset" not in client.get("/metrics").data.decode()
    out, err = capfd.readouterr()
    assert "/v1/embeddings" in out + err
    assert "marmoset" not in out + err


def test_texts_and_tokens_are_counted(client: FlaskClient) -> None:
    """By what was read of them; the route has its series from the start."""

    def value(line: str) -> float:
        page = client.get("/metrics").data.decode()
        return next(float(s.split()[-1]) for s in page.splitlines() if s.startswith(line + " "))

    assert value('gateway_requests_total{route="/v1/embeddings",status="429"}') >= 0
    texts, tokens = 'gateway_vectors_total{read="whole"}', "gateway_vector_tokens_total"
    before = value(texts), value(tokens)
    embed(client, ["one two", "three"])
    assert (value(texts) - before[0], value(tokens) - before[1]) == (2, 7)
