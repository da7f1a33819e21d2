"""Models of what `/v1/statistics` answers, for the API's document."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from gateway.api.response_models import Shape


class ProportionShape(Shape):
    """A count, of how many, its share, and Wilson's interval of 95 %; null where there are none."""

    rows: int
    of: int
    share: float | None
    low: float | None
    high: float | None


class DifferenceShape(Shape):
    """How much larger one is, with an interval of 95 %; `p_value` null for too few rows."""

    value: float
    low: float
    high: float
    p_value: float | None


class LatencyShape(Shape):
    """Milliseconds of emails that went through a stage; percentiles are exact to 12 %."""

    rows: int
    mean: float
    p50: float | None
    p90: float | None
    p95: float | None
    p99: float | None


class DecisionsShape(Shape):
    """What was decided of all emails; shares are of `volume`."""

    volume: int
    decided_by: dict[str, ProportionShape] = Field(description="`model`, `rule` or `none`")
    intents: dict[str, ProportionShape] = Field(description="`none`: no intent was decided")
    abstained: ProportionShape
    opt_outs: dict[str, ProportionShape] = Field(description="`unknown`: nobody answered that")
    coverage: dict[str, ProportionShape] = Field(
        description="by how many of the heads asked answered: `full`, `partial`, `none`; "
        "`no_heads` where a rule decided"
    )
    cache: dict[str, ProportionShape]
    latency_ms: dict[str, LatencyShape]


class LabelFiguresShape(Shape):
    """How often a label was the best one, was acted on, and its mean probability."""

    answers: ProportionShape
    acted: int
    mean_probability: float


class EstimateShape(Shape):
    """A mean of some rows with its interval of 95 %."""

    of: int
    value: float
    low: float
    high: float


class FeedbackFiguresShape(Shape):
    """Corrections of this version: each person's last word, but what was rejected."""

    judged: int
    accepted: int
    judged_share: float | None = Field(description="of the answers of this window")
    right: ProportionShape = Field(description="of those judged; biased, see `notes`")
    right_of_acted: ProportionShape = Field(description="of those judged that had not abstained")


class VersionFiguresShape(Shape):
    """One version of a head, in any role; shares are of answers with status `ok`."""

    version: str
    roles: dict[str, int]
    volume: int
    statuses: dict[str, int]
    labels: dict[str, LabelFiguresShape]
    abstained: ProportionShape
    mean_probability: float | None
    expected_accuracy: EstimateShape | None = Field(
        description="accuracy without labels: the mean probability of what was acted on"
    )
    feedback: FeedbackFiguresShape


class ComparisonShape(Shape):
    """The newer of the two versions with most answers against the older: new less old."""

    old: str
    new: str
    abstained: DifferenceShape | None
    mean_probability: DifferenceShape | None
    right: DifferenceShape | None
    right_of_acted: DifferenceShape | None
    label_mix_p_value: float | None = Field(description="of one mix of labels, by chi-squared")


class HeadFiguresShape(Shape):
    """One head's versions, oldest first."""

    head: str
    versions: list[VersionFiguresShape]
    comparison: ComparisonShape | None


class TimeGroupShape(Shape):
    """One hour or day that has answers; `heads` is empty unless one head was asked for."""

    at: datetime
    decisions: DecisionsShape
    heads: list[HeadFiguresShape]


class IntentFiguresShape(Shape):
    """How many replies have an intent, and how much larger their share is than in the others."""

    replies: ProportionShape
    against_others: DifferenceShape | None


class TagGroupShape(Shape):
    """The replies to mails with one value of the tag; the rarest are together, as an empty one."""

    value: str
    volume: int
    intents: dict[str, IntentFiguresShape]


class StatisticsShape(Shape):
    """Statistics of the prediction log; `notes` say what a reader must know beside the numbers."""

    start: datetime = Field(alias="from")
    end: datetime = Field(alias="to", description="not in it")
    tenants: list[str] | None = Field(description="whose answers; null: everybody's")
    head: str | None
    version: str | None
    group: Literal["hour", "day"] | None
    tag: str | None
    hours_from_rows: int = Field(
        description="hours counted for this answer; the others were counted before"
    )
    decisions: DecisionsShape
    heads: list[HeadFiguresShape]
    groups: list[TimeGroupShape]
    tag_groups: list[TagGroupShape] = Field(description="largest first")
    notes: list[str]
