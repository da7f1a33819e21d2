"""What annotators settled stands beside the recorded answer: once, and only while it holds."""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from gateway.annotation.external import Annotation, take, withdraw
from gateway.annotation.final import ADJUDICATOR
from gateway.annotation.texts import Sealing
from gateway.prediction_log.checks import keys_of
from gateway.prediction_log.life_models import Feedback
from gateway.prediction_log.models import Prediction
from tests.support.annotation import ALL, LABELS, Queue, labels_of

pytestmark = pytest.mark.service


def recorded(queue: Queue, *texts: str, **options: Any) -> list[str]:
    """Classify mails and put them into the queue, in this order; return the answers' ids."""
    ids = [queue.stored.stored(text) for text in texts]
    queue.run("fill", *(f"--{name}={value}" for name, value in options.items()))
    return ids


def held(queue: Queue, prediction_id: str) -> list[tuple[str, str, str]]:
    """Return label, by whom and state of what is held of an answer."""
    return [
        (each["label"], each["by"], each["state"])
        for each in queue.judgements(prediction_id)
        if each["source"] == "annotation"
    ]


def test_what_two_agree_on_is_held_of_the_answer_once(any_queue: Queue) -> None:
    """Not before both labelled; beside the version that answered; undone it holds no more."""
    (one,) = recorded(any_queue, "One.")
    any_queue.label("ann", "no")
    assert any_queue.judgements(one) == []

    any_queue.label("bob", "no")
    any_queue.run("fill")

    (judgement,) = any_queue.judgements(one)
    status, answer = any_queue.stored.call("reader", "GET", f"/v1/predictions/{one}")
    (head,) = [each for each in answer["heads"] if each["head"] == "intent"]
    assert (status, judgement["source"], judgement["state"]) == (200, "annotation", "accepted")
    assert (judgement["version"], judgement["answered_label"]) == (head["version"], head["label"])
    assert (judgement["label"], judgement["by"], judgement["decided_by"]) == ("no", "bob", "bob")
    assert any_queue.undo("bob")
    assert any_queue.judgements(one) == []
    any_queue.label("bob", "no")
    assert held(any_queue, one) == [("no", "bob", "accepted")]
    with any_queue.connect() as connection:
        states = list(connection.execute(select(Feedback.state).order_by(Feedback.id)).scalars())
    assert states == ["rejected", "accepted"]


def test_of_a_dispute_only_what_settled_it_is_held(any_queue: Queue) -> None:
    """Neither annotator's own word; settled otherwise the later label has the former's place."""
    (one,) = recorded(any_queue, "One.")
    any_queue.label("ann", "yes")
    any_queue.label("bob", "no")
    assert any_queue.judgements(one) == []
    dispute = any_queue.dispute()
    assert dispute is not None

    any_queue.give(dispute, "cem", "no")

    assert held(any_queue, one) == [("no", "cem", "accepted")]
    assert any_queue.undo("cem", ADJUDICATOR)
    assert any_queue.judgements(one) == []
    again = any_queue.dispute()
    assert again is not None
    any_queue.give(again, "cem", "yes")
    assert held(any_queue, one) == [("yes", "cem", "accepted")]


def test_heads_that_had_no_part_in_the_answer_are_not_judged(queue: Queue) -> None:
    """Nor labels that the head does not have, nor texts of files: these are training rows alone."""
    ids = [queue.stored.stored("One.")]
    queue.run("fill", "--annotators=1", "--head=intent=no,perhaps", "--head=topic=price,other")
    queue.add("Of a file.", annotators=1)
    for _ in range(3):
        task = queue.next("ann")
        assert task is not None
        assert task.question is not None
        queue.give(task, "ann", task.question.labels[-1], task.question.head)

    assert queue.judgements(ids[0]) == []
    assert {row["text"] for row in queue.exported()} == {"One.", "Of a file."}


def test_an_answer_that_is_kept_no_more_is_not_judged(queue: Queue) -> None:
    """The text is labelled as any other."""
    recorded(queue, "One.", annotators=1)
    with queue.stored.engine.begin() as connection:
        connection.execute(update(Prediction).values(id="0" * 26))
    queue.label("ann", "no")
    with queue.connect() as connection:
        assert connection.execute(select(Feedback)).all() == []
    assert len(queue.exported()) == 1


