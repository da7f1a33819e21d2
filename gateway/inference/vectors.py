"""Gives texts' unit vectors, of one view of an encoder, to callers who want no decision."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from embedder.client import EmbeddedItem
from embedder.errors import FingerprintMismatch, InvalidInput
from gateway import metrics
from gateway.errors import EncoderChangedError, FieldError
from gateway.inference.context import RequestMetadata
from gateway.inference.deadline import Deadline
from gateway.inference.encoders import Encoder, Encoders
from gateway.inference.vector_errors import InputRefusedError, ModelNotFoundError

_RETRY_AFTER_S = 1.0
_LEAST_NORM = 1e-12  # as torch's `normalize`: a vector of zeros stays one


@dataclass(frozen=True, slots=True)
class VectorModel:
    """What a model's name stands for: an encoder, and a view of it."""

    name: str
    encoder: Encoder
    view: str


@dataclass(frozen=True, slots=True, eq=False)
class TextVectors:
    """A request's vectors: `matrix` is (texts, dim) float32, of unit length, in the texts' order.

    `tokens` is what the encoder read of all texts; `truncated` says of each whether that is a part.
    """

    matrix: NDArray[np.float32]
    tokens: int
    truncated: tuple[bool, ...]
    fingerprint: str


class Vectors:
    """Embeds texts as they are, by models that are named as the encoders; thread-safe."""

    def __init__(self, encoders: Encoders) -> None:
        self._encoders = encoders

    def models(self, deadline: Deadline) -> tuple[VectorModel, ...]:
        """Return one model an encoder's name, with its default view: the mean of the last layer.

        Of encoders with one name it is the first in the settings. Raises an EmbedderError where no
        encoder is known.
        """
        models: dict[str, VectorModel] = {}
        for encoder in self._encoders.known(deadline):
            name, layers = encoder.identity.model_id, encoder.views.layers
            models.setdefault(name, VectorModel(name, encoder, f"mean@{layers}"))
        return tuple(models.values())

    def model(self, name: str, deadline: Deadline) -> VectorModel:
        """Return the model called `ID`, or `ID:VIEW`; raise ModelNotFoundError."""
        return _named(self.models(deadline), name)

    def embed(self, texts: Sequence[str], name: str, request: RequestMetadata) -> TextVectors:
        """Embed the texts, each once; ask again if the encoder was replaced meanwhile.

        Raises ModelNotFoundError, InputRefusedError for a text that cannot be embedded,
        CallerGoneError, and an EmbedderError where all failed.
        """
        request.require_caller("embed")
        model = self.model(name, request.deadline)
        for _ in range(2):
            try:
                return _embed(texts, model, request)
            except FingerprintMismatch:
                self._encoders.refresh(request.deadline.remaining())
                model = self.model(name, request.deadline)
        raise EncoderChangedError(retry_after_s=_RETRY_AFTER_S)


def views_of(encoder: Encoder) -> tuple[str, ...]:
    """Return the names of all views that an encoder gives, layer by layer."""
    views = encoder.views
    return tuple(f"{p}@{layer}" for layer in range(views.layers + 1) for p in views.poolings)


def _named(models: Sequence[VectorModel], name: str) -> VectorModel:
    for model in models:
        if name == model.name:
            return model
        if name.startswith(f"{model.name}:"):
            view = name.removeprefix(f"{model.name}:")
            if view not in views_of(model.encoder):
                raise ModelNotFoundError(_views_served(model))
            return VectorModel(name, model.encoder, view)
    served = ", ".join(model.name for model in models)
    raise ModelNotFoundError(f"Served: {served}; a view may follow, as in {models[0].name}:mean@1.")


def _views_served(model: VectorModel) -> str:
    views = model.encoder.views
    poolings = ", ".join(f"{pooling}@LAYER" for pooling in views.poolings)
    return f"The views of {model.name} are {poolings} with layers 0 to {views.layers}."


def _embed(texts: Sequence[str], model: VectorModel, request: RequestMetadata) -> TextVectors:
    fingerprint = model.encoder.fingerprint
    try:
        embedded = model.encoder.embedder.embed(
            texts,
            (model.view,),
            timeout_s=request.deadline.remaining(),
            expected_fingerprint=fingerprint,
            traceparent=request.timings.traceparent_of("embed"),
        )
    except InvalidInput as error:
        raise InputRefusedError([FieldError("input", error.code, str(error))]) from None
    _refuse_failed(embedded.items)
    for item in embedded.items:
        metrics.record_embedding(item.cache)
        metrics.record_vector(item.tokens, truncated=item.truncated)
    return TextVectors(
        _unit(np.stack([item.vectors[model.view] for item in embedded.items])),
        sum(item.tokens for item in embedded.items),
        tuple(item.truncated for item in embedded.items),
        fingerprint,
    )


def _refuse_failed(items: Sequence[EmbeddedItem]) -> None:
    """Raise InputRefusedError that names the texts which have no vector, by their index."""
    errors = [
        FieldError(f"input[{index}]", item.error.code, item.error.message)
        for index, item in enumerate(items)
        if item.error is not None
    ]
    if errors:
        raise InputRefusedError(errors)


def _unit(matrix: NDArray[np.float32]) -> NDArray[np.float32]:
    norms = np.linalg.norm(matrix, axis=1, keepdims=True)
    unit: NDArray[np.float32] = matrix / np.maximum(norms, _LEAST_NORM)
    return unit
