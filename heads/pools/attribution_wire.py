"""Turns what explains a head into protobuf messages and back, for both ends of the HTTP call."""

from __future__ import annotations

import numpy as np
from google.protobuf.message import DecodeError

from heads.errors import RequestError
from heads.explanation import HeadAttribution, LexicalForm, LinearForm, Ngram
from heads.pools.wire import STATUS_NUMBERS, STATUSES
from heads.prediction import AttributionRequest
from heads.registry.snapshot import Ref
from protos.heads.v1 import heads_pb2 as pb

_FLOAT = np.dtype("<f4")


def request_bytes(request: AttributionRequest) -> bytes:
    """Write an AttributionRequest."""
    name, version = request.ref()
    message = pb.AttributionRequest(
        head=pb.HeadRef(name=name, version=version),
        label=request.label,
        text=request.text,
        fingerprint=request.fingerprint,
    )
    return message.SerializeToString()


def parse_request(body: bytes) -> tuple[Ref, str, str, str]:
    """Parse a request into (head ref, label, text, fingerprint). Raises RequestError."""
    message = pb.AttributionRequest()
    try:
        message.ParseFromString(body)
    except DecodeError as error:
        detail = "the body is not a heads.v1.AttributionRequest"
        raise RequestError(400, "invalid_request", "The request cannot be read", detail) from error
    ref = (message.head.name, message.head.version)
    return ref, message.label, message.text, message.fingerprint


def response_bytes(attribution: HeadAttribution) -> bytes:
    """Write an AttributionResponse."""
    status = attribution.status
    message = pb.AttributionResponse(
        name=attribution.name,
        version=attribution.version,
        status=pb.STATUS_ERROR if status == "unsupported" else STATUS_NUMBERS[status],
        message=attribution.message,
    )
    linear, lexical = attribution.linear, attribution.lexical
    if linear is not None:
        message.linear.views.extend(linear.vectors)
        vectors = [vector.astype(_FLOAT, copy=False) for vector in linear.vectors.values()]
        message.linear.vectors = b"".join(vector.tobytes() for vector in vectors)
        message.linear.unit, message.linear.base = linear.unit, linear.base
    if lexical is not None:
        message.lexical.base, message.lexical.rest = lexical.base, lexical.rest
        for ngram in lexical.ngrams:
            starts, ends = zip(*ngram.spans, strict=True)
            message.lexical.ngrams.add(starts=starts, ends=ends, share=ngram.share)
    return message.SerializeToString()


def parse_response(body: bytes) -> HeadAttribution:
    """Parse the answer. Raises ValueError for anything else."""
    message = pb.AttributionResponse()
    try:
        message.ParseFromString(body)
    except DecodeError as error:
        raise ValueError("not an AttributionResponse") from error
    return HeadAttribution(
        message.name,
        message.version,
        STATUSES.get(message.status, "error"),
        message.message,
        _linear(message.linear) if message.HasField("linear") else None,
        _lexical(message.lexical) if message.HasField("lexical") else None,
    )


def _linear(message: pb.LinearForm) -> LinearForm:
    rows = np.frombuffer(message.vectors, _FLOAT).reshape(len(message.views), -1)
    return LinearForm(dict(zip(message.views, rows, strict=True)), message.unit, message.base)


def _lexical(message: pb.LexicalForm) -> LexicalForm:
    ngrams = tuple(
        Ngram(tuple(zip(ngram.starts, ngram.ends, strict=True)), ngram.share)
        for ngram in message.ngrams
    )
    return LexicalForm(message.base, ngrams, message.rest)
