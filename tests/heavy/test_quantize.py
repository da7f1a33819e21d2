"""Quantisation for real, by NNCF in its own environment; `make test-heavy` sets that up."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest

from embedder.checkpoint.folder import find_model
from embedder.encoder import EncoderConfig, embed_texts, load_encoder
from embedder.views import POOLINGS, View
from tests.support.checkpoints import write_bert

ROOT = Path(__file__).resolve().parents[2]
PYTHON = ROOT / ".venv-quantize" / "bin" / "python"
TEXTS = [f"{word} works for us, call me {number}" for word in ("Monday", "no", "a demo")
         for number in range(20)]  # fmt: skip


def quantize(start: Path, out: Path, texts: list[str], *options: str) -> None:
    """Run the command on `texts`."""
    file = out.with_suffix(".jsonl")
    file.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
    command = [PYTHON, "-m", "embedder", "quantize", start, "--out", out, "--texts", file, *options]
    env = {"PYTHONPATH": str(ROOT), "EMBEDDER_GRAPH_DIR": str(out.parent / "graphs")}
    subprocess.run(list(map(str, command)), env=env, check=True, cwd=out.parent)


@pytest.mark.e2e
def test_a_quantised_checkpoint_is_near_and_served(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every view of the first layers is above a cosine of 0.98 to fp32, of texts not seen, too.

    The recipe names what it was made of, and no text.
    """
    monkeypatch.setattr("embedder.runtime.processor._cpuinfo", lambda: "flags : avx512_vnni")
    start = write_bert(tmp_path / "start", layers=3)
    quantize(start, tmp_path / "int8", TEXTS, "--depth", "2", "--keep", "down")
    views = tuple(View(pooling, layer) for layer in range(3) for pooling in POOLINGS)
    texts = [*TEXTS[:4], "please take me off this list"]
    want, got = (
        embed_texts(
            load_encoder(EncoderConfig(folder, streams=1, cache_dir=tmp_path)), texts, views
        )
        for folder in (start, tmp_path / "int8")
    )
    cosine = (want * got).sum(-1) / np.linalg.norm(want, axis=-1) / np.linalg.norm(got, axis=-1)
    assert cosine.min() > 0.98
    recipe = (tmp_path / "int8" / "quantization.json").read_text(encoding="utf-8")
    assert json.loads(recipe)["base"]["weights_sha256"] == find_model(start).weights_sha256
    assert "Monday" not in recipe + (tmp_path / "int8" / "graph.xml").read_text(encoding="utf-8")


@pytest.mark.e2e
def test_the_same_texts_make_the_same_checkpoint(tmp_path: Path) -> None:
    """In any order: the digests of two builds are equal, so heads of one run on the other."""
    start = write_bert(tmp_path / "start", layers=1)
    quantize(start, tmp_path / "first", TEXTS)
    quantize(start, tmp_path / "second", [*reversed(TEXTS), TEXTS[0]])
    first, second = (find_model(tmp_path / name) for name in ("first", "second"))
    assert first.weights_sha256 == second.weights_sha256
