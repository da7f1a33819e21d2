"""Fine-tunes one shared encoder on the rows of several tasks at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from tqdm import tqdm

from embedder.checkpoint.folder import Model
from embedder.tokenizer import Tokenizer
from heads.training.data.dataset import Dataset
from heads.training.tuning.network import SharedEncoder, batches

Indices = NDArray[np.int64]
_CLIP = 1.0
_MANY_ROWS = 10_000


@dataclass(frozen=True)
class TuningPlan:
    """How an encoder is tuned; with the rows and the start it decides every weight.

    The rates rise over the first `warm_up` share of the steps and then fall to 0 in a line;
    `output_rate` is that of the tasks' outputs, which are thrown away in the end.
    """

    epochs: int = 8
    batch_rows: int = 32
    learning_rate: float = 1e-4
    output_rate: float = 1e-3
    warm_up: float = 0.1
    decay: float = 0.01
    dropout: float = 0.1
    smoothing: float = 0.0
    seed: int = 0


@dataclass(frozen=True)
class _Rows:
    """All tasks' rows in one list: ids, segments, the task of each, its place in that task."""

    ids: tuple[NDArray[np.int32], ...]
    types: tuple[NDArray[np.int32], ...]
    owners: Indices
    places: Indices
    targets: tuple[Tensor, ...]
    softmax: tuple[bool, ...]


def plan_for(rows: int) -> TuningPlan:
    """Choose by the number of rows: fewer passes, in larger batches, over many."""
    return TuningPlan(epochs=3, batch_rows=64) if rows > _MANY_ROWS else TuningPlan()


def tune(tasks: Sequence[Dataset], start: Model, plan: TuningPlan) -> dict[str, Tensor]:
    """Tune `start` on all rows of all tasks; return the encoder's tensors.

    A row moves the encoder and its own task's output alone. Same input, same weights, on one
    machine with as many torch threads.
    """
    rows = _rows(tasks, start)
    random = np.random.default_rng(plan.seed)
    with torch.random.fork_rng(devices=()):
        torch.manual_seed(plan.seed)
        network = SharedEncoder(start, [targets.shape[1] for targets in rows.targets], plan.dropout)
        network.start_outputs(rows.ids, rows.types, rows.owners, rows.targets)
        _fit(network, rows, plan, random)
    return network.encoder_state()


def _rows(tasks: Sequence[Dataset], start: Model) -> _Rows:
    tokenizer = Tokenizer(start.folder, start.max_tokens)
    pairs = [pair for task in tasks for pair in zip(task.texts, task.contexts, strict=True)]
    read = tokenizer.tokenize_batch(pairs)
    return _Rows(
        tuple(tokens.windows[0] for tokens in read),
        tuple(tokens.type_ids[0] for tokens in read),
        np.repeat(np.arange(len(tasks)), [len(task) for task in tasks]),
        np.concatenate([np.arange(len(task)) for task in tasks]),
        tuple(torch.from_numpy(task.targets) for task in tasks),
        tuple(task.task.kind == "softmax" for task in tasks),
    )


def _fit(
    network: SharedEncoder, rows: _Rows, plan: TuningPlan, random: np.random.Generator
) -> None:
    lengths = np.array([ids.size for ids in rows.ids])
    steps = plan.epochs * sum(1 for _ in batches(lengths, plan.batch_rows, random))
    optimiser = _optimiser(network, plan)
    rising = max(1, round(plan.warm_up * steps))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min((step + 1) / rising, (steps - step) / max(1, steps - rising))
    )
    with tqdm(total=steps, desc="tune", leave=False) as bar:
        for _ in range(plan.epochs):
            for batch in batches(lengths, plan.batch_rows, random):
                network.train()
                optimiser.zero_grad()
                loss = _loss(network, rows, batch, plan.smoothing)
                loss.backward()  # type: ignore[no-untyped-call]
                nn.utils.clip_grad_norm_(network.parameters(), _CLIP)
                optimiser.step()
                schedule.step()
                bar.update()


def _optimiser(network: SharedEncoder, plan: TuningPlan) -> torch.optim.Optimizer:
    learnt = [parameter for parameter in network.bert.parameters() if parameter.requires_grad]
    groups = [
        {"params": [p for p in learnt if p.ndim > 1], "weight_decay": plan.decay},
        {"params": [p for p in learnt if p.ndim < 2], "weight_decay": 0.0},
        {"params": network.outputs.parameters(), "lr": plan.output_rate, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=plan.learning_rate, fused=True)


def _loss(network: SharedEncoder, rows: _Rows, batch: Indices, smoothing: float) -> Tensor:
    """Average over the batch's rows each one's loss in its own task."""
    pooled = network.pooled([rows.ids[i] for i in batch], [rows.types[i] for i in batch])
    total = torch.zeros(())
    for task in np.unique(rows.owners[batch]):
        of_task = np.flatnonzero(rows.owners[batch] == task)
        logits = network.logits(pooled[torch.from_numpy(of_task)], int(task))
        targets = rows.targets[task][torch.from_numpy(rows.places[batch[of_task]])]
        total = total + _task_loss(logits, targets, rows.softmax[task], smoothing)
    return total / len(batch)


def _task_loss(logits: Tensor, targets: Tensor, softmax: bool, smoothing: float) -> Tensor:
    if softmax:
        return nn.functional.cross_entropy(
            logits, targets, reduction="sum", label_smoothing=smoothing
        )
    losses = nn.functional.binary_cross_entropy_with_logits(logits, targets, reduction="none")
    return losses.sum()
