"""Laws of the suite and its material: enough cases, unseen by training, the same every time."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from heads.training.behaviour.directions import DIRECTIONS
from heads.training.behaviour.material import Material, clear_replies, label_of, read_material
from heads.training.behaviour.suite import clear_pairs, trials
from heads.training.data.near_duplicates import folded, similar_pairs
from heads.training.data.tables import Record
from heads.training.data.taxonomy import REPLY_TASKS, Task
from heads.training.errors import DataError
from trunkline.reply_context import needs_context

MATERIAL = read_material()
TASKS = tuple(REPLY_TASKS.values())
INTENT = REPLY_TASKS["intent"]


def texts(records: tuple[Record, ...]) -> list[str]:
    """Return the rows' texts."""
    return [str(record.fields["text"]) for record in records]


@pytest.mark.parametrize("task", TASKS, ids=[task.name for task in TASKS])
def test_every_label_has_twenty_cases(task: Task) -> None:
    """Of each label of each head, by at least twenty texts."""
    used = [record for record in MATERIAL.cases if task.applies(record.fields)]
    counts = Counter(label_of(task, record) for record in used)

    assert set(counts) == set(task.labels)
    assert min(counts.values()) >= 20


def test_no_case_is_taken_from_the_corpus() -> None:
    """No case is near a reply of the corpus, or another case; no mail is one of the corpus."""
    corpus = [str(record.fields["text"]) for record in MATERIAL.replies]
    mails = {folded(str(r.fields.get("last_outbound") or "")) for r in MATERIAL.replies}
    own = [*MATERIAL.mails, *(str(r.fields["last_outbound"]) for r in MATERIAL.answers)]

    assert not list(similar_pairs(texts(MATERIAL.cases), 0.5, against=corpus))
    assert not list(similar_pairs(texts(MATERIAL.cases), 0.6))
    assert not {folded(mail) for mail in own} & mails
    assert len(set(MATERIAL.mails)) >= 40


def test_every_answer_is_read_with_its_mail() -> None:
    """An answer is so short that serving reads its mail with it."""
    assert all(map(needs_context, texts(MATERIAL.answers)))
    assert all(record.fields["last_outbound"] for record in MATERIAL.answers)


@pytest.mark.parametrize("task", TASKS, ids=[task.name for task in TASKS])
def test_a_head_has_trials_of_every_sort(task: Task) -> None:
    """Each has cases; the same material gives the same trials; every text is in its group."""
    clear = texts(tuple(clear_replies(task, MATERIAL.replies, MATERIAL.second)))
    built = trials(task, MATERIAL, clear, set(clear))
    sorts = Counter(trial.kind.partition(":")[0] for trial in built)

    assert set(sorts) == {"minimum", "invariance", "direction", "context"}
    assert sorts["invariance"] == 12
    assert all(
        len(trial.before) == len(trial.after) == len(trial.groups) == len(trial.expected)
        for trial in built
    )
    assert built == trials(task, MATERIAL, clear, set(clear))
    assert all(label in (*task.labels, "") for trial in built for label in trial.expected)


def test_a_reply_beside_its_mails_does_not_depend_on_what_is_left_out() -> None:
    """A head that learnt some clear replies is tried on the same pairs of the others."""
    clear = texts(tuple(clear_replies(INTENT, MATERIAL.replies, MATERIAL.second)))
    whole, part = (
        next(
            t
            for t in trials(INTENT, MATERIAL, clear, fresh)
            if t.kind.endswith("flipped by a mail")
        )
        for fresh in (set(clear), set(clear[::2]))
    )

    assert len(whole.after) >= 3_100
    assert set(part.after) == {pair for pair in whole.after if pair[0] in set(clear[::2])}
    assert all(context for _, context in whole.after)


def test_few_replies_meet_every_mail_once() -> None:
    """Where 3,100 pairs cannot be had, each text meets each mail."""
    pairs = clear_pairs(["stop", "no budget"], MATERIAL.mails)

    assert len(set(pairs)) == 2 * len(MATERIAL.mails)


