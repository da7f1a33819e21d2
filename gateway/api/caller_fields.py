"""What callers may send beside an email for the prediction log: its subject, and tags."""

from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

MAX_SUBJECT_REF_CHARS = 200
MAX_TAGS = 8
MAX_TAG_NAME_CHARS = 40
MAX_TAG_VALUE_CHARS = 128

_SUBJECT_REF = rf"^[!-?A-~]{{1,{MAX_SUBJECT_REF_CHARS}}}$"  # visible ASCII but the "@"


def _refuse_addresses(value: object) -> object:
    if isinstance(value, str) and "@" in value:
        raise ValueError("must be opaque, such as an id or a keyed hash: no address")
    return value


def _refuse_invisible(value: str) -> str:
    if not value.isprintable():
        raise ValueError("values of tags must be printable")
    return value


SubjectRef = Annotated[
    str, BeforeValidator(_refuse_addresses), StringConstraints(pattern=_SUBJECT_REF)
]
TagName = Annotated[
    str, StringConstraints(pattern=rf"^[A-Za-z][A-Za-z0-9_.-]{{0,{MAX_TAG_NAME_CHARS - 1}}}$")
]
TagValue = Annotated[
    str,
    StringConstraints(min_length=1, max_length=MAX_TAG_VALUE_CHARS),
    AfterValidator(_refuse_invisible),
]
Tags = Annotated[dict[TagName, TagValue], Field(max_length=MAX_TAGS)]


def tags_in_query(parameter: str) -> dict[str, str]:
    """Read `name=value` between commas; what has no `=` is a tag without a value, refused later."""
    pairs = (part.partition("=") for part in parameter.split(",") if part)
    return {name: value for name, _, value in pairs}
