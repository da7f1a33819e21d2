"""A real Label Studio with the gateway as its ML back end: predictions, order, annotations once."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from embedder.testing.embedder import FakeEmbedder
from gateway.annotation.queries import ITEM, LABEL
from heads.pools.local import LocalPool
from heads.registry.registry import Registry
from tests.support.label_studio import TOKEN, LabelStudio, label_studio
from tests.support.pools import DIM, write_head
from tests.support.serving import served
from tests.support.stored_gateway import StoredGateway, key_text, stored_gateway
from tests.support.waiting import until

TEXTS = [f"Reply number {number}, please look." for number in range(12)]
CONFIG = """<View><Text name="mail" value="$body"/>
<Choices name="intent" toName="mail" choice="single">
<Choice value="No"/><Choice value="Yes"/><Choice value="Not now"/></Choices></View>"""


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabelStudio]:
    """Run Label Studio 1.23.2 over SQLite."""
    with label_studio(tmp_path_factory.mktemp("label-studio")) as server:
        yield server


@pytest.fixture
def stored(tmp_path: Path) -> Iterator[StoredGateway]:
    """Run a gateway with a head whose answers differ from text to text."""
    catalog = tmp_path / "catalog"
    write_head(catalog, "intent", ("no", "not_now", "yes"))
    pool = LocalPool(Registry(str(catalog)))
    database = f"sqlite:///{tmp_path / 'predictions.db'}"
    with stored_gateway(tmp_path, database, FakeEmbedder(dim=DIM), pool) as gateway:
        yield gateway


@pytest.fixture
def address(stored: StoredGateway) -> Iterator[str]:
    """Serve the gateway on a port of its own."""
    with served(stored.client.application) as url:
        yield url


def connected(studio: LabelStudio, address: str) -> int:
    """Make a project with tasks whose back end and webhook are the gateway; return its id."""
    sent = {"title": "replies", "label_config": CONFIG}
    project: int = studio.call("POST", "/api/projects", sent)["id"]
    backend = studio.call(
        "POST",
        "/api/ml",
        {
            "url": f"{address}/ls", "project": project, "title": "trunkline",
            "auth_method": "BASIC_AUTH", "basic_auth_user": "label-studio",
            "basic_auth_pass": key_text("ann"),
        },
    )  # fmt: skip
    assert backend["state"] == "CO", backend
    assert backend["model_version"] == "trunkline intent-1"
    (webhook,) = studio.call("GET", f"/api/webhooks/?project={project}")  # it made one itself
    assert webhook["url"] == f"{address}/ls/webhook"
    headers = {"headers": {"Authorization": f"Bearer {key_text('ann')}"}}
    studio.call("PATCH", f"/api/webhooks/{webhook['id']}/", {**webhook, **headers})
    studio.call("POST", f"/api/projects/{project}/import", [{"body": text} for text in TEXTS])
    return project


def tasks(studio: LabelStudio, project: int, *ordering: str) -> list[dict[str, Any]]:
    """Return a project's tasks as the Data Manager shows them in this order."""
    view = studio.call(
        "POST", "/api/dm/views", {"project": project, "data": {"ordering": list(ordering)}}
    )
    found = studio.call("GET", f"/api/tasks?view={view['id']}&fields=all&page_size=100")
    return list(found["tasks"])


def predict(studio: LabelStudio, project: int) -> None:
    """Have Label Studio ask its back end for predictions of all tasks."""
    studio.call(
        "POST",
        f"/api/dm/actions?id=retrieve_tasks_predictions&project={project}",
        {"selectedItems": {"all": True, "excluded": []}, "ordering": []},
    )
    chosen = {"model_version": "trunkline intent-1"}  # as one chooses in its settings
    studio.call("PATCH", f"/api/projects/{project}/", chosen)


def answers(stored: StoredGateway) -> dict[str, tuple[str, float]]:
    """Return the label and the margin that the API answers to each text."""
    found = {}
    for text in TEXTS:
        _, answer = stored.call("writer", "POST", "/v1/classify", json={"text": text})
        head = answer["heads"]["intent"]
        ranked = sorted(head["scores"].values(), reverse=True)
        found[text] = (head["label"], ranked[0] - ranked[1])
    return found


def labels(stored: StoredGateway) -> list[tuple[str, str, bool]]:
    """Return head, label and whether it holds of every label that is stored."""
    with stored.engine.connect() as connection:
        rows = connection.execute(select(LABEL).order_by(LABEL.c.id)).all()
    return [(row.head, row.label, row.undone_at is None) for row in rows]


def annotation(choice: str) -> dict[str, Any]:
    """Return an annotation as Label Studio's page sends it."""
    chosen = {
        "from_name": "intent", "to_name": "mail", "type": "choices", "value": {"choices": [choice]}
    }  # fmt: skip
    return {"result": [chosen]}


def test_label_studio_predicts_orders_and_annotates_through_the_gateway(
    studio: LabelStudio, stored: StoredGateway, address: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """Predictions are the API's; sorted by score the least certain comes first; labels come once.

    Label Studio is restarted in between. What it sends of itself is in no log and no file.
    """
    project = connected(studio, address)
    predict(studio, project)
    shown = tasks(studio, project, "tasks:predictions_score")
    expected = answers(stored)
    assert len(shown) == len(TEXTS)
    for task in shown:
        label, margin = expected[task["data"]["body"]]
        assert task["predictions_score"] == pytest.approx(margin, abs=1e-4)
        (chosen,) = task["predictions"][0]["result"]
        assert chosen["value"]["choices"][0].lower().replace(" ", "_") == label
    order = [task["data"]["body"] for task in shown]
    assert order == sorted(TEXTS, key=lambda text: expected[text][1])

    first = shown[0]["id"]
    made = studio.call("POST", f"/api/tasks/{first}/annotations/", annotation("Not now"))
    until(lambda: labels(stored) == [("intent", "not_now", True)], "no annotation came")
    with stored.engine.connect() as connection:
        (item,) = connection.execute(select(ITEM)).all()
    assert (item.source, item.state) == ("label_studio", "agreed")

    studio.stop()
    studio.start()
    changed = f"/api/annotations/{made['id']}/"
    studio.call("PATCH", changed, annotation("Not now"))
    studio.call("PATCH", changed, annotation("Yes"))
    until(
        lambda: labels(stored) == [("intent", "not_now", False), ("intent", "yes", True)],
        "the change did not come once",
    )
    studio.call("DELETE", changed)
    until(lambda: not any(holds for _, _, holds in labels(stored)), "it was not withdrawn")

    out, err = capfd.readouterr()
    for where in (out + err, *(p.read_bytes().decode("latin-1") for p in _files(stored))):
        assert TOKEN not in where
        assert "ann@example.com" not in where


def _files(stored: StoredGateway) -> list[Path]:
    folder = stored.settings.log_dir
    assert folder is not None
    return [path for path in folder.parent.rglob("*") if path.is_file()]
