"""Writes a tuned encoder as a BERT checkpoint folder, named by what it was made of."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor

from embedder.checkpoint.adapter import BESIDE
from embedder.checkpoint.folder import Model
from heads.training.data.dataset import Dataset
from heads.training.data.provenance import RECIPE_FILE, ROWS_FILE, encoder_rows, pack_rows, row_keys
from heads.training.errors import DataError
from heads.training.tuning.examples import join, with_texts
from heads.training.tuning.tune import TuningPlan, tune
from trunkline.disk import sync

# Raise it when the same plan and rows come to give other weights.
_FORMAT = 2


def tuned_folder(cache: Path, tasks: Sequence[Dataset], start: Model, plan: TuningPlan) -> Path:
    """Return the folder of `start` tuned on these rows, tuning now if it is not in `cache`."""
    folder = cache / f"{start.model_id}-{tuning_digest(tasks, start, plan)[:16]}"
    if not folder.is_dir():
        tune_into(folder, cache, tasks, start, plan)
    return folder


def tune_into(
    folder: Path,
    cache: Path,
    tasks: Sequence[Dataset],
    start: Model,
    plan: TuningPlan,
    facts: Mapping[str, object] | None = None,
    report: Callable[[str], object] = bool,
    general: Sequence[str] = (),
) -> None:
    """Tune and write the folder; a killed run goes on from what `cache` holds of its epochs.

    `general` as `tune` takes it; `facts` are written into the recipe beside it. Raises DataError as
    `refuse_existing` does.
    """
    refuse_existing(folder)
    progress = cache / f"{tuning_digest(tasks, start, plan, general)}.epochs"
    state = tune(tasks, start, plan, progress, report, general)
    recipe = {**recipe_of(tasks, start, plan, general), **(facts or {})}
    write_checkpoint(state, start, folder, tasks, recipe)
    progress.unlink(missing_ok=True)


def tuning_digest(
    tasks: Sequence[Dataset], start: Model, plan: TuningPlan, general: Sequence[str] = ()
) -> str:
    """Hash all that decides the weights: start, plan, and every text with its labels in order."""
    facts = {"format": _FORMAT, "start": start.weights_sha256, **asdict(plan)}
    facts |= {"tokenizer": start.tokenizer_sha256, "rows": _digest(tasks, general)}
    if plan.keep:
        facts["held"] = "texts without labels, read without dropout"
    if start.prefix:
        facts["prefix"] = start.prefix
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def recipe_of(
    tasks: Sequence[Dataset], start: Model, plan: TuningPlan, general: Sequence[str] = ()
) -> dict[str, object]:
    """Describe a tuning without any text: what it began with, plan, rows of each task, digests."""
    return {
        "start": {"model_id": start.model_id, "weights_sha256": start.weights_sha256},
        "plan": asdict(plan),
        "tasks": {task.task.name: len(task) for task in tasks},
        "general_texts": len(general),
        "rows_sha256": _digest(tasks, general),
        "tuning_sha256": tuning_digest(tasks, start, plan, general),
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
    }


def _digest(tasks: Sequence[Dataset], general: Sequence[str]) -> str:
    return with_texts(join(tasks), general).digest()


def refuse_existing(folder: Path) -> None:
    """Raise DataError where the folder is there already: heads may have learnt on it."""
    if folder.exists():
        raise DataError(f"{folder} is there already; name another folder")


def write_checkpoint(
    state: Mapping[str, Tensor],
    start: Model,
    folder: Path,
    tasks: Sequence[Dataset],
    recipe: Mapping[str, object] | None = None,
) -> None:
    """Write weights, and the start's configuration and tokenizer beside; whole or not at all.

    rows.json names the rows of `tasks`, and those that the start was tuned on; tuning.json holds
    the recipe. Raises DataError as `refuse_existing` does.
    """
    refuse_existing(folder)
    keys = encoder_rows(start.folder).union(*map(row_keys, tasks))
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as parent:
        draft = Path(parent) / folder.name
        draft.mkdir()
        for name in BESIDE:
            if (start.folder / name).is_file():
                shutil.copyfile(start.folder / name, draft / name)
        contiguous = {name: tensor.contiguous() for name, tensor in state.items()}
        save_file(contiguous, draft / "model.safetensors", metadata={"format": "pt"})
        # It is written for its owner alone; a service in a container runs as somebody else.
        (draft / "model.safetensors").chmod(0o644)
        (draft / ROWS_FILE).write_bytes(pack_rows(keys))
        if recipe is not None:
            text = json.dumps(recipe, indent=2, sort_keys=True) + "\n"
            (draft / RECIPE_FILE).write_text(text, encoding="utf-8")
        for path in (*draft.iterdir(), draft):
            sync(path)
        os.replace(draft, folder)
    sync(folder.parent)
