"""What callers may send beside an email for the prediction log: its subject, and tags."""

import re
from collections.abc import Iterable
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

MAX_SUBJECT_REF_CHARS = 200
MAX_TAGS = 8
MAX_TAG_NAME_CHARS = 40
MAX_TAG_VALUE_CHARS = 128

SUBJECT_REF = rf"^[!-?A-~]{{1,{MAX_SUBJECT_REF_CHARS}}}$"  # visible ASCII but the "@"
TAG_NAME = rf"[A-Za-z][A-Za-z0-9_.-]{{0,{MAX_TAG_NAME_CHARS - 1}}}"
_UNSEEN = r"\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff0-\uffff"
TAG_VALUE = rf"[^{_UNSEEN}]{{1,{MAX_TAG_VALUE_CHARS}}}"
TAGS_IN_QUERY = (
    rf"^,*(?:{TAG_NAME}=[^,{_UNSEEN}]{{1,{MAX_TAG_VALUE_CHARS}}}(?:,+|$)){{0,{MAX_TAGS}}}$"
)
_VISIBLE = re.compile(rf"[^{_UNSEEN}]*")


def _refuse_addresses(value: object) -> object:
    if isinstance(value, str) and "@" in value:
        raise ValueError("must be opaque, such as an id or a keyed hash: no address")
    return value


def _refuse_invisible(value: str) -> str:
    if _VISIBLE.fullmatch(value) is None:
        raise ValueError("values of tags must be printable")
    return value


SubjectRef = Annotated[
    str, StringConstraints(pattern=SUBJECT_REF), BeforeValidator(_refuse_addresses)
]
TagName = Annotated[str, StringConstraints(pattern=rf"^{TAG_NAME}$")]
TagValue = Annotated[
    str,
    StringConstraints(min_length=1, max_length=MAX_TAG_VALUE_CHARS),
    AfterValidator(_refuse_invisible),
    Field(json_schema_extra={"pattern": f"^{TAG_VALUE}$"}),
]
Tags = Annotated[
    dict[TagName, TagValue],
    Field(max_length=MAX_TAGS, json_schema_extra={"additionalProperties": False}),
]


def tags_in_query(parts: Iterable[str]) -> dict[str, str]:
    """Read tags from `name=value`; what has no `=` is one without a value, refused later."""
    pairs = (part.partition("=") for part in parts)
    return {name: value for name, _, value in pairs}
