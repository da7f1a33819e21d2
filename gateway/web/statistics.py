"""The page of statistics: pictures with their tables, over a number of days."""

from datetime import UTC, datetime, timedelta

from flask import Blueprint, Response, request

from gateway.api.desk import Desk
from gateway.auth.guard import requires
from gateway.prediction_log.statistics.report import body_of
from gateway.web.rendering import page

_DAYS = (1, 7, 30, 90)
_BY_HOUR_UP_TO = 7


def statistics(desk: Desk) -> Blueprint:
    """Return the route."""
    routes = Blueprint("statistics_page", __name__)

    @routes.get("/statistics")
    @requires("read", page=True)
    def show() -> Response:
        days = _days(request.args.get("days", ""))
        tag = request.args.get("tag", "").strip()
        window = {"from": f"{datetime.now(UTC) - timedelta(days=days):%Y-%m-%dT%H:%M:%SZ}"}
        whole = desk.statistics({**window, "group": "hour" if days <= _BY_HOUR_UP_TO else "day"})
        tags = {tag: desk.statistics({**window, "group": f"tag:{tag}"})} if tag else {}
        return page(
            "statistics.html", days=days, choices=_DAYS, tag=tag, whole=whole,
            body=body_of(whole, tags),
        )  # fmt: skip

    return routes


def _days(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and int(text) in _DAYS else 7
