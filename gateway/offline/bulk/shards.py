"""Writes a window's answers as one Parquet file, and reads what a file was made of."""

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic_core import from_json

from gateway.api.rendering import render
from gateway.errors import GatewayError
from gateway.inference.answer import Outcome
from gateway.inference.plan import Plan
from gateway.offline.bulk.rows import InputRow
from heads.prediction import TableColumns
from trunkline.disk import sync

_METADATA = b"trunkline"
_TEMPORARY = ".writing"
_TEXT_TYPE, _COUNT, _NUMBER, _FLAG = pa.string(), pa.int32(), pa.float64(), pa.bool_()
_SPAN = {"start": _COUNT, "end": _COUNT}
_NAMES = dict.fromkeys(("name", "email", "phone", "role", "team"), _TEXT_TYPE)
_PERSON = pa.struct({**_NAMES, "handed_over": _FLAG, **_SPAN})
_FOLLOW_UP = pa.struct({**dict.fromkeys(("not_before", "until", "text"), _TEXT_TYPE), **_SPAN})
_KEPT = pa.struct(
    {
        "kept_chars": _COUNT,
        "cut_chars": _COUNT,
        "flags": pa.list_(_TEXT_TYPE),
        "cleaner_version": _TEXT_TYPE,
    }
)
_ENCODER = pa.struct(
    {"tokens": _COUNT, "tokens_total": _COUNT, "truncated": _FLAG, "unknown": _COUNT}
)
_GIVEN = pa.struct({"head": _TEXT_TYPE, "label": _TEXT_TYPE, "probability": _NUMBER})


def shard_schema(plan: Plan, columns: TableColumns) -> pa.Schema:
    """Return the columns of a shard: `/v1/classify`'s members, the decision's at the top."""
    heads = [(name, _head_type(_labels(columns, name))) for name in plan.asked]
    return pa.schema(
        {
            "row": pa.int64(),
            "id": _TEXT_TYPE,
            "status": pa.int16(),
            "problem": _TEXT_TYPE,
            "detail": _TEXT_TYPE,
            "intent": _TEXT_TYPE,
            "objection_reason": _TEXT_TYPE,
            "abstained": _FLAG,
            "decided_by": _TEXT_TYPE,
            "rule": _TEXT_TYPE,
            "opt_out": _TEXT_TYPE,
            "heads": pa.struct(heads),
            "referral": pa.list_(_PERSON),
            "auto_kind": _TEXT_TYPE,
            "return_date": _TEXT_TYPE,
            "delegate": _PERSON,
            "follow_up": _FOLLOW_UP,
            "text": _KEPT,
            "encoder": _ENCODER,
        }
    )


def answer_table(
    rows: Sequence[InputRow], outcomes: Sequence[Outcome], schema: pa.Schema
) -> pa.Table:
    """Return the rows' answers as a table; a row without an answer says why not."""
    answers = [_answer(row, outcome) for row, outcome in zip(rows, outcomes, strict=True)]
    return pa.Table.from_pylist(answers, schema)


def shard_path(folder: Path, index: int) -> Path:
    """Return where a shard lies."""
    return folder / f"part-{index:06d}.parquet"


def write_shard(path: Path, table: pa.Table, made_of: Mapping[str, Any]) -> None:
    """Write a shard so that it is there whole or not at all; `made_of` goes into its metadata."""
    metadata = {_METADATA: json.dumps(made_of, sort_keys=True).encode()}
    temporary = path.with_suffix(_TEMPORARY)
    pq.write_table(table.replace_schema_metadata(metadata), temporary, compression="zstd")
    sync(temporary)
    os.replace(temporary, path)
    sync(path.parent)


def read_made_of(path: Path) -> dict[str, Any] | None:
    """Return what a shard was made of; None where there is no whole shard of ours."""
    try:
        metadata = pq.read_schema(path).metadata or {}
        made_of = json.loads(metadata[_METADATA])
    except (OSError, KeyError, ValueError, pa.ArrowException):
        return None
    return made_of if isinstance(made_of, dict) else None


def read_statuses(path: Path) -> list[int]:
    """Return the status of each row of a shard."""
    statuses: list[int] = pq.read_table(path, columns=["status"])["status"].to_pylist()
    return statuses


def shard_paths(folder: Path) -> list[Path]:
    """List the shards in a folder, in order."""
    return sorted(folder.glob("part-*.parquet"))


def remove_leftovers(folder: Path, shards: int) -> None:
    """Remove shards beyond the last one, of an input that was longer, and half-written files."""
    wanted = {shard_path(folder, index) for index in range(shards)}
    for path in (*shard_paths(folder), *folder.glob(f"part-*{_TEMPORARY}")):
        if path not in wanted:
            path.unlink()


def _labels(columns: TableColumns, name: str) -> Iterable[str]:
    return columns.labels[columns.places[name]] if name in columns.places else ()


def _head_type(labels: Iterable[str]) -> pa.DataType:
    return pa.struct(
        {
            "status": _TEXT_TYPE,
            "label": _TEXT_TYPE,
            "probability": _NUMBER,
            "threshold": _NUMBER,
            "margin": _NUMBER,
            "abstained": _FLAG,
            "scores": pa.struct([(label, _NUMBER) for label in labels]),
            "version": _TEXT_TYPE,
            "given": _GIVEN,
            "message": _TEXT_TYPE,
        }
    )


def _answer(row: InputRow, outcome: Outcome) -> dict[str, Any]:
    place = {"row": row.number, "id": row.id}
    if isinstance(outcome, GatewayError):
        detail = outcome.problem("")["detail"]
        return {**place, "status": outcome.status, "problem": outcome.code, "detail": detail}
    answer: dict[str, Any] = from_json(render(outcome, "", {}))
    return {**place, "status": 200, **answer.pop("decision"), **answer, **place}