def test_an_annotation_of_another_tool_is_held_as_a_label_is(any_queue: Queue) -> None:
    """Delivered twice it is held once; changed it has the former's place; withdrawn it is gone."""
    (one,) = recorded(any_queue, "One.", annotators=1)
    keys = keys_of(any_queue.stored.settings.log_text_keys, "LOG_TEXT_KEYS")
    assert keys is not None
    how = Sealing(keys, lambda tenant: 30)

    def deliver(label: str) -> bool:
        annotation = Annotation(
            "label_studio:k:7", "label_studio", "label_studio:3", "One.", {"intent": label},
            {"intent": LABELS},
        )  # fmt: skip
        with any_queue.stored.engine.begin() as connection:
            return take(connection, annotation, ALL, labels_of, how)

    assert [deliver("no"), deliver("no")] == [True, False]
    assert held(any_queue, one) == [("no", "label_studio:3", "accepted")]
    assert deliver("yes")
    assert held(any_queue, one) == [("yes", "label_studio:3", "accepted")]
    with any_queue.stored.engine.begin() as connection:
        assert withdraw(connection, "label_studio:k:7", labels_of)
    assert any_queue.judgements(one) == []


def test_statistics_count_what_annotators_settled(any_queue: Queue) -> None:
    """An answer that two confirmed is right, another is not; a note says which mails these are."""
    one, two = recorded(any_queue, "One.", "Two.")
    right = {each: answered_label(any_queue, each) for each in (one, two)}
    for by in ("ann", "bob"):
        for _ in range(2):
            task = any_queue.next(by)
            assert task is not None
            label = right[str(task.prediction_id)]
            if task.prediction_id == two:
                label = next(other for other in LABELS if other != label)
            any_queue.give(task, by, label)

    status, answer = any_queue.stored.call("reader", "GET", "/v1/statistics?head=intent")

    assert status == 200
    (version,) = answer["heads"][0]["versions"]
    assert (version["feedback"]["judged"], version["feedback"]["accepted"]) == (2, 2)
    assert version["feedback"]["right"]["rows"] == 1
    assert any("annotators are given what heads doubt" in note for note in answer["notes"])


def answered_label(queue: Queue, prediction_id: str) -> str:
    """Return the label that `intent` had answered."""
    _, answer = queue.stored.call("reader", "GET", f"/v1/predictions/{prediction_id}")
    return next(str(each["label"]) for each in answer["heads"] if each["head"] == "intent")


def test_an_annotators_correction_leaves_what_was_settled(any_queue: Queue) -> None:
    """The same person's own word stands beside the judgement of all: neither takes its place."""
    (one,) = recorded(any_queue, "One.", annotators=1)
    any_queue.label("ann", "no")
    _, first = any_queue.stored.feedback(one, "yes", by="ann")
    _, second = any_queue.stored.feedback(one, "no", by="ann")
    assert (first["supersedes"], second["supersedes"]) == (None, first["id"])
    assert held(any_queue, one) == [("no", "ann", "accepted")]


def test_exported_labels_count_as_learnt(any_queue: Queue) -> None:
    """What people corrected of the same answers too: a version that is judged may know them."""
    ids = recorded(any_queue, "One.", "Two.", annotators=1)
    task = any_queue.next("ann")
    assert task is not None
    for prediction_id in ids:
        any_queue.stored.feedback(prediction_id, "no")
    any_queue.give(task, "ann", "no")
    any_queue.exported()
    any_queue.label("ann", "no")

    with any_queue.connect() as connection:
        rows = connection.execute(select(Feedback)).all()
    learnt = [row.prediction_id for row in rows if row.exported_at is not None]
    assert learnt == [task.prediction_id] * 2
    assert len(rows) == 4


def test_an_export_of_corrections_has_what_annotators_said_of_them(
    queue: Queue, tmp_path: Path
) -> None:
    """With who and when; a text that judges heads, and what annotators said alone, is no row."""
    one, two, three = recorded(queue, "One.", "Two.", "Three.", annotators=1)
    for prediction_id in (one, two):
        queue.stored.feedback(prediction_id, "no")
    texts = [queue.label("ann", "no") for _ in range(3)]
    assert sorted(texts) == ["One.", "Three.", "Two."]
    queue.run("hold-out", queue.write({"text": "TWO."}, name="held.jsonl"))
    proposed = [each["id"] for each in queue.judgements(one) + queue.judgements(two)]
    out = tmp_path / "corrected.jsonl"

    queue.command("feedback", "accept", *proposed)
    output = queue.command("export", str(out)).output

    assert "wrote 1 rows; left out: 0 without words, 1 of frozen test sets" in output
    (row,) = [json.loads(line) for line in out.read_text().splitlines()]
    assert (row["text"], row["intent"], row["labelled_by"]) == ("One.", "no", ["ann", "u-1"])
    assert row["labelled_at"] >= "2026"
    assert held(queue, three) == [("no", "ann", "accepted")]
