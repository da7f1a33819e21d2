"""The pages of what was answered: a list to search, one answer, and its correction."""

from collections.abc import Mapping
from urllib.parse import quote

from flask import Blueprint, Response, request

from gateway.api.desk import Desk, may
from gateway.auth.guard import requires
from gateway.auth.sign_in import FORM_FIELD, require_token
from gateway.web.rendering import is_partial, page, see_other
from gateway.web.score_rows import heads_of

_FIELDS = ("head", "label", "tag", "subject_ref", "cursor")
_SHOW = {
    "": {},
    "unsure": {"abstained": "true"},
    "corrected": {"corrected": "true"},
    "not_corrected": {"corrected": "false"},
}


def history(desk: Desk) -> Blueprint:
    """Return the routes."""
    routes = Blueprint("history", __name__)

    @routes.get("/history")
    @requires("read", page=True)
    def search() -> Response:
        given = {name: text.strip() for name, text in request.args.items() if text.strip()}
        if prediction_id := given.get("id"):
            return see_other(f"/history/{quote(prediction_id.upper(), safe='')}")
        found = desk.history(_filters(given))
        heads = desk.heads()["heads"]
        return page(
            "history.html",
            found=found,
            given=given,
            labels={head["name"]: head["labels"] for head in heads},
            next_query={**given, "cursor": found["next"]} if found["next"] else None,
        )

    @routes.get("/history/<prediction_id>")
    @requires("read", page=True)
    def show(prediction_id: str) -> Response:
        return _shown(desk, prediction_id, words=request.args.get("words") == "true")

    @routes.post("/history/<prediction_id>")
    @requires("feedback", page=True)
    def correct(prediction_id: str) -> Response:
        require_token(request, request.form.get(FORM_FIELD, ""))
        stored = desk.correct(
            prediction_id, request.form.get("head", ""), request.form.get("label", "")
        )
        if is_partial() or not may("read"):
            return page("corrected.html", stored=stored)
        return see_other(f"/history/{prediction_id}")

    return routes


def _shown(desk: Desk, prediction_id: str, *, words: bool) -> Response:
    record = desk.prediction(prediction_id, words=words)
    answered = {head["head"]: head for head in record["heads"] if head["role"] != "shadow"}
    return page(
        "prediction.html",
        record=record,
        heads=heads_of({"heads": answered}),
        shows_words=words,
        may_show_words=may("read_text"),
        may_correct=may("feedback"),
    )


def _filters(given: Mapping[str, str]) -> dict[str, str]:
    """Return a form's fields as the query of `GET /v1/predictions`."""
    filters = {name: given[name] for name in _FIELDS if name in given}
    return {**filters, **_SHOW.get(given.get("show", ""), {}), "limit": "50"}
