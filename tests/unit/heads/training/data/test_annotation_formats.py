"""Rows go to annotation tools and back as the same bytes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from heads.__main__ import main
from heads.training.data.annotation_formats import (
    FORMATS,
    Columns,
    Format,
    read_rows,
    write_rows,
)
from heads.training.errors import DataError

CORPUS = Path(__file__).resolve().parents[5] / "heads" / "data" / "replies" / "e.jsonl"
TOOLS: tuple[Format, ...] = FORMATS[1:]
_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
_VALUE = st.one_of(
    _TEXT, st.none(), st.booleans(), st.integers(-9, 9), st.sampled_from(["=1+1", "-2", "'", "'=x",
    "true", "null", "[1]", '"', " ", "a\r\nb", "a,b", "", "7"]), st.lists(_TEXT, max_size=2),
)  # fmt: skip
_KEY = st.sampled_from(["author", "lang", "n", "Ü", "a b"])


@pytest.mark.parametrize("kind", TOOLS)
def test_the_corpus_goes_there_and_back_as_the_same_bytes(kind: Format, tmp_path: Path) -> None:
    """Labels, order, other fields and every character are what they were, by the command."""
    there, back = tmp_path / "there", tmp_path / "back"
    label = ["--label-column", "intent"]
    to = ["convert", str(CORPUS), str(there), "--from", "jsonl", "--to", kind, *label]
    home = ["convert", str(there), str(back), "--from", kind, "--to", "jsonl", *label]

    for arguments in (to, home):
        assert CliRunner().invoke(main, arguments).exit_code == 0

    assert back.read_bytes() == CORPUS.read_bytes()


@pytest.mark.parametrize("kind", TOOLS)
@given(
    rows=st.lists(
        st.tuples(_TEXT, st.sampled_from(["x", "ja nein", None]), st.dictionaries(_KEY, _VALUE)),
        max_size=4,
    ),
    several=st.booleans(),
)
def test_any_rows_do(
    kind: Format, rows: list[tuple[str, str | None, dict[str, Any]]], several: bool
) -> None:
    """Formulas, what looks like JSON, line ends and empty texts included.

    A table has one order of columns: there rows keep what they hold, the order of each is lost.
    """
    columns = Columns("text", "topic", several)
    given_rows = [
        {"text": text, "topic": ([label] if label else []) if several else label, **others}
        for text, label, others in rows
    ]
    before = write_rows(given_rows, "jsonl", columns)

    tool_file = write_rows(given_rows, kind, columns)
    read = read_rows(tool_file, kind, columns)

    assert read == given_rows
    assert kind == "csv" or write_rows(read, "jsonl", columns) == before
    assert write_rows(read, kind, columns) == tool_file


def test_no_cell_is_computed_by_a_spreadsheet() -> None:
    """What begins as a formula does is written as a text, and read back without the mark."""
    rows = [{"text": "=HYPERLINK(1)", "label": "x"}, {"text": "-5 degrees", "label": "@y"}]

    content = write_rows(rows, "csv", Columns())

    assert content == "text,label\n'=HYPERLINK(1),x\n'-5 degrees,'@y\n"
    assert read_rows(content, "csv", Columns()) == rows


def test_what_label_studio_exports_becomes_rows_with_who_and_when() -> None:
    """The last annotation that was not cancelled counts; one without a choice takes the label."""
    choice = {"type": "choices", "from_name": "label", "to_name": "text"}
    annotations = [
        {"result": [{**choice, "value": {"choices": ["old"]}}], "completed_by": 1},
        {
            "result": [{**choice, "value": {"choices": ["new"]}}],
            "completed_by": {"id": 2, "email": "ann@x.example"},
            "created_at": "2026-11-29T10:00:00Z",
        },
        {"result": [{**choice, "value": {"choices": ["no"]}}], "was_cancelled": True},
    ]
    tasks = [
        {"id": 7, "data": {"text": "Hi", "label": "guess"}, "annotations": annotations},
        {"id": 8, "data": {"text": "Ho", "label": "guess"}, "annotations": []},
    ]

    first, second = read_rows(json.dumps(tasks), "label-studio", Columns())

    assert first == {
        "text": "Hi",
        "label": "new",
        "labelled_at": "2026-11-29T10:00:00Z",
        "annotator": "ann@x.example",
    }
    assert second == {"text": "Ho", "label": None}


def test_what_prodigy_writes_becomes_rows() -> None:
    """Choices and single questions are read; refused and skipped ones have no label."""
    tasks = [
        {"text": "a", "accept": ["x"], "options": [], "answer": "accept", "_input_hash": 1},
        {"text": "b", "label": "x", "answer": "accept"},
        {"text": "c", "label": "x", "answer": "reject"},
        {"text": "d", "label": "x", "answer": "ignore"},
    ]
    content = "".join(json.dumps(task) + "\n" for task in tasks)

    rows = read_rows(content, "prodigy", Columns())

    assert [row["label"] for row in rows] == ["x", "x", None, None]
    assert rows[0] == {"text": "a", "label": "x"}


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"text": 7, "label": "x"}, "no text"),
        ({"text": "a", "label": True}, "is no text"),
        ({"text": "a", "label": ["x"]}, "--several"),
    ],
)
def test_rows_that_no_tool_can_hold_are_told(row: dict[str, Any], message: str) -> None:
    """The row is named; nothing is guessed."""
    with pytest.raises(DataError, match=message):
        write_rows([row], "doccano", Columns())


@pytest.mark.parametrize("kind", TOOLS[:3])
def test_a_field_that_the_tool_needs_itself_is_told(kind: Format) -> None:
    """A second column called `label` or `accept` would be lost: nothing is written."""
    row = {"text": "a", "intent": "x", "label": "y", "accept": "z"}
    columns = Columns(label="intent")

    if kind == "label-studio":
        assert read_rows(write_rows([row], kind, columns), kind, columns) == [row]
    else:
        with pytest.raises(DataError, match="of its own"):
            write_rows([row], kind, columns)


@pytest.mark.parametrize("content", ["[", "{}", '[{"data": 1}]', '[{"text": "a"}]'])
def test_a_file_of_another_format_is_told(content: str) -> None:
    """What cannot be read as the format names the format."""
    with pytest.raises(DataError, match="label-studio"):
        read_rows(content, "label-studio", Columns())
