"""Does the work of `heads train` from what was asked, so that `heads retrain` can repeat it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import click
import torch

from embedder.checkpoint.folder import find_base
from heads.training.behaviour.recorded import with_clear_record
from heads.training.building.inputs import embed_features, make_folds
from heads.training.building.order import Order, TrainingRecord, state_now
from heads.training.building.scaffold import draft_heads
from heads.training.building.train import Plan, train
from heads.training.building.trained import Trained, write
from heads.training.building.wanted import Wanted, check_members
from heads.training.commands.encoders import check_model, open_store, warn_of_known
from heads.training.commands.train import CORPUS, REPLY_MEMBERS, task_of, with_targets
from heads.training.data.database import is_database, snapshot
from heads.training.data.dataset import Dataset, make_learnt_dataset
from heads.training.data.repeats import learnt_once
from heads.training.data.tables import Record, expanded, read_records
from heads.training.data.taxonomy import REPLY_TASKS, Task
from heads.training.errors import DataError
from heads.training.fitting.cross_fit import CrossFit, open_cross_fit
from heads.training.fitting.embeddings import EmbeddingStore
from heads.training.fitting.parallel import watched
from heads.training.fitting.recipe import Recipe, members_of, recipe_of
from heads.training.fitting.search import Found, HeldOut, search, variants

_FROZEN = "frozen"
_note = partial(click.echo, err=True)


@dataclass(frozen=True)
class Training:
    """A training that can begin: its rows are read, its encoders are open."""

    record: TrainingRecord
    data: Dataset
    recipe: Recipe | None
    store: EmbeddingStore
    cross_fit: CrossFit | None

    def write(self, catalog: Path, version: str) -> tuple[Path, Trained]:
        """Learn, and write the bundle with its record; return its folder and what was learnt."""
        order, store, cross_fit = self.record.order, self.store, self.cross_fit
        plan = Plan(
            version, self.recipe, order.tune, order.group_by, order.thresholds_by, order.seed,
            default=order.command == "train",
        )  # fmt: skip
        warn_of_known(self.data, store, cross_fit)
        trained = train(self.data, store, plan, watched, cross_fit)
        if order.command == "train":
            seed = order.seed
            trained = with_clear_record(trained, self.data, store, seed=seed, cross_fit=cross_fit)
        trained = replace(trained, record=self.record)
        return write(trained, self.data, store, catalog, version), trained

    def search(
        self,
        trials: int,
        *,
        out_of_time: Callable[[], bool],
        report: Callable[[str], object],
    ) -> Found:
        """Search settings around the recipe, on the folds and encoders that training judges by.

        Raises DataError where members are yet to be chosen.
        """
        if self.recipe is None:
            raise DataError("--members auto chooses members: name some to search settings of them")
        order, cross_fit = self.record.order, self.cross_fit
        torch.set_num_threads(1)  # as in training: fits run side by side, each on one core
        features = embed_features(self.data, self.store, self.recipe, cross_fit)
        folds = make_folds(self.data, order.group_by, order.seed, cross_fit)
        held_out = HeldOut(self.data, features, folds, seed=order.seed)
        candidates = variants(self.recipe, trials, order.seed)
        return search(self.recipe, candidates, held_out, out_of_time=out_of_time, report=report)


def read_settings(path: Path) -> dict[str, Any]:
    """Read what `heads search` wrote. Raises DataError for anything else."""
    try:
        table: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        recipe_of(table["recipe"])
    except (OSError, ValueError, KeyError, TypeError, DataError) as error:
        raise DataError(f"{path}: no settings of `heads search`: {error!r}") from error
    return table


def open_training(order: Order, name: str, cache: Path) -> Training:
    """Read the rows of the head `name` and open what reads them.

    Raises DataError for files, columns or an encoder that are not there.
    """
    files = _files(order, cache.parent / "queries") or (CORPUS,)
    data, recipe = (_of_new if order.command == "new" else _of_train)(order, name, files)
    store: EmbeddingStore = open_store(cache, _folder(order.model))
    cross_fit = open_cross_fit(tuple(map(Path, order.fold_models)), partial(open_store, cache))
    encoders = (store, *(cross_fit.stores if cross_fit else ()))
    state = state_now(expanded(files), [encoder.fingerprint for encoder in encoders])
    return Training(TrainingRecord(order, state), data, recipe, store, cross_fit)


def word_of(model: Path | None) -> str | None:
    """Return an encoder's folder as an order keeps it: the frozen one by that word."""
    if model is None:
        return None
    return _FROZEN if model == find_base().folder else str(model)


def _files(order: Order, queries: Path) -> tuple[Path, ...]:
    """Return the files to learn from; what a database gives is written to one in `queries`."""
    if not any(map(is_database, order.files)):
        return tuple(map(Path, order.files))
    if not order.query:
        raise DataError("--data names a database: --query says which rows")
    return tuple(
        snapshot(source, order.query, queries) if is_database(source) else Path(source)
        for source in order.files
    )


def _folder(model: str | None) -> Path | None:
    if model is None:
        return None
    return find_base().folder if model == _FROZEN else Path(model)


def _of_train(order: Order, name: str, files: Sequence[Path]) -> tuple[Dataset, Recipe | None]:
    records = _rows(order, files)
    reply = task_of(name, records, order.label_column)
    task = with_targets(reply, order.precision, order.targets)
    data = make_learnt_dataset(task, records, **order.columns)
    if made := sum(data.machine_made):
        _note(f"{made} of {len(data)} rows were labelled by a machine: learnt from, never judged")
    return data, _recipe(order, reply)


def _of_new(order: Order, name: str, files: Sequence[Path]) -> tuple[Dataset, Recipe]:
    wanted = Wanted(
        order.head, order.labels, order.description, label_column=order.label_column or "label",
        **order.columns,
    )  # fmt: skip
    drafts = draft_heads(wanted, read_records(files), _note)
    learnt = {draft.wanted.name: draft.learnt for draft in drafts}
    if name not in learnt:
        raise DataError(f"the table makes {', '.join(learnt)} now, and not {name}")
    members = order.members or REPLY_MEMBERS
    return learnt[name], check_members(members, check_model(_folder(order.model)))


def _recipe(order: Order, task: Task) -> Recipe | None:
    """Return the recipe asked for or usual for the task; None for one to be chosen."""
    usual = REPLY_MEMBERS if task is REPLY_TASKS.get(task.name) else "auto"
    chosen = order.members or usual
    layers = check_model(_folder(order.model))
    if order.settings is not None:
        found = recipe_of(order.settings["recipe"])
        check_members(members_of(found), layers)
        return found
    return None if chosen == "auto" else check_members(chosen, layers)


def _rows(order: Order, files: Sequence[Path]) -> list[Record]:
    """Read the corpus, or a table of one's own, of which repeated rows are taken out and told."""
    records = read_records(files)
    if order.label_column is None:
        return records
    return learnt_once(records, order.text_column, order.context_column, order.label_column, _note)
