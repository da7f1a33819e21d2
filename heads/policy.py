"""The tables of head.toml that are rules: [gate], [bounds], [limits] and [opt_out]."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

Share = Annotated[float, Field(ge=0.0, le=1.0, allow_inf_nan=False)]
Rows = Annotated[int, Field(strict=True, ge=1, le=1_000_000)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Gate(_Table):
    """How much worse than production a version may be, in F1, and still be let through.

    The lower end of the paired bootstrap interval of (new - old) must be above -tolerance:
    `overall` for macro-F1, `label` (or its entry in `labels`) for each label with at least
    `min_label_rows` true rows. Fewer than `min_rows` rows prove nothing.
    """

    overall: Share = 0.03
    label: Share = 0.10
    labels: Mapping[str, Share] = {}
    confidence: Annotated[float, Field(gt=0.5, lt=1.0)] = 0.95
    min_rows: Rows = 100
    min_label_rows: Rows = 15


class Bounds(_Table):
    """What a candidate may do among its last `window` requests before it is withdrawn.

    Shares of the window: `error_rate` answers without scores, `disagreement` other labels than
    production on the same email, `abstain_rate` abstentions, `abstain_rise` abstentions beyond
    production's.
    """

    window: Rows = 200
    error_rate: Share = 0.02
    disagreement: Share = 0.30
    abstain_rate: Share = 1.0
    abstain_rise: Share = 0.15


class Limits(_Table):
    """What a version may cost every worker that serves it."""

    memory_bytes: Annotated[int, Field(strict=True, ge=1024, le=2**30)] = 4 * 2**20


class OptOutThresholds(_Table):
    """The probabilities of yes that count for an opt-out: act from `yes` on, look from `review` on.

    Below `review` nobody need look. 0 <= review <= yes <= 1.
    """

    yes: Share
    review: Share

    @model_validator(mode="after")
    def _ordered(self) -> OptOutThresholds:
        if self.review > self.yes:
            raise ValueError(f"review must not be above yes ({self.review:g} > {self.yes:g})")
        return self
