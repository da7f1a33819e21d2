"""Turns the pool's values into protobuf messages and back, for both ends of the HTTP call."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from google.protobuf.message import DecodeError
from numpy.typing import NDArray

from heads.errors import RequestError
from heads.policy import Bounds, OptOutThresholds
from heads.prediction import FeatureRow, HeadInfo, HeadScores, HeadSet, Status, unavailable_scores
from protos.heads.v1 import heads_pb2 as pb

MEDIA_TYPE = "application/x-protobuf"

STATUS_NUMBERS: Mapping[Status, pb.Status] = {
    "ok": pb.STATUS_OK,
    "unavailable": pb.STATUS_UNAVAILABLE,
    "fingerprint_mismatch": pb.STATUS_FINGERPRINT_MISMATCH,
    "unknown_head": pb.STATUS_UNKNOWN_HEAD,
    "unknown_version": pb.STATUS_UNKNOWN_VERSION,
    "error": pb.STATUS_ERROR,
}
FLOAT = np.dtype("<f4")
STATUSES: Mapping[int, Status] = {number: status for status, number in STATUS_NUMBERS.items()}


def request_bytes(
    refs: Iterable[tuple[str, str]],
    views: Sequence[str],
    rows: Sequence[FeatureRow],
    fingerprint: str,
    with_text: bool,
) -> bytes:
    """Write a PredictRequest. Raises ValueError when a row lacks a view or rows differ in size."""
    message = pb.PredictRequest(views=views, fingerprint=fingerprint)
    for name, version in refs:
        message.heads.add(name=name, version=version)
    for row in rows:
        vectors = [np.asarray(row.vectors[view]) for view in views]
        if not message.dim and vectors:
            message.dim = vectors[0].size
        if any(vector.shape != (message.dim,) for vector in vectors):
            raise ValueError(f"every vector must have {message.dim} values")
        add_row(message, vectors, row.text if with_text else "")
    return message.SerializeToString()


def add_row(message: pb.PredictRequest, vectors: Iterable[NDArray[np.float32]], text: str) -> None:
    """Add a row: its vectors as float32, one after the other."""
    packed = b"".join([vector.astype(FLOAT, copy=False).tobytes() for vector in vectors])
    message.rows.add(vectors=packed, text=text)


def row_bytes(views: Sequence[str], dim: int) -> int:
    """Return how many bytes the vectors of one row have."""
    return len(views) * dim * FLOAT.itemsize


def read_row(row: pb.Row, views: Sequence[str], dim: int) -> FeatureRow:
    """Return a row of `row_bytes` bytes; its vectors are views of the message's memory."""
    table = np.frombuffer(row.vectors, FLOAT).reshape(len(views), dim)
    return FeatureRow(dict(zip(views, table, strict=True)), row.text)


def parse_request(body: bytes) -> tuple[list[tuple[str, str]], list[FeatureRow], str]:
    """Parse a request into (head refs, rows, fingerprint). Raises RequestError."""
    message = pb.PredictRequest()
    try:
        message.ParseFromString(body)
    except DecodeError as error:
        raise _invalid("the body is not a heads.v1.PredictRequest") from error
    views = tuple(message.views)
    size = row_bytes(views, message.dim)
    if len(set(views)) != len(views):
        raise _invalid("a view is named twice")
    rows = []
    for index, row in enumerate(message.rows):
        if len(row.vectors) != size:
            raise _invalid(
                f"row {index} holds {len(row.vectors)} bytes of vectors; "
                f"{len(views)} views of {message.dim} float32 make {size}"
            )
        rows.append(read_row(row, views, message.dim))
    return [(ref.name, ref.version) for ref in message.heads], rows, message.fingerprint


def response_bytes(generation: int, answers: Iterable[HeadScores]) -> bytes:
    """Write a PredictResponse."""
    message = pb.PredictResponse(generation=generation)
    message.heads.extend(
        [
            pb.HeadPredictions(
                name=answer.name,
                version=answer.version,
                status=STATUS_NUMBERS[answer.status],
                labels=answer.labels,
                scores=answer.scores.astype(FLOAT, copy=False).tobytes(),
                best=answer.best,
                thresholds=answer.thresholds,
                abstained=answer.abstained,
                message=answer.message,
                unlike=answer.unlike if any(answer.unlike) else (),
            )
            for answer in answers
        ]
    )
    return message.SerializeToString()


