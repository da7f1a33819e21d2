"""The corpus checks: each failure is caught, with its place, and the shipped corpus passes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from heads.training.commands.data import training
from heads.training.commands.train import CORPUS
from heads.training.data.checks import check_corpus
from heads.training.data.near_duplicates import four_grams, similar_pairs
from heads.training.data.tables import Record, read_records

GOOD: dict[str, Any] = {
    "text": "Ask Maria Lopez in finance, she signs these off.",
    "intent": "referral",
    "objection_reason": None,
    "positive_kind": None,
    "auto_kind": None,
    "has_referral": True,
    "referral": [
        {
            "name": "Maria Lopez",
            "email": None,
            "phone": None,
            "role": None,
            "team": "finance",
            "handed_over": False,
        }
    ],
    "has_opt_out": False,
    "lang": "en",
    "author": "t-001",
    "alt_labels": [],
    "trap": False,
}
PLAIN = {**GOOD, "intent": "other", "has_referral": False, "referral": []}
WORDS = [
    "amber",
    "birch",
    "cedar",
    "dune",
    "ember",
    "fjord",
    "glade",
    "heath",
    "islet",
    "jetty",
    "knoll",
    "larch",
    "marsh",
]


def record(line: int = 1, **changes: Any) -> Record:
    """Make a good row with some fields changed."""
    return Record(Path("rows.jsonl"), line, {**GOOD, **changes})


def rules(*rows: Record, against: tuple[Record, ...] = ()) -> set[str]:
    """Return the rules that the rows break."""
    return {finding.rule for finding in check_corpus(rows, against)}


def test_good_row_passes() -> None:
    """A row that keeps every rule gives no finding."""
    assert check_corpus([record()]) == []
    assert check_corpus([record(native=False, region="Ontario", industry=None)]) == []


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"text": ""}, "schema"),
        ({"text": 3}, "schema"),
        ({"has_opt_out": "no"}, "schema"),
        ({"mood": "grim"}, "schema"),
        ({"lang": "English"}, "schema"),
        ({"intent": "maybe"}, "label"),
        ({"objection_reason": "budget"}, "label"),
        ({"intent": "objection", "objection_reason": None}, "label"),
        ({"intent": "positive", "positive_kind": "keen"}, "label"),
        ({"intent": "unsubscribe", "has_opt_out": False}, "label"),
        ({"has_referral": False, "referral": []}, "label"),
        ({"alt_labels": ["angry"]}, "label"),
        ({"has_referral": False}, "referral"),
        ({"referral": [{**GOOD["referral"][0], "name": "Marie Lopez"}]}, "referral"),
        ({"referral": [{"name": "Maria Lopez"}]}, "referral"),
    ],
)
def test_broken_row_is_told(changes: dict[str, Any], rule: str) -> None:
    """Each kind of schema, label or referral error is found under its rule and place."""
    findings = check_corpus([record(7, **changes)])
    assert rule in {finding.rule for finding in findings}
    assert all(str(finding).startswith("rows.jsonl:7: ") for finding in findings)


def test_missing_field_is_told() -> None:
    """A row without one of the fields fails."""
    row = record()
    fields = {key: value for key, value in row.fields.items() if key != "author"}
    assert "schema" in rules(Record(row.path, 1, fields))


def test_ninth_text_of_an_author_fails() -> None:
    """Eight texts of one author pass; the ninth does not."""
    texts = [" ".join(WORDS[i : i + 5]) for i in range(9)]
    rows = [Record(Path("r.jsonl"), i, {**PLAIN, "text": text}) for i, text in enumerate(texts)]
    assert "author" not in rules(*rows[:8])
    assert "author" in rules(*rows)


def test_ninth_use_of_an_opening_fails() -> None:
    """The same three first words may open eight texts, not nine."""
    rows = [
        Record(
            Path("r.jsonl"),
            i,
            {**PLAIN, "author": f"t-{i}", "text": f"well thanks but {WORDS[i] * 9}"},
        )
        for i in range(9)
    ]
    assert "opening" not in rules(*rows[:8])
    assert "opening" in rules(*rows)


def test_near_duplicate_of_another_author_fails() -> None:
    """Nearly the same text by two authors fails; an author may come near to himself."""
    first = record(1, text=GOOD["text"])
    second = record(2, text="Ask Maria Lopez in finance, she signs those off!")
    assert rules(first, second) == set()
    other = Record(second.path, 2, {**second.fields, "author": "t-002"})
    assert "near-duplicate" in rules(first, other)
    assert "near-duplicate" in rules(first, record(2))


def test_twins_and_contrasts_pass() -> None:
    """One text under two mails is two rows, and other words of another intent are a contrast."""
    yes, also = ({"text": "the second one", "last_outbound": q} for q in ("A or b?", "1 or 2?"))
    long = {"text": "Not for a firm of our size, I am afraid, sorry"}
    contrast = long["text"].replace("Not", "Just right")

    def failures(*rows: dict[str, Any]) -> list[str]:
        made = [Record(Path("w.jsonl"), n, {**PLAIN, **row}) for n, row in enumerate(rows)]
        return [finding.rule for finding in check_corpus(made)]

    assert failures(yes, also) == failures(yes, {**also, "author": "t-002"}) == []
    assert failures(yes, {**yes, "author": "t-002"}) == ["near-duplicate"]
    assert failures({"text": "1"}, {"text": "2"}) == []
    mails = ({**long, "last_outbound": q} for q in ("A or b?", "1 or 2?"))
    assert failures(*mails) == []
    assert failures(long, {**long, "author": "t-002", "last_outbound": "Hi"}) == ["near-duplicate"]
    other = {"author": "t-002", "text": contrast}
    assert failures(long, other) == ["near-duplicate"]
    positive = {"intent": "positive", "positive_kind": "misc"}
    assert failures(long, {**other, **positive}) == []


def test_an_opening_is_counted_by_writer_and_twins_once() -> None:
    """Writers may open alike, and one text under many mails is one text."""
    texts = [f"thank you for the {word}" for word in WORDS[:8]]
    rows = [
        Record(Path(f"{name}.jsonl"), n, {**PLAIN, "text": text, "author": f"{name}{n}"})
        for name in "ab"
        for n, text in enumerate(texts if name == "a" else texts[:1] * 9)
    ]

    assert not [f for f in check_corpus(rows) if f.rule == "opening"]


def test_a_mail_that_is_no_text_is_told() -> None:
    """`last_outbound` is a text or null."""
    assert [f.rule for f in check_corpus([record(last_outbound=7)])] == ["schema"]
    assert not check_corpus([record(last_outbound=None)])


def test_overlap_with_an_evaluation_file_fails() -> None:
    """A text like one of the evaluation file is reported, whoever wrote it."""
    judged = record(1, text="ask Maria Lopez in finance. She signs these off")
    assert "overlap" in rules(record(), against=(judged,))
    assert rules(record(), against=(record(text="Nothing alike stands here at all"),)) == set()


def test_similar_pairs_misses_nothing() -> None:
    """The inverted index finds exactly the pairs that a comparison of all pairs finds."""
    rows = read_records([CORPUS])[:250]
    texts = [str(row.fields["text"]) for row in rows]
    texts += [text.replace("e", "o", 2) for text in texts[:60]]
    grams = [four_grams(text) for text in texts]
    every = {
        (i, j)
        for i in range(len(texts))
        for j in range(i + 1, len(texts))
        if len(grams[i] & grams[j]) / len(grams[i] | grams[j]) >= 0.5
    }
    assert {(i, j) for i, j, _ in similar_pairs(texts, 0.5)} == every
    assert every


def test_command_tells_places_and_fails(tmp_path: Path) -> None:
    """`heads data check FILE` prints file:line of each failure and exits 1."""
    file = tmp_path / "rows.jsonl"
    rows = [GOOD, {**GOOD, "intent": "maybe", "text": "An entirely different line.", "author": "x"}]
    file.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    answer = CliRunner().invoke(training, ["data", "check", str(file)])
    assert answer.exit_code == 1
    assert f"{file}:2: label: unknown intent 'maybe'" in answer.output


def test_shipped_corpus_passes() -> None:
    """`heads data check` finds nothing wrong with the corpus in the repository."""
    answer = CliRunner().invoke(training, ["data", "check", "--no-quotas"])
    assert answer.exit_code == 0, answer.output
