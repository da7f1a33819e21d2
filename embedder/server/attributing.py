"""Translates the messages of Attribute: directions in, shares of tokens out."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from embedder.api import Direction
from embedder.batching.flight import Call
from embedder.errors import EmbedderError, Internal, InvalidInput
from protos.embedder.v1 import embedder_pb2 as pb

MAX_DIRECTIONS: Final = 64
_OF_THE_TEXT: Final = ("over_token_budget", "text_empty", "text_too_long", "tokenize_failed")


def directions_of(request: pb.AttributeRequest, dim: int) -> list[Direction]:
    """Read a request's directions; raise InvalidInput naming what is wrong with them."""
    if len(request.directions) > MAX_DIRECTIONS:
        message = f"directions has more than {MAX_DIRECTIONS} entries"
        raise InvalidInput(message, code="too_many_directions")
    directions = []
    for given in request.directions:
        if len(given.vector) != dim * 4:
            message = f"directions: a vector must hold {dim} float32"
            raise InvalidInput(message, code="direction_size")
        vector = np.frombuffer(given.vector, dtype="<f4")
        if not np.isfinite(vector).all():
            raise InvalidInput("directions: a number is not finite", code="direction_not_finite")
        directions.append(Direction(given.view, vector))
    return directions


def attribute_response(call: Call, spans: NDArray[np.int32]) -> pb.AttributeResponse:
    """Write the answer of a call that is over; raise what its text failed with."""
    answer = call.answers[0]
    if answer is None or answer.text is None:
        error = None if answer is None else answer.error
        raise Internal("no answer") if error is None else _raised(error.code, error.message)
    text = answer.text
    return pb.AttributeResponse(
        starts=spans[:, 0],
        ends=spans[:, 1],
        shares=text.vectors["shares"],
        pooled=text.vectors["pooled"],
        norms=text.vectors["norms"],
        tokens=text.tokens,
        tokens_total=text.tokens_total,
        truncated=text.truncated,
    )


def _raised(code: str, message: str) -> EmbedderError:
    return (InvalidInput if code in _OF_THE_TEXT else Internal)(message, code=code)
