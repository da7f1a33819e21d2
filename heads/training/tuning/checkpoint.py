"""Writes a tuned encoder as a BERT checkpoint folder, named by what it was made of."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from safetensors.torch import save_file
from torch import Tensor

from embedder.checkpoint.folder import Model
from heads.storage.atomic_files import sync
from heads.training.data.dataset import Dataset
from heads.training.data.provenance import ROWS_FILE, encoder_rows, pack_rows, row_keys
from heads.training.errors import DataError
from heads.training.tuning.tune import TuningPlan, tune

# Raise it when the same plan and rows come to give other weights.
_FORMAT = 1
# What the embedder reads beside the weights; the vocabulary is for other readers.
_BESIDE = ("config.json", "tokenizer.json", "sentence_bert_config.json", "tokenizer_config.json",
           "config_sentence_transformers.json", "special_tokens_map.json", "vocab.txt")  # fmt: skip


def tuned_folder(cache: Path, tasks: Sequence[Dataset], start: Model, plan: TuningPlan) -> Path:
    """Return the folder of `start` tuned on these rows, tuning now if it is not in `cache`."""
    folder = cache / f"{start.model_id}-{tuning_digest(tasks, start, plan)[:16]}"
    if not folder.is_dir():
        write_checkpoint(tune(tasks, start, plan), start, folder, tasks)
    return folder


def tuning_digest(tasks: Sequence[Dataset], start: Model, plan: TuningPlan) -> str:
    """Hash all that decides the weights: start, plan, and every row in order."""
    digest = hashlib.sha256()
    facts = {"format": _FORMAT, "start": start.weights_sha256, **asdict(plan)}
    facts["tokenizer"] = start.tokenizer_sha256
    if start.prefix:
        facts["prefix"] = start.prefix
    digest.update(json.dumps(facts, sort_keys=True).encode())
    for task in tasks:
        described = [task.task.kind, len(task.task.labels), list(task.texts)]
        if any(task.contexts):
            described.append(list(task.contexts))
        digest.update(json.dumps(described).encode() + task.targets.tobytes())
    return digest.hexdigest()


def refuse_existing(folder: Path) -> None:
    """Raise DataError where the folder is there already: heads may have learnt on it."""
    if folder.exists():
        raise DataError(f"{folder} is there already; name another folder")


def write_checkpoint(
    state: Mapping[str, Tensor], start: Model, folder: Path, tasks: Sequence[Dataset]
) -> None:
    """Write weights, and the start's configuration and tokenizer beside; whole or not at all.

    rows.json names the rows of `tasks`, and those that the start was tuned on. Raises DataError
    as `refuse_existing` does.
    """
    refuse_existing(folder)
    keys = encoder_rows(start.folder).union(*map(row_keys, tasks))
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as parent:
        draft = Path(parent) / folder.name
        draft.mkdir()
        for name in _BESIDE:
            if (start.folder / name).is_file():
                shutil.copyfile(start.folder / name, draft / name)
        contiguous = {name: tensor.contiguous() for name, tensor in state.items()}
        save_file(contiguous, draft / "model.safetensors", metadata={"format": "pt"})
        # It is written for its owner alone; a service in a container runs as somebody else.
        (draft / "model.safetensors").chmod(0o644)
        (draft / ROWS_FILE).write_bytes(pack_rows(keys))
        for path in (*draft.iterdir(), draft):
            sync(path)
        os.replace(draft, folder)
    sync(folder.parent)
