"""Models of every answer, for the API's document; tests check real answers against them."""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from gateway.api.label_meanings import explained, open_labels

_Intent = Annotated[str | None, WithJsonSchema(open_labels("intent"))]
_Reason = Annotated[str | None, WithJsonSchema(open_labels("objection_reason"))]
_AutoKind = Annotated[str | None, WithJsonSchema(open_labels("auto_kind"))]


class Shape(BaseModel):
    """A result: tests hold answers to exactly its members, the API's document leaves it open."""

    model_config = ConfigDict(extra="forbid")


class DecisionShape(Shape):
    """The one thing to act on; `intent` is null exactly when `abstained`."""

    intent: _Intent = Field(
        description=explained(
            "intent",
            "label of the intent head, or what a rule found; null with a rule where the mail is "
            "our own (`own_message`), unreadable, or without words",
        )
    )
    objection_reason: _Reason = Field(
        description=explained("objection_reason", "the blocker, where `intent` is objection")
    )
    abstained: bool
    decided_by: Literal["model", "rule"] | None = Field(
        description="null when the intent head, or one that must answer, gave no answer"
    )
    rule: str | None = Field(description="id of the rule that decided alone")
    opt_out: Literal["yes", "review", "no"] | None = Field(
        description="whether the author wants no more mail: `yes` may be acted on by a machine, "
        "`review` is for a person; null when neither a rule nor the opt-out head answered"
    )


class ConditionShape(Shape):
    """The condition whose probability a conditional head's numbers include."""

    head: str
    label: str
    probability: float


class HeadShape(Shape):
    """One head's answer; all but `status` and `version` are empty without one."""

    status: Literal[
        "ok",
        "not_applicable",
        "unavailable",
        "fingerprint_mismatch",
        "unknown_head",
        "unknown_version",
        "error",
        "disabled",
    ]
    label: str | None = Field(description="the best label, whether or not it may be acted on")
    probability: float | None
    threshold: float | None = Field(description="what `probability` needs to be acted on")
    margin: float | None = Field(description="lead over the next label")
    abstained: bool
    scores: dict[str, float]
    version: str
    given: ConditionShape | None = None
    message: str = Field("", description="why there is no answer, or none to act on")
    canary: bool = Field(False, description="the head's candidate answered, not production")


class ReferralShape(Shape):
    """Somebody the author points to; nulls where nobody is named."""

    name: str | None
    email: str | None
    phone: str | None
    role: str | None
    team: str | None
    handed_over: bool
    start: int
    end: int


class FollowUpShape(Shape):
    """When the author wants to hear from us again, in days and in the author's words."""

    not_before: date | None = Field(description="the first day; null where it is open")
    until: date | None = Field(description="the last day; null where it is open")
    text: str
    start: int
    end: int


class TextShape(Shape):
    """The cleaner's account of an email: characters kept and cut, and flags."""

    kept_chars: int
    cut_chars: int
    flags: list[str]
    cleaner_version: str


class EncoderShape(Shape):
    """Who encoded the text, how much of it, and whether a forward was needed."""

    model_id: str
    fingerprint: str
    runtime: str
    precision: str
    tokens: int
    tokens_total: int
    truncated: bool
    unknown: int = Field(description="of `tokens`: what the encoder has no word for")
    cache: Literal["hit", "coalesced", "miss", "answer"]
    language: str | None = Field(None, description="BCP 47; null: too short to tell, or not asked")
    fallback: bool = Field(False, description="it stands in for one that reads it better")


class TimingsShape(Shape):
    """Milliseconds by stage; a stage that was not entered took 0."""

    clean: float
    embed: float
    heads: float
    total: float


