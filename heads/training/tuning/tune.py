"""Fine-tunes one shared encoder on the labels of several tasks at once, epoch by epoch."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from tqdm import tqdm

from embedder.checkpoint.folder import Model
from embedder.tokenizer import Tokenizer, Tokens
from heads.training.data.dataset import Dataset
from heads.training.tuning.augment import varied
from heads.training.tuning.examples import Examples, join, with_texts
from heads.training.tuning.network import SharedEncoder, batch_count, batches
from heads.training.tuning.progress import load_progress, save_progress

Indices = NDArray[np.int64]
_CLIP = 1.0
_MANY_ROWS = 10_000


@dataclass(frozen=True)
class TuningPlan:
    """How an encoder is tuned; with the rows and the start it decides every weight.

    The rates rise over the first `warm_up` share of the steps and then fall to 0 in a line;
    `output_rate` is that of the tasks' outputs, which are thrown away in the end. `layers`, counted
    from 1, have outputs each, none means the last alone: one tuning serves every such depth.
    `varied` is the share of texts that an epoch changes in a way that keeps their labels;
    `foreign` that of short texts without a context which are read with another text's. `keep`
    weighs the loss that holds the last layer's mean of texts without labels where the start has it
    (1 - cosine), so that heads about other matters keep their vectors; then no label should read
    the last layer. These texts are read without dropout, whose noise moves vectors further than
    tuning does. Where there are none, all texts are held so.
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
    layers: tuple[int, ...] = ()
    varied: float = 0.0
    foreign: float = 0.0
    keep: float = 0.0


def plan_for(rows: int) -> TuningPlan:
    """Choose by the number of rows: fewer passes, in larger batches, over many."""
    return TuningPlan(epochs=3, batch_rows=64) if rows > _MANY_ROWS else TuningPlan()


def tune(
    tasks: Sequence[Dataset],
    start: Model,
    plan: TuningPlan,
    progress: Path | None = None,
    report: Callable[[str], object] = bool,
    general: Sequence[str] = (),
) -> dict[str, Tensor]:
    """Tune `start` on all texts, each read once an epoch for all its tasks; return its tensors.

    `general` texts have no label: `plan.keep` alone reads them. Same input, same weights, on one
    machine with as many torch threads; also where the run was killed and went on from its last
    whole epoch, which the file `progress` holds: it must belong to this very input. `report` gets
    a line an epoch.
    """
    return tune_network(tasks, start, plan, progress, report, general).encoder_state()


def tune_network(
    tasks: Sequence[Dataset],
    start: Model,
    plan: TuningPlan,
    progress: Path | None = None,
    report: Callable[[str], object] = bool,
    general: Sequence[str] = (),
    adapt: Callable[[SharedEncoder], object] | None = None,
) -> SharedEncoder:
    """Tune as `tune` does; return the network with its tasks' outputs.

    `adapt` may change the fresh network: what no longer requires a gradient is not learnt.
    """
    examples = with_texts(join(tasks), general)
    held = SharedEncoder(start, (), 0.0).eval() if plan.keep else None
    run = _Run(examples, Tokenizer(start.folder, start.max_tokens), plan, held)
    columns = [targets.shape[1] for targets in run.examples.targets]
    with torch.random.fork_rng(devices=()):
        torch.manual_seed(plan.seed)
        network = SharedEncoder(start, columns, plan.dropout, plan.layers)
        if adapt is not None:
            adapt(network)
        optimiser = _optimiser(network, plan)
        done = load_progress(progress, network, optimiser)
        if not done:
            tokens = run.tokens(examples.texts, examples.contexts)
            network.start_outputs(tokens, run.targets, examples.present)
        for epoch in range(done, plan.epochs):
            begun = time.perf_counter()
            loss = _epoch(network, optimiser, run, epoch)
            save_progress(progress, network, optimiser, epoch + 1)
            took = time.perf_counter() - begun
            report(
                f"epoch {epoch + 1} of {plan.epochs}: {len(run.examples)} rows, loss {loss:.4f}, "
                f"{took:.1f} s on {torch.get_num_threads()} threads"
            )
    return network


@dataclass(frozen=True)
class _Run:
    """What every epoch reads."""

    examples: Examples
    tokenizer: Tokenizer
    plan: TuningPlan
    held: SharedEncoder | None

    @property
    def targets(self) -> list[Tensor]:
        return [torch.from_numpy(targets) for targets in self.examples.targets]

    def parts(self, batch: Indices) -> tuple[Indices, Indices]:
        """Return a batch's labelled texts, and those whose last layer is held."""
        is_labelled = self.examples.present[batch].any(1)
        held = batch if self.examples.present.any(1).all() else batch[~is_labelled]
        return batch[is_labelled], held

    def tokens(self, texts: Sequence[str], contexts: Sequence[str]) -> list[Tokens]:
        return self.tokenizer.tokenize_batch(list(zip(texts, contexts, strict=True)))


