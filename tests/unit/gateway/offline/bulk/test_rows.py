"""Rows are read as requests are: fields in every form that a file has them in."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from gateway.errors import GatewayError, ValidationFailedError
from gateway.mail import MailInput
from gateway.offline.bulk.rows import read_row
from gateway.offline.bulk.sources import open_source
from gateway.offline.bulk.windows import windows
from tests.support.bulk import write_csv

HEADERS = {"Auto-Submitted": "auto-replied", "Subject": "Re: hi"}
MESSAGE = b"Subject: hi\n\nHello"


@pytest.mark.parametrize(
    "headers", [HEADERS, list(HEADERS.items()), {**HEADERS, "X": None}, json.dumps(HEADERS)]
)
def test_headers_come_as_a_map_pairs_a_struct_or_json(headers: object) -> None:
    """Parquet's maps are pairs, its structs have nulls, and CSV has neither."""
    mail = read_row(0, {"text": "Hello", "headers": headers}, "id").mail

    assert isinstance(mail, MailInput)
    assert mail.headers == HEADERS


@pytest.mark.parametrize("raw", [MESSAGE, base64.b64encode(MESSAGE).decode()])
def test_a_whole_message_comes_as_bytes_or_base64(raw: bytes | str) -> None:
    """A binary column needs no base64."""
    mail = read_row(0, {"raw": raw, "label": "x"}, "id").mail

    assert isinstance(mail, MailInput)
    assert mail.raw == MESSAGE


@pytest.mark.parametrize(
    "fields",
    [
        {"headers": "{"},
        {"headers": "[1]"},
        {"headers": [1]},
        {"own_domains": "a.example"},
        {"raw": b"x"},
    ],
)
def test_a_field_in_no_form_is_that_rows_problem(fields: dict[str, object]) -> None:
    """Nothing is raised, and the problem names no value."""
    problem = read_row(0, {"text": "Hello", **fields}, "id").mail

    assert isinstance(problem, ValidationFailedError)


def test_arrows_own_types_are_read(tmp_path: Path) -> None:
    """Maps, lists, timestamps, dictionaries and binaries of Parquet are a mail's fields."""
    day = datetime(2026, 11, 17, 9, tzinfo=UTC)
    table = pa.table(
        {
            "key": pa.array([7]),
            "text": pa.array(["Hello"]).dictionary_encode(),
            "headers": pa.array([list(HEADERS.items())], pa.map_(pa.string(), pa.string())),
            "date": pa.array([day], pa.timestamp("us", "UTC")),
            "own_domains": pa.array([["a.example"]]),
        }
    )
    pq.write_table(table, tmp_path / "in.parquet")

    (fields,) = open_source(str(tmp_path / "in.parquet"), "key").rows()
    row = read_row(0, fields, "key")

    assert row.id == "7"
    assert row.mail == MailInput(
        text="Hello", headers=HEADERS, date=day, own_domains=("a.example",)
    )


def test_bytes_that_are_no_text_are_that_rows_problem(tmp_path: Path) -> None:
    """A Parquet text of bytes that are not UTF-8 leaves its neighbours."""
    broken = pa.array([b"ok", b"\xff\xfe", b"fine"]).view(pa.string())
    pq.write_table(pa.table({"text": broken}), tmp_path / "in.parquet")

    mails = [
        read_row(number, row, "id").mail
        for number, row in enumerate(open_source(str(tmp_path / "in.parquet")).rows())
    ]

    assert [isinstance(mail, GatewayError) for mail in mails] == [False, True, False]


def test_an_empty_cell_of_the_only_content_is_an_empty_mail(tmp_path: Path) -> None:
    """CSV has no null: an empty subject is none, an empty text is a mail without words."""
    source = write_csv(tmp_path / "in.csv", [{"text": "", "subject": ""}])

    (fields,) = open_source(str(source)).rows()

    assert read_row(0, fields, "id").mail == MailInput(text="")


def test_windows_are_bounded_in_rows_and_bytes() -> None:
    """A window ends at its last row that fits, by the content alone."""
    rows = [read_row(number, {"text": "x" * 1000}, "id") for number in range(10)]

    by_rows = list(windows(rows, 4))
    by_bytes = list(windows(rows, 100, max_bytes=2500))

    assert [len(window.rows) for window in by_rows] == [4, 4, 2]
    assert [len(window.rows) for window in by_bytes] == [3, 3, 3, 1]
    assert [window.digest for window in by_rows] == [w.digest for w in windows(iter(rows), 4)]
    assert by_rows[0].digest == by_rows[1].digest != by_rows[2].digest