def parse_response(body: bytes, head_set: HeadSet) -> list[HeadScores]:
    """Parse the answers in a PredictResponse. Raises ValueError for anything else."""
    return answers_of(read_response(body), head_set)


def read_response(body: bytes) -> pb.PredictResponse:
    """Read a PredictResponse. Raises ValueError for anything else."""
    message = pb.PredictResponse()
    try:
        message.ParseFromString(body)
    except DecodeError as error:
        raise ValueError(f"not a PredictResponse: {error}") from error
    return message


def answers_of(message: pb.PredictResponse, head_set: HeadSet) -> list[HeadScores]:
    """Return the answers of a response that lists them head by head.

    Labels of versions that `head_set` knows are taken from there: one shared tuple, not a copy.
    """
    return [_scores(scores, head_set.find(scores.name, scores.version)) for scores in message.heads]


def describe_bytes(head_set: HeadSet) -> bytes:
    """Write a DescribeResponse."""
    message = pb.DescribeResponse(
        generation=head_set.generation, disabled_rules=head_set.disabled_rules
    )
    for role, infos in head_set.roles().items():
        for info in infos.values():
            getattr(message, role).add(**description(info))
    return message.SerializeToString()


def parse_describe(body: bytes) -> HeadSet:
    """Parse the head set in a DescribeResponse. Raises ValueError for anything else."""
    message = pb.DescribeResponse()
    try:
        message.ParseFromString(body)
    except DecodeError as error:
        raise ValueError(f"not a DescribeResponse: {error}") from error
    roles = (message.heads, message.candidates, message.shadows)
    return HeadSet(
        message.generation,
        *({head.name: _info(head) for head in role} for role in roles),
        disabled_rules=tuple(message.disabled_rules),
    )


def description(info: HeadInfo) -> dict[str, object]:
    """Describe a head as /v1/heads does; "" where there is no parent."""
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
        "opt_out": info.opt_out.model_dump() if info.opt_out is not None else None,
        "default": info.default,
    }


def _info(head: pb.HeadDescription) -> HeadInfo:
    return HeadInfo(
        name=head.name,
        version=head.version,
        kind=head.kind,
        labels=tuple(head.labels),
        views=tuple(head.views),
        lexical=head.lexical,
        parent_head=head.parent_head or None,
        parent_label=head.parent_label or None,
        fingerprint=head.fingerprint,
        status=head.status,
        error=head.error,
        description=head.description,
        share=head.share,
        bounds=_bounds(head),
        opt_out=_opt_out(head),
        default=head.default if head.HasField("default") else True,
    )


def _bounds(head: pb.HeadDescription) -> Bounds | None:
    if not head.HasField("bounds"):
        return None
    return Bounds(**{name: getattr(head.bounds, name) for name in Bounds.model_fields})


def _opt_out(head: pb.HeadDescription) -> OptOutThresholds | None:
    """Return the thresholds; None where the bundle, or an older service, names none."""
    if not head.HasField("opt_out"):
        return None
    return OptOutThresholds(yes=head.opt_out.yes, review=head.opt_out.review)


def _scores(answer: pb.HeadPredictions, info: HeadInfo | None) -> HeadScores:
    status = STATUSES.get(answer.status, "error")
    version, best = answer.version, tuple(answer.best)
    if status != "ok":
        return unavailable_scores(answer.name, version, status, answer.message)
    same = info is not None and info.version == version
    labels = info.labels if same and info is not None else tuple(answer.labels)
    scores = np.frombuffer(answer.scores, dtype=FLOAT).reshape(len(best), len(labels))
    return HeadScores(
        answer.name,
        version,
        status,
        labels,
        scores,
        best,
        tuple(answer.thresholds),
        tuple(answer.abstained),
        unlike=tuple(answer.unlike),
    )


def _invalid(detail: str) -> RequestError:
    return RequestError(400, "invalid_request", "The request cannot be read", detail)
