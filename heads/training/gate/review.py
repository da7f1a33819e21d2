"""Reviews a version: the reasons against it, and its figures beside production's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heads.bundle import reading
from heads.bundle.facts import METRICS_FILE
from heads.bundle.loading import head_of
from heads.bundle.reading import BundleFiles
from heads.errors import BundleError, GateError
from heads.inference.head import Head
from heads.lifecycle import aliases
from heads.storage.catalog import Catalog
from heads.training.behaviour.material import read_material
from heads.training.behaviour.measure import Behaviour, Version, measure, reply_task
from heads.training.behaviour.report import refusals
from heads.training.building.evaluate import bundle_scores
from heads.training.building.unlike import junk
from heads.training.data.dataset import Dataset
from heads.training.data.provenance import ROWS_FILE, unseen
from heads.training.errors import DataError
from heads.training.fitting.embeddings import EmbeddingStore
from heads.training.gate.backtest import BacktestFigure
from heads.training.gate.comparison import Decisions, Figure, compare
from heads.training.gate.costs import CostFigure, measure_cost
from heads.training.gate.rows import Rows, dataset_of
from heads.training.gate.unlike import UnlikeFigure, measure_unlike

StoreFor = Callable[[str], EmbeddingStore]
"""The embedding store of the encoder with this fingerprint. Raises DataError where none is."""


@dataclass(frozen=True)
class ReviewResult:
    """The gate's decision; `reasons` is empty for a version that it lets through.

    `behaviour` is empty for a head that is no reply head, and where the rows did not allow a
    comparison; `unlike` is None for a version without a limit on unlike texts, and without rows.
    """

    old_version: str | None
    generation: int
    reasons: tuple[str, ...]
    notes: tuple[str, ...] = ()
    figures: tuple[Figure, ...] = ()
    decided: Decisions | None = field(default=None, repr=False)
    cost: CostFigure | None = None
    behaviour: Behaviour = field(default_factory=lambda: Behaviour(()))
    unlike: UnlikeFigure | None = None
    backtest: BacktestFigure | None = None

    def with_backtest(self, figure: BacktestFigure) -> ReviewResult:
        """Return the decision with a backtest as a further bound."""
        reasons = (*self.reasons, figure.reason()) if figure.worse else self.reasons
        return replace(self, backtest=figure, reasons=reasons)

    def record(self) -> dict[str, Any]:
        """Return the figures as the audit keeps them."""
        cost = {} if self.cost is None else {"cost_per_1000": self.cost.record()}
        kinds = {kind.new.kind: kind.record() for kind in self.behaviour.kinds}
        unlike = {} if self.unlike is None else {"unlike": self.unlike.record()}
        backtest = {} if self.backtest is None else {"backtest": self.backtest.record()}
        return {
            **cost,
            **backtest,
            "against": self.old_version,
            "notes": list(self.notes),
            "figures": {
                figure.what: {
                    "rows": figure.rows,
                    "old": round(figure.old, 4),
                    "new": round(figure.new, 4),
                    "low": round(figure.low, 4),
                    "allowed": -figure.tolerance,
                    "judged": figure.judged,
                }
                for figure in self.figures
            },
            **({"behaviour": kinds} if kinds else {}),
            **unlike,
        }


def examine(catalog: Catalog, name: str, version: str) -> tuple[Head, BundleFiles]:
    """Load the version, whole, within its limits, and run its self-test.

    The limits are those of the version in production, if its head.toml can be read: it sets the
    bar. Raises GateError.
    """
    try:
        bundle = reading.read(catalog, name, version)
        head = head_of(bundle)
    except BundleError as error:
        raise GateError(error.problems) from error
    current = aliases.read(catalog, name)[0].production
    limits = bundle.manifest.limits
    if current is not None and current != version:
        with suppress(BundleError):  # damaged, and so to be replaced
            limits = reading.read_manifest(catalog, name, current).manifest.limits
    if head.memory_bytes > limits.memory_bytes:
        problem = (
            f"weights take {head.memory_bytes} bytes in memory, {limits.memory_bytes} is allowed"
        )
        raise GateError([f"{problem} (limits.memory_bytes)"])
    return head, bundle


def review(
    catalog: Catalog, name: str, version: str, rows: Rows | None, store_for: StoreFor
) -> ReviewResult:
    """Compare a version with production on rows that neither learnt from, and how both behave.

    Raises GateError for a version that is broken, too big or production already. Without a
    version in production that can be served there is nothing to be worse than.
    """
    head, bundle = examine(catalog, name, version)
    new = Version(head, bundle)
    now = aliases.read(catalog, name)[0]
    if now.production is None:
        return _alone(new, now.generation, "nothing is in production", rows, store_for)
    if now.production == version:
        raise GateError([f"version {version} is in production"])
    try:
        old, old_files = _served(catalog, name, now.production)
    except BundleError as error:
        why = f"production {now.production} cannot be loaded ({error})"
        return _alone(new, now.generation, why, rows, store_for)
    if rows is None:
        raise GateError(["no labelled rows: give --data FILE"])
    return _compared(catalog, now, (Version(old, old_files), new), rows, store_for)


def _compared(
    catalog: Catalog,
    now: aliases.Aliases,
    versions: tuple[Version, Version],
    rows: Rows,
    store_for: StoreFor,
) -> ReviewResult:
    """Compare production and the new version, in that order, on rows that neither learnt from."""
    heads = (versions[0].head, versions[1].head)
    data = dataset_of((heads[0].manifest, heads[1].manifest), rows)
    masks = [unseen(version.files, data) for version in versions]
    names = (heads[0].manifest.version, heads[1].manifest.version)
    reasons, notes = _doubts(masks, names, rows.trusted)
    fresh = np.ones(len(data), dtype=bool)
    for mask in masks:
        fresh &= True if mask is None else mask
    unseen_rows = np.flatnonzero(fresh)
    gate = heads[0].manifest.gate
    if not reasons and len(unseen_rows) < gate.min_rows:
        message = f"only {len(unseen_rows)} of {len(data)} rows were seen by neither version"
        reasons = [f"{message}, {gate.min_rows} are needed (gate.min_rows); give --data FILE"]
    if reasons:
        return ReviewResult(now.production, now.generation, tuple(reasons), tuple(notes))
    cost = measure_cost(catalog, data.rows(unseen_rows), heads, store_for)
    decided = decisions(data.rows(unseen_rows), heads, store_for)
    compared = ReviewResult(
        now.production,
        now.generation,
        (),
        tuple(notes),
        compare(decided, gate),
        decided,
        cost,
        _behaviour(versions[1], versions[0], store_for),
        _unlike(versions[1], versions[0], data.rows(unseen_rows), store_for),
    )
    return _judged(compared)


def _judged(compared: ReviewResult) -> ReviewResult:
    """Refuse for every figure, for the cost and for every kind of behaviour that is worse."""
    worse = [figure.reason() for figure in compared.figures if figure.worse]
    cost, behaviour = compared.cost, compared.behaviour
    dearer = [cost.reason()] if cost is not None and cost.worse else []
    reasons = (*worse, *dearer, *refusals(behaviour.kinds), *_lost(compared.unlike))
    return replace(compared, reasons=reasons, notes=(*compared.notes, *behaviour.notes))


def _alone(
    new: Version, generation: int, why: str, rows: Rows | None, store_for: StoreFor
) -> ReviewResult:
    """Judge a version that has nothing to be compared with by what it turns away alone.

    Its behaviour is shown.
    """
    behaviour = _behaviour(new, None, store_for)
    notes = [f"{why}: nothing to compare", *behaviour.notes]
    unlike = None
    if rows is not None and new.head.manifest.unlike is not None:
        try:
            unlike = _unlike(new, None, _unseen_alone(new, rows), store_for)
        except DataError as error:  # rows of other labels, say: there is no bar to be measured at
            notes.append(f"what it turns away is not measured: {error}")
    return ReviewResult(
        None, generation, _lost(unlike), tuple(notes), behaviour=behaviour, unlike=unlike
    )


def _unseen_alone(new: Version, rows: Rows) -> Dataset:
    """Return the rows that a version has not learnt from. Raises DataError."""
    data = dataset_of((new.head.manifest,), rows)
    fresh = unseen(new.files, data)
    if fresh is None:
        if rows.trusted:
            return data
        raise DataError(f"what version {new.head.version} learnt from is not known")
    return data.rows(np.flatnonzero(fresh))


def _unlike(
    new: Version, old: Version | None, data: Dataset, store_for: StoreFor
) -> UnlikeFigure | None:
    """Measure the limit on unlike texts; those of other kinds are known for reply heads alone."""
    strange = junk() if reply_task(new.head.manifest) is not None else ()
    return measure_unlike(new, old, data, strange, store_for)


def _lost(figure: UnlikeFigure | None) -> tuple[str, ...]:
    return (figure.reason(),) if figure is not None and figure.worse else ()


def _behaviour(new: Version, old: Version | None, store_for: StoreFor) -> Behaviour:
    if reply_task(new.head.manifest) is None:
        return Behaviour(())
    return measure(new, old, read_material(), store_for)


def _served(catalog: Catalog, name: str, version: str) -> tuple[Head, BundleFiles]:
    """Load a version as serving does, and what tells of its rows; pictures do not matter."""
    bundle = reading.read(catalog, name, version, whole=False)
    return head_of(bundle), reading.add_sound_files(catalog, bundle, (ROWS_FILE, METRICS_FILE))


def _doubts(
    known: Sequence[NDArray[np.bool_] | None], versions: Sequence[str], trusted: bool
) -> tuple[list[str], list[str]]:
    """Return reasons to refuse and notes, for versions whose learning rows are not known."""
    unknown = [version for version, mask in zip(versions, known, strict=True) if mask is None]
    unknowns = [f"what version {version} learnt from is not known" for version in unknown]
    if not trusted:
        return [f"{text}: give --data FILE with rows it has not seen" for text in unknowns], []
    return [], [f"{text}: the rows given are taken as unseen at your word" for text in unknowns]


def decisions(data: Dataset, heads: tuple[Head, Head], store_for: StoreFor) -> Decisions:
    """Return what both versions decide, each on the vectors of its own encoder."""
    labels = data.task.labels
    if (data.truth >= 0).all():
        truth = np.arange(len(labels)) == data.truth[:, None]
    else:
        truth = data.targets >= 0.5
    old, new = (_decided_labels(head, data, store_for(head.manifest.fingerprint)) for head in heads)
    return Decisions(labels, truth, old, new, data.authors)


def _decided_labels(head: Head, data: Dataset, store: EmbeddingStore) -> NDArray[np.bool_]:
    """Mark the best label, or all over their threshold for several  # (n, labels)."""
    scores = bundle_scores(head, data, store)
    labels, thresholds = head.manifest.labels, head.manifest.thresholds
    if head.manifest.binary:
        yes = scores[:, 0] >= thresholds["yes"]
        decided = np.stack([yes, ~yes], axis=1)
    elif head.manifest.kind == "softmax":
        decided = np.arange(len(labels)) == scores.argmax(axis=1)[:, None]
    else:
        decided = scores >= np.array([thresholds[label] for label in labels])
    table = np.zeros((len(data), len(data.task.labels)), dtype=bool)
    table[:, [data.task.labels.index(label) for label in labels]] = decided
    return table
