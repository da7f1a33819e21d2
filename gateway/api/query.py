"""Reads a request's query, and refuses what no route would read."""

import re
from collections.abc import Collection

from flask import request

from gateway.errors import FieldError, ValidationFailedError
from trunkline.spelling import nearest

MESSAGE_OPTIONS = ("heads", "own_domains", "scope", "subject_ref", "tags")
"""The parameters beside a message that is sent as it is; JSON has members of these names."""
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,39}")
_REPORTED = 20


def refuse_unknown(known: Collection[str] = ()) -> None:
    """Raise ValidationFailedError where this request's query has other names than `known`.

    A name is repeated only if it has the form of a parameter's name.
    """
    unknown = [name for name in request.args if name not in known][:_REPORTED]
    if unknown:
        raise ValidationFailedError([_unknown(name, known) for name in unknown])


def listed(name: str) -> list[str]:
    """Return the names between commas of one parameter, however often it is given."""
    parts = ",".join(request.args.getlist(name)).split(",")
    return [part for part in parts if part]


def single(name: str) -> str | None:
    """Return a parameter's value or None; raise ValidationFailedError where it has several."""
    values = request.args.getlist(name)
    if len(values) > 1:
        raise ValidationFailedError([FieldError(name, "repeated", "may be given once", 1)])
    return values[0] if values else None


def _unknown(name: str, known: Collection[str]) -> FieldError:
    shown = name if _NAME.fullmatch(name) else "query"
    if name in MESSAGE_OPTIONS and request.method == "POST":
        message = f"is no parameter here; in JSON, {name} stands in the body"
    else:
        meant = nearest(name[:40], known)
        hint = f"; did you mean {meant}?" if meant else ""
        message = f"no such query parameter{hint}"
    return FieldError(shown, "unknown_parameter", message)
