"""Tells schemathesis what OpenAPI cannot say of this API; `schemathesis.toml` names this file."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import schemathesis
from schemathesis.core.failures import AcceptedNegativeData, Failure
from schemathesis.core.parameters import ParameterLocation
from schemathesis.core.transport import Response

Case = schemathesis.Case[Any]
SERVED = ("intent", "objection_reason")
MODEL = "fake"
TIMEOUT, LONG_MS = "X-Request-Timeout-Ms", "60000"
_TIME = re.compile("0*[1-9][0-9]{0,8}", re.ASCII)
_MESSAGE = "message/rfc822"
_BATCHES = ("/v1/classify/batch", "/invocations")


@schemathesis.hook
def map_case(_context: Any, case: Case) -> Case:
    """Ask for heads, models and days that are there, for time enough; give JSON no query.

    The document cannot say so. Nothing that was made to be wrong is touched.
    """
    if case.media_type == "application/json":
        if not _is_wrong(case, ParameterLocation.QUERY):
            case.query = {}
        body: Any = case.body
        if isinstance(body, dict) and not _is_wrong(case, ParameterLocation.BODY):
            case.body = _served(body)
    elif case.query and not _is_wrong(case, ParameterLocation.QUERY):
        heads = {"heads": ",".join(SERVED)} if case.media_type == _MESSAGE else {}
        case.query = {**case.query, **heads, **_recorded(case.query)}
    if case.path_parameters and not _is_wrong(case, ParameterLocation.PATH):
        case.path_parameters = _served(case.path_parameters)
    if case.headers and _TIME.fullmatch(str(case.headers.get(TIMEOUT))):
        case.headers[TIMEOUT] = LONG_MS
    return case


@schemathesis.hook
def filter_failure(_context: Any, failure: Failure, case: Case, response: Response) -> bool:
    """Drop what is no failure: a wrong item fails alone, inside a 200; HTTP has other headers."""
    if isinstance(failure, AcceptedNegativeData):
        return not (_has_refused_item(case, response) or _only_adds_headers(case))
    return True


def _served(members: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members of a request with heads and models that are there."""
    there = {"heads": list(SERVED), "model": MODEL, "head": SERVED[0], "label": "positive"}
    return {**members, **{name: there[name] for name in there if members.get(name)}}


def _recorded(query: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members of a query of the log with a time that it keeps and a head it knows."""
    now = datetime.now(UTC)
    there = {"from": (now - timedelta(hours=1)).isoformat(), "to": now.isoformat()}
    if "version" in query:
        there |= {"head": SERVED[0], "version": "1"}
    elif "head" in query:
        there |= {"head": SERVED[0]}
    return {name: there[name] for name in there if name in query or name == "head"}


def _is_wrong(case: Case, location: ParameterLocation) -> bool:
    """Whether this part of the case was made to break the schema."""
    meta = case.meta
    if meta is None or location not in meta.components:
        return False
    return meta.components[location].mode.is_negative


def _has_refused_item(case: Case, response: Response) -> bool:
    if case.path not in _BATCHES or response.status_code != 200:
        return False
    items = response.json().get("items", ())
    return any(item["status"] == 422 for item in items)


def _only_adds_headers(case: Case) -> bool:
    """Whether all that is wrong is a header that the document does not name."""
    known = {parameter.name.lower() for parameter in case.operation.headers}
    wrong = [
        location
        for location in ParameterLocation
        if _is_wrong(case, location) and location != ParameterLocation.HEADER
    ]
    added = {name.lower() for name in (case.headers or {})} - known
    return not wrong and bool(added)
