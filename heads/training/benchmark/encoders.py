"""The encoders of the benchmark: one left as it is, or one tuned on all sets' training rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from embedder.checkpoint.folder import find_base, find_model
from embedder.encoder import EncoderConfig
from heads.training.data.dataset import Dataset
from heads.training.data.splits import Fold
from heads.training.fitting.embeddings import EmbeddingStore
from heads.training.fitting.features import Features, make_features
from heads.training.fitting.recipe import Recipe
from heads.training.fitting.strength import held_out_folds
from heads.training.tuning.checkpoint import tuned_folder
from heads.training.tuning.tune import plan_for

# An encoder for each held-out fold costs as much as the one that is served: so few are enough.
_TUNED_FOLDS = 2


@dataclass(frozen=True)
class Stores:
    """Where vectors come from: `final` for all texts, `by_fold` to choose with (none: `final`).

    Vectors of rows that an encoder was tuned on lie closer to their class than those of any other
    text: strengths, calibration and thresholds chosen on them would be wrong. So they are chosen
    with the encoders of `by_fold`, one for each of the first held-out folds, tuned likewise without
    its rows.
    """

    final: EmbeddingStore
    by_fold: tuple[EmbeddingStore, ...] = ()

    def folds(self, train: Dataset) -> tuple[Fold, ...]:
        """Return the held-out folds to choose on: all, or those with an encoder of their own."""
        return held_out_folds(train)[: len(self.by_fold) or None]

    def by_fold_features(self, train: Dataset, recipe: Recipe) -> list[Features]:
        """Make the training rows' features to choose on, one for each of `folds`."""
        stores = self.by_fold or (self.final,) * len(self.folds(train))
        return [
            make_features(
                store.vectors(train.texts, recipe.views, train.contexts),
                train.texts,
                recipe.lexical,
            )
            for store in stores
        ]


def kept_rows(tasks: Sequence[Dataset]) -> list[list[Dataset]]:
    """Return, for each of the first held-out folds, every task without its rows of it.

    All tasks must have as many folds: ValueError when small and large sets are mixed.
    """
    folds = [held_out_folds(task)[:_TUNED_FOLDS] for task in tasks]
    return [
        [task.rows(fold.train) for task, fold in zip(tasks, some, strict=True)]
        for some in zip(*folds, strict=True)
    ]


class Encoders(Protocol):
    """Gives the encoders for tasks that are served by one encoder."""

    def stores(self, tasks: Sequence[Dataset]) -> Stores:
        """Return the encoders for heads that learn on these rows."""
        ...

    def described(self) -> str:
        """Describe how the encoder was tuned, and its runtime, once `stores` was called."""
        ...


class GivenEncoder:
    """One encoder for everything, untouched by the sets' rows."""

    def __init__(self, store: EmbeddingStore) -> None:
        self._stores = Stores(store)

    def stores(self, tasks: Sequence[Dataset]) -> Stores:
        """Return the one encoder's store; see Encoders."""
        return self._stores

    def described(self) -> str:
        """Name the encoder's runtime, and that it was tuned before; see Encoders."""
        store = self._stores.final
        state = "tuned before, on rows of its own" if store.tuned_on else "frozen"
        return f"Encoder {state} ({store.runtime})."


class TunedEncoders:
    """Tunes an encoder on the rows of all tasks; folders and vectors are kept under `cache`."""

    def __init__(self, cache: Path, model: Path | None) -> None:
        self._cache = cache
        self._start = find_model(model) if model else find_base()
        self._runtimes: dict[str, None] = {}

    def stores(self, tasks: Sequence[Dataset]) -> Stores:
        """Tune on all rows, and once more without each of the first held-out folds."""
        final, *by_fold = (self._tuned(rows) for rows in (tasks, *kept_rows(tasks)))
        return Stores(final, tuple(by_fold))

    def described(self) -> str:
        """Name the tuned encoders' runtimes; see Encoders."""
        runtimes = ", ".join(self._runtimes)
        return f"One encoder a size, tuned on the training rows of all sets ({runtimes})."

    def _tuned(self, rows: Sequence[Dataset]) -> EmbeddingStore:
        plan = plan_for(sum(len(task) for task in rows))
        folder = tuned_folder(self._cache / "encoders", rows, self._start, plan)
        store = EmbeddingStore(
            self._cache, EncoderConfig(model=folder, cache_dir=self._cache / "graphs")
        )
        self._runtimes[store.runtime] = None
        return store
