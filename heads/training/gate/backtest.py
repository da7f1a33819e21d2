"""Reads what `gateway backtest` found of a version, as a further bound of the gate."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, ValidationError

from heads.errors import GateError
from heads.policy import Gate, Share

_Count = Annotated[int, Field(strict=True, ge=0)]
_Change = Annotated[float, Field(ge=-1.0, le=1.0, allow_inf_nan=False)]
_MOST_BYTES = 1 << 24


class _Difference(BaseModel):
    value: _Change
    low: _Change
    high: _Change


class _Share(BaseModel):
    share: Share


class _Agreement(BaseModel):
    """How often production and the version are what people hold to be right."""

    rows: Annotated[int, Field(strict=True, ge=1)]
    old: _Share
    new: _Share
    difference: _Difference


class _Otherwise(BaseModel):
    share: Share | None


class Backtest(BaseModel):
    """A backtest's figures, as far as the gate judges by them."""

    format: Literal[1]
    head: str
    version: str
    digest: str
    since: str
    until: str
    scored: _Count
    otherwise: _Otherwise
    feedback: dict[str, _Agreement]


@dataclass(frozen=True)
class BacktestFigure:
    """Agreement with people's corrections of what production answered, of both versions.

    `low` and `high` bound new - old (95 %). With too few corrections it is shown and decides
    nothing. `otherwise` is the share of all answers that would be decided otherwise.
    """

    since: str
    until: str
    scored: int
    otherwise: float | None
    rows: int
    old: float | None
    new: float | None
    low: float | None
    high: float | None
    tolerance: float
    judged: bool

    @property
    def worse(self) -> bool:
        """Whether this refuses the version."""
        return self.judged and self.low is not None and self.low < -self.tolerance

    def reason(self) -> str:
        """Put the refusal into words."""
        return (
            f"backtest: agreement with corrections {self.old:.3f} -> {self.new:.3f} on {self.rows} "
            f"rows, by lower bound {self.low:+.3f}; down to {-self.tolerance:+.3f} is allowed"
        )

    def line(self) -> str:
        """Show it on one line."""
        changed = "" if self.otherwise is None else f", {self.otherwise:.1%} decided otherwise"
        head = f"backtest: {self.scored} answers{changed}; "
        if self.low is None:
            return f"{head}no correction of what production answered"
        word = "worse" if self.worse else "ok" if self.judged else "too few rows"
        return (
            f"{head}agreement with {self.rows} corrections {self.old:.3f} -> {self.new:.3f} "
            f"({self.low:+.3f} to {self.high:+.3f}): {word}"
        )

    def record(self) -> dict[str, Any]:
        """Return the figures as the audit keeps them."""
        return asdict(self)


def read_backtest(path: Path, name: str, version: str, digest: str) -> Backtest:
    """Read figures that are of this very version. Raises GateError."""
    try:
        with path.open("rb") as file:
            found = Backtest.model_validate(json.loads(file.read(_MOST_BYTES)))
    except (OSError, ValidationError, ValueError) as error:
        what = "misses or has wrong members" if isinstance(error, ValidationError) else "unreadable"
        raise GateError([f"{path.name} is no backtest of `gateway backtest`: {what}"]) from None
    if (found.head, found.version) != (name, version):
        raise GateError([f"{path.name} is a backtest of {found.head}/{found.version}"])
    if found.digest != digest:
        raise GateError([f"{path.name} is of {name}/{version} with another content: run it again"])
    return found


def judge(backtest: Backtest, production: str | None, gate: Gate) -> BacktestFigure:
    """Compare with what production's version answered, by its gate.

    The lower end must be above -`gate.overall`; fewer than `gate.min_rows` corrections prove
    nothing.
    """
    own = backtest.feedback.get(production or "")
    if own is None:
        rows, shares = 0, (None, None, None, None)
        return BacktestFigure(*_window(backtest), rows, *shares, gate.overall, judged=False)
    return BacktestFigure(
        *_window(backtest),
        own.rows,
        own.old.share,
        own.new.share,
        own.difference.low,
        own.difference.high,
        gate.overall,
        judged=own.rows >= gate.min_rows,
    )


def _window(backtest: Backtest) -> tuple[str, str, int, float | None]:
    return backtest.since, backtest.until, backtest.scored, backtest.otherwise.share
