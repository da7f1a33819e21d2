"""Two encoders behind one gateway, as processes: a mail goes where its language is read best."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import urllib3

from embedder.config import Settings as EmbedderSettings
from embedder.encoder import EncoderConfig, load_encoder
from embedder.server.server import Loaded
from embedder.testing.embedder import FAKE_FINGERPRINT
from embedder.testing.encoder import FakeEncoder
from embedder.testing.server import serve_server
from heads.bundle.writing import write_bundle
from heads.prediction import FeatureRow
from loadtests.stack.processes import http_ready
from loadtests.stack.stack import Stack
from tests.support.multilingual import HIDDEN, write_folder
from tests.support.pools import DIM, write_head
from tests.support.roles import point
from tests.support.routing import write_risks
from tests.support.waiting import PATIENT, WAIT_S, until

pytestmark = pytest.mark.service

LABELS = ("positive", "objection", "other")
GERMAN = "Bitte nicht anrufen, wir haben dieses Jahr kein Budget mehr."
ENGLISH = "Please do not call, we have no budget left this year."


def tiny_multilingual(folder: Path) -> Loaded:
    """Load a tiny encoder of the multilingual kind, as its embedder does."""
    config = EncoderConfig(write_folder(folder / "model"), streams=1, cache_dir=folder / "graphs")
    loaded = load_encoder(config)
    return Loaded(loaded.encoder, loaded.tokenizer, loaded.cost)


def write_intent(catalog: Path, fingerprint: str) -> None:
    """Write a head `intent` with random weights for the tiny encoder, in production."""
    random = np.random.default_rng(3)
    table: dict[str, Any] = {
        "name": "intent", "version": "m1", "kind": "softmax", "labels": list(LABELS),
        "description": "random", "fingerprint": fingerprint, "created": "2026-01-01",
        "calibration": {"temperature": 1.0},
        "thresholds": {**dict.fromkeys(LABELS, 0.0), "margin": 0.0},
        "members": [{"views": ["text@2"], "normalise": "l2", "lexical": False, "hidden": 0}],
    }  # fmt: skip
    weights = {
        "m0.w0": random.standard_normal((HIDDEN, len(LABELS)), dtype=np.float32),
        "m0.b0": np.zeros(len(LABELS), dtype=np.float32),
    }
    vectors = random.standard_normal((3, HIDDEN), dtype=np.float32)
    rows = [FeatureRow({"text@2": vector}) for vector in vectors]
    write_bundle(catalog, table, weights, rows)
    point(catalog / "intent", "production", "m1")


class Second:
    """A stack whose second embedder ends when told to."""

    def __init__(self, stack: Stack, fingerprint: str, embedder: ExitStack) -> None:
        self.stack, self.fingerprint, self._embedder = stack, fingerprint, embedder

    def lose(self) -> None:
        """End the second embedder."""
        self._embedder.close()

    def ask(self, text: str) -> Any:
        """Classify a text."""
        url = f"{self.stack.gateway_url}/v1/classify"
        answer = urllib3.request("POST", url, json={"text": text}, timeout=WAIT_S, retries=False)
        assert answer.status == 200, answer.data
        return answer.json()


@pytest.fixture
def second(tmp_path: Path) -> Iterator[Second]:
    """Run a gateway over two embedders, the default's heads and the other's in its process."""
    ours, theirs = tmp_path / "catalog", tmp_path / "other"
    write_head(ours, "intent", LABELS)
    loaded = tiny_multilingual(tmp_path)
    fingerprint = loaded.encoder.identity.fingerprint
    write_intent(theirs, fingerprint)
    ports = EmbedderSettings(port=0, metrics_port=0)
    with ExitStack() as first, ExitStack() as other:
        one = first.enter_context(serve_server(FakeEncoder(dim=DIM), ports))
        two = other.enter_context(serve_server(settings=ports, loaded=loaded))
        settings = {
            **PATIENT,
            "GATEWAY_EMBEDDERS": f"a=127.0.0.1:{one.port},b=127.0.0.1:{two.port}",
            "GATEWAY_HEADS": "local",
            "GATEWAY_CATALOG": str(ours),
            "GATEWAY_MULTILINGUAL_HEADS": "local",
            "GATEWAY_MULTILINGUAL_CATALOG": str(theirs),
            "GATEWAY_LANGUAGE_RISKS": str(write_risks(tmp_path / "risks.json", fingerprint)),
            "GATEWAY_WORKERS": "1",
            "GATEWAY_ENCODER_REFRESH_S": "60",  # a look that comes late is as one without answer
        }
        stack = Stack(tmp_path, settings)
        try:
            stack.start("gateway")  # which is ready with one of them
            log = tmp_path / "gateway.log"
            until(lambda: log.read_text().count('"encoder_seen"') == 2, "one was never seen")
            yield Second(stack, fingerprint, other)
        finally:
            stack.stop()


def test_two_encoders_answer_by_language_and_one_alone_answers_all(second: Second) -> None:
    """Each answer names its encoder and language; a lost second encoder costs a flag, no answer."""
    german, english = second.ask(GERMAN), second.ask(ENGLISH)
    assert (german["encoder"]["fingerprint"], german["encoder"]["language"]) == (
        second.fingerprint,
        "de",
    )
    assert german["heads"]["intent"]["version"] == "m1"
    assert (english["encoder"]["fingerprint"], english["encoder"]["language"]) == (
        FAKE_FINGERPRINT,
        "en",
    )
    heads = urllib3.request("GET", f"{second.stack.gateway_url}/v1/heads").json()
    assert [head["version"] for head in heads["heads"]] == ["1"]
    assert [head["version"] for head in heads["other_encoder"]["heads"]] == ["m1"]
    second.lose()
    alone = second.ask(f"{GERMAN} Danke!")
    assert (alone["encoder"]["fingerprint"], alone["encoder"]["fallback"]) == (
        FAKE_FINGERPRINT,
        True,
    )
    assert alone["heads"]["intent"]["version"] == "1"
    until(lambda: http_ready(second.stack.gateway_url), "it is not ready without the second")
    page = urllib3.request("GET", f"{second.stack.gateway_url}/metrics").data.decode()
    assert 'gateway_language_emails_total{encoder="fallback",language="de"} 1.0' in page
