"""The routes in OpenAI's shape, for its clients: vectors of texts, and models to name."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import numpy as np
from flask import Blueprint, Response, request
from numpy.typing import NDArray
from pydantic_core import from_json, to_json

from gateway import metrics
from gateway.api import body, query
from gateway.api import embedding_models as models
from gateway.api.classify import RequestClock, json_response
from gateway.api.json_values import refuse_many_values
from gateway.api.large_bodies import LargeBodies
from gateway.api.openapi import HEADERS, documented
from gateway.auth.guard import requires
from gateway.config import Settings
from gateway.errors import PROBLEM_TYPE, ValidationFailedError
from gateway.inference.vector_errors import InputRefusedError
from gateway.inference.vectors import TextVectors, VectorModel, Vectors, views_of

_OWNER = "trunkline"
_HEADERS = tuple(header for header in HEADERS if header["name"] != "X-Tenant-Id")
_MODEL = {"name": "model", "in": "path", "required": True, "schema": {"type": "string"}}
_REFUSED = ("400", "401", "403", "429", "503", "504", "500")
_EMBED = documented(
    "embed",
    "Embed up to 256 texts, in the shape of OpenAI's API",
    "embeddings",
    models.EmbeddingsShape,
    bodies=[models.EmbeddingsRequest],
    parameters=_HEADERS,
    problems=(*_REFUSED, "404", "413", "415"),
    description="Vectors have length one. What does not fit the schema is 400 here.",
)
_LIST = documented(
    "listModels",
    "The models that embed texts",
    "embeddings",
    models.ModelsShape,
    parameters=_HEADERS,
    problems=_REFUSED,
)
_SHOW = documented(
    "showModel",
    "One model, also by its name with a view",
    "embeddings",
    models.ModelShape,
    parameters=[_MODEL, *_HEADERS],
    problems=(*_REFUSED, "404"),
)


def openai(vectors: Vectors, settings: Settings, messages: LargeBodies) -> Blueprint:
    """Return `/v1/embeddings` and `/v1/models`; `messages` bounds the large bodies at once."""
    routes = Blueprint("openai", __name__, url_prefix="/v1")
    routes.after_request(_with_openais_error)

    @routes.post("/embeddings")
    @requires("embeddings")
    @_EMBED
    def embed() -> Response:
        clock = RequestClock(settings)
        asked = _read(settings, messages)
        embedded = vectors.embed(asked.input, asked.model, clock.metadata(None))
        clock.timings.lap("embed")
        content = to_json(_rendered(embedded, asked.model, asked.encoding_format))
        spent_ms = clock.timings.read()
        metrics.record_stages(spent_ms)
        return json_response(content, spent_ms)

    @routes.get("/models")
    @requires("embeddings")
    @_LIST
    def list_models() -> Response:
        _refuse_query()
        served = vectors.models(RequestClock(settings).deadline)
        return json_response(to_json({"object": "list", "data": [_described(m) for m in served]}))

    @routes.get("/models/<path:model>")
    @requires("embeddings")
    @_SHOW
    def show_model(model: str) -> Response:
        _refuse_query()
        return json_response(
            to_json(_described(vectors.model(model, RequestClock(settings).deadline)))
        )

    return routes


def _with_openais_error(response: Response) -> Response:
    """Repeat a problem as `error`, where OpenAI's clients look for what to tell; a guard's too."""
    if response.mimetype == PROBLEM_TYPE:
        problem = from_json(response.get_data())
        field = problem["errors"][0]["field"] if "errors" in problem else problem.get("field")
        error = {
            "message": problem["detail"],
            "type": "invalid_request_error" if response.status_code < 500 else "server_error",
            "param": field,
            "code": problem["code"],
        }
        response.set_data(to_json({**problem, "error": error}))
    return response


@contextmanager
def _refusing_as_openai() -> Iterator[None]:
    """Give a refusal of the request the status that OpenAI's clients know, whoever refuses."""
    try:
        yield
    except ValidationFailedError as error:
        raise InputRefusedError(error.errors) from None


def _refuse_query() -> None:
    with _refusing_as_openai():
        query.refuse_unknown()


def _read(settings: Settings, messages: LargeBodies) -> models.EmbeddingsRequest:
    """Read this request; a large one keeps its place only until it is parsed."""
    body.media_type(request, [body.JSON])
    _refuse_query()
    with messages.read(request, settings.max_batch_body_bytes) as content:
        with _refusing_as_openai():
            refuse_many_values(content)
        return models.read_embeddings(content)


def _rendered(
    embedded: TextVectors, name: str, encoding: Literal["float", "base64"] | None
) -> dict[str, Any]:
    write = _base64 if encoding == "base64" else _numbers
    data = [
        {"object": "embedding", "index": index, "embedding": write(vector), "truncated": truncated}
        for index, (vector, truncated) in enumerate(
            zip(embedded.matrix, embedded.truncated, strict=True)
        )
    ]
    usage = {"prompt_tokens": embedded.tokens, "total_tokens": embedded.tokens}
    return {
        "object": "list",
        "data": data,
        "model": name,
        "usage": usage,
        "fingerprint": embedded.fingerprint,
    }


def _numbers(vector: NDArray[np.float32]) -> list[float]:
    numbers: list[float] = vector.tolist()
    return numbers


def _base64(vector: NDArray[np.float32]) -> str:
    return base64.b64encode(vector.astype("<f4").tobytes()).decode()


def _described(model: VectorModel) -> dict[str, Any]:
    return {
        "id": model.name,
        "object": "model",
        "created": 0,
        "owned_by": _OWNER,
        "fingerprint": model.encoder.fingerprint,
        "views": views_of(model.encoder),
    }
