"""Reads rows by encoders that were tuned without them, so that no encoder judges what it saw."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from heads.training.data.dataset import Dataset
from heads.training.data.provenance import RECIPE_FILE, row_key
from heads.training.data.splits import Fold
from heads.training.errors import DataError
from heads.training.fitting.embeddings import EmbeddingStore

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class CrossFit:
    """Encoders like the one that serves, each tuned without some writers' files.

    `left_out`: per encoder the sources (file names without ending) that it did not see.
    """

    stores: tuple[EmbeddingStore, ...]
    left_out: tuple[frozenset[str], ...]

    def folds(self, data: Dataset) -> tuple[Fold, ...]:
        """Return a fold an encoder: it tests the rows of the files that the encoder did not see.

        Raises DataError for rows of a file that not exactly one encoder left out, and for an
        encoder that knows a row of a file which it is said to have left out.
        """
        owners = np.array([self._owner(source) for source in data.sources])
        everything = np.arange(len(data))
        folds = []
        for place, store in enumerate(self.stores):
            test = everything[owners == place]
            self._refuse_seen(data, test, store)
            folds.append(Fold(everything[owners != place], test, place))
        return tuple(fold for fold in folds if len(fold.test))

    def vectors(self, data: Dataset, views: Sequence[str]) -> list[Mapping[str, Floats]]:
        """Return `{view: (n, dim)}` of all rows by each encoder."""
        return [store.vectors(data.texts, views, data.contexts) for store in self.stores]

    def _owner(self, source: str) -> int:
        places = [place for place, sources in enumerate(self.left_out) if source in sources]
        if len(places) != 1:
            raise DataError(
                f"{source}: {len(places)} of the encoders that folds are read by left this file "
                "out, one has to: tune them with `heads tune --fold` on the files of --data"
            )
        return places[0]

    @staticmethod
    def _refuse_seen(data: Dataset, test: NDArray[np.int64], store: EmbeddingStore) -> None:
        keys = (row_key(data.texts[row], data.contexts[row]) for row in test)
        if known := sum(key in store.tuned_on for key in keys):
            raise DataError(f"{store.fingerprint}: {known} rows that it would judge tuned it")


def store_of(fold: Fold, served: EmbeddingStore, cross_fit: CrossFit | None) -> EmbeddingStore:
    """Return the store that a fold is read by: `served` where nothing is cross-fitted."""
    if cross_fit is None or fold.encoder is None:
        return served
    return cross_fit.stores[fold.encoder]


def open_cross_fit(
    folders: Sequence[Path], open_store: Callable[[Path], EmbeddingStore]
) -> CrossFit | None:
    """Open the encoders that `heads tune --fold` wrote; None without any.

    Raises DataError for a folder without a recipe that names what was left out.
    """
    if not folders:
        return None
    return CrossFit(tuple(map(open_store, folders)), tuple(map(_left_out, folders)))


def _left_out(folder: Path) -> frozenset[str]:
    try:
        recipe = json.loads((folder / RECIPE_FILE).read_text(encoding="utf-8"))
        return frozenset(Path(name).stem for name in recipe["left_out"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"{folder}: no {RECIPE_FILE} of `heads tune --fold`: {error!r}") from error
