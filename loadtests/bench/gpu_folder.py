"""Prepare what the GPU's measurement needs elsewhere: weights, a reference, a few libraries."""

from __future__ import annotations

import importlib.util
import json
import shutil
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import numpy as np

from embedder.checkpoint.folder import find_model
from embedder.checkpoint.weights import read_weights
from embedder.runtime.onnxruntime import OnnxRuntime
from embedder.views import layer_output
from loadtests.bench.gpu import mixed
from loadtests.traffic.corpus import reply_texts
from trunkline.disk import renew_folder

TEXTS: Final = 64
MOST_BYTES: Final = 64 * 2**20
# A machine with torch lacks these; with binaries of the same Python.
_LIBRARIES: Final = ("structlog", "safetensors", "tokenizers", "huggingface_hub")


def prepare(folder: Path) -> int:
    """Write the folder anew; return its bytes, which are to stay under MOST_BYTES.

    Raises FileExistsError for one that holds something else.
    """
    renew_folder(folder, "architecture.json")
    (folder / "site").mkdir(parents=True)
    model = find_model()
    arch = model.architecture
    (folder / "architecture.json").write_text(json.dumps(asdict(arch)), encoding="utf-8")
    weights: dict[str, Any] = read_weights(model, "fp16")
    np.savez(folder / "weights.npz", **weights)
    inputs = mixed(arch, TEXTS)
    with tempfile.TemporaryDirectory() as cache:
        runtime = OnnxRuntime(model, Path(cache), 1)
        (vectors,) = runtime.run(arch.layers, inputs, [layer_output(arch.layers)])
    np.savez(
        folder / "reference.npz", ids=inputs.ids, lengths=inputs.lengths, vectors=vectors[:, 0]
    )
    shutil.copy(model.folder / "tokenizer.json", folder)
    texts = "\n".join(reply_texts(2000, 20261129))
    (folder / "texts.txt").write_text(texts, encoding="utf-8")
    for name in _LIBRARIES:
        _copy_library(name, folder / "site")
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _copy_library(name: str, site: Path) -> None:
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        return
    source = Path(spec.origin).parent
    shutil.copytree(source, site / name, ignore=shutil.ignore_patterns("__pycache__"))
