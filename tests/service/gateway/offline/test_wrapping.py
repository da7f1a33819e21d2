"""One answer by three roads: a classifier, the wrapped pipeline, and services that run."""

from __future__ import annotations

import importlib.util
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from pydantic_core import to_json

from gateway.offline import packed
from gateway.offline.packing import pack
from gateway.offline.wrapping import answers, wrap
from heads.lifecycle import aliases
from heads.training.commands.train import CATALOG
from heads.training.text_classifier import TextClassifier
from loadtests.stack.stack import running_stack
from tests.support.waiting import PATIENT
from trunkline.client import Client, Request

PREPARED = CATALOG.parent / "data" / "prepared_held_out"
TEXTS = 300
_JSON = {"Content-Type": "application/json"}


def mails(count: int = TEXTS) -> list[dict[str, str]]:
    """Take replies of the three writers that nothing has learnt from, cleaned already."""
    rows = [
        json.loads(line)
        for name in ("d", "g", "o")
        for line in (PREPARED / f"{name}.jsonl").read_text().splitlines()[: count // 3]
    ]
    return [
        {name: row[name] for name in ("text", "last_outbound") if row.get(name)} for row in rows
    ]


@contextmanager
def stack(folder: Path, **settings: str) -> Iterator[Client]:
    """Run embedder, heads and gateway; yield a client."""
    with (
        running_stack(folder, {**PATIENT, **settings}) as running,
        Client(running.gateway_url, timeout_s=60) as client,
    ):
        yield client


def ask(client: Client, mail: dict[str, str]) -> dict[str, Any]:
    """Return the gateway's answer to one mail."""
    reply = client.send(Request("POST", "/v1/classify", json.dumps(mail).encode(), _JSON))
    assert reply.ok, reply.code
    return dict(reply.content)


def wrapped(pipeline: Any, batch: list[dict[str, str]]) -> list[dict[str, Any]]:
    """Return the pipeline's answers as JSON holds them."""
    return [json.loads(to_json(its)) for its in answers(pipeline, batch)]


def difference(one: dict[str, Any], other: dict[str, Any]) -> float:
    """Return the largest difference of two answers' probabilities; decisions and labels agree."""
    assert one["decision"] == other["decision"]
    largest = 0.0
    for name, head in other["heads"].items():
        its = one["heads"][name]
        assert (its["status"], its["label"], its["abstained"]) == (
            head["status"], head["label"], head["abstained"],
        )  # fmt: skip
        for label, probability in head["scores"].items():
            largest = max(largest, abs(its["scores"][label] - probability))
    return largest


@pytest.mark.e2e
def test_three_roads_give_one_answer_in_fp32(tmp_path: Path) -> None:
    """One text a forward: labels and decisions are equal, probabilities to 1e-5, on 300 texts."""
    version = aliases.read_folder(CATALOG / "intent").production
    classifier = TextClassifier.from_bundle(CATALOG / "intent" / str(version), precision="fp32")
    pipeline = wrap(CATALOG, precision="fp32")
    by_heads = 0
    with stack(tmp_path, EMBEDDER_PRECISION="fp32") as client:
        for mail in mails():
            answer = ask(client, mail)
            assert difference(wrapped(pipeline, [mail])[0], answer) <= 1e-5
            if answer["decision"]["decided_by"] == "rule":
                continue
            by_heads += 1
            scores = classifier.scores(
                classifier.rows([mail["text"]], [mail.get("last_outbound", "")])
            )
            intent = answer["heads"]["intent"]
            assert scores.labels[scores.best[0]] == intent["label"]
            for label, probability in zip(scores.labels, scores.scores[0], strict=True):
                assert abs(float(probability) - intent["scores"][label]) <= 1e-5
    assert by_heads > TEXTS * 0.9


@pytest.mark.e2e
def test_in_the_shipped_precision_no_label_flips(tmp_path: Path) -> None:
    """All texts in one batch against one request each: probabilities to 0.005, no other label."""
    batch = mails()
    together = wrapped(wrap(CATALOG), batch)
    with stack(tmp_path) as client:
        differences = [difference(its, ask(client, mail)) for its, mail in zip(together, batch)]  # noqa: B905
    assert max(differences) <= 0.005


def test_rules_decide_before_any_head_and_mails_are_read_as_the_api_reads_them() -> None:
    """An automatic reply, a mail without words and a message of bytes need no score."""
    pipeline = wrap(CATALOG)
    raw = b"From: a@b.example\r\nSubject: Re: hi\r\nContent-Type: text/plain\r\n\r\nNo budget.\r\n"
    automatic = {"raw": b"Auto-Submitted: auto-replied\r\nSubject: Out of office\r\n\r\nI am away."}
    given: list[Any] = [automatic, {"text": " "}, {"raw": raw}, "Please stop writing to me."]
    first, empty, objection, stop = wrapped(pipeline, given)
    assert (first["decision"]["decided_by"], first["decision"]["intent"]) == ("rule", "auto_reply")
    assert empty["decision"]["decided_by"] == "rule"
    assert objection["heads"]["intent"]["label"] == "objection"
    assert stop["heads"]["has_opt_out"]["label"] == "yes"
    assert (
        first["provenance"]["heads"]["intent"] == aliases.read_folder(CATALOG / "intent").production
    )
    assert pipeline.predict(given).tolist()[0] == "auto_reply"
    with pytest.raises(ValueError, match="a mail has the fields"):
        pipeline.predict([{"body": "x"}])


def test_two_packs_answer_by_their_own_code_in_one_process(tmp_path: Path) -> None:
    """Packs of different code are loaded beside this process's own; none changes another.

    The same code, encoder and heads make the same pack.
    """
    catalog = tmp_path / "heads"
    shutil.copytree(CATALOG / "has_referral", catalog / "has_referral")
    first = pack(catalog, tmp_path / "first")
    assert pack(catalog, tmp_path / "second").digest == first.digest
    types = tmp_path / "second" / packed.CODE / "gateway" / "mail" / "types.py"
    types.write_text(types.read_text().replace('CLEANER_VERSION = "2"', 'CLEANER_VERSION = "99"'))
    models = [_loaded(tmp_path / name, f"loader_of_{name}") for name in ("first", "second")]
    for _ in range(2):
        versions = [
            model.answers(["Please ask Jane Doe."])[0]["text"]["cleaner_version"]
            for model in models
        ]
        assert versions == ["2", "99"]
    import gateway.mail.types

    assert gateway.mail.types.CLEANER_VERSION == "2"
    assert str(tmp_path) not in str(gateway.mail.types.__file__)


def _loaded(folder: Path, name: str) -> Any:
    """Load a pack by a copy of its loader of another name, as MLflow does."""
    spec = importlib.util.spec_from_file_location(name, str(packed.__file__))
    assert spec is not None
    assert spec.loader is not None
    module: ModuleType = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Packed(str(folder))
