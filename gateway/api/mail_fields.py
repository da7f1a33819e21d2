"""Types of an email's fields that are read from more than one form: dates, headers, base64."""

import base64
import binascii
import re
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, StringConstraints, WithJsonSchema

MAX_HEADERS = 200
MAX_HEADER_CHARS = 16_000
MAX_HEADER_VALUES = 200
DATE_EXAMPLES = ("2026-11-17T09:12:04+00:00", "Tue, 17 Nov 2026 09:12:04 +0000")

_URL_SAFE = bytes.maketrans(b"-_", b"+/")
_BASE64 = (
    r"^[ \t\n\v\f\r]*(?:(?:[A-Za-z0-9+/_-][ \t\n\v\f\r]*){4})*"
    r"(?:(?:[A-Za-z0-9+/_-][ \t\n\v\f\r]*){2,3})?(?:=[ \t\n\v\f\r]*)*$"
)
_MAIL_DATE = re.compile(
    r"(?:[A-Za-z]{3,9},?\s+)?\d{1,2}\s+[A-Za-z]{3,9}\s+\d{4}\s.{4,40}", re.ASCII
)
_MAIL_DATE_PATTERN = (
    r"^(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), )?"
    r"(?:(?:0?[1-9]|1[0-9]|2[0-8]) (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
    r"|(?:29|30) (?:Jan|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
    r"|31 (?:Jan|Mar|May|Jul|Aug|Oct|Dec)) (?:19|20)[0-9]{2}"
    r" (?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9])? (?:[+-](?:0[0-9]|1[0-3])[0-5][0-9]|GMT)$"
)
_DATE_SCHEMA = {
    "anyOf": [
        {"type": "string", "format": "date-time"},
        {"type": "string", "format": "date"},
        {
            "type": "string",
            "pattern": _MAIL_DATE_PATTERN,
            "description": "as a mail's own header has it",
        },
        {"type": "string", "pattern": "^[0-9]{1,10}$", "description": "seconds since 1970"},
        {
            "type": "number",
            "minimum": -62135596800000,
            "maximum": 253402300799999,
            "description": "seconds since 1970; from 20000000001 on, milliseconds",
        },
    ],
    "examples": list(DATE_EXAMPLES),
}


def _decode_base64(value: Any) -> bytes:
    """Decode standard or URL-safe base64, wrapped or not, padded or not."""
    if not isinstance(value, str):
        raise ValueError("must be base64 text")
    try:
        packed = b"".join(value.encode("ascii").split()).translate(_URL_SAFE).rstrip(b"=")
        return base64.b64decode(packed + b"=" * (-len(packed) % 4), validate=True)
    except (UnicodeEncodeError, binascii.Error):
        raise ValueError("must be base64 text") from None


def _read_mail_date(value: Any) -> Any:
    """Read a date as RFC 2822 writes it; leave every other value to pydantic."""
    if isinstance(value, str) and _MAIL_DATE.fullmatch(value):
        try:
            return parsedate_to_datetime(value)
        except ValueError:
            return value
    return value


def _read_header_lists(value: Any) -> Any:
    """Keep the first value of each listed header, as a message's own headers are read.

    A value that no header may have is kept instead, for pydantic to refuse.
    """
    if not isinstance(value, dict):
        return value
    return {
        name: _first(content) if isinstance(content, list) else content
        for name, content in value.items()
        if content != []
    }


def _first(values: list[Any]) -> Any:
    if len(values) > MAX_HEADER_VALUES:
        raise ValueError(f"a header may have at most {MAX_HEADER_VALUES} values")
    odd = (v for v in values if not isinstance(v, str) or len(v) > MAX_HEADER_CHARS)
    return next(odd, values[0])


RawMessage = Annotated[
    bytes,
    BeforeValidator(_decode_base64),
    WithJsonSchema({"type": "string", "contentEncoding": "base64", "pattern": _BASE64}),
]
"""A whole message in base64."""

SentDate = Annotated[datetime, BeforeValidator(_read_mail_date), WithJsonSchema(_DATE_SCHEMA)]
"""When an email was sent: ISO 8601, RFC 2822, or seconds since 1970."""

_HEADER_VALUE = {"type": "string", "maxLength": MAX_HEADER_CHARS}
Headers = Annotated[
    dict[str, Annotated[str, StringConstraints(max_length=MAX_HEADER_CHARS)]],
    Field(max_length=MAX_HEADERS),
    BeforeValidator(_read_header_lists),
    WithJsonSchema(
        {
            "type": "object",
            "maxProperties": MAX_HEADERS,
            "additionalProperties": {
                "anyOf": [
                    _HEADER_VALUE,
                    {"type": "array", "items": _HEADER_VALUE, "maxItems": MAX_HEADER_VALUES},
                ]
            },
        }
    ),
]
"""Header values by name; a list where a header stands there several times: the first is read."""
