"""A head of descriptions: measured on what it has not seen, silent where that says little."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from heads.__main__ import main
from heads.bundle.loading import load_folder
from heads.training.building.describe import described_data
from heads.training.data.descriptions import read_descriptions
from heads.training.errors import DataError
from heads.training.fitting.prototypes import learn_prototypes
from tests.support.vectors import TextVectors

FILE = """
description = "What it is about."
[labels.price]
describe = ["The price, what it costs."]
examples = ["What would it cost us", "What would it cost a year", "What does a licence cost"]
[labels.meeting]
examples = ["Let us talk on Monday", "Let us talk on Friday at ten", "Shall we talk on Tuesday"]
[labels.silence]
describe = "Nothing at all."
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Write the descriptions."""
    path = tmp_path / "labels.toml"
    path.write_text(FILE, encoding="utf-8")
    return path


def test_descriptions_alone_make_a_bundle_that_loads(
    tmp_path: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bundle passes its self-test, answers nobody by default, and its card has the figures."""
    monkeypatch.setattr("heads.training.commands.new.open_store", lambda *_: TextVectors(layers=6))
    catalog = tmp_path / "catalog"
    catalog.mkdir()
    rows = tmp_path / "rows.csv"
    rows.write_text("text,label\nWhat would it cost in May,price\nLet us talk,meeting\n")
    arguments = ["new", "topic", "--describe", str(file), "--catalog", str(catalog)]

    result = CliRunner().invoke(main, [*arguments, "--data", str(rows)])

    assert result.exit_code == 0, result.output
    head = load_folder(catalog / "topic" / "1")
    assert head.manifest.labels == ("price", "meeting", "silence")
    assert not head.manifest.default
    assert head.manifest.unlike is not None
    assert "measured on 6 examples" in result.output
    assert "the given file | 2" in (catalog / "topic" / "1" / "README.md").read_text()


def test_no_example_is_measured_by_a_prototype_that_saw_it(file: Path) -> None:
    """An example moved to another label's place is scored as if it had never been there."""
    data = described_data("topic", read_descriptions(file))
    x = np.eye(len(data), 8, dtype=np.float32)  # no sentence is like any other
    learnt = learn_prototypes(data, x, [True] * len(data))

    own = learnt.scores[np.arange(len(data)), data.truth]
    assert (own[learnt.measured] <= learnt.scores[learnt.measured].max(axis=1)).all()
    assert (learnt.scores.argmax(axis=1) != data.truth)[learnt.measured].any()


def test_a_label_that_is_not_measured_is_never_acted_on(file: Path) -> None:
    """Few right answers are no proof: the floor is 0.9, and a label of one sentence is silent."""
    descriptions = read_descriptions(file)
    data = described_data("topic", descriptions)
    store = TextVectors(layers=6)
    vectors = store.vectors(data.texts, ["mean@6"], data.contexts)["mean@6"]
    x = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    is_example = [bool(record.fields["example"]) for record in descriptions.records()]

    learnt = learn_prototypes(data, x, is_example)

    assert learnt.thresholds["silence"] > 0.999
    assert min(learnt.thresholds.values()) >= 0.9
    assert learnt.measured.tolist() == [False, *[True] * 6, False]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("labels = 1", "two tables"),
        ("[labels.a]\nexamples = ['x']", "two tables"),
        ("[labels.a]\nexamples = ['x']\n[labels.b]", "needs a sentence"),
        ("[labels.a]\nexamples = ['x']\n[labels.b]\nexample = ['y']", "nothing else"),
        ("[labels.a]\nexamples = ['x']\n[labels.b]\nexamples = [1]", "must be sentences"),
        ("[labels.a]\nexamples = ['x']\n[labels.b]\nexamples = ['X']", "twice"),
        ("name = 'x'", "unknown key name"),
        ("=", "TOML"),
    ],
)
def test_what_is_wrong_is_told(tmp_path: Path, content: str, message: str) -> None:
    """The file and the key are named."""
    path = tmp_path / "labels.toml"
    path.write_text(content, encoding="utf-8")

    with pytest.raises(DataError, match=message) as refusal:
        read_descriptions(path)

    assert "labels.toml" in str(refusal.value)


def test_yes_and_no_are_one_question(tmp_path: Path) -> None:
    """Labels yes and no make a head of one column, as a table with them does."""
    path = tmp_path / "labels.toml"
    path.write_text("[labels.yes]\nexamples = ['a b', 'a c']\n[labels.no]\nexamples = ['d', 'e']")
    data: Any = described_data("topic", read_descriptions(path))

    learnt = learn_prototypes(data, np.eye(4, dtype=np.float32), [True] * 4)

    assert data.task.is_yes_no
    assert learnt.network.w0.shape == (4, 1)