def _epoch(
    network: SharedEncoder, optimiser: torch.optim.Optimizer, run: _Run, epoch: int
) -> float:
    """Pass once over all texts; return the mean loss. Chance starts anew with each epoch."""
    plan, examples = run.plan, run.examples
    random = np.random.default_rng((plan.seed, epoch))
    torch.manual_seed(int(random.integers(2**62)))
    tokens = run.tokens(
        *varied(examples.texts, examples.contexts, random, plan.varied, plan.foreign)
    )
    lengths = np.array([text.windows[0].size for text in tokens])
    steps = batch_count(len(tokens), plan.batch_rows)
    targets, total = run.targets, 0.0
    network.train()
    bar = tqdm(batches(lengths, plan.batch_rows, random), f"epoch {epoch + 1}", steps, leave=False)
    for step, batch in enumerate(bar, start=epoch * steps):
        _set_rates(optimiser, plan, step, plan.epochs * steps)
        optimiser.zero_grad()
        labelled, held = run.parts(batch)
        loss = plan.keep * _moved(network, run.held, [tokens[i] for i in held])
        if labelled.size:
            pooled = network.pooled([tokens[i] for i in labelled])
            loss = loss + _loss(network, pooled, targets, examples, labelled, plan.smoothing)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(network.parameters(), _CLIP)
        optimiser.step()
        total += float(loss.detach()) * len(batch)
    return total / len(tokens)


def _moved(network: SharedEncoder, held: SharedEncoder | None, tokens: Sequence[Tokens]) -> Tensor:
    """Return how far the last layer moved, without dropout: the mean of 1 - cosine."""
    if held is None or not tokens:
        return torch.zeros(())
    with torch.no_grad():
        wanted = held.pooled(tokens)[0]
    network.eval()
    moved = (1.0 - (network.pooled(tokens, *held.layers)[-1] * wanted).sum(1)).mean()
    network.train()
    return moved


def _set_rates(optimiser: torch.optim.Optimizer, plan: TuningPlan, step: int, steps: int) -> None:
    rising = max(1, round(plan.warm_up * steps))
    share = min((step + 1) / rising, (steps - step) / max(1, steps - rising))
    for group in optimiser.param_groups:
        group["lr"] = share * group["rate"]


def _optimiser(network: SharedEncoder, plan: TuningPlan) -> torch.optim.Optimizer:
    learnt = [parameter for parameter in network.bert.parameters() if parameter.requires_grad]
    outputs = list(network.outputs.parameters())
    groups = [
        {"params": [p for p in learnt if p.ndim > 1], "weight_decay": plan.decay},
        {"params": [p for p in learnt if p.ndim < 2], "weight_decay": 0.0},
        {"params": outputs, "rate": plan.output_rate, "weight_decay": 0.0},
    ]
    groups = [{"rate": plan.learning_rate, **group} for group in groups]
    return torch.optim.AdamW(groups, fused=True)


def _loss(
    network: SharedEncoder,
    pooled: Tensor,
    targets: Sequence[Tensor],
    examples: Examples,
    batch: Indices,
    smoothing: float,
) -> Tensor:
    """Average over labelled texts and layers the mean loss of the tasks that a text has labels of.

    `pooled` (layers, texts of the batch, hidden).
    """
    present = examples.present[batch]
    labels: Indices = present.sum(1)
    shares = torch.from_numpy((1.0 / np.maximum(labels, 1)).astype(np.float32))
    total = torch.zeros(())
    for task in np.flatnonzero(present.any(0)).tolist():
        rows = torch.from_numpy(np.flatnonzero(present[:, task]))
        wanted = targets[task][torch.from_numpy(batch)][rows]
        for place, vectors in enumerate(pooled):
            logits = network.logits(vectors[rows], place, task)
            losses = _losses(logits, wanted, examples.softmax[task], smoothing)
            total = total + (losses * shares[rows]).sum()
    return total / (max(1, int((labels > 0).sum())) * len(pooled))


def _losses(logits: Tensor, targets: Tensor, softmax: bool, smoothing: float) -> Tensor:
    """Return each row's loss in one task  # (rows,)."""
    if softmax:
        return nn.functional.cross_entropy(
            logits, targets, reduction="none", label_smoothing=smoothing
        )
    losses = nn.functional.binary_cross_entropy_with_logits(logits, targets, reduction="none")
    return losses.sum(1)
