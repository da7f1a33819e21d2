"""What release 0.1 was asked, answered, stored and configured still holds."""

import base64
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import pytest
import urllib3

from embedder.config import load_settings as load_embedder_settings
from gateway.config import load_settings as load_gateway_settings
from heads.config import load_settings as load_heads_settings
from heads.lifecycle import audit
from heads.pools import wire
from heads.pools.local import LocalPool
from heads.registry.registry import Registry
from heads.storage.folder import FolderCatalog
from loadtests.stack.stack import Stack, running_stack
from protos.embedder.v1 import embedder_pb2
from protos.heads.v1 import heads_pb2
from tests.support.roles import point
from tests.support.waiting import PATIENT

CATALOG = Path(__file__).parents[2] / "heads" / "catalog"
RECORDED = Path(__file__).parents[1] / "data" / "compatibility" / "0.1"
EXCHANGES = [json.loads(line) for line in (RECORDED / "gateway.jsonl").read_text().splitlines()]
WIRE = json.loads((RECORDED / "wire.json").read_text())
# Different from run to run, telling what a newer release is, or what the processor computes in.
VOLATILE = {
    "id", "timings_ms", "request_id", "generation", "cache", "cleaner_version", "version",
    "precision",
}  # fmt: skip
WORDING = {"title", "detail", "description", "message"}  # for people, free to improve
TOLERANCE = 0.02  # of a probability: processors round bf16 differently


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Today's services with the heads of that release, on the frozen encoder they learnt on."""
    folder = tmp_path_factory.mktemp("stack")
    catalog = folder / "heads"
    shutil.copytree(CATALOG, catalog)
    for head in sorted(path.parent for path in catalog.glob("*/aliases.json")):
        point(head, "production", "2" if head.name == "has_opt_out" else "1")
    env = {
        "EMBEDDER_MODEL": "frozen",
        "HEADS_CATALOG": str(catalog),
        "GATEWAY_CATALOG": str(catalog),
        **PATIENT,
    }
    with running_stack(folder, env) as running:
        yield running


def _differences(old: Any, new: Any, place: str = "$") -> Iterator[str]:
    """Yield where `new` lacks or contradicts what `old` has; what it has beside that is welcome."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key, value in old.items():
            if key not in new:
                yield f"{place}.{key} is gone"
            elif key not in VOLATILE | WORDING:
                yield from _differences(value, new[key], f"{place}.{key}")
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for index, (before, after) in enumerate(zip(old, new, strict=True)):
            yield from _differences(before, after, f"{place}[{index}]")
    elif isinstance(old, float) and isinstance(new, int | float):
        if abs(old - new) > TOLERANCE:
            yield f"{place} was {old}, is {new}"
    elif old != new:
        yield f"{place} was {old!r}, is {new!r}"


@pytest.mark.e2e
@pytest.mark.parametrize(
    "exchange", EXCHANGES, ids=[f"{n}-{e['method']}-{e['path']}" for n, e in enumerate(EXCHANGES)]
)
def test_recorded_requests_get_their_answers(stack: Stack, exchange: dict[str, Any]) -> None:
    """Every recorded request gets the recorded status, media type, fields and values."""
    body = exchange["body"]
    content = json.dumps({"text": "x" * 200_001}) if body is None else base64.b64decode(body)
    answer = urllib3.request(
        exchange["method"],
        stack.gateway_url + exchange["path"],
        headers=exchange["headers"],
        body=content or None,
        retries=False,
        timeout=60,
    )

    assert answer.status == exchange["status"]
    assert answer.headers["Content-Type"] == exchange["content_type"]
    if exchange["path"] == "/openapi.json":
        document = answer.json()
        schemas = document["components"]["schemas"]
        assert not [
            f"{path} {method}"
            for path, methods in exchange["answer"]["paths"].items()
            for method in methods
            if method not in document["paths"].get(path, {})
        ]
        assert not [
            f"{name}.{field}"
            for name, fields in exchange["answer"]["schemas"].items()
            for field in fields
            if field not in schemas[name]["properties"]
        ]
    else:
        assert not list(_differences(exchange["answer"], answer.json()))


@pytest.mark.e2e
def test_recorded_metrics_are_still_shown(stack: Stack) -> None:
    """Every series of the release is there, with at least the labels it had."""
    pages = {
        "embedder": stack.embedder_metrics,
        "heads": f"{stack.heads_url}/metrics",
        "gateway": f"{stack.gateway_url}/metrics",
    }
    gone = []
    for service, series in json.loads((RECORDED / "metrics.json").read_text()).items():
        page = urllib3.request("GET", pages[service]).data.decode()
        for name, facts in series.items():
            if f"# TYPE {name} {facts['type']}\n" not in page:
                gone.append(name)
            lines = "\n".join(re.findall(rf"^{name}(?:_\w+)?{{.*}}", page, re.M))
            gone += [f"{name}{{{label}}}" for label in facts["labels"] if f'{label}="' not in lines]

    assert not gone


@pytest.mark.e2e
def test_an_old_gateway_understands_the_services(stack: Stack) -> None:
    """Messages that the release's gateway sent are answered with all that it read from them."""
    predict = urllib3.request(
        "POST",
        f"{stack.heads_url}/v1/predict",
        headers={"Content-Type": wire.MEDIA_TYPE},
        body=base64.b64decode(WIRE["heads_predict"]["request"]),
    )
    before = heads_pb2.PredictResponse.FromString(base64.b64decode(WIRE["heads_predict"]["answer"]))
    after = heads_pb2.PredictResponse.FromString(predict.data)
    with grpc.insecure_channel(stack.embedder_target) as channel:
        call: Any = channel.unary_unary("/embedder.v1.EmbedderService/Embed")
        embedded = call(base64.b64decode(WIRE["embedder_embed"]["request"]), timeout=60)
    old = embedder_pb2.EmbedResponse.FromString(base64.b64decode(WIRE["embedder_embed"]["answer"]))
    new = embedder_pb2.EmbedResponse.FromString(embedded)

    assert [head.name for head in after.heads] == [head.name for head in before.heads]
    assert list(after.heads[0].labels) == list(before.heads[0].labels)
    assert np.frombuffer(after.heads[0].scores, "<f4") == pytest.approx(
        np.frombuffer(before.heads[0].scores, "<f4"), abs=1e-5
    )
    assert new.encoder.fingerprint == old.encoder.fingerprint
    assert [item.error.code for item in new.items] == [item.error.code for item in old.items]
    vectors = [np.frombuffer(item.vectors, "<f4") for item in (old.items[0], new.items[0])]
    assert vectors[0] @ vectors[1] / np.prod([np.linalg.norm(v) for v in vectors]) > 0.999


