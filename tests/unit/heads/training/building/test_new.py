"""Laws of `heads new`: what is wrong is told before any work, and each next step works."""

from __future__ import annotations

import csv
import re
import shlex
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from heads.__main__ import main
from heads.bundle.loading import load_folder
from heads.manifest import MAX_DESCRIPTION, MAX_LABELS
from heads.training.building.wanted import Wanted, check_labels
from tests.support.roles import point
from tests.support.vectors import TextVectors

LAYERS = 6
WORDS = {"price": "What would it cost", "meeting": "Let us talk on", "other": "Ticket number"}


class Desk:
    """A folder with tables and a catalog, and the command."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.catalog = folder, folder / "catalog"
        self.catalog.mkdir()

    def table(self, name: str, rows: Sequence[tuple[str, str]]) -> str:
        """Write a table of texts and labels."""
        path = self.folder / name
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([("text", "label"), *rows])
        return str(path)

    def run(self, *arguments: str) -> Result:
        """Run `heads` on the catalog."""
        return CliRunner().invoke(main, [*arguments, "--catalog", str(self.catalog)])

    def new(self, *arguments: str) -> Result:
        """Run `heads new` with members that are quick to learn."""
        return self.run("new", *arguments, "--members", "lexical")


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Lay the desk out; no encoder is loaded."""
    monkeypatch.setattr("heads.training.commands.new.check_model", lambda _: LAYERS)
    for command in ("new", "promote"):
        monkeypatch.setattr(
            f"heads.training.commands.{command}.open_store", lambda *_: TextVectors(layers=LAYERS)
        )
    return Desk(tmp_path)


def rows(
    count: int, labels: Sequence[str] = ("price", "meeting", "other")
) -> list[tuple[str, str]]:
    """Make rows of these labels in turn, no two texts alike."""
    return [
        (f"{WORDS[labels[n % len(labels)]]} {n}?", labels[n % len(labels)]) for n in range(count)
    ]


def test_labels_are_those_of_the_table(desk: Desk) -> None:
    """No option names them; the head answers those who name it, and claims no held-out author."""
    done = desk.new("topic", "--data", desk.table("t.csv", rows(90)))
    assert done.exit_code == 0, done.output
    manifest = load_folder(desk.catalog / "topic" / "1").manifest
    assert (manifest.labels, manifest.default) == (("meeting", "other", "price"), False)
    assert "Which of 3 labels" in manifest.description
    assert "held-out authors" not in (desk.catalog / "topic" / "1" / "README.md").read_text()
    assert '"heads": ["topic"]' in done.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("Topic",), "cannot be a head's name"),
        (("topic", "--description", "x" * 2001), "2000 at most"),
        (("topic", "--labels", "price,meeting"), "only the column has other"),
        (("topic", "--labels", "price,price"), "price twice"),
        (("topic", "--text-column", "sentence"), "it has 'text', 'label'"),
        (("topic", "--label-column", "text"), " and 80 other labels"),
    ],
)
def test_what_is_wrong_is_told_before_any_work(
    desk: Desk, arguments: tuple[str, ...], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No encoder is loaded for it, and nothing is written."""
    monkeypatch.setattr("heads.training.commands.new.open_store", lambda *_: pytest.fail("worked"))
    refused = desk.new(*arguments, "--data", desk.table("t.csv", rows(90)))
    assert refused.exit_code == 1
    assert message in refused.output
    assert list(desk.catalog.iterdir()) == []


def test_rows_kept_apart_are_told_where_a_label_has_too_few(desk: Desk) -> None:
    """Who counts five rows of each label in the table learns why they are not enough."""
    refused = desk.new("topic", "--data", desk.table("t.csv", rows(15)))
    counts = re.findall(r"\w+ (\d) \((\d) kept apart\)", refused.output)
    assert counts
    assert all(int(learnt) + int(apart) == 5 for learnt, apart in counts)


def test_a_description_of_any_number_of_labels_fits_a_bundle() -> None:
    """Hundreds of long ones are told by their number and the first few."""
    wanted = Wanted("topic", (), "", "text", "last_outbound", "label", "author")
    labels = [f"{place:03}" + "x" * 61 for place in range(MAX_LABELS)]
    check_labels(labels)
    assert len(wanted.describe(labels)) <= MAX_DESCRIPTION


@pytest.mark.parametrize(
    ("members", "message"),
    [("foo", "'foo' is no member"), ("mean@7", "6 layers"), ("mean@3/x", "hidden units")],
)
def test_members_are_checked_first(desk: Desk, members: str, message: str) -> None:
    """By their spelling and the encoder's layers."""
    data = desk.table("t.csv", rows(90))
    refused = desk.run("new", "topic", "--data", data, "--members", members)
    assert refused.exit_code == 1
    assert message in refused.output


def test_several_labels_a_row_make_a_question_each(desk: Desk) -> None:
    """A label of too few rows makes no head, and that is told."""
    table = rows(120, ("price", "meeting"))
    table[0] = (table[0][0], "price|meeting")
    table[1] = (table[1][0], "meeting|rare")
    done = desk.new("topic", "--data", desk.table("t.csv", table))
    assert done.exit_code == 0, done.output
    made = {path.name for path in desk.catalog.iterdir()}
    assert made == {"topic_price", "topic_meeting"}
    assert load_folder(desk.catalog / "topic_price" / "1").manifest.binary
    assert "no head for 'rare'" in done.output


@pytest.mark.parametrize(("count", "given"), [(90, "FRESH.csv"), (600, "t.csv")])
def test_the_next_step_of_a_second_version_names_rows(desk: Desk, count: int, given: str) -> None:
    """Those kept apart, where they are enough for the gate; that command then passes it."""
    data = desk.table("t.csv", rows(count))
    desk.new("topic", "--data", data)
    point(desk.catalog / "topic", "production", "1")
    done = desk.new("topic", "--data", data)
    (step,) = (line for line in done.output.splitlines() if "heads promote" in line)
    words = shlex.split(step)
    assert words[:4] == ["heads", "promote", "topic", "2"]
    assert Path(words[words.index("--data") + 1]).name == given
    if given == "t.csv":
        promoted = CliRunner().invoke(main, words[1:])
        assert "topic/2 is production" in promoted.output, promoted.output
