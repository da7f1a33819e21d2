"""The pool's values as protobuf messages, and back; both ends of the HTTP road use it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from google.protobuf.message import DecodeError

from heads.errors import RequestError
from heads.policy import Bounds
from heads.prediction import FeatureRow, HeadInfo, HeadScores, HeadSet, Status, unavailable_scores
from protos.heads.v1 import heads_pb2 as pb

MEDIA_TYPE = "application/x-protobuf"

_NUMBERS: Mapping[Status, pb.Status] = {
    "ok": pb.STATUS_OK,
    "unavailable": pb.STATUS_UNAVAILABLE,
    "fingerprint_mismatch": pb.STATUS_FINGERPRINT_MISMATCH,
    "unknown_head": pb.STATUS_UNKNOWN_HEAD,
    "unknown_version": pb.STATUS_UNKNOWN_VERSION,
    "error": pb.STATUS_ERROR,
}
_FLOAT = np.dtype("<f4")
_STATUSES: Mapping[int, Status] = {number: status for status, number in _NUMBERS.items()}


def request_bytes(
    refs: Iterable[tuple[str, str]],
    views: Sequence[str],
    rows: Sequence[FeatureRow],
    fingerprint: str,
    with_text: bool,
) -> bytes:
    """A PredictRequest. Raises ValueError when a row lacks a view or rows differ in size."""
    message = pb.PredictRequest(views=views, fingerprint=fingerprint)
    for name, version in refs:
        message.heads.add(name=name, version=version)
    for row in rows:
        vectors = [np.asarray(row.vectors[view], dtype="<f4") for view in views]
        if not message.dim and vectors:
            message.dim = vectors[0].size
        if any(vector.shape != (message.dim,) for vector in vectors):
            raise ValueError(f"every vector must have {message.dim} values")
        packed = b"".join([vector.tobytes() for vector in vectors])
        message.rows.add(vectors=packed, text=row.text if with_text else "")
    return message.SerializeToString()


def parse_request(body: bytes) -> tuple[list[tuple[str, str]], list[FeatureRow], str]:
    """(head refs, rows, fingerprint). Raises RequestError."""
    message = pb.PredictRequest()
    try:
        message.ParseFromString(body)
    except DecodeError as error:
        raise _invalid(f"the body is not a heads.v1.PredictRequest: {error}") from error
    views = tuple(message.views)
    size = len(views) * message.dim * 4
    if len(set(views)) != len(views):
        raise _invalid("a view is named twice")
    rows = []
    for place, row in enumerate(message.rows):
        if len(row.vectors) != size:
            raise _invalid(
                f"row {place} holds {len(row.vectors)} bytes of vectors; "
                f"{len(views)} views of {message.dim} float32 make {size}"
            )
        table = np.frombuffer(row.vectors, dtype="<f4").reshape(len(views), message.dim)
        rows.append(FeatureRow(dict(zip(views, table, strict=True)), row.text))
    return [(ref.name, ref.version) for ref in message.heads], rows, message.fingerprint


def response_bytes(generation: int, answers: Iterable[HeadScores]) -> bytes:
    """A PredictResponse."""
    message = pb.PredictResponse(generation=generation)
    message.heads.extend(
        [
            pb.HeadPredictions(
                name=one.name,
                version=one.version,
                status=_NUMBERS[one.status],
                labels=one.labels,
                scores=one.scores.astype("<f4", copy=False).tobytes(),
                best=one.best,
                thresholds=one.thresholds,
                abstained=one.abstained,
                message=one.message,
            )
            for one in answers
        ]
    )
    return message.SerializeToString()


def parse_response(body: bytes, head_set: HeadSet) -> list[HeadScores]:
    """The answers in a PredictResponse. Raises ValueError for anything else.

    Labels of versions that `head_set` knows are taken from there: one shared tuple, not a copy.
    """
    message = pb.PredictResponse()
    try:
        message.ParseFromString(body)
    except DecodeError as error:
        raise ValueError(f"not a PredictResponse: {error}") from error
    return [_scores(one, head_set.find(one.name, one.version)) for one in message.heads]


def describe_bytes(head_set: HeadSet) -> bytes:
    """A DescribeResponse."""
    message = pb.DescribeResponse(generation=head_set.generation)
    for found, infos in (
        (message.heads, head_set.heads),
        (message.candidates, head_set.candidates),
        (message.shadows, head_set.shadows),
    ):
        for info in infos.values():
            found.add(**description(info))
    return message.SerializeToString()


def parse_describe(body: bytes) -> HeadSet:
    """The head set in a DescribeResponse. Raises ValueError for anything else."""
    message = pb.DescribeResponse()
    try:
        message.ParseFromString(body)
    except DecodeError as error:
        raise ValueError(f"not a DescribeResponse: {error}") from error
    roles = (message.heads, message.candidates, message.shadows)
    return HeadSet(message.generation, *({one.name: _info(one) for one in role} for role in roles))


def description(info: HeadInfo) -> dict[str, object]:
    """A head as /v1/heads describes it; "" where there is no parent."""
    return {
        "name": info.name,
        "version": info.version,
        "kind": info.kind,
        "labels": list(info.labels),
        "views": list(info.views),
        "lexical": info.lexical,
        "parent_head": info.parent_head or "",
        "parent_label": info.parent_label or "",
        "fingerprint": info.fingerprint,
        "status": info.status,
        "error": info.error,
        "description": info.description,
        "share": info.share,
        "bounds": info.bounds.model_dump() if info.bounds is not None else None,
    }


def _info(one: pb.HeadDescription) -> HeadInfo:
    return HeadInfo(
        name=one.name,
        version=one.version,
        kind=one.kind,
        labels=tuple(one.labels),
        views=tuple(one.views),
        lexical=one.lexical,
        parent_head=one.parent_head or None,
        parent_label=one.parent_label or None,
        fingerprint=one.fingerprint,
        status=one.status,
        error=one.error,
        description=one.description,
        share=one.share,
        bounds=_bounds(one),
    )


def _bounds(one: pb.HeadDescription) -> Bounds | None:
    if not one.HasField("bounds"):
        return None
    return Bounds(**{name: getattr(one.bounds, name) for name in Bounds.model_fields})


def _scores(one: pb.HeadPredictions, info: HeadInfo | None) -> HeadScores:
    status = _STATUSES.get(one.status, "error")
    version, best = one.version, tuple(one.best)
    if status != "ok":
        return unavailable_scores(one.name, version, status, one.message)
    same = info is not None and info.version == version
    labels = info.labels if same and info is not None else tuple(one.labels)
    scores = np.frombuffer(one.scores, dtype=_FLOAT).reshape(len(best), len(labels))
    return HeadScores(
        one.name,
        version,
        status,
        labels,
        scores,
        best,
        tuple(one.thresholds),
        tuple(one.abstained),
    )


def _invalid(detail: str) -> RequestError:
    return RequestError(400, "invalid_request", "The request cannot be read", detail)
