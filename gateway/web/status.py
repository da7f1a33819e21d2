"""The page of what runs: what the gateway depends on, and what runs."""

from flask import Blueprint, Response

from gateway.api.desk import Desk
from gateway.auth.guard import requires
from gateway.web.rendering import page
from trunkline.build import current_build

_MEANINGS = {
    "ok": "answers",
    "warming_up": "has not given its first answer yet",
    "none_serving": "serves no head",
    "not_loaded": "has not loaded every head yet",
    "away": "does not answer",
    "required_away": "a head that must answer does not",
}


def status(desk: Desk) -> Blueprint:
    """Return the route."""
    routes = Blueprint("status_page", __name__)

    @routes.get("/status")
    @requires("classify", page=True)
    def show() -> Response:
        readiness = desk.readiness()
        checks = [
            (name, state, _MEANINGS.get(state, state.replace("_", " ")))
            for name, state in (
                ("embedder", readiness.embedder),
                ("heads", readiness.heads),
                ("first answer", readiness.warm),
            )
        ]
        return page(
            "status.html",
            ready=readiness.ready,
            checks=checks,
            not_loaded=readiness.heads_not_loaded,
            build=current_build(),
            keeps_log=desk.keeps_log,
        )

    return routes
