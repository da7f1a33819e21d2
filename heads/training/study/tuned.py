"""Learns with an encoder that learns too: whole, by small matrices beside it, or of all tasks."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from embedder.checkpoint.folder import Model
from embedder.tokenizer import Tokenizer, Tokens
from heads.training.data.dataset import Dataset
from heads.training.fitting.ensemble import fit_member
from heads.training.fitting.features import Features
from heads.training.fitting.recipe import default_member
from heads.training.study.frozen import last_four, views_of
from heads.training.study.material import Sample
from heads.training.study.strategies import Cost, Encoder, Ints, Kind, Prediction
from heads.training.tuning.checkpoint import tuning_digest
from heads.training.tuning.low_rank import RANK, SCALE, add_low_rank
from heads.training.tuning.network import SharedEncoder
from heads.training.tuning.tune import TuningPlan, tune_network

Reading = Literal["output", "features"]

_FEW_ROWS, _LEAST_STEPS, _EPOCHS = 200, 80, (5, 20)
_LOW_RANK_RATE = 1e-3
# A row is read, and taught, once an epoch; a judged one is read once.
_COST = Cost(3.0, 0.02, 0.006)


@dataclass
class Tuner:
    """Tunes networks; the last one is kept, since two strategies read the same."""

    _key: str = ""
    _network: SharedEncoder | None = None
    _took_s: float = 0.0

    def network(
        self,
        tasks: tuple[Dataset, ...],
        start: Model,
        plan: TuningPlan,
        *,
        low_rank: bool,
    ) -> tuple[SharedEncoder, float]:
        """Return the start tuned on the tasks, and the CPU seconds spent on it before this call.

        It learns whole, or by small matrices beside its weights.
        """
        key = f"{tuning_digest(tasks, start, plan)} {low_rank}"
        if self._network is not None and key == self._key:
            return self._network, self._took_s
        adapt, begun = add_low_rank if low_rank else None, time.process_time()
        self._network = tune_network(tasks, start, plan, adapt=adapt)
        self._key, self._took_s = key, time.process_time() - begun
        return self._network, 0.0


@dataclass(frozen=True)
class Tuned:
    """An encoder tuned on the sample alone, begun anew for each size and seed.

    `low_rank`: only small matrices beside its weights learn. `joint`: it learns the rows' other
    labels too. `reads`: the label by its own output, or by a linear member on its last four layers.
    """

    name: str
    title: str
    low_rank: bool = False
    joint: bool = False
    reads: Reading = "output"
    tuner: Tuner = field(default_factory=Tuner, compare=False)
    kind: Kind = "tuning"
    chance: bool = True
    shares: str = ""

    def lacks(self, learnt: Dataset, others: tuple[Dataset, ...]) -> str:
        """Return why it cannot learn, "" where it can; see Strategy."""
        del learnt
        return "the rows have no other labels" if self.joint and not others else ""

    def recipe(self, rows: int, encoder: Encoder) -> Mapping[str, object]:
        """Return start, plan and how the label is read; see Strategy."""
        plan = asdict(self._plan(rows, 0))
        del plan["seed"]
        return {
            "start": encoder.model.weights_sha256,
            "plan": plan,
            "low_rank": [RANK, SCALE] if self.low_rank else None,
            "joint": self.joint,
            "reads": self.reads,
        }

    def cpu_seconds(self, rows: int, judged: int) -> float:
        """Estimate the cost of a point; see Strategy."""
        return _COST.of(rows * self._plan(rows, 0).epochs, judged)

    def predict(self, sample: Sample, encoder: Encoder) -> Prediction:
        """Tune, and judge; see Strategy."""
        tasks, start = (sample.learnt, *(sample.others if self.joint else ())), encoder.model
        plan = self._plan(len(sample.learnt), sample.seed)
        network, saved_s = self.tuner.network(tasks, start, plan, low_rank=self.low_rank)
        tokenizer = Tokenizer(start.folder, start.max_tokens)
        if self.reads == "features":
            layers = start.architecture.layers
            return Prediction(_by_member(network, tokenizer, sample, layers), saved_s)
        read = network.read(_tokens(tokenizer, sample.judged))
        return Prediction(network.logits(read[0], 0, 0).argmax(1).numpy(), saved_s)

    def _plan(self, rows: int, seed: int) -> TuningPlan:
        """Choose by the number of rows: small samples are passed over more often."""
        batch = 16 if rows < _FEW_ROWS else 32
        least, most = _EPOCHS
        epochs = min(most, max(least, -(-_LEAST_STEPS // -(-rows // batch))))
        rate = _LOW_RANK_RATE if self.low_rank else TuningPlan.learning_rate
        return TuningPlan(epochs=epochs, batch_rows=batch, learning_rate=rate, seed=seed)


def _by_member(network: SharedEncoder, tokenizer: Tokenizer, sample: Sample, layers: int) -> Ints:
    """Judge by a linear member that learns the tuned vectors of the rows which tuned them."""
    (spec,) = last_four(layers)
    views = views_of((spec,))
    numbers = [int(view.rpartition("@")[2]) for view in views]
    tokens = _tokens(tokenizer, sample.learnt) + _tokens(tokenizer, sample.judged)
    read: NDArray[np.float32] = network.read(tokens, *numbers).numpy()[-len(numbers) :]
    features = Features(dict(zip(views, read, strict=True)), None)
    rows = np.arange(len(sample.learnt))
    member = fit_member(default_member(spec.views), sample.learnt, features, rows, "none", seed=0)
    later = np.arange(len(rows), len(tokens))
    return np.asarray(member.logits(features, later).argmax(axis=1), dtype=np.int64)


def _tokens(tokenizer: Tokenizer, data: Dataset) -> list[Tokens]:
    return list(tokenizer.tokenize_batch(list(zip(data.texts, data.contexts, strict=True))))
