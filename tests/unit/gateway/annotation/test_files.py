"""Files of texts to label and of their order: JSON lines and CSV, and errors that quote nothing."""

from pathlib import Path

import pytest

from gateway.annotation.files import RowError, read_order, read_texts


def test_json_lines_and_csv_are_the_same_texts(tmp_path: Path) -> None:
    """Text, subject, tenant and score; a row without a tenant has that of the command."""
    lines = tmp_path / "a.jsonl"
    lines.write_text(
        '{"text": "One, ü.", "subject_ref": "s-1", "score": 0.5}\n\n{"text": "Two."}\n'
    )
    table = tmp_path / "a.csv"
    table.write_text('text,subject_ref,score,tenant\n"One, ü.",s-1,0.5,\nTwo.,,,\n')

    read = [list(read_texts(path, {"intent": ()}, "acme", 1)) for path in (lines, table)]

    assert read[0] == read[1]
    assert [(new.text, new.subject_ref, new.score, new.tenant) for new in read[0]] == [
        ("One, ü.", "s-1", 0.5, "acme"),
        ("Two.", None, None, "acme"),
    ]


def test_an_order_is_a_score_or_the_rank_of_the_selection(tmp_path: Path) -> None:
    """By id or by text, as `heads select` writes them; ranks come before scores."""
    file = tmp_path / "order.jsonl"
    file.write_text('{"id": "a", "selection": {"rank": 2}}\n{"text": "B.", "score": 0.1}\n')

    assert list(read_order(file)) == [("a", None, -999_998.0), (None, "B.", 0.1)]


@pytest.mark.parametrize(
    "line", ['{"text": 7}', "[1]", "secret", '{"text": "x", "score": "secret"}', '{"other": "x"}']
)
def test_a_row_that_cannot_be_read_is_named_and_not_quoted(tmp_path: Path, line: str) -> None:
    """File and line, no content."""
    file = tmp_path / "a.jsonl"
    file.write_text('{"text": "One."}\n' + line + "\n")

    with pytest.raises(RowError, match=r"a\.jsonl:2") as refused:
        list(read_texts(file, {}, "", 1))

    assert "secret" not in str(refused.value)
