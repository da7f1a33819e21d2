"""Bounds the values in a large JSON body before a parser makes objects of them."""

import re

from gateway.errors import FieldError, ValidationFailedError

MAX_VALUES = 150_000  # a full batch whose emails have all headers and domains holds fewer
_SMALL_BYTES = 256 << 10
# One without an end goes on to the body's end: else each quote in it would be tried as a beginning.
_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_STARTS = (b",", b"[", b"{")


def refuse_many_values(content: bytes) -> None:
    """Raise ValidationFailedError where `content` holds more values than any request has use for.

    Parsed, a value of two bytes takes up to a hundred. Small bodies are not looked at. Linear.
    """
    if len(content) > _SMALL_BYTES and _has_many_values(content):
        message = f"may hold at most {MAX_VALUES} values"
        raise ValidationFailedError([FieldError("body", "too_many_values", message, MAX_VALUES)])


def _has_many_values(content: bytes) -> bool:
    strings = (content.count(b'"') - content.count(b'\\"')) // 2  # or almost
    if strings > MAX_VALUES:
        return True
    if _values(content) <= MAX_VALUES:
        return False
    return _values(_STRING.sub(b"", content)) > MAX_VALUES  # what stands in a text is no value


def _values(content: bytes) -> int:
    return sum(map(content.count, _STARTS))