def test_answers_of_yes_no_heads_do_not_give_themselves_away() -> None:
    """Every text among them is as often a yes as a no."""
    for name in ("has_opt_out", "has_referral"):
        built = trials(REPLY_TASKS[name], MATERIAL, [], set())
        trial = next(t for t in built if t.kind.endswith("beside its mail"))
        answers = zip(trial.after, trial.expected, strict=True)
        both = Counter((text, label) for (text, _), label in answers)
        assert trial.after
        assert all(both[text, "yes"] == both[text, "no"] for text, _ in both)


def test_directions_name_columns_and_labels_that_exist() -> None:
    """Each is of a reply head, has cases and moves labels of that head."""
    for direction in DIRECTIONS:
        labels = REPLY_TASKS[direction.head].labels
        assert set(direction.sentences) <= set(labels)
        assert {r.fields[direction.column] for r in MATERIAL.cases} >= direction.on


def reply(**changes: Any) -> Record:
    """Make a short reply with an objection; "no budget" has a second label."""
    row = {
        "text": "no budget", "intent": "objection", "objection_reason": "budget", "lang": "en",
        "has_opt_out": False, "has_referral": False, "alt_labels": [], "last_outbound": None,
    }  # fmt: skip
    return Record(Path("w.jsonl"), 1, {**row, **changes})


@pytest.fixture
def second() -> dict[tuple[str, str], dict[str, Any]]:
    """Label "no budget" of writer w a second time."""
    digest = hashlib.sha256(b"no budget").hexdigest()[:16]
    return {("w", digest): {"intent": "objection", "has_opt_out": False}}


def test_a_clear_reply_was_labelled_alike_twice(second: dict[tuple[str, str], Any]) -> None:
    """It is clear for what both passes labelled alike, not for what the second did not label."""
    assert clear_replies(INTENT, [reply()], second) == [reply()]
    assert clear_replies(REPLY_TASKS["has_opt_out"], [reply(has_opt_out=True)], second) == []
    assert clear_replies(REPLY_TASKS["objection_reason"], [reply()], second) == []
    assert clear_replies(INTENT, [reply()], {}) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"last_outbound": "Is it money?"},
        {"alt_labels": ["other"]},
        {"lang": "de"},
        {"intent": "other"},
        {"text": "there is no budget for it at all this year"},
    ],
)
def test_what_is_not_clear_is_left_out(
    changes: dict[str, Any], second: dict[tuple[str, str], Any]
) -> None:
    """A mail, a second opinion, another language, "other", and a reply that is read alone."""
    assert clear_replies(INTENT, [reply(**changes)], second) == []


def test_a_text_that_elsewhere_answers_a_mail_is_not_clear(
    second: dict[tuple[str, str], Any],
) -> None:
    """The corpus itself says that its meaning hangs on the mail."""
    twin = reply(last_outbound="Is it money?")

    assert clear_replies(INTENT, [reply(), twin], second) == []


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    """Second labels that cannot be read stop the measurement, by the file's name."""
    for name in (
        "behaviour/cases",
        "behaviour/answers",
        "behaviour/outbound",
        "replies/w",
        "held_out/w",
    ):
        path = tmp_path / f"{name}.jsonl"
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps({"text": "hello"}), encoding="utf-8")
    (tmp_path / "second_pass.jsonl").write_text("{}", encoding="utf-8")

    with pytest.raises(DataError, match=r"second_pass\.jsonl"):
        read_material(tmp_path)


def test_material_without_clear_replies_is_measured_without_them() -> None:
    """The other trials stand."""
    empty: Material = replace(MATERIAL, replies=())

    assert clear_replies(INTENT, empty.replies, empty.second) == []
    assert [len(t.after) for t in trials(INTENT, empty, [], set()) if "clear" in t.kind] == [0] * 3
