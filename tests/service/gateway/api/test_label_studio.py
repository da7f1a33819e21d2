"""The contract of a Label Studio ML back end, with requests as release 1.23.2 sends them."""

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from gateway.annotation.queries import ITEM, LABEL
from tests.support.annotation import Queue, open_queue
from tests.support.stored_gateway import key_text

pytestmark = pytest.mark.service

CONFIG = """<View><Text name="mail" value="$body"/><Choices name="intent" toName="mail">
<Choice value="Yes"/><Choice value="No"/></Choices></View>"""
SECRET = "0123456789abcdef0123456789abcdef01234567"
HOSTILE = '<!DOCTYPE View [<!ENTITY x SYSTEM "file:///etc/passwd">]><View>&x;</View>'


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[Queue]:
    """Yield an empty queue over SQLite."""
    with open_queue(tmp_path) as opened:
        yield opened


def call(queue: Queue, path: str, content: Any = None, key: str = "ann") -> tuple[int, Any]:
    """Return status and JSON of what Label Studio sends with a key as its password."""
    shown = base64.b64encode(f"label-studio:{key_text(key)}".encode()).decode()
    answer = queue.stored.client.open(
        f"/ls/{path}",
        method="GET" if content is None else "POST",
        headers={"Authorization": f"Basic {shown}"},
        **({} if content is None else {"json": content}),
    )
    return answer.status_code, answer.get_json()


def setup_request(config: str) -> dict[str, Any]:
    """Return what Label Studio sends when a back end is connected."""
    return {
        "project": "1.1796000000", "schema": config, "hostname": "http://localhost:8080",
        "access_token": SECRET, "extra_params": None,
    }  # fmt: skip


def event(action: str, choice: str = "Yes", **changes: Any) -> dict[str, Any]:
    """Return a webhook's body."""
    result = [
        {
            "id": "a", "from_name": "intent", "to_name": "mail", "type": "choices",
            "value": {"choices": [choice]},
        }
    ]  # fmt: skip
    annotation = {"id": 7, "completed_by": 3, "was_cancelled": False, "result": result}
    return {
        "action": action,
        "annotation": {**annotation, **changes},
        "task": {"id": 5, "data": {"body": "What would it cost?"}},
        "project": {"id": 1, "label_config": CONFIG, "created_by": {"email": "ann@example.com"}},
    }


def holding(queue: Queue) -> list[tuple[str, str]]:
    """Return the labels that hold, each with who gave it."""
    with queue.connect() as connection:
        query = select(LABEL).where(LABEL.c.undone_at.is_(None))
        return [(row.label, row.by) for row in connection.execute(query)]


def test_a_key_is_the_password(queue: Queue) -> None:
    """Without one 401, with another scope 403; elsewhere Basic authentication opens nothing."""
    assert call(queue, "health") == (200, {"status": "UP", "model_class": "Trunkline"})
    assert queue.stored.client.get("/ls/health").status_code == 401
    assert call(queue, "health", key="reader")[0] == 403
    shown = base64.b64encode(f"x:{key_text('ann')}".encode()).decode()
    elsewhere = queue.stored.client.get("/v1/heads", headers={"Authorization": f"Basic {shown}"})
    assert elsewhere.status_code == 401


def test_an_interface_is_set_up_or_refused(queue: Queue) -> None:
    """The answer names the heads' versions; one that fits no head, and a hostile one, is a 422."""
    assert call(queue, "setup", setup_request(CONFIG)) == (
        200,
        {"model_version": "trunkline intent-1"},
    )
    assert call(queue, "versions")[1]["versions"]
    other = CONFIG.replace("Yes", "Maybe").replace("No", "Never").replace("intent", "mood")
    for config in (other, HOSTILE, "<View"):
        status, problem = call(queue, "setup", setup_request(config))
        assert (status, problem["code"]) == (422, "validation_failed")


def test_tasks_are_predicted_in_their_order(queue: Queue) -> None:
    """One result a task, in the interface's words; a task without a text has an empty one."""
    tasks = [{"id": 1, "data": {"body": "Yes, gladly."}}, {"id": 2, "data": {"image": "x"}}]
    sent = {
        "tasks": tasks, "project": "1.1796000000", "label_config": CONFIG,
        "params": {"login": "a", "password": SECRET, "context": None},
    }  # fmt: skip

    status, answer = call(queue, "predict", sent)

    assert status == 200
    (first, second) = answer["results"]
    assert first["result"][0]["value"]["choices"] == ["Yes"]
    assert first["score"] == pytest.approx(0.8, abs=1e-3)
    assert (second["result"], second["score"]) == ([], 0.0)
    assert answer["model_version"] == "trunkline intent-1"


def test_an_annotation_is_stored_once(queue: Queue, capfd: pytest.CaptureFixture[str]) -> None:
    """Delivered twice it is one label; changed, withdrawn and skipped ones follow it."""
    assert call(queue, "setup", setup_request(CONFIG))[0] == 200
    for _ in range(2):
        assert call(queue, "webhook", event("ANNOTATION_CREATED"))[0] == 201
    assert holding(queue) == [("yes", "label_studio:3")]
    with queue.connect() as connection:
        (item,) = connection.execute(select(ITEM)).all()
        assert len(connection.execute(select(LABEL)).all()) == 1
    assert (item.source, item.state) == ("label_studio", "agreed")
    (row,) = queue.exported()
    assert (row["text"], row["intent"]) == ("What would it cost?", "yes")

    assert call(queue, "webhook", event("ANNOTATION_UPDATED", "No"))[1] == {"changed": 1}
    assert holding(queue) == [("no", "label_studio:3")]
    assert call(queue, "webhook", event("ANNOTATION_UPDATED", was_cancelled=True))[0] == 201
    assert holding(queue) == []
    call(queue, "webhook", event("ANNOTATION_UPDATED", "No"))
    deleted = {"action": "ANNOTATIONS_DELETED", "annotations": [{"id": 7}]}
    assert call(queue, "webhook", deleted)[1] == {"changed": 1}
    assert holding(queue) == []
    assert call(queue, "webhook", {"action": "START_TRAINING"})[1] == {"changed": 0}

    out, err = capfd.readouterr()
    stored = [path.read_bytes() for path in queue.folder.rglob("*") if path.is_file()]
    for place in (out.encode(), err.encode(), *stored):
        assert SECRET.encode() not in place
        assert b"ann@example.com" not in place


def test_an_annotation_of_a_queued_text_counts_as_one_annotators(queue: Queue) -> None:
    """By the id that it was exported with, or by its words; another person labels it then."""
    queue.add("What would it cost?")
    call(queue, "webhook", event("ANNOTATION_CREATED"))
    assert queue.exported() == []
    assert queue.label("bob") == "What would it cost?"
    (row,) = queue.exported()
    assert row["labelled_by"] == ["bob", "label_studio:3"]


def test_a_text_that_judges_heads_is_not_taken(queue: Queue) -> None:
    """Whoever labelled it where."""
    queue.run("hold-out", queue.write({"text": "what would it COST?"}))
    assert call(queue, "webhook", event("ANNOTATION_CREATED"))[1] == {"changed": 0}
    assert holding(queue) == []
