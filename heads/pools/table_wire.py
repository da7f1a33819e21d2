"""Turns tables of answers into protobuf and back; what is asked again is not parsed again.

A request for a table is two PredictRequests, one after the other, which read as one: the question
(all but the rows), then the rows. A header says where the rows begin. The same question has the
same bytes, so that a service parses it once; to an older service it is a request like any other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from google.protobuf.message import DecodeError

from heads.pools.wire import FLOAT, add_row, read_row, row_bytes
from heads.prediction import FeatureRow, ScoreTable, TableColumns
from protos.heads.v1 import heads_pb2 as pb

ROWS_AT = "X-Rows-At"
"""The header that says how many bytes the question has."""
_BEST, _FLAG = np.dtype("<u2"), np.dtype("u1")
_ABSTAINED, _UNLIKE = 1, 2


@dataclass(frozen=True)
class Question:
    """A request without its rows; `known` is the digest of columns that the asker has."""

    refs: tuple[tuple[str, str], ...]
    views: tuple[str, ...]
    dim: int
    fingerprint: str
    known: bytes


def question_bytes(question: Question) -> bytes:
    """Write a question."""
    message = pb.PredictRequest(
        views=question.views,
        dim=question.dim,
        fingerprint=question.fingerprint,
        flat=True,
        known_columns=question.known,
    )
    for name, version in question.refs:
        message.heads.add(name=name, version=version)
    return message.SerializeToString()


def parse_question(content: bytes) -> Question | None:
    """Parse a question; None for anything else, and where names or views repeat."""
    message = pb.PredictRequest()
    try:
        message.ParseFromString(content)
    except DecodeError:
        return None
    refs = tuple((ref.name, ref.version) for ref in message.heads)
    views = tuple(message.views)
    distinct = len({name for name, _ in refs}) == len(refs) and len(set(views)) == len(views)
    if message.rows or not message.flat or not distinct:
        return None
    return Question(refs, views, message.dim, message.fingerprint, message.known_columns)


def rows_bytes(
    views: Sequence[str], dim: int, rows: Sequence[FeatureRow], *, with_text: bool
) -> bytes | None:
    """Write rows; None where one lacks a view or has it in another size."""
    message = pb.PredictRequest()
    for row in rows:
        vectors = [row.vectors[view] for view in views if view in row.vectors]
        if len(vectors) < len(views) or any(vector.shape != (dim,) for vector in vectors):
            return None
        add_row(message, vectors, row.text if with_text else "")
    return message.SerializeToString()


def parse_rows(content: bytes, question: Question) -> list[FeatureRow] | None:
    """Parse the rows of a question; None for anything else."""
    message = pb.PredictRequest()
    try:
        message.ParseFromString(content)
    except DecodeError:
        return None
    size = row_bytes(question.views, question.dim)
    others = message.heads or message.views or message.dim or message.fingerprint
    if others or any(len(row.vectors) != size for row in message.rows):
        return None
    return [read_row(row, question.views, question.dim) for row in message.rows]


def table_bytes(generation: int, table: ScoreTable, known: bytes) -> bytes:
    """Write a PredictResponse that holds a table, without its columns where they are `known`."""
    columns = table.columns
    flags = table.abstained * np.uint8(_ABSTAINED) + table.unlike * np.uint8(_UNLIKE)
    message = pb.Table(
        digest=columns.digest,
        scores=table.scores.astype(FLOAT, copy=False).tobytes(),
        best=table.best.astype(_BEST).tobytes(),
        flags=flags.astype(_FLAG, copy=False).tobytes(),
    )
    if known != columns.digest:
        heads = zip(
            columns.names, columns.versions, columns.labels, columns.thresholds, strict=True
        )
        for name, version, labels, thresholds in heads:
            message.columns.add(name=name, version=version, labels=labels, thresholds=thresholds)
    return pb.PredictResponse(generation=generation, table=message).SerializeToString()


def parse_columns(message: pb.Table) -> TableColumns:
    """Return the columns that a table came with."""
    return TableColumns(
        tuple(head.name for head in message.columns),
        tuple(head.version for head in message.columns),
        tuple(tuple(head.labels) for head in message.columns),
        tuple(tuple(head.thresholds) for head in message.columns),
    )


def parse_table(message: pb.Table, known: Mapping[bytes, TableColumns]) -> ScoreTable:
    """Parse a table whose columns are known. Raises ValueError or KeyError for anything else."""
    columns = known[message.digest]
    heads = len(columns.names)
    best = np.frombuffer(message.best, _BEST).reshape(-1, heads)
    flags = np.frombuffer(message.flags, _FLAG).reshape(-1, heads)
    scores = np.frombuffer(message.scores, FLOAT).reshape(len(best), columns.edges[-1])
    if len(flags) != len(best):
        raise ValueError("a table's parts have different rows")
    abstained, unlike = (flags & _ABSTAINED) != 0, (flags & _UNLIKE) != 0
    return ScoreTable(columns, scores, best.astype(np.int64), abstained, unlike)
