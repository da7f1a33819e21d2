"""Merges an adapter into its base: an ordinary BERT folder, made with numpy alone."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import safetensors.numpy
from numpy.typing import NDArray
from safetensors import SafetensorError

from embedder.checkpoint.folder import Model, ModelError, find_model
from embedder.checkpoint.shipped import ADAPTER_FILE
from trunkline.disk import sync

Tensors = Mapping[str, NDArray[Any]]

TENSORS_FILE: Final = "adapter.safetensors"
ROWS_FILE: Final = "rows.json"
DELTA: Final = ".delta"  # int8, of a matrix; times the scale it is what tuning added
SCALE: Final = ".scale"  # float32, one a row
# What a checkpoint's folder holds beside the weights; the vocabulary is for other readers.
BESIDE: Final = ("config.json", "tokenizer.json", "sentence_bert_config.json",
                 "tokenizer_config.json", "config_sentence_transformers.json",
                 "special_tokens_map.json", "vocab.txt")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Adapter:
    """What adapter.toml says: the base it belongs to, and what comes out. Digests are hex."""

    folder: Path
    name: str
    base_model_id: str
    base_sha256: str
    tokenizer_sha256: str
    tensors_sha256: str
    merged_sha256: str


def read_adapter(folder: Path) -> Adapter:
    """Read adapter.toml. Raises `ModelError`."""
    path = folder / ADAPTER_FILE
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        base = table["base"]
        return Adapter(
            folder,
            str(table["name"]),
            str(base["model_id"]),
            str(base["weights_sha256"]),
            str(base["tokenizer_sha256"]),
            str(table["tensors_sha256"]),
            str(table["merged_sha256"]),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{path} is not readable: {error!r}") from error


def merge(adapter: Adapter, base: Model, out: Path) -> bool:
    """Write `base` with the adapter's changes as the folder `out`; False if it is there already.

    Whole or not at all; every digest is checked, that of the merged weights last. Raises
    `ModelError` for another base, a damaged adapter, or another folder in the place of `out`.
    """
    _refuse_wrong_base(adapter, base)
    if out.name != adapter.name:
        raise ModelError(f"{out}: name the folder {adapter.name}, its name is the model's id")
    if out.exists():
        _refuse_other(adapter, out)
        return False
    content = merged_weights(base_tensors(base), _changes(adapter))
    digest = hashlib.sha256(content).hexdigest()
    if digest != adapter.merged_sha256:
        raise ModelError(f"{adapter.folder} merges to sha256 {digest}, not {adapter.merged_sha256}")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        _write(adapter, base, content, out)
    except OSError as error:
        if not out.exists():
            raise ModelError(f"{out} cannot be written: {error}") from error
        _refuse_other(adapter, out)  # another process was first
        return False
    return True


def base_tensors(model: Model) -> dict[str, NDArray[Any]]:
    """Read an encoder's tensors in float32, by their names without the prefix `bert.`.

    Pooler, heads and position ids are left out. Raises `ModelError` for an unreadable file.
    """
    state = _load(model.weights)
    prefix = "bert." if "bert.embeddings.word_embeddings.weight" in state else ""
    inside = (prefix + "embeddings.", prefix + "encoder.")
    return {
        name.removeprefix(prefix): tensor.astype(np.float32)
        for name, tensor in state.items()
        if name.startswith(inside) and not name.endswith("position_ids")
    }


def merged_weights(base: Tensors, changes: Tensors) -> bytes:
    """Return the safetensors file of `base` with `changes`: the same bytes on every machine.

    A matrix gains its delta times its scale, rounded once each in float32; a tensor under its own
    name is taken as it is. Raises `ModelError` for changes of tensors that are not there.
    """
    merged = dict(base)
    for name in changes:
        target = name.removesuffix(SCALE).removesuffix(DELTA)
        if target not in base or changes[name].shape[0] != base[target].shape[0]:
            raise ModelError(f"the adapter changes {name}, which does not fit its base")
        if name.endswith(DELTA):
            scale = changes.get(target + SCALE)
            if scale is None or changes[name].shape != base[target].shape:
                raise ModelError(f"the adapter's {name} does not fit its base")
            merged[target] = base[target] + changes[name].astype(np.float32) * scale
        elif not name.endswith(SCALE):
            merged[target] = changes[name].astype(np.float32)
    contiguous = {name: np.ascontiguousarray(merged[name]) for name in sorted(merged)}
    return safetensors.numpy.save(contiguous, metadata={"format": "pt"})


def _refuse_wrong_base(adapter: Adapter, base: Model) -> None:
    expected = (adapter.base_sha256, adapter.tokenizer_sha256)
    if (base.weights_sha256, base.tokenizer_sha256) != expected:
        raise ModelError(
            f"{adapter.folder} belongs to {adapter.base_model_id} with weights of sha256 "
            f"{expected[0]} and tokenizer {expected[1]}; {base.folder} has "
            f"{base.weights_sha256} and {base.tokenizer_sha256}"
        )


def _refuse_other(adapter: Adapter, out: Path) -> None:
    there = find_model(out)
    if (there.weights_sha256, there.tokenizer_sha256) != (
        adapter.merged_sha256,
        adapter.tokenizer_sha256,
    ):
        raise ModelError(f"{out} is there and is not what {adapter.folder} makes; remove it first")


def _changes(adapter: Adapter) -> dict[str, NDArray[Any]]:
    path = adapter.folder / TENSORS_FILE
    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise ModelError(f"{path}: {error}") from error
    if digest != adapter.tensors_sha256:
        raise ModelError(f"{path} is damaged: sha256 {digest}, expected {adapter.tensors_sha256}")
    return _load(path)


def _load(path: Path) -> dict[str, NDArray[Any]]:
    try:
        return safetensors.numpy.load_file(path)
    except (SafetensorError, OSError, TypeError, KeyError) as error:
        raise ModelError(f"{path}: {error}") from error


def _write(adapter: Adapter, base: Model, weights: bytes, out: Path) -> None:
    with tempfile.TemporaryDirectory(dir=out.parent) as parent:
        draft = Path(parent) / out.name
        draft.mkdir()
        for source in (*(base.folder / name for name in BESIDE), adapter.folder / ROWS_FILE):
            if source.is_file():
                shutil.copyfile(source, draft / source.name)
        (draft / "model.safetensors").write_bytes(weights)
        for path in (*draft.iterdir(), draft):
            sync(path)
        os.replace(draft, out)
    sync(out.parent)
