"""The route of statistics: what the prediction log says of a window of time, without any row."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, request
from pydantic_core import to_json

from gateway.api.classify import RequestClock, json_response
from gateway.api.openapi import HEADERS, documented
from gateway.api.statistics_models import StatisticsShape
from gateway.api.statistics_request import PARAMETERS, read_query
from gateway.auth.guard import current_caller, requires
from gateway.config import Settings
from gateway.inference.pipeline import Pipeline
from gateway.prediction_log.statistics.answer import Statistics
from gateway.prediction_log.statistics.errors import UnknownHeadVersionError
from gateway.prediction_log.statistics.query import StatisticsQuery
from gateway.prediction_log.statistics.reader import StatisticsReader
from gateway.prediction_log.versions import version_elsewhere
from heads.prediction import HeadInfo, HeadSet

_HEADERS = tuple(header for header in HEADERS if header["name"] != "X-Tenant-Id")
_STATISTICS = documented(
    "statistics",
    "Count what was answered: volume, labels, opt-outs, latency, corrections, versions, tags",
    "predictions",
    StatisticsShape,
    parameters=[*PARAMETERS, *_HEADERS],
    problems=("400", "401", "403", "404", "422", "429", "501", "503", "504", "500"),
    description="Of the prediction log, in whole hours; a key that is bound to tenants reads of "
    "theirs alone. No row, text or person is in the answer.",
)


def statistics_route(reader: StatisticsReader, pipeline: Pipeline, settings: Settings) -> Blueprint:
    """Return `/v1/statistics`."""
    routes = Blueprint("statistics", __name__, url_prefix="/v1")

    @routes.get("/statistics")
    @requires("read")
    @_STATISTICS
    def read_statistics() -> Response:
        clock = RequestClock(settings)
        query = read_query(request.args, current_caller(), datetime.now(UTC))
        answer = reader.read(query, clock.deadline.remaining())
        _require_known(query, answer, pipeline)
        return json_response(to_json(rendered(query, answer)))

    return routes


def rendered(query: StatisticsQuery, answer: Statistics) -> dict[str, Any]:
    """Return an answer's members, beside what was asked."""
    return {
        "from": answer.start,
        "to": answer.end,
        "tenants": query.tenants,
        "head": query.head,
        "version": query.version,
        "group": query.group,
        "tag": query.tag,
        "hours_from_rows": answer.hours_from_rows,
        "decisions": answer.decisions,
        "heads": answer.heads,
        "groups": answer.groups,
        "tag_groups": answer.tag_groups,
        "notes": answer.notes,
    }


def _require_known(query: StatisticsQuery, answer: Statistics, pipeline: Pipeline) -> None:
    """Raise UnknownHeadVersionError for what has no answers here and is not served either."""
    if query.head is None or answer.heads:
        return
    served = list(_served(pipeline))
    if query.head not in {name for name, _ in served}:
        raise UnknownHeadVersionError("head")
    if query.version is not None and (query.head, query.version) not in served:
        raise UnknownHeadVersionError("version")


def _served(pipeline: Pipeline) -> Iterable[tuple[str, str]]:
    """Yield names and versions of the served heads, those of a second encoder as the log does."""
    for info in _infos(pipeline.head_set()):
        yield info.name, info.version
    others = pipeline.other_heads()
    for info in () if others is None else _infos(others):
        yield info.name, version_elsewhere(info.version, info.fingerprint)


def _infos(head_set: HeadSet) -> Iterable[HeadInfo]:
    return (info for infos in head_set.roles().values() for info in infos.values())
