"""Types of what a gateway answers; members that a newer gateway adds are passed over.

What may hold words or addresses of an email is left out of every `repr`. Words of a closed list
(statuses, intents) are plain text here, so that a new one breaks no caller.
"""

from collections.abc import Mapping
from datetime import date

from pydantic import BaseModel, ConfigDict, Field


class _Shape(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Decision(_Shape):
    """The one thing to act on; `intent` is None where nobody may act (`abstained`)."""

    intent: str | None = None
    objection_reason: str | None = None
    abstained: bool
    decided_by: str | None = Field(None, description='"model", "rule", or None: no answer')
    rule: str | None = None
    opt_out: str | None = Field(None, description='"yes", "review" (by a person), "no" or None')


class Condition(_Shape):
    """The condition whose probability a conditional head's numbers include."""

    head: str
    label: str
    probability: float


class HeadAnswer(_Shape):
    """One head's answer; where `status` is not "ok", `message` is the reason why there is none."""

    status: str
    label: str | None = None
    probability: float | None = None
    threshold: float | None = None
    margin: float | None = None
    abstained: bool = False
    scores: Mapping[str, float] = {}
    version: str = ""
    given: Condition | None = None
    message: str = ""
    canary: bool = False


class Referral(_Shape):
    """Somebody whom the author points to; `start` and `end` stand in the cleaned text."""

    name: str | None = Field(None, repr=False)
    email: str | None = Field(None, repr=False)
    phone: str | None = Field(None, repr=False)
    role: str | None = Field(None, repr=False)
    team: str | None = Field(None, repr=False)
    handed_over: bool = False
    start: int = 0
    end: int = 0


class FollowUp(_Shape):
    """When the author wants to hear from us again, in days and in the author's words."""

    not_before: date | None = None
    until: date | None = None
    text: str = Field("", repr=False)
    start: int = 0
    end: int = 0


class TextSummary(_Shape):
    """The cleaner's account of an email: characters kept and cut, and flags."""

    kept_chars: int = 0
    cut_chars: int = 0
    flags: tuple[str, ...] = ()
    cleaner_version: str = ""


class Encoder(_Shape):
    """Who encoded the text, how much of it, and whether a cache had it."""

    model_id: str
    fingerprint: str
    runtime: str = ""
    precision: str = ""
    tokens: int = 0
    tokens_total: int = 0
    truncated: bool = False
    unknown: int = 0
    cache: str = ""
    language: str | None = None
    fallback: bool = False


class Timings(_Shape):
    """Milliseconds by stage in the gateway."""

    clean: float = 0.0
    embed: float = 0.0
    heads: float = 0.0
    total: float = 0.0


class Answer(_Shape):
    """One email's answer; the gateway's log calls it by `request_id`, None in a batch.

    `prediction_id` names its record, where the gateway keeps one.
    """

    id: str
    prediction_id: str | None = None
    request_id: str | None = None
    decision: Decision
    heads: Mapping[str, HeadAnswer] = {}
    referral: tuple[Referral, ...] = ()
    auto_kind: str | None = None
    return_date: date | None = None
    delegate: Referral | None = None
    follow_up: FollowUp | None = None
    text: TextSummary = TextSummary()
    encoder: Encoder | None = None
    encoders: tuple[Encoder, ...] = ()
    timings_ms: Timings = Timings()


class Cleaned(_Shape):
    """One email as the cleaner read it: its words, its other parts, its rules' findings."""

    text: str = Field(repr=False)
    model_text: str = Field("", repr=False)
    context: str | None = Field(None, repr=False)
    signature: str = Field("", repr=False)
    quoted: str = Field("", repr=False)
    banner: str = Field("", repr=False)
    disclaimer: str = Field("", repr=False)
    flags: tuple[str, ...] = ()
    decision: str | None = None
    rule: str | None = None
    auto_kind: str | None = None
    evidence: tuple[str, ...] = ()
    opt_out: str | None = None
    referral: tuple[Referral, ...] = ()
    return_date: date | None = None
    delegate: Referral | None = None
    follow_up: FollowUp | None = None
    opt_out_evidence: str | None = None
    opt_out_span: tuple[int, int] | None = None
    kept_chars: int = 0
    thread_chars: int = 0
    cut_chars: int = 0
    cleaner_version: str = ""


class OptOutThresholds(_Shape):
    """From which probability on a machine may act on an opt-out (`yes`), or a person looks."""

    yes: float
    review: float


class HeadDescription(_Shape):
    """One head in one role, as it is served; `share` is the part of emails that it answers.

    `default`: whether it answers requests that name no heads.
    """

    name: str
    version: str
    kind: str = ""
    labels: tuple[str, ...] = ()
    label_meanings: Mapping[str, str] = {}
    views: tuple[str, ...] = ()
    lexical: bool = False
    parent_head: str | None = None
    parent_label: str | None = None
    fingerprint: str = ""
    status: str = ""
    error: str = ""
    description: str = ""
    share: float = 1.0
    bounds: Mapping[str, float] | None = None
    opt_out: OptOutThresholds | None = None
    default: bool = True


class OtherHeadSet(_Shape):
    """Heads that are served; `generation` changes with any head, version or share."""

    generation: str
    heads: tuple[HeadDescription, ...] = ()
    candidates: tuple[HeadDescription, ...] = ()
    shadows: tuple[HeadDescription, ...] = ()


class HeadSet(OtherHeadSet):
    """The heads that answer, and those of their names on a second encoder for some languages."""

    other_encoder: OtherHeadSet | None = None
    disabled_rules: tuple[str, ...] = ()


class Readiness(_Shape):
    """Whether an email would be answered now, and the state of each part that this needs."""

    ready: bool
    checks: Mapping[str, str | list[str]] = {}


class FieldProblem(_Shape):
    """One field that is wrong: where it stands, a stable code, what would be right, its limit."""

    field: str = ""
    code: str = ""
    message: str = ""
    limit: int | None = None


class Problem(_Shape):
    """A problem document (RFC 9457) with the gateway's members; empty where none came."""

    type: str = ""
    title: str = ""
    detail: str = ""
    code: str = ""
    id: str = ""
    field: str | None = None
    limit: int | None = None
    errors: tuple[FieldProblem, ...] = ()
