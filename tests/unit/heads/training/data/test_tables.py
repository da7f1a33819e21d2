"""Laws of reading tables as people save them, and of rows that repeat or contradict another."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from heads.training.data.questions import names_of_questions, question, several_labels
from heads.training.data.repeats import without_repeats
from heads.training.data.tables import Record, read_records, require_columns
from heads.training.errors import DataError

TABLE = 'text,label,author\n"Ça va, à 9 €?",yes,a\nNon merci,no,b\n'
ROWS = [
    {"text": "Ça va, à 9 €?", "label": "yes", "author": "a"},
    {"text": "Non merci", "label": "no", "author": "b"},
]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"]
)
@pytest.mark.parametrize("mark", [",", ";", "\t"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_a_table_reads_the_same_however_it_was_saved(
    tmp_path: Path, encoding: str, mark: str, line_end: str
) -> None:
    """Any usual encoding, separator and end of line."""
    text = '"Ça va, à 9 €?"'.join(TABLE.replace(",", mark).split(f'"Ça va{mark} à 9 €?"'))
    path = tmp_path / "labels.csv"
    path.write_bytes(text.replace("\n", line_end).encode(encoding))
    assert [dict(record.fields) for record in read_records([path])] == ROWS


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b'text,label\n"never ends,yes\nmore,no\n', "never closed"),
        (b"text,label\nwell, yes,no\n", r":2: 3 cells under 2 columns"),
        (b"text,label\n\x81\x8d,no\n", "save it as CSV UTF-8"),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path: Path, content: bytes, message: str) -> None:
    """With the file, the place, and what to do."""
    path = tmp_path / "labels.csv"
    path.write_bytes(content)
    with pytest.raises(DataError, match=message):
        read_records([path])


def test_a_missing_column_is_told_with_those_there_are(tmp_path: Path) -> None:
    """And with the option that names another one; a header alone is no table."""
    path = tmp_path / "labels.csv"
    path.write_text("sentence,class\nhello,yes\n")
    wanted = {"text": "--text-column", "label": "--label-column"}
    with pytest.raises(
        DataError, match=r"no columns 'text' and 'label'; it has 'sentence', 'class'"
    ):
        require_columns(read_records([path]), wanted)
    with pytest.raises(DataError, match="no row"):
        require_columns([], wanted)


def test_excel_is_read_by_openpyxl_or_says_so(tmp_path: Path) -> None:
    """Where the package is missing the error names it and the way round."""
    path = tmp_path / "labels.xlsx"
    if importlib.util.find_spec("openpyxl") is None:
        path.write_bytes(b"PK")
        with pytest.raises(DataError, match="openpyxl"):
            read_records([path])
        return
    import pandas as pd

    pd.DataFrame([{"text": "a", "label": 3}, {"text": "b", "label": None}]).to_excel(
        path, index=False
    )
    assert [dict(record.fields) for record in read_records([path])] == [
        {"text": "a", "label": "3"},
        {"text": "b", "label": None},
    ]


def records(*rows: tuple[str, object]) -> list[Record]:
    """Make rows of text and label."""
    return [
        Record(Path("t.csv"), n, {"text": text, "label": label})
        for n, (text, label) in enumerate(rows, start=2)
    ]


def test_repeated_rows_are_learnt_once_under_the_label_of_most() -> None:
    """Ties are left out; case and space make no other text; another context does."""
    rows = records(
        ("Yes please", "yes"), ("yes  PLEASE", "yes"),
        ("maybe", "yes"), ("maybe", "no"), ("maybe", "no"),
        ("well", "yes"), ("well", "no"),
        ("alone", "no"),
    )  # fmt: skip
    sorted_out = without_repeats(
        rows, text_column="text", context_column="outbound", label_column="label"
    )
    kept = [(record.line, record.fields["label"]) for record in sorted_out.kept]
    assert kept == [(2, "yes"), (5, "no"), (9, "no")]
    assert (sorted_out.repeated, len(sorted_out.conflicts), sorted_out.undecided) == (1, 2, 1)
    notes = "\n".join(sorted_out.notes())
    assert "1 rows repeat" in notes
    assert "t.csv:4, t.csv:5" in notes
    assert "maybe" not in notes, "places, no mail text"
    asked = [Record(r.path, r.line, {**r.fields, "outbound": str(r.line)}) for r in rows]
    apart = without_repeats(
        asked, text_column="text", context_column="outbound", label_column="label"
    )
    assert len(apart.kept) == len(rows)
    assert list(apart.notes()) == []


def test_a_table_of_several_labels_becomes_questions() -> None:
    """Lists and words apart by | or ; are several labels; a mark within one label is not."""
    rows = records(("a", "price|meeting"), ("b", "price"), ("c", "meeting; price"), ("d", ""))
    labels = several_labels(rows[:2] + rows[3:], "label")
    assert labels is not None
    assert list(map(set, labels)) == [{"price", "meeting"}, {"price"}, set()]
    asked = question(rows[:2] + rows[3:], "label", labels, "meeting")
    assert [record.fields["label"] for record in asked] == ["yes", "no", "no"]
    lists = several_labels(records(("a", ["x", "y"]), ("b", [])), "label")
    assert lists is not None
    assert list(map(set, lists)) == [{"x", "y"}, set()]
    assert several_labels(records(("a", "yes; maybe"), ("b", "no")), "label") is None
    assert several_labels(records(("a", "yes"), ("b", "no")), "label") is None


def test_names_of_questions_are_names_of_heads() -> None:
    """Made of the label's letters and digits; two labels that would share one are refused."""
    assert names_of_questions("topic", ["Price & cost", "no-show"]) == {
        "Price & cost": "topic_price_cost",
        "no-show": "topic_no_show",
    }
    with pytest.raises(DataError, match="topic_a_b"):
        names_of_questions("topic", ["a b", "a-b"])
