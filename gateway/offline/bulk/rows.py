"""Reads one row of a file as a mail, by the same rules as a request's body, or says what is bad."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gateway.api.request_models import Mail, read_item
from gateway.errors import FieldError, GatewayError, InvalidJsonError, ValidationFailedError
from gateway.mail import MailInput

CONTENT = ("text", "html", "raw")
FIELDS = tuple(Mail.model_fields)
_STRUCTURED = ("headers", "own_domains")

Fields = Mapping[str, Any]
"""A row's columns by name; those that `/v1/classify` does not take are left alone."""


@dataclass(frozen=True, slots=True)
class BrokenRow:
    """A row that its file's format does not let be read; `reason` holds nothing of it."""

    reason: str
    digest: bytes
    size: int


@dataclass(frozen=True, slots=True)
class InputRow:
    """A row of the input: its number from 0, its id, and its mail or what is wrong with it.

    `digest` names everything that the row's answer depends on; `size` is about its bytes.
    """

    number: int
    id: str | None
    mail: MailInput | GatewayError
    digest: bytes
    size: int


def read_row(number: int, row: Fields | BrokenRow, id_column: str) -> InputRow:
    """Read one row; never raises for what it holds."""
    if isinstance(row, BrokenRow):
        return InputRow(number, None, InvalidJsonError(row.reason), row.digest, row.size)
    given = {name: row[name] for name in FIELDS if row.get(name) is not None}
    identity = row.get(id_column)
    row_id = None if identity is None else str(identity)
    digest, size = _digest(row_id, given)
    return InputRow(number, row_id, _mail(given), digest, size)


def _mail(given: dict[str, Any]) -> MailInput | GatewayError:
    raw = given.get("raw")
    try:
        item = _structured(given)
        if not isinstance(raw, bytes):  # a text is base64, as in a request
            return read_item(item).mail_input()
        return read_item({**item, "raw": ""}).model_copy(update={"raw": raw}).mail_input()
    except GatewayError as error:
        return error


def _structured(given: dict[str, Any]) -> dict[str, Any]:
    """Return the fields with headers and domains as the API takes them.

    Files without such types have them as JSON, Arrow has a map as pairs and a struct with nulls.
    Raises ValidationFailedError.
    """
    item = dict(given)
    for name in _STRUCTURED:
        value = item.get(name)
        if isinstance(value, str):
            item[name] = _from_json(name, value)
    headers = item.get("headers")
    pairs = headers.items() if isinstance(headers, dict) else headers
    if isinstance(pairs, list) or isinstance(headers, dict):
        try:
            item["headers"] = {name: text for name, text in pairs or () if text is not None}
        except (TypeError, ValueError):
            raise _invalid("headers", "must map names to values") from None
    return item


def _from_json(name: str, value: str) -> Any:
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        raise _invalid(name, "must be JSON where it is a text") from None


def _invalid(name: str, message: str) -> ValidationFailedError:
    return ValidationFailedError([FieldError(name, "invalid_value", message)])


def _digest(row_id: str | None, given: Mapping[str, Any]) -> tuple[bytes, int]:
    raw = given.get("raw")
    rest = [(name, given[name]) for name in FIELDS if name in given and name != "raw"]
    content = repr((row_id, rest, type(raw).__name__)).encode("utf-8", "surrogatepass")
    digest = hashlib.blake2b(content, digest_size=16)
    message = raw if isinstance(raw, bytes) else str(raw).encode("utf-8", "surrogatepass")
    digest.update(message)
    return digest.digest(), len(content) + len(message)
