"""What callers may send for the prediction log: its limits, and errors that say what is wrong."""

import json
from typing import Any

import pytest

from gateway.api import request_models
from gateway.api.caller_fields import tags_in_query
from gateway.errors import ValidationFailedError


def read(**fields: Any) -> request_models.ClassifyRequest:
    """Read an email with these fields."""
    return request_models.read_classify(json.dumps({"text": "Hello.", **fields}).encode())


def test_a_subject_and_tags_are_read() -> None:
    """Both stand beside the email; neither is needed."""
    request = read(subject_ref="hmac:3f2a", tags={"sequence": "Autumn 2026", "rep": "r-7"})

    assert request.subject_ref == "hmac:3f2a"
    assert request.tags == {"sequence": "Autumn 2026", "rep": "r-7"}
    assert (read().subject_ref, read().tags) == (None, None)


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"subject_ref": "ann@example.com"}, "subject_ref", "opaque"),
        ({"subject_ref": "two words"}, "subject_ref", "pattern"),
        ({"subject_ref": ""}, "subject_ref", "pattern"),
        ({"subject_ref": "x" * 201}, "subject_ref", "pattern"),
        ({"tags": {f"t{n}": "x" for n in range(9)}}, "tags", "at most 8"),
        ({"tags": {"1st": "x"}}, "tags", "pattern"),
        ({"tags": {"t" * 41: "x"}}, "tags", "pattern"),
        ({"tags": {"rep": ""}}, "tags", "at least 1"),
        ({"tags": {"rep": "x" * 129}}, "tags", "at most 128"),
        ({"tags": {"rep": "a\nb"}}, "tags", "printable"),
        ({"tags": {"rep": "a\0b"}}, "tags", "printable"),
        ({"tags": {"rep": 7}}, "tags", "string"),
        ({"tags": ["rep"]}, "tags", "object"),
    ],
)
def test_what_is_out_of_bounds_is_named_and_never_quoted(
    fields: dict[str, Any], field: str, words: str
) -> None:
    """The error has the field and the rule, and nothing that the caller sent."""
    with pytest.raises(ValidationFailedError) as caught:
        read(**fields)

    (error,) = caught.value.errors
    assert error.field == field
    assert words in error.message
    assert "ann@example.com" not in caught.value.detail


def test_a_message_has_them_in_its_query() -> None:
    """`tags=name=value` between commas; what has no value is refused as in JSON."""
    request = request_models.read_message(
        b"a", (), (), subject_ref="s-1", tags=tags_in_query("rep=r=7,sequence=Autumn,")
    )
    assert request.subject_ref == "s-1"
    assert request.tags == {"rep": "r=7", "sequence": "Autumn"}

    with pytest.raises(ValidationFailedError):
        request_models.read_message(b"a", (), (), tags=tags_in_query("rep"))
