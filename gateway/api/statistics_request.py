"""Reads the query of `/v1/statistics`: whose answers, of when, grouped how."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, cast

from gateway.api.caller_fields import MAX_TAG_NAME_CHARS
from gateway.auth.caller import Caller
from gateway.auth.errors import RecordNotFoundError
from gateway.auth.keys import TENANT
from gateway.errors import FieldError, ValidationFailedError
from gateway.prediction_log.statistics.query import StatisticsQuery, Window, whole_hours

MAX_DAYS = 400
MAX_DAYS_BY_HOUR = 31
_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
_VERSION = re.compile(r"[A-Za-z0-9._-]{1,64}(@[0-9a-f]{1,12})?")
_TAG = re.compile(rf"tag:([A-Za-z][A-Za-z0-9_.-]{{0,{MAX_TAG_NAME_CHARS - 1}}})")
_USUAL = timedelta(days=1)
_YEARS = range(2000, 2200)
_TIME_SCHEMA = {"type": "string", "anyOf": [{"format": "date"}, {"format": "date-time"}]}

PARAMETERS: tuple[dict[str, Any], ...] = tuple(
    {"name": name, "in": "query", "description": why, "schema": schema}
    for name, why, schema in (
        (
            "from",
            "first day or time, `2026-11-02` or `2026-11-02T08:00:00Z`; the whole hour counts. "
            "Absent: a day before `to`",
            _TIME_SCHEMA,
        ),
        ("to", "time up to which, its hour being counted whole; absent: now", _TIME_SCHEMA),
        ("head", "only this head", {"type": "string", "pattern": f"^{_NAME.pattern}$"}),
        (
            "version",
            "only this version of `head`; `1@0a1b2c3d4e5f` is one of a second encoder's heads",
            {"type": "string", "pattern": f"^{_VERSION.pattern}$"},
        ),
        (
            "group",
            f"beside the whole, apart: by `hour` (up to {MAX_DAYS_BY_HOUR} days), by `day` "
            f"(up to {MAX_DAYS}), or by the values of a tag, `tag:sequence`",
            {"type": "string", "pattern": f"^(hour|day|{_TAG.pattern})$"},
        ),
        (
            "tenant",
            "only this tenant's answers, empty: those of nobody; absent: all that the key may read",
            {"type": "string", "pattern": f"^({TENANT.pattern})?$"},
        ),
    )
)
"""The query parameters, as the API's document has them."""


def read_query(arguments: Mapping[str, str], caller: Caller, now: datetime) -> StatisticsQuery:
    """Return what is asked; raise ValidationFailedError naming every parameter that is wrong.

    Raises RecordNotFoundError for a tenant that the caller may not read.
    """
    tenants = _tenants(arguments.get("tenant"), caller)
    errors = [_unknown(name) for name in arguments if name not in _KNOWN]
    end = _time("to", arguments.get("to"), now, errors)
    start = _time("from", arguments.get("from"), end - _USUAL, errors)
    group, tag = _group(arguments.get("group"), errors)
    head = _named("head", arguments.get("head"), _NAME, errors)
    version = _named("version", arguments.get("version"), _VERSION, errors)
    if version is not None and "head" not in arguments:
        errors.append(FieldError("version", "head_missing", "needs a head beside it"))
    if not errors:
        errors = _window_errors(start, end, by_hour=group == "hour")
    if errors:
        raise ValidationFailedError(errors)
    window: Window = whole_hours(start, end)
    return StatisticsQuery(window, tenants, head, version, group, tag)


_KNOWN = tuple(parameter["name"] for parameter in PARAMETERS)


def _tenants(named: str | None, caller: Caller) -> tuple[str, ...] | None:
    if named is None:
        return tuple(sorted(caller.tenants)) if caller.is_bound else None
    if not caller.may_read(named):
        raise RecordNotFoundError
    if named and not TENANT.fullmatch(named):
        message = "must be a tenant's name, or empty"
        raise ValidationFailedError([FieldError("tenant", "wrong", message)])
    return (named,)


def _unknown(name: str) -> FieldError:
    message = f"known are {', '.join(_KNOWN)}"
    return FieldError(name if _NAME.fullmatch(name) else "query", "unknown_parameter", message)


def _time(name: str, text: str | None, usual: datetime, errors: list[FieldError]) -> datetime:
    """Return a time; a day is its beginning in UTC. One that is wrong goes to `errors`."""
    if text is None:
        return usual
    try:
        at = datetime.fromisoformat(text)
        if at.tzinfo is None and len(text) == len("2026-11-02"):
            at = at.replace(tzinfo=UTC)
        if at.tzinfo is not None and at.year in _YEARS:
            return at.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    message = "must be a day such as 2026-11-02, or a time with its zone: 2026-11-02T08:00:00Z"
    errors.append(FieldError(name, "time_wrong", message))
    return usual


def _group(
    text: str | None, errors: list[FieldError]
) -> tuple[Literal["hour", "day"] | None, str | None]:
    if text is None:
        return None, None
    if text in ("hour", "day"):
        return cast(Literal["hour", "day"], text), None
    match = _TAG.fullmatch(text)
    if match is None:
        errors.append(FieldError("group", "group_wrong", "must be hour, day or tag:NAME"))
        return None, None
    return None, match[1]


def _named(
    name: str, text: str | None, form: re.Pattern[str], errors: list[FieldError]
) -> str | None:
    if text is not None and not form.fullmatch(text):
        errors.append(FieldError(name, "wrong", f"must have the form of a {name}'s name"))
        return None
    return text


def _window_errors(start: datetime, end: datetime, *, by_hour: bool) -> list[FieldError]:
    if start >= end:
        return [FieldError("from", "window_empty", "must be before `to`")]
    most = MAX_DAYS_BY_HOUR if by_hour else MAX_DAYS
    if end - start > timedelta(days=most):
        message = f"may be at most {most} days before `to`"
        return [FieldError("from", "window_too_long", message, most)]
    return []
