"""What callers may send for the prediction log: its limits, and errors that say what is wrong."""

import json
import re
from typing import Any

import pytest

from gateway.api import request_models
from gateway.api.caller_fields import TAGS_IN_QUERY, tags_in_query
from gateway.api.schemas import schemas
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
    """Each tag is `name=value`; what has no value is refused as in JSON."""
    request = request_models.read_message(
        b"a", (), (), subject_ref="s-1", tags=tags_in_query(["rep=r=7", "sequence=Autumn"])
    )
    assert request.subject_ref == "s-1"
    assert request.tags == {"rep": "r=7", "sequence": "Autumn"}

    with pytest.raises(ValidationFailedError):
        request_models.read_message(b"a", (), (), tags=tags_in_query(["rep"]))


@pytest.mark.parametrize(
    ("written", "tags"),
    [
        ("rep=r=7,,sequence=Autumn 2026,", {"rep": "r=7", "sequence": "Autumn 2026"}),
        ("rep=Zoë\u00a0R.", {"rep": "Zoë\u00a0R."}),
        (",".join(f"t{n}=x" for n in range(8)), {f"t{n}": "x" for n in range(8)}),
        (",".join(f"t{n}=x" for n in range(9)), None),
        ("rep", None),
        ("rep=", None),
        ("rep=a\u2028b", None),
        ("1st=x", None),
    ],
)
def test_the_document_says_which_tags_a_query_may_hold(
    written: str, tags: dict[str, str] | None
) -> None:
    """What its pattern allows is read, and what it forbids is refused."""
    assert (re.search(TAGS_IN_QUERY, written) is not None) == (tags is not None)
    given = tags_in_query(part for part in written.split(",") if part)
    if tags is not None:
        assert request_models.read_message(b"a", (), (), tags=given).tags == tags
        return
    with pytest.raises(ValidationFailedError):
        request_models.read_message(b"a", (), (), tags=given)


def test_the_document_says_what_both_are() -> None:
    """Their limits stand in the schema of an email."""
    properties = schemas()["Mail"]["properties"]
    reference, tags = (properties[name]["anyOf"][0] for name in ("subject_ref", "tags"))
    assert "pattern" in reference
    assert (tags["maxProperties"], tags["additionalProperties"]) == (8, False)
