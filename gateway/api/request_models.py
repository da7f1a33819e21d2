"""Models of what callers may send, with their limits, and reports of bad input."""

import base64
import binascii
import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    WithJsonSchema,
    model_validator,
)

from gateway.api.caller_fields import SubjectRef, Tags
from gateway.errors import FieldError, InvalidJsonError, ValidationFailedError
from gateway.mail import MailInput

MAX_TEXT_CHARS = 200_000
MAX_HTML_CHARS = 1_000_000
MAX_SUBJECT_CHARS = 2_000
MAX_HEADERS = 200
MAX_HEADER_CHARS = 16_000
MAX_OWN_DOMAINS = 100
MAX_OUTBOUND_CHARS = 20_000
MAX_HEADS = 512
MAX_BATCH_ITEMS = 256

HeadName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
_REPORTED = 20  # errors named in one problem
_URL_SAFE = bytes.maketrans(b"-_", b"+/")
_FIELD_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,39}")


def _decode_base64(value: Any) -> bytes:
    """Decode standard or URL-safe base64, wrapped or not, padded or not."""
    if not isinstance(value, str):
        raise ValueError("must be base64 text")
    try:
        packed = b"".join(value.encode("ascii").split()).translate(_URL_SAFE).rstrip(b"=")
        return base64.b64decode(packed + b"=" * (-len(packed) % 4), validate=True)
    except (UnicodeEncodeError, binascii.Error):
        raise ValueError("must be base64 text") from None


def _at_least_one(names: tuple[str, ...]) -> tuple[str, ...]:
    if not names:
        raise ValueError("must name at least one head, or be left out for all")
    return names


# Not `min_length`: a list whose only name is bad would be reported as too short as well.
AskedHeads = Annotated[
    tuple[HeadName, ...], Field(max_length=MAX_HEADS), AfterValidator(_at_least_one)
]

RawMessage = Annotated[
    bytes,
    BeforeValidator(_decode_base64),
    WithJsonSchema({"type": "string", "contentEncoding": "base64"}),
]


class Mail(BaseModel):
    """One email: exactly one of `text`, `html` and `raw`, and what is known beside it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: Annotated[str, StringConstraints(max_length=MAX_TEXT_CHARS)] | None = Field(
        None, description="plain text of the email, quotes and signature included"
    )
    html: Annotated[str, StringConstraints(max_length=MAX_HTML_CHARS)] | None = Field(
        None, description="HTML of the email"
    )
    raw: RawMessage | None = Field(None, description="the whole RFC 822 message in base64")
    subject: Annotated[str, StringConstraints(max_length=MAX_SUBJECT_CHARS)] | None = None
    headers: (
        Annotated[
            dict[str, Annotated[str, StringConstraints(max_length=MAX_HEADER_CHARS)]],
            Field(max_length=MAX_HEADERS),
        ]
        | None
    ) = Field(None, description="header names and values, for rules that read them")
    date: datetime | None = Field(None, description="when the email was sent")
    own_domains: tuple[Annotated[str, StringConstraints(max_length=253)], ...] = Field(
        (), max_length=MAX_OWN_DOMAINS, description="domains that are us, never a referral"
    )
    last_outbound: Annotated[str, StringConstraints(max_length=MAX_OUTBOUND_CHARS)] | None = Field(
        None, description="our last email, read when the reply is a word or two"
    )

    scope: Literal["newest", "thread"] = Field(
        "newest",
        description="the words to read: the reply alone, or the quoted emails below it as well",
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
        raise validation_problem(error) from None


def read_batch(body: bytes) -> BatchRequest:
    """Parse a batch's frame, not its items; raise InvalidJsonError or ValidationFailedError.

    A character that cannot be (a lone surrogate, a byte that is not UTF-8) costs the item that it
    stands in: `read_item` refuses that.
    """
    try:
        return BatchRequest.model_validate_json(body)
    except ValidationError as error:
        problem = validation_problem(error)
        if not isinstance(problem, InvalidJsonError):
            raise problem from None
        try:
            return BatchRequest.model_validate(_lenient_json(body))
        except ValidationError as lenient_error:
            raise validation_problem(lenient_error) from None
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
        raise validation_problem(error) from None


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
        raise validation_problem(error) from None
    return request.model_copy(update={"text": None, "raw": body})


def validation_problem(error: ValidationError) -> InvalidJsonError | ValidationFailedError:
    """Turn pydantic's report into ours: no input, no values, only fields, codes and limits."""
    problems = error.errors(include_input=False, include_url=False)
    if problems[0]["type"] == "json_invalid":
        return InvalidJsonError(_position(problems[0]["msg"]))
    return ValidationFailedError(
        [
            FieldError(
                _field(e["loc"]),
                _code(e["type"]),
                e["msg"].removeprefix("Value error, "),
                e.get("ctx", {}).get("max_length"),
            )
            for e in problems[:_REPORTED]
        ]
    )


def _position(message: str) -> str:
    """Keep only where the JSON breaks: the rest of the parser's message might quote it one day."""
    position = re.search(r"line \d+ column \d+", message)
    return f"Parsing stopped at {position.group()}." if position else ""


def _field(location: Sequence[str | int]) -> str:
    """Name a field by its path, leaving out whatever the caller made up (header names)."""
    path = ""
    for part in location[:2]:
        if isinstance(part, int):
            path += f"[{part}]"
        elif not path and _FIELD_NAME.fullmatch(part):
            path = part
    return path or "body"


def _code(kind: str) -> str:
    return {"value_error": "invalid_value", "extra_forbidden": "unknown_field"}.get(kind, kind)
