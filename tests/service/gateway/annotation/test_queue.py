"""The queue over real databases: who gets which text, labels, disputes, hold-outs, erasure."""

import json
import threading
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from gateway.annotation import labelling
from gateway.annotation.errors import NotBeforeYouError
from gateway.annotation.final import ADJUDICATOR
from gateway.annotation.queries import ITEM, LABEL, LEASE
from gateway.prediction_log.annotation_models import AnnotationLease
from gateway.prediction_log.errors import UnknownLabelError
from gateway.prediction_log.values import Reader
from heads.training.data.dataset import infer_task, make_dataset
from heads.training.data.tables import read_records
from tests.support.annotation import ALL, Queue, labels_of

pytestmark = pytest.mark.service


def test_two_label_each_text_and_nobody_twice(any_queue: Queue) -> None:
    """Four annotators at once: every text has two labels, by two people, and then they are done."""
    texts = [f"Text {number}." for number in range(12)]
    any_queue.add(*texts)
    done: list[tuple[str, str]] = []

    def work(by: str) -> None:
        while (task := any_queue.next(by)) is not None:
            any_queue.give(task, by, "yes")
            done.append((by, str(task.text)))

    threads = [threading.Thread(target=work, args=(f"u-{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(done) == len(set(done)) == 24
    assert {text: [t for _, t in done].count(text) for text in texts} == dict.fromkeys(texts, 2)
    with any_queue.connect() as connection:
        assert labelling.progress(connection, "u-0", ALL).agreed == 12
        count = connection.execute(select(func.count()).select_from(LABEL)).scalar_one()
    assert count == 24


def test_the_least_score_comes_first_and_an_order_changes_that(queue: Queue) -> None:
    """What `heads select` chose stands before what it did not."""
    queue.add("First.", "Second.", "Third.")
    assert queue.label("ann") == "First."
    rows = {row["text"]: row["id"] for row in queue.exported("--unlabelled")}
    order = queue.write(
        {"id": rows["Third."], "selection": {"rank": 1}}, {"text": "Second.", "score": 7},
        name="order.jsonl",
    )  # fmt: skip

    assert "ordered 2 of 2" in queue.run("rank", order).output

    assert [queue.label("ann") for _ in range(2)] == ["Third.", "Second."]
    assert queue.next("ann") is None
    assert queue.label("bob") == "Third."


def test_recorded_answers_fill_the_queue_by_their_margin(queue: Queue) -> None:
    """Each once, with its prediction; texts that judge heads are no part of it."""
    held = queue.write({"text": "  NEVER   this. "}, name="held.jsonl")
    queue.run("hold-out", held)
    ids = {text: queue.stored.stored(text) for text in ("One.", "Never this.", "Two.")}

    assert "added 2; in the queue already 0, held out 1" in queue.run("fill").output
    assert "added 0; in the queue already 2, held out 1" in queue.run("fill").output

    task = queue.next("ann")
    assert task is not None
    assert task.prediction_id == ids[str(task.text)]
    with queue.connect() as connection:
        scores = list(connection.execute(select(ITEM.c.score)).scalars())
    assert all(score is not None for score in scores)


def test_a_text_that_judges_heads_leaves_the_queue(queue: Queue) -> None:
    """Also one that was labelled before that was known: it is not exported."""
    queue.add("One.", "Two.", annotators=1)
    queue.label("ann")
    queue.label("ann")

    assert (
        "1 of them were in the queue"
        in queue.run("hold-out", queue.write({"text": "one."}, name="held.jsonl")).output
    )

    assert [row["text"] for row in queue.exported()] == ["Two."]
    assert [queue.undo("ann"), queue.undo("ann")] == [True, True]
    assert queue.label("ann") == "Two."
    assert queue.next("ann") is None


def test_one_text_asks_for_several_heads(queue: Queue) -> None:
    """The annotator answers head by head; a head that is not served brings its labels."""
    file = queue.write({"text": "One."})
    queue.run("add", file, "--head=intent", "--head=topic=price,other", "--annotators=1")
    task = queue.next("ann")
    assert task is not None
    assert [(q.head, q.labels) for q in task.questions] == [
        ("intent", ("no", "yes")),
        ("topic", ("price", "other")),
    ]
    queue.give(task, "ann", "yes")
    again = queue.next("ann")
    assert again is not None
    assert again.question is not None
    assert (again.id, again.question.head) == (task.id, "topic")
    with pytest.raises(UnknownLabelError):
        queue.give(again, "ann", "nothing", "topic")
    queue.give(again, "ann", "price", "topic")

    assert queue.next("ann") is None
    (row,) = queue.exported()
    assert (row["intent"], row["topic"], row["labelled_by"]) == ("yes", "price", ["ann"])


def test_what_was_labelled_or_skipped_is_undone(queue: Queue) -> None:
    """The last act first; the text is before them again, and the label holds no more."""
    queue.add("One.", "Two.", "Three.", annotators=1)
    queue.label("ann", "no")
    second = queue.next("ann")
    assert second is not None
    with queue.stored.engine.begin() as connection:
        labelling.skip(connection, second.id, "ann", ALL, labels_of)
    assert queue.label("ann") == "Three."

    undone: list[str | None] = []
    for _ in range(3):
        assert queue.undo("ann")
        task = queue.next("ann")
        undone.append(None if task is None else task.text)
    assert not queue.undo("ann")

    assert undone == ["Three.", "Two.", "One."]
    assert queue.exported() == []
    with queue.connect() as connection:
        kept = connection.execute(select(func.count()).select_from(LABEL)).scalar_one()
    assert kept == 2  # undone labels stay, with when


def test_a_text_that_was_left_goes_to_others(queue: Queue) -> None:
    """A lease ends; who had it may still label it while a place is left, then no more."""
    queue.add("One.", annotators=1)
    task = queue.next("ann")
    assert task is not None
    assert queue.next("bob") is None
    with queue.stored.engine.begin() as connection:
        connection.execute(update(AnnotationLease).values(expires_at=LEASE.c.at))

    assert queue.label("bob") == "One."

    with pytest.raises(NotBeforeYouError):
        queue.give(task, "ann", "no")


def test_a_dispute_is_settled_and_agreement_is_counted(queue: Queue, tmp_path: Path) -> None:
    """Rows are what two agree on or a third settled, as training reads them."""
    queue.add("One.", "Two.", "Three.")
    for label in ("yes", "no", "yes"):
        queue.label("ann", label)
    for label in ("yes", "no", "no"):
        queue.label("bob", label)
    assert {row["text"] for row in queue.exported()} == {"One.", "Two."}
    dispute = queue.dispute()
    assert dispute is not None
    assert (dispute.text, dispute.given) == ("Three.", {"yes": 1, "no": 1})
    found = json.loads(queue.run("agreement").output)
    assert (found["texts"], found["agreed"], found["kappa"]) == (3, 0.6667, 0.4)

    queue.give(dispute, "cem", "no")

    assert queue.dispute() is None
    rows = queue.exported()
    assert {row["text"]: row["intent"] for row in rows} == {
        "One.": "yes", "Two.": "no", "Three.": "no",
    }  # fmt: skip
    (settled,) = [row for row in rows if row["text"] == "Three."]
    assert settled["labelled_by"] == ["bob", "cem"]
    records = read_records([tmp_path / "rows.jsonl"])
    dataset = make_dataset(infer_task("intent", records, label_column="intent"), records)
    assert dataset.texts == ("One.", "Two.", "Three.")
    assert oct((tmp_path / "rows.jsonl").stat().st_mode)[-3:] == "600"


def test_a_dispute_ends_with_the_label_that_made_it(queue: Queue) -> None:
    """Who gave it takes it back and passes over the text, which then waits for somebody else."""
    queue.add("One.")
    queue.label("ann", "yes")
    queue.label("bob", "no")
    dispute = queue.dispute()
    assert dispute is not None
    queue.give(dispute, "cem", "no")
    assert queue.undo("ann")
    assert queue.undo("cem", ADJUDICATOR)
    with queue.stored.engine.begin() as connection:
        labelling.skip(connection, dispute.id, "ann", ALL, labels_of)
        states = labelling.progress(connection, "ann", ALL)

    assert (states.open, states.disputed) == (1, 0)
    assert queue.label("dan", "no") == "One."
    assert [row["intent"] for row in queue.exported()] == ["no"]


def test_passing_over_a_text_leaves_what_an_adjudicator_settled(queue: Queue) -> None:
    """By somebody who had it before them while others labelled it."""
    queue.add("One.")
    task = queue.next("ann")
    assert task is not None
    with queue.stored.engine.begin() as connection:
        connection.execute(update(AnnotationLease).values(expires_at=LEASE.c.at))
    queue.label("bob", "yes")
    queue.label("dan", "no")
    dispute = queue.dispute()
    assert dispute is not None
    queue.give(dispute, "cem", "no")
    with queue.stored.engine.begin() as connection:
        labelling.skip(connection, task.id, "ann", ALL, labels_of)

    assert queue.dispute() is None
    assert [row["intent"] for row in queue.exported()] == ["no"]


def test_texts_of_a_tenant_are_for_its_people(queue: Queue) -> None:
    """Others do not get them, whatever they ask for."""
    queue.add("Of acme.", tenant="acme")
    beta = Reader("k", frozenset({"beta"}))
    assert queue.next("ann", beta) is None
    task = queue.next("bob", Reader("k", frozenset({"acme"})))
    assert task is not None
    with queue.stored.engine.begin() as connection, pytest.raises(NotBeforeYouError):
        labelling.skip(connection, task.id, "bob", beta, labels_of)


def test_an_erasure_reaches_what_people_labelled(any_queue: Queue) -> None:
    """By subject and by prediction: texts, leases and labels; others' stay."""
    recorded = any_queue.stored.stored("A recorded plan.", subject_ref="s-1")
    any_queue.run("fill")
    any_queue.run(
        "add",
        any_queue.write({"text": "A filed plan.", "subject_ref": "s-1"}, {"text": "Of others."}),
    )
    for _ in range(3):
        any_queue.label("ann")
    status, shown = any_queue.stored.call("words", "GET", "/v1/subjects/s-1")
    assert status == 200
    assert {each["text"] for each in shown["annotations"]} == {"A recorded plan.", "A filed plan."}

    status, erased = any_queue.stored.call("eraser", "DELETE", "/v1/subjects/s-1")

    assert status == 200
    assert recorded
    assert [erased["rows"][f"annotation_{name}"] for name in ("item", "label", "lease")] == [2] * 3
    assert [row["text"] for row in any_queue.exported("--annotated-once")] == ["Of others."]


def test_words_are_sealed_at_rest(queue: Queue, tmp_path: Path) -> None:
    """No file of the database holds a text, nor can it be read without the key."""
    queue.add("A zanzibarian plan.")
    queue.label("ann")

    files = [path for path in tmp_path.glob("predictions.db*") if path.is_file()]
    assert files
    assert not [path for path in files if b"zanzibarian" in path.read_bytes()]
