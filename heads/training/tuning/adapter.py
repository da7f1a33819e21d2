"""Writes what tuning changed of the base encoder: int8 differences, a scale for each row."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.numpy
import tomli_w
from numpy.typing import NDArray

from embedder.checkpoint.adapter import DELTA, SCALE, TENSORS_FILE, base_tensors, merged_weights
from embedder.checkpoint.folder import Model
from embedder.checkpoint.shipped import ADAPTER_FILE
from heads.training.data.provenance import RECIPE_FILE, ROWS_FILE, encoder_rows, pack_rows
from heads.training.errors import DataError
from heads.training.tuning.checkpoint import refuse_existing
from trunkline.disk import sync

MAX_BYTES = 25_000_000
_STEPS = 127


def write_adapter(tuned: Model, base: Model, out: Path, name: str) -> int:
    """Write adapter.safetensors, adapter.toml and rows.json, whole or not at all; return bytes.

    `name` is the model's id once it is merged. The numbers lie within half a step, 1/254 of a row's
    largest difference, of those tuned: heads learn on the merged folder. Raises DataError for a
    folder that is there, other architectures or tokenizers, or more than 25 MB.
    """
    refuse_existing(out)
    if (tuned.architecture, tuned.tokenizer_sha256) != (base.architecture, base.tokenizer_sha256):
        raise DataError(f"{tuned.folder} and {base.folder} differ in more than their weights")
    start = base_tensors(base)
    changes = quantised(start, base_tensors(tuned))
    tensors = safetensors.numpy.save(changes)
    if len(tensors) > MAX_BYTES:
        raise DataError(f"the adapter would have {len(tensors)} bytes, more than {MAX_BYTES}")
    table = {
        "name": name,
        "tensors_sha256": hashlib.sha256(tensors).hexdigest(),
        "merged_sha256": hashlib.sha256(merged_weights(start, changes)).hexdigest(),
        "base": {
            "model_id": base.model_id,
            "weights_sha256": base.weights_sha256,
            "tokenizer_sha256": base.tokenizer_sha256,
        },
        "recipe": _recipe(tuned),
    }
    files = {
        TENSORS_FILE: tensors,
        ADAPTER_FILE: tomli_w.dumps(table).encode(),
        ROWS_FILE: pack_rows(encoder_rows(tuned.folder)),
    }
    _write(files, out)
    return sum(map(len, files.values()))


def quantised(
    base: Mapping[str, NDArray[Any]], tuned: Mapping[str, NDArray[Any]]
) -> dict[str, NDArray[Any]]:
    """Return what differs: a matrix as int8 `.delta` and float32 `.scale` a row, a vector whole."""
    changes: dict[str, NDArray[Any]] = {}
    for name in sorted(base):
        if np.array_equal(base[name], tuned[name]):
            continue
        if base[name].ndim < 2:
            changes[name] = tuned[name]
            continue
        delta = tuned[name] - base[name]
        scale = (np.abs(delta).max(axis=1, keepdims=True) / _STEPS).astype(np.float32)
        steps = np.divide(delta, scale, out=np.zeros_like(delta), where=scale > 0)
        changes[name + DELTA] = np.clip(np.rint(steps), -_STEPS, _STEPS).astype(np.int8)
        changes[name + SCALE] = scale
    return changes


def _recipe(tuned: Model) -> dict[str, Any]:
    path = tuned.folder / RECIPE_FILE
    try:
        recipe: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        recipe = {}
    return {
        "tuned_sha256": tuned.weights_sha256,
        **{name: value for name, value in recipe.items() if value is not None},
    }


def _write(files: Mapping[str, bytes], out: Path) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent) as parent:
        draft = Path(parent) / out.name
        draft.mkdir()
        for name, content in files.items():
            (draft / name).write_bytes(content)
        for path in (*draft.iterdir(), draft):
            sync(path)
        os.replace(draft, out)
    sync(out.parent)
