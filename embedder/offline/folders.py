"""Write what was made of a checkpoint as an ordinary model folder, whole or not at all."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from embedder.checkpoint.folder import (
    GRAPH,
    GRAPH_WEIGHTS,
    PROMPTS_FILE,
    RECIPE,
    Model,
    ModelError,
)
from embedder.runtime.openvino import import_openvino
from trunkline.disk import file_sha256

_CONFIG: Final = "config.json"
# What goes along as it is: the prompts with the prefix that every text gets, rows.json with the
# names of the texts that an encoder was tuned on.
_BESIDE: Final = ("tokenizer.json", PROMPTS_FILE, "sentence_bert_config.json",
                  "tokenizer_config.json", "special_tokens_map.json", "vocab.txt",
                  "rows.json")  # fmt: skip


def check_depth(model: Model, depth: int | None) -> int:
    """Return how many layers to keep, all for None. Raises `ModelError`."""
    layers = model.architecture.layers
    if depth is not None and not 1 <= depth <= layers:
        raise ModelError(f"{model.model_id} can be cut to 1..{layers} layers, not {depth}")
    return depth or layers


def check_new(folder: Path) -> None:
    """Raise `ModelError` where the folder is there already: heads may have learnt on it."""
    if folder.exists():
        raise ModelError(f"{folder} is there already; name another folder")


def write_cut(model: Model, depth: int, folder: Path) -> None:
    """Write the first `depth` layers of a checkpoint as a checkpoint of its own.

    Its vectors of these layers are the same to the last bit, but its fingerprint is another one.
    Raises `ModelError`, for an int8 checkpoint too: cut the one that it was made of.
    """
    weights = model.weights
    with _draft(model, depth, folder) as draft:
        try:
            with safe_open(weights, framework="numpy") as file:
                names = [name for name in file.keys() if _layer(name) < depth]  # noqa: SIM118 - no dict
                tensors = {name: file.get_tensor(name) for name in names}
        except (SafetensorError, OSError, TypeError) as error:
            raise ModelError(f"{weights}: {error}") from error
        save_file(tensors, draft / "model.safetensors", metadata={"format": "pt"})


def write_int8(
    model: Model, graph: Any, depth: int, folder: Path, recipe: Mapping[str, Any]
) -> None:
    """Write an int8 graph (an `openvino.Model` up to layer `depth`) made of `model`.

    The recipe comes to stand beside it, with what it was made of and the graph's digests. Raises
    `ModelError`.
    """
    with _draft(model, depth, folder) as draft:
        import_openvino().save_model(graph, str(draft / GRAPH), compress_to_fp16=False)
        base = {"model_id": model.model_id, "weights_sha256": model.weights_sha256}
        files = {name: file_sha256(draft / name) for name in (GRAPH, GRAPH_WEIGHTS)}
        content = {"base": base, "layers": depth, **recipe, "files": files}
        (draft / RECIPE).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


@contextmanager
def _draft(model: Model, depth: int, folder: Path) -> Iterator[Path]:
    """Give a folder with the model's configuration and tokenizer; rename it at the end."""
    check_new(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".building-") as parent:
        draft = Path(parent) / folder.name
        draft.mkdir()
        for name in _BESIDE:
            if (model.folder / name).is_file():
                shutil.copyfile(model.folder / name, draft / name)
        config = json.loads((model.folder / _CONFIG).read_text(encoding="utf-8"))
        config["num_hidden_layers"] = depth
        (draft / _CONFIG).write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
        yield draft
        for path in draft.iterdir():
            path.chmod(0o644)  # a service may run as another user
        os.replace(draft, folder)


def _layer(tensor: str) -> int:
    """Return the index of the layer that a tensor is of, -1 for none."""
    _, found, rest = tensor.partition("encoder.layer.")
    return int(rest.partition(".")[0]) if found else -1
