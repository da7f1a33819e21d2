"""Reads what a question needs: stored hourly figures, and rows of the hours that have none."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, or_, select

from gateway.prediction_log.life_models import Feedback, HourlyFigure
from gateway.prediction_log.statistics.counting import Figure, count_hour
from gateway.prediction_log.statistics.figures import Evidence, Figures, Judged, merged
from gateway.prediction_log.statistics.query import HOUR, StatisticsQuery, Window
from gateway.prediction_log.statistics.rollup import counted_hours
from gateway.prediction_log.statistics.rows import hours_with_rows

_FIGURE, _FEEDBACK = HourlyFigure.__table__, Feedback.__table__
_OF_HEADS = ("status", "label", "acted")
_OF_DECISIONS = (
    "decided_by", "intent", "opt_out", "abstained", "cache_path", "coverage", "latency",
)  # fmt: skip
_FEW_HOURS = 800
_SUMS = (func.sum(_FIGURE.c.rows), func.sum(_FIGURE.c.total), func.sum(_FIGURE.c.squares))
_KEY = (_FIGURE.c.kind, _FIGURE.c.name, _FIGURE.c.version, _FIGURE.c.role, _FIGURE.c.value)


def read(connection: Connection, query: StatisticsQuery) -> Evidence:
    """Return what the log holds for a question, as it stands at one moment.

    Hours whose stored figures are not current are counted from their rows, which costs a second or
    so for each million of them.
    """
    _begin(connection)
    counted = counted_hours(connection, query.window)
    fresh = list(hours_with_rows(connection, query.window, frozenset(counted)))
    by_group: dict[datetime, Figures] = defaultdict(Figures)
    _add_stored(connection, query, counted, by_group)
    tags = () if query.tag is None else (query.tag,)
    for hour in fresh:
        for figure in count_hour(connection, hour, tags):
            if _is_asked(figure, query):
                key = (figure.kind, figure.name, figure.version, figure.role, figure.value)
                sums = (figure.rows, figure.total, figure.squares)
                by_group[_group(hour, query)].add(key, *sums)
    whole = merged(by_group.values())
    times = by_group if query.group else {}
    return Evidence(whole, times, _judged(connection, query), len(fresh))


def _begin(connection: Connection) -> None:
    """Let all that is read in this transaction be of one moment."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
    else:
        connection.exec_driver_sql("BEGIN")


def _add_stored(
    connection: Connection,
    query: StatisticsQuery,
    counted: set[datetime],
    by_group: Mapping[datetime, Figures],
) -> None:
    for hours in _conditions(counted):
        for row in connection.execute(_stored(query, hours)):
            hour, *key, rows, total, squares = row
            sums = (int(rows), float(total), float(squares))
            by_group[_group(hour, query)].add(tuple(key), *sums)


def _stored(query: StatisticsQuery, hours: ColumnElement[bool]) -> Select[Any]:
    """Ask for the sums of some hours; by hour where the answer is to be grouped by time."""
    hour: ColumnElement[Any] = _FIGURE.c.hour if query.group else func.min(_FIGURE.c.hour)
    groups = (*([_FIGURE.c.hour] if query.group else []), *_KEY)
    selected = select(hour, *_KEY, *_SUMS).where(hours, _kinds(query)).group_by(*groups)
    return selected if query.tenants is None else selected.where(_of(query.tenants))


def _of(tenants: Sequence[str]) -> ColumnElement[bool]:
    return _FIGURE.c.tenant.in_(tenants)


def _kinds(query: StatisticsQuery) -> ColumnElement[bool]:
    """Leave out what this question does not need: other tags, other heads."""
    if query.head is None and query.tag is None:
        return _FIGURE.c.kind.in_((*_OF_DECISIONS, *_OF_HEADS))
    heads = _FIGURE.c.kind.in_(_OF_HEADS)
    wanted: list[ColumnElement[bool]] = [_FIGURE.c.kind.in_(_OF_DECISIONS)]
    wanted.append(heads if query.head is None else and_(heads, _FIGURE.c.name == query.head))
    if query.tag is not None:
        wanted.append(and_(_FIGURE.c.kind == "tag", _FIGURE.c.name == query.tag))
    return or_(*wanted)


def _is_asked(figure: Figure, query: StatisticsQuery) -> bool:
    """Do for a figure counted from rows what `_stored` does in the database."""
    if query.tenants is not None and figure.tenant not in query.tenants:
        return False
    if figure.kind in _OF_HEADS:
        return query.head in (None, figure.name)
    return figure.kind != "tag" or figure.name == query.tag


def _group(hour: datetime, query: StatisticsQuery) -> datetime:
    return hour.replace(hour=0) if query.group == "day" else hour


def _conditions(hours: set[datetime]) -> Iterator[ColumnElement[bool]]:
    """Yield what together asks for these hours: few by name, which an index finds with kinds."""
    if len(hours) <= _FEW_HOURS:
        yield _FIGURE.c.hour.in_(sorted(hours))
        return
    for window in _stretches(hours):
        yield and_(_FIGURE.c.hour >= window.start, _FIGURE.c.hour < window.end)


def _stretches(hours: set[datetime]) -> list[Window]:
    """Return hours as few windows: neighbours in one."""
    windows: list[Window] = []
    for hour in sorted(hours):
        if windows and windows[-1].end == hour:
            windows[-1] = Window(windows[-1].start, hour + HOUR)
        else:
            windows.append(Window(hour, hour + HOUR))
    return windows


def _judged(connection: Connection, query: StatisticsQuery) -> tuple[Judged, ...]:
    """Count the corrections of the window's answers: each person's last word on each answer."""
    wanted = [
        _FEEDBACK.c.prediction_at >= query.window.start,
        _FEEDBACK.c.prediction_at < query.window.end,
        _FEEDBACK.c.state != "rejected",
        _FEEDBACK.c.superseded_by.is_(None),
    ]
    if query.tenants is not None:
        wanted.append(_FEEDBACK.c.tenant.in_(query.tenants))
    if query.head is not None:
        wanted.append(_FEEDBACK.c.head == query.head)
    right = _FEEDBACK.c.label == func.coalesce(_FEEDBACK.c.answered_label, "")
    verdicts = (
        select(
            _FEEDBACK.c.head,
            _FEEDBACK.c.head_version.label("version"),
            case((right, 1), else_=0).label("is_right"),
            case((_FEEDBACK.c.answered_abstained.is_(False), 1), else_=0).label("has_acted"),
            case((_FEEDBACK.c.state == "accepted", 1), else_=0).label("is_accepted"),
        )
        .where(*wanted)
        .subquery()
    )
    names = (verdicts.c.head, verdicts.c.version, verdicts.c.is_right, verdicts.c.has_acted)
    counted = select(*names, func.count(), func.sum(verdicts.c.is_accepted)).group_by(*names)
    return tuple(
        Judged(head, version, bool(is_right), bool(acted), int(rows), int(accepted))
        for head, version, is_right, acted, rows, accepted in connection.execute(counted)
    )
