"""Models of what `/v1/explain` takes and answers."""

from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)
from pydantic.config import JsonDict

from gateway.api.field_reports import validation_problem
from gateway.api.request_models import MAX_TEXT_CHARS, HeadName
from gateway.api.response_models import Shape
from gateway.explain.values import Question

_MAX_ID_CHARS = 128
_MAX_LABEL_CHARS = 64
_LOG_ODDS = "in units of log-odds of the label"
_ONE_SOURCE: JsonDict = {
    "allOf": [
        {
            "oneOf": [
                {"required": [name], "properties": {name: {"type": "string"}}}
                for name in ("text", "prediction_id")
            ]
        }
    ]
}


class ExplainRequest(BaseModel):
    """An email or a prediction, and what is to be explained of it."""

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_extra=_ONE_SOURCE)

    text: Annotated[str, StringConstraints(max_length=MAX_TEXT_CHARS)] | None = Field(
        None, description="plain text of the email, quotes and signature included"
    )
    prediction_id: (
        Annotated[str, StringConstraints(min_length=1, max_length=_MAX_ID_CHARS)] | None
    ) = Field(None, description="id of an answer, in the place of its text")
    head: HeadName = Field(description="the head whose answer is explained, such as `intent`")
    label: Annotated[str, StringConstraints(min_length=1, max_length=_MAX_LABEL_CHARS)] | None = (
        Field(None, description="the label to explain; left out, the head's best one")
    )
    level: Literal["sentence", "word"] = Field(
        "sentence", description="what is told apart; sentences where it is left out"
    )

    @model_validator(mode="after")
    def _one_source(self) -> "ExplainRequest":
        if (self.text is None) == (self.prediction_id is None):
            raise ValueError("give exactly one of text and prediction_id")
        return self

    def question(self) -> Question:
        """Return what the explainer is asked."""
        return Question(self.text, self.prediction_id, self.head, self.label, self.level)


class SpanShape(Shape):
    """A place in `offsets`' text: first character, and the one past the last."""

    start: int
    end: int


class HeadDecisionShape(Shape):
    """A head's own answer, whatever its parent says: its best label, and if it may be acted on."""

    label: str
    probability: float
    threshold: float
    abstained: bool


class SentenceShape(SpanShape):
    """One sentence, or several short ones: what it gives to the label."""

    share: float = Field(description=f"what it gives, {_LOG_ODDS}; above 0 it speaks for the label")
    alone: float = Field(description="the label's probability by this sentence alone")
    without: float | None = Field(
        description="the label's probability by the others; null where there are none"
    )


class FlipShape(Shape):
    """The smallest deletion of sentences, among those asked about, that changes the answer."""

    delete: list[SpanShape]
    decision: HeadDecisionShape


class WordShape(SpanShape):
    """One word, and what it gives to the linear member's logit."""

    share: float


class LinearShape(Shape):
    """The logit of the head's linear member: `base`, all words and `rest` sum to `total`."""

    base: float
    total: float
    rest: float = Field(description="what tokens give that are no words of the text")
    words: list[WordShape]


class NgramShape(Shape):
    """One run of words or letters, and every place of it."""

    places: list[SpanShape]
    share: float


class LexicalShape(Shape):
    """The logit of the head's lexical member: `base`, all n-grams and `rest` sum to `total`."""

    base: float
    total: float
    rest: float = Field(description="what all n-grams give that are not listed")
    ngrams: list[NgramShape] = Field(description="the strongest ones")


class RuleReasonShape(Shape):
    """The rule that decided alone; no head was asked."""

    rule: str
    meaning: str
    decision: str
    span: SpanShape | None = Field(description="the words that it read; null: it read headers")


class ExplanationShape(Shape):
    """Why a head answered as it did, by `sentences` or by words (`linear`, `lexical`)."""

    id: str
    request_id: str
    head: str
    level: Literal["sentence", "word"]
    decided_by: Literal["model", "rule"]
    rule: RuleReasonShape | None
    offsets: Literal["text", "cleaned"] = Field(
        description="what places are offsets into: the `text` as sent, or `cleaned`"
    )
    cleaned: str | None = Field(description="the email's own words, where `offsets` are of them")
    version: str | None = Field(description="of the head")
    label: str | None = Field(description="the label that is explained")
    decision: HeadDecisionShape | None
    base: float | None = Field(description="the label's log-odds of a head that reads nothing")
    total: float | None = Field(description="the label's log-odds by the whole text")
    sentences: list[SentenceShape]
    flip: FlipShape | None
    linear: LinearShape | None
    lexical: LexicalShape | None
    fingerprint: str | None = Field(description="the encoder's identity")
    forwards: int = Field(description="texts that the encoder read for this")
    cached: bool = Field(description="whether the same was explained before")
    timings_ms: dict[str, float]


def read_explain(body: bytes) -> ExplainRequest:
    """Parse a request's JSON; raise InvalidJsonError or ValidationFailedError."""
    try:
        return ExplainRequest.model_validate_json(body)
    except ValidationError as error:
        raise validation_problem(error, ExplainRequest, body) from None
