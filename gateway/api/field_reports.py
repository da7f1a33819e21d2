"""Turns pydantic's reports of bad input into problems that name field, code and what to send.

Nothing repeats the input but names that have the form of a field's or a header's name.
"""

import re
from collections.abc import Sequence

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from gateway.api.json_faults import fault
from gateway.api.mail_fields import DATE_EXAMPLES
from gateway.errors import FieldError, InvalidJsonError, ValidationFailedError
from trunkline.spelling import nearest

_REPORTED = 20  # errors named in one problem
_FIELD_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,39}")
_HEADER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,59}")
_CODES = {"value_error": "invalid_value", "extra_forbidden": "unknown_field"}
_OBJECTS = ("model_type", "model_attributes_type")
_ELSEWHERE = {
    ("Mail", "heads"): "heads stands beside items, once for all of them",
    ("ClassifyRequest", "items"): "several emails go to /v1/classify/batch",
}
_DATE = f"must be a date such as {DATE_EXAMPLES[0]} or {DATE_EXAMPLES[1]!r}"
_EXAMPLES = {
    "BatchRequest": '{"items": [{"text": "..."}]}',
    "FeedbackRequest": '{"prediction_id": "...", "head": "...", "label": "...", "by": "..."}',
    "EmbeddingsRequest": '{"model": "...", "input": ["..."]}',
}
_MAIL_EXAMPLE = '{"text": "..."}'
_MESSAGES = {
    "tuple_type": "must be a list",
    "too_short": "must not be empty",
    "string_unicode": "holds bytes that are not UTF-8, or half a character",
}
_HEADER_VALUE = "must be a string, or a list of strings where the header is repeated"
_NO_HEADER_VALUE = ("string_type", "list_type", "tuple_type")
_HEAD_NAME = "a head's name begins with a small letter and has small letters, digits and _ only"


def validation_problem(
    error: ValidationError, model: type[BaseModel], body: bytes | None = None
) -> InvalidJsonError | ValidationFailedError:
    """Return the problem of what `model` refused; of `body`, if that is not even JSON."""
    problems = error.errors(include_input=False, include_url=False)
    if problems[0]["type"] == "json_invalid":
        example = _EXAMPLES.get(model.__name__, _MAIL_EXAMPLE)
        return InvalidJsonError("" if body is None else fault(body, problems[0]["msg"], example))
    return ValidationFailedError([_report(problem, model) for problem in problems[:_REPORTED]])


def _report(problem: ErrorDetails, model: type[BaseModel]) -> FieldError:
    location = problem["loc"]
    limit = problem.get("ctx", {}).get("max_length")
    code = _CODES.get(problem["type"], problem["type"])
    return FieldError(_field(location), code, _message(problem, model), limit)


def _field(location: Sequence[str | int]) -> str:
    """Name a field by its path, leaving out whatever the caller made up (header names)."""
    path = ""
    for part in location[:2]:
        if isinstance(part, int):
            path += f"[{part}]"
        elif not path and _FIELD_NAME.fullmatch(part):
            path = part
    return path or "body"


def _message(problem: ErrorDetails, model: type[BaseModel]) -> str:
    location, kind = problem["loc"], problem["type"]
    if kind == "extra_forbidden":
        return _unknown_field(str(location[0]), model)
    if kind in _OBJECTS and not location:
        example = _EXAMPLES.get(model.__name__)
        return f"must be an object {f'such as {example}' if example else 'with text, html or raw'}"
    if location[:1] == ("date",):
        return _DATE
    message = problem["msg"].removeprefix("Value error, ")
    if location[:1] == ("headers",) and len(location) > 1:
        wrong = _HEADER_VALUE if kind in _NO_HEADER_VALUE else message
        return f"{_header(location[1])}: {wrong}"
    if location[:1] == ("heads",) and kind == "string_pattern_mismatch":
        return _HEAD_NAME
    return _MESSAGES.get(kind, message)


def _unknown_field(name: str, model: type[BaseModel]) -> str:
    known = list(model.model_fields)
    elsewhere = _ELSEWHERE.get((model.__name__, name))
    if elsewhere is not None:
        return f"not here; {elsewhere}"
    meant = nearest(name, known) if len(name) <= 40 else None
    return "no such field; " + (
        f"did you mean {meant}?" if meant else f"there are {', '.join(known)}"
    )


def _header(name: str | int) -> str:
    """Return the header's name if it has the form of one; an address, say, has not."""
    if isinstance(name, str) and _HEADER_NAME.fullmatch(name):
        return f"header {name}"
    return "a header"
