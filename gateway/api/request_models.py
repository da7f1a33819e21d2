"""Models of what callers may send, with their limits, and the reading of bodies by them."""

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)
from pydantic.config import JsonDict

from gateway.api.caller_fields import SubjectRef, Tags
from gateway.api.field_reports import validation_problem
from gateway.api.mail_fields import Headers, RawMessage, SentDate
from gateway.errors import InvalidJsonError
from gateway.mail import MailInput

MAX_TEXT_CHARS = 200_000
MAX_HTML_CHARS = 1_000_000
MAX_SUBJECT_CHARS = 2_000
MAX_OWN_DOMAINS = 100
MAX_OUTBOUND_CHARS = 20_000
MAX_HEADS = 512
MAX_BATCH_ITEMS = 256

HeadName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]


def _at_least_one(names: tuple[str, ...]) -> tuple[str, ...]:
    if not names:
        raise ValueError("must name at least one head, or be left out for all")
    return names


# Not `min_length`: a list whose only name is bad would be reported as too short as well.
AskedHeads = Annotated[
    tuple[HeadName, ...],
    Field(max_length=MAX_HEADS, json_schema_extra={"minItems": 1}),
    AfterValidator(_at_least_one),
]


# What `_one_content` checks, for readers of the API's document: null is as good as left out.
# Inside `allOf`, since makers of clients take a `oneOf` beside `properties` for three classes.
_ONE_CONTENT: JsonDict = {
    "allOf": [
        {
            "oneOf": [
                {"required": [name], "properties": {name: {"type": "string"}}}
                for name in ("text", "html", "raw")
            ]
        }
    ]
}


class Mail(BaseModel):
    """One email: exactly one of `text`, `html` and `raw`, and what is known beside it."""

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_extra=_ONE_CONTENT)

    text: Annotated[str, StringConstraints(max_length=MAX_TEXT_CHARS)] | None = Field(
        None, description="plain text of the email, quotes and signature included"
    )
    html: Annotated[str, StringConstraints(max_length=MAX_HTML_CHARS)] | None = Field(
        None, description="HTML of the email"
    )
    raw: RawMessage | None = Field(None, description="the whole RFC 822 message in base64")
    subject: Annotated[str, StringConstraints(max_length=MAX_SUBJECT_CHARS)] | None = None
    headers: Headers | None = Field(
        None,
        description="header names and values, for rules that read them; of several, a list",
    )
    date: SentDate | None = Field(None, description="when the email was sent")
    own_domains: tuple[Annotated[str, StringConstraints(max_length=253)], ...] = Field(
        (), max_length=MAX_OWN_DOMAINS, description="domains that are us, never a referral"
    )
    last_outbound: Annotated[str, StringConstraints(max_length=MAX_OUTBOUND_CHARS)] | None = Field(
        None, description="our last email, read when the reply is a word or two"
    )

    scope: Literal["newest", "thread"] = Field(
        "newest",
        description="the words to read: the reply alone (`newest`, where it is left out), or the "
        "quoted emails below it as well",
    )
    subject_ref: SubjectRef | None = Field(
        None,
        description="who the email is about, by a name that says nothing to others, such as a "
        "keyed hash of an address: what is logged of somebody is found and erased by it",
    )
    tags: Tags | None = Field(
        None,
        description="up to 8 names and values to count by: sequence, template, rep, variant",
    )

    @property
    def kind(self) -> str:
        """Return which of the three it is."""
        return "text" if self.text is not None else "html" if self.html is not None else "raw"

    @model_validator(mode="after")
    def _one_content(self) -> "Mail":
        given = sum(part is not None for part in (self.text, self.html, self.raw))
        if given != 1:
            raise ValueError("give exactly one of text, html and raw")
        return self

    def mail_input(self) -> MailInput:
        """Return what the cleaner reads."""
        return MailInput(
            raw=self.raw,
            html=self.html,
            text=self.text,
            subject=self.subject,
            headers=self.headers,
            date=self.date,
            own_domains=self.own_domains,
            last_outbound=self.last_outbound,
            scope=self.scope,
        )


class ClassifyRequest(Mail):
    """One email and the heads to ask; left out, those that answer by default."""

    heads: AskedHeads | None = None


class BatchRequest(BaseModel):
    """Up to 256 emails; each is checked alone, so that a bad one fails alone."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    items: Annotated[list[Any], Field(min_length=1, max_length=MAX_BATCH_ITEMS)]
    heads: AskedHeads | None = None


def read_classify(body: bytes) -> ClassifyRequest:
    """Parse one email's JSON; raise InvalidJsonError or ValidationFailedError."""
    try:
        return ClassifyRequest.model_validate_json(body)
    except ValidationError as error:
        raise validation_problem(error, ClassifyRequest, body) from None


def read_batch(body: bytes) -> BatchRequest:
    """Parse a batch's frame, not its items; raise InvalidJsonError or ValidationFailedError.

    A character that cannot be (a lone surrogate, a byte that is not UTF-8) costs the item that it
    stands in: `read_item` refuses that.
    """
    try:
        return BatchRequest.model_validate_json(body)
    except ValidationError as error:
        problem = validation_problem(error, BatchRequest, body)
        if not isinstance(problem, InvalidJsonError):
            raise problem from None
        try:
            return BatchRequest.model_validate(_lenient_json(body))
        except ValidationError as lenient_error:
            raise validation_problem(lenient_error, BatchRequest) from None
        except (ValueError, RecursionError):  # the frame itself is broken
            raise problem from None


def _lenient_json(body: bytes) -> Any:
    """Parse JSON that may hold any character in its strings. Raises ValueError, RecursionError."""
    return json.loads(body.decode("utf-8", "surrogateescape"), strict=False, parse_constant=_refuse)


def _refuse(name: str) -> None:
    raise ValueError(name)


def read_item(item: Any) -> Mail:
    """Check one item of a batch; raise ValidationFailedError."""
    try:
        return Mail.model_validate(item)
    except ValidationError as error:
        raise validation_problem(error, Mail) from None


def read_message(
    body: bytes,
    heads: Sequence[str],
    own_domains: Sequence[str],
    scope: str | None = None,
    *,
    subject_ref: str | None = None,
    tags: Mapping[str, str] | None = None,
) -> ClassifyRequest:
    """Take a `message/rfc822` body as it is, options from the query string."""
    options: dict[str, Any] = {"text": "", "own_domains": tuple(own_domains)}
    if heads:
        options["heads"] = tuple(heads)
    given = {"scope": scope, "subject_ref": subject_ref, "tags": tags}
    options |= {name: value for name, value in given.items() if value is not None}
    try:
        request = ClassifyRequest.model_validate(options)
    except ValidationError as error:
        raise validation_problem(error, ClassifyRequest) from None
    return request.model_copy(update={"text": None, "raw": body})
