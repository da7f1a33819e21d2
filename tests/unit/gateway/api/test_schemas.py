"""The API's document: complete, open to new members, with real examples and what labels mean."""

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from embedder.testing.embedder import FakeEmbedder
from gateway.api import embedding_models, log_models, operation_models, statistics_models
from gateway.api import response_models as shapes
from gateway.api.label_meanings import MEANINGS
from gateway.api.openapi import document
from gateway.api.schemas import examples, schemas
from gateway.app import Gateway
from gateway.config import Settings
from tests.support.pools import FakePool, head_set, info

ROOT = Path(__file__).resolve().parents[4]
RECORDED = ROOT / "tests" / "data" / "shapes.json"
REQUESTS = {"ClassifyRequest", "BatchRequest", "Mail", "EmbeddingsRequest", "FeedbackRequest"}
MODELS = (shapes, operation_models, embedding_models, log_models, statistics_models)
GUIDE = (ROOT / "heads" / "data" / "GUIDE.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def app() -> Iterator[Flask]:
    """Yield an application over fakes."""
    made = Gateway(
        Settings(encoder_refresh_s=60),
        FakeEmbedder(),
        FakePool(head_set(info("intent", labels=("positive", "own")), info("mine"))),
    )
    yield made.app
    made.close()


def operations(app: Flask) -> list[dict[str, Any]]:
    """Return all operations of the document."""
    return [each for methods in document(app)["paths"].values() for each in methods.values()]


def test_every_operation_has_an_id_and_a_group(app: Flask) -> None:
    """Ids are those of the clients' functions, each once; every group is explained."""
    ids = [operation["operationId"] for operation in operations(app)]
    groups = {tag for operation in operations(app) for tag in operation["tags"]}
    assert len(set(ids)) == len(ids)
    assert groups == {tag["name"] for tag in document(app)["tags"]}


def test_every_json_answer_shows_a_real_one(app: Flask) -> None:
    """Wherever a shape is promised an example of it stands beside; models hold it to the shape."""
    for operation in operations(app):
        content = operation["responses"]["200"]["content"]
        for media in content.values():
            if "$ref" in json.dumps(media["schema"]):
                assert "example" in media or "examples" in media
    for name, example in examples().items():
        (shape,) = {getattr(models, name) for models in MODELS if hasattr(models, name)}
        shape.model_validate_json(json.dumps(example))


def test_results_are_open_and_requests_closed() -> None:
    """A new member of a result breaks no client; a misspelt one of a request is refused."""
    for name, schema in schemas().items():
        assert schema.get("additionalProperties", True) is (name not in REQUESTS), name


def test_a_shape_that_changes_has_a_new_version() -> None:
    """The members of every result, by version, are on record: write a change down with its version.

    A member more raises the second number, a member less the first.
    """
    shown = {
        name: {"version": schema["x-version"], "members": sorted(schema["properties"])}
        for name, schema in schemas().items()
        if name not in REQUESTS
    }
    assert shown == json.loads(RECORDED.read_text(encoding="utf-8"))


def test_an_email_has_one_content() -> None:
    """The document says that exactly one of text, html and raw is there, and no head list empty."""
    for name in ("Mail", "ClassifyRequest"):
        one_of = schemas()[name]["allOf"][0]["oneOf"]
        assert [choice["required"] for choice in one_of] == [["text"], ["html"], ["raw"]]
    heads = schemas()["ClassifyRequest"]["properties"]["heads"]["anyOf"][0]
    assert (heads["minItems"], heads["maxItems"]) == (1, 512)


def test_a_label_that_is_new_fits_the_document() -> None:
    """Known labels are listed with their meanings, and any other text is allowed beside them."""
    intent = schemas()["DecisionShape"]["properties"]["intent"]
    known, other, none = intent["anyOf"]
    assert {"positive", "unsubscribe", "bounce"} <= set(known["enum"])
    assert (other, none) == ({"type": "string"}, {"type": "null"})
    assert "* `unsubscribe`: an imperative about future contact" in intent["description"]


def test_the_list_of_heads_says_what_labels_mean(app: Flask) -> None:
    """Of a shipped head's labels; a label or head of one's own has no meaning there."""
    listed = app.test_client().get("/v1/heads").get_json()["heads"]
    meanings = {head["name"]: head["label_meanings"] for head in listed}
    assert meanings == {"intent": {"positive": MEANINGS["intent"]["positive"]}, "mine": {}}


@pytest.mark.parametrize("folder", sorted((ROOT / "heads" / "catalog").glob("*/*/head.toml")))
def test_every_shipped_label_has_a_meaning(folder: Path) -> None:
    """No label of the catalog is left unexplained."""
    manifest = tomllib.loads(folder.read_text(encoding="utf-8"))
    assert set(manifest["labels"]) <= set(MEANINGS[manifest["name"]])


@pytest.mark.parametrize("head", ["intent", "objection_reason"])
def test_meanings_are_the_guides(head: str) -> None:
    """What the guide's table says of a label begins with the meaning that callers are shown."""
    section = GUIDE.split(f"\n## {head}\n")[1].split("\n## ")[0]
    rows = dict(re.findall(r"^\| (\w+) \| (.*?) \|", section, re.M))
    for label, meaning in MEANINGS[head].items():
        assert rows[label].startswith(meaning.partition(",")[0]), label


@pytest.mark.parametrize("head", ["positive_kind", "auto_kind"])
def test_the_guide_has_every_label(head: str) -> None:
    """A label that the guide does not define is shown to nobody."""
    section = GUIDE.split(f"\n## {head}\n")[1].split("\n## ")[0]
    assert set(re.findall(r"`(\w+)`", section)) == set(MEANINGS[head])