class AnswerShape(Shape):
    """One email's answer."""

    id: str = Field(description="made for this answer; no other has it")
    prediction_id: str | None = Field(
        description="the answer's name in the prediction log; null where it was not recorded"
    )
    request_id: str | None = Field(
        None,
        description="the request's, as in the header X-Request-Id and in the log; items of a batch "
        "have none",
    )
    decision: DecisionShape
    heads: dict[str, HeadShape]
    referral: list[ReferralShape]
    auto_kind: _AutoKind = Field(
        description=explained(
            "auto_kind", "which kind of automatic reply, whether a rule or the model decided"
        )
    )
    return_date: date | None
    delegate: ReferralShape | None
    follow_up: FollowUpShape | None
    text: TextShape
    encoder: EncoderShape | None = Field(
        description="that of the intent head; null when a rule decided alone"
    )
    encoders: list[EncoderShape] = Field(
        [], description="all of them, where heads read several encoders"
    )
    timings_ms: TimingsShape


class FieldErrorShape(Shape):
    """One field that is wrong."""

    field: str
    code: str
    message: str
    limit: int | None


class OpenAIErrorShape(Shape):
    """The problem in the words that OpenAI's clients read."""

    message: str
    type: Literal["invalid_request_error", "server_error"]
    param: str | None
    code: str


class Problem(Shape):
    """RFC 9457 problem document; `code` is stable, nothing in it repeats the input."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    id: str
    field: str | None = None
    limit: int | None = None
    errors: list[FieldErrorShape] | None = None
    error: OpenAIErrorShape | None = Field(
        None, description="the same as OpenAI has it; only of the routes in its shape"
    )


class BatchItemShape(Shape):
    """One email of a batch: its answer, or why it alone has none."""

    status: int
    answer: AnswerShape | None = None
    problem: Problem | None = None


class BatchAnswerShape(Shape):
    """The emails' answers in the order of the request."""

    id: str
    request_id: str = Field(description="as in the header X-Request-Id and in the log")
    items: list[BatchItemShape]
    timings_ms: TimingsShape


class OptOutThresholdsShape(Shape):
    """From which probability of yes on a machine may act on an opt-out, or a person looks."""

    yes: float
    review: float


class HeadDescriptionShape(Shape):
    """One head in one role, as it is served."""

    name: str
    version: str
    kind: str
    labels: list[str]
    label_meanings: dict[str, str] = Field(
        description="what labels of the shipped heads mean; none of a deployment's own heads"
    )
    views: list[str]
    lexical: bool
    parent_head: str | None
    parent_label: str | None
    fingerprint: str
    status: Literal["serving", "failed", "disabled"]
    error: str
    description: str
    share: float = Field(description="of emails: what a candidate answers, what a shadow watches")
    bounds: dict[str, float] | None = Field(description="what it may do as a candidate")
    opt_out: OptOutThresholdsShape | None = Field(
        description="thresholds of `decision.opt_out`, of a head about opt-outs"
    )
    default: bool = Field(description="whether it answers requests that name no heads")


class HeadSetShape(Shape):
    """A head set; `generation` changes with any head, version or share."""

    generation: str
    heads: list[HeadDescriptionShape] = Field(description="in production")
    candidates: list[HeadDescriptionShape]
    shadows: list[HeadDescriptionShape]


class HeadsShape(HeadSetShape):
    """The heads that answer, and those of their names on a second encoder for some languages."""

    other_encoder: HeadSetShape | None = None
    disabled_rules: list[str] = Field(
        description="mail rules that are switched off, by id or the start of ids up to a dot"
    )


class CleanedShape(Shape):
    """One email as the cleaner read it: its words, its other parts, its rules' findings."""

    text: str
    model_text: str
    context: str | None
    signature: str
    quoted: str
    banner: str
    disclaimer: str
    flags: list[str]
    decision: str | None
    rule: str | None
    auto_kind: _AutoKind
    evidence: list[str] = Field(description="what speaks for a machine without proving one")
    opt_out: Literal["yes", "no"] | None = Field(description="what a rule proves of an opt-out")
    referral: list[ReferralShape]
    return_date: date | None
    delegate: ReferralShape | None
    follow_up: FollowUpShape | None
    opt_out_evidence: Literal["explicit", "likely"] | None = Field(
        description="how plainly the words ask for no more mail"
    )
    opt_out_span: tuple[int, int] | None = Field(description="where those words stand in `text`")
    kept_chars: int
    thread_chars: int = Field(description="of these, the characters of quoted mails (`scope`)")
    cut_chars: int
    cleaner_version: str
