"""Compares what two versions' decisions cost, by the prices in a head's costs.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from heads.errors import GateError, UnreadableError
from heads.inference.head import Head
from heads.storage.catalog import Files
from heads.training.building.evaluate import bundle_decisions
from heads.training.data.dataset import Dataset
from heads.training.fitting.embeddings import EmbeddingStore
from heads.training.gate.comparison import author_draws, by_author

FILE = "costs.toml"
"""Beside the versions of a head, as aliases.json is: prices are no version's own."""

_MAX_BYTES = 64 * 1024
_REPLIES = 1000

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Price = Annotated[float, Field(ge=0.0, le=1e6, allow_inf_nan=False)]


class Costs(BaseModel):
    """Prices in one unit of the owner's choice, best the time of a person who reads a reply.

    `abstain`: of a reply that nothing is decided for; `wrong`: of a wrong decision that `decided`
    does not price by what was decided and, under it, what was true. A right decision costs 0.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    abstain: Price = 1.0
    wrong: Price
    decided: Mapping[str, Mapping[str, Price]] = {}

    def matrix(self, labels: tuple[str, ...]) -> Floats:
        """Return the price of deciding one label where another is true  # (decided, true)."""
        table = np.full((len(labels), len(labels)), self.wrong)
        np.fill_diagonal(table, 0.0)
        for decided, prices in self.decided.items():
            for true, price in prices.items():
                table[labels.index(decided), labels.index(true)] = price
        return table


@dataclass(frozen=True)
class Answered:
    """What a version does with n rows: the index of its likeliest label, and where it abstains."""

    best: Ints
    abstained: Bools


@dataclass(frozen=True)
class CostFigure:
    """Expected cost per 1,000 replies of both versions; `low`, `high`: interval of new - old."""

    rows: int
    old: float
    new: float
    low: float
    high: float

    @property
    def worse(self) -> bool:
        """Whether the new version is dearer by more than chance explains."""
        return self.low > 0

    def reason(self) -> str:
        """Put the refusal into words."""
        return (
            f"cost of 1,000 replies: {self.old:.0f} -> {self.new:.0f} on {self.rows} rows, dearer "
            f"by at least {self.low:.0f} ({FILE})"
        )

    def record(self) -> dict[str, Any]:
        """Return the figure as the audit keeps it."""
        names = ("old", "new", "low", "high")
        return {"rows": self.rows, **{name: round(getattr(self, name), 2) for name in names}}


def measure_cost(
    catalog: Files,
    data: Dataset,
    heads: tuple[Head, Head],
    store_for: Callable[[str], EmbeddingStore],
) -> CostFigure | None:
    """Compare what both versions' answers cost; None for a head without prices."""
    name, labels = data.task.name, data.task.labels
    costs = read_costs(catalog, name, labels)
    if costs is None:
        return None
    if (data.truth < 0).any():
        raise GateError([f"{catalog}/{name}/{FILE}: only for heads that decide one label"])
    old, new = (answered_by(head, data, store_for(head.manifest.fingerprint)) for head in heads)
    confidence = heads[0].manifest.gate.confidence
    return compare_costs(costs, labels, data.truth, (old, new), data.authors, confidence)


def answered_by(head: Head, data: Dataset, store: EmbeddingStore) -> Answered:
    """Return what the head does with the rows; labels are numbered as in their task."""
    best, abstained = bundle_decisions(head, data, store)
    places = np.array([data.task.labels.index(label) for label in head.manifest.labels])
    return Answered(places[best], abstained)


def read_costs(catalog: Files, name: str, labels: Iterable[str]) -> Costs | None:
    """Read the head's costs.toml; None without one. Raises GateError for one that is not right."""
    where = f"{catalog}/{name}/{FILE}"
    try:
        blob = catalog.read(f"{name}/{FILE}", _MAX_BYTES)
    except UnreadableError as error:
        raise GateError([f"{where}: {error}"]) from error
    return None if blob is None else parse_costs(blob.content, labels, where)


def parse_costs(content: bytes, labels: Iterable[str], where: str) -> Costs:
    """Parse prices, every label of which must be one of `labels`. Raises GateError."""
    try:
        costs = Costs.model_validate(tomllib.loads(content.decode()))
    except ValidationError as error:
        problems = error.errors(include_url=False)
        lines = [f"{where}: {'.'.join(map(str, p['loc']))}: {p['msg']}" for p in problems]
        raise GateError(lines) from error
    except ValueError as error:  # not UTF-8, not TOML
        raise GateError([f"{where}: not TOML in UTF-8: {error}"]) from error
    known = set(labels)
    named = {label for decided, true in costs.decided.items() for label in (decided, *true)}
    if strangers := named - known:
        raise GateError([f"{where}: no such label: {', '.join(sorted(strangers))}"])
    if free := [label for label, prices in costs.decided.items() if label in prices]:
        raise GateError([f"{where}: {', '.join(free)} decided where true has a price; it costs 0"])
    return costs


def row_costs(costs: Costs, labels: tuple[str, ...], truth: Ints, answered: Answered) -> Floats:
    """Return what each row's decision costs  # (n,)."""
    matrix = costs.matrix(labels)
    return np.where(answered.abstained, costs.abstain, matrix[answered.best, truth])


def compare_costs(
    costs: Costs,
    labels: tuple[str, ...],
    truth: Ints,
    answered: tuple[Answered, Answered],
    groups: tuple[str, ...],
    confidence: float,
    *,
    seed: int = 0,
) -> CostFigure:
    """Compare the old version's cost with the new one's on the same rows  # truth (n,).

    A paired bootstrap over authors, as for F1; each end of the interval has `confidence`.
    """
    old, new = (row_costs(costs, labels, truth, its) for its in answered)
    draws = author_draws(groups, seed)
    rows = draws @ by_author(groups, np.ones((len(truth), 1)))
    apart = _REPLIES * (draws @ by_author(groups, (new - old)[:, None])) / rows
    low, high = np.quantile(apart, [1.0 - confidence, confidence])
    before, after = _REPLIES * float(old.mean()), _REPLIES * float(new.mean())
    return CostFigure(len(truth), before, after, float(low), float(high))