def test_todays_gateway_understands_old_services() -> None:
    """Answers of the release's heads service and embedder are read whole."""
    head_set = wire.parse_describe(base64.b64decode(WIRE["heads_describe"]["answer"]))
    scores = wire.parse_response(base64.b64decode(WIRE["heads_predict"]["answer"]), head_set)
    info = embedder_pb2.InfoResponse.FromString(base64.b64decode(WIRE["embedder_info"]["answer"]))

    assert sorted(head_set.heads) == [
        "auto_kind", "has_opt_out", "has_referral", "intent", "objection_reason", "positive_kind",
    ]  # fmt: skip
    assert scores[0].status == "ok"
    assert scores[0].scores.sum() == pytest.approx(1, abs=1e-5)
    assert (info.dim, info.layers, info.encoder.precision) == (384, 6, "bf16")


def test_a_catalog_of_the_release_serves(tmp_path: Path) -> None:
    """Its bundles pass their self-test and its alias file still names what answers."""
    catalog = tmp_path / "catalog"
    shutil.copytree(RECORDED / "catalog", catalog)
    pool = LocalPool(Registry(catalog))
    try:
        head_set = pool.head_set()
    finally:
        pool.close()

    assert head_set.heads["intent"].version == "1"
    assert head_set.heads["intent"].status == "serving"
    assert head_set.candidates["intent"].version == "2"
    assert head_set.candidates["intent"].share == 0.25


def test_the_record_of_the_release_is_read() -> None:
    """Every line of its audit is an entry, with who changed which role, why, and what it was."""
    catalog = FolderCatalog(RECORDED / "catalog")
    first, *others = audit.entries(catalog, "intent")

    assert len([first, *others]) == len(list(catalog.lines(audit.KEY)))
    assert (first.action, first.by, first.why) == ("promote to production", "dana", "first version")
    assert (first.generation, first.outcome) == (1, "done")
    assert (first.before["production"], first.after["production"]) == (None, "1")
    assert [entry.generation for entry in others] == list(range(2, len(others) + 2))
    assert (others[0].after["candidate"], others[0].after["candidate_weight"]) == ("2", 0.25)


def test_settings_of_the_release_are_taken() -> None:
    """Every setting that the release knew is still known, with its default still valid."""
    lines = (RECORDED / "settings.env").read_text().splitlines()
    environ = dict(line.split("=", 1) for line in lines)

    assert load_embedder_settings(environ).max_batch_tokens == 4096
    assert load_heads_settings(environ).max_rows == 256
    assert load_gateway_settings(environ).max_batch_body_bytes == 16 << 20
