"""The page at `/`: one email in, the decision and why."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, request

from gateway.api.desk import Desk, may, tenant_chosen, tenants_to_choose
from gateway.api.large_bodies import LargeBodies
from gateway.auth.guard import requires
from gateway.config import Settings
from gateway.web.forms import read_email
from gateway.web.rendering import page
from gateway.web.samples import SAMPLES
from gateway.web.score_rows import INTENT, heads_of
from gateway.web.shading import shaded

_CUT = ("quoted", "signature", "banner", "disclaimer")
_OPT_OUTS = {
    "yes": "The author wants no more mail; a machine may act on it.",
    "review": "The author may want no more mail; a person should look.",
}


def classifying(desk: Desk, settings: Settings, messages: LargeBodies) -> Blueprint:
    """Return the routes."""
    routes = Blueprint("classifying", __name__)

    @routes.get("/")
    @requires("classify", page=True)
    def show_form() -> Response:
        sample = SAMPLES.get(request.args.get("sample", ""), "")
        return page("classify.html", sample=sample, answer=None, **_beside())

    @routes.post("/")
    @requires("classify", stores=True, page=True)
    def classify() -> Response:
        members = read_email(request, settings, messages)
        answer, cleaned = desk.classify(members)
        reason = desk.reason(answer, cleaned, INTENT)
        return page(
            "classify.html",
            sample=members.get("text", ""),
            answer=answer,
            cleaned=cleaned,
            heads=heads_of(answer),
            why=_why(answer["decision"], answer["heads"]),
            opt_out=_OPT_OUTS.get(answer["decision"]["opt_out"] or ""),
            pieces=shaded(cleaned["text"], reason),
            cut=[(name, cleaned[name]) for name in _CUT if cleaned[name]],
            may_correct=answer["prediction_id"] is not None and may("feedback"),
            **_beside(),
        )

    return routes


def _beside() -> dict[str, Any]:
    return {
        "samples": [(name, name.replace("_", " ")) for name in SAMPLES],
        "tenants": tenants_to_choose(),
        "tenant": tenant_chosen(),
    }


def _why(decision: Mapping[str, Any], heads: Mapping[str, Any]) -> str:
    """Return why it was decided so, in a sentence."""
    if decision["decided_by"] == "rule":
        return f"Decided by the rule {decision['rule']}; no head was asked."
    intent = heads.get("intent")
    if decision["decided_by"] is None or intent is None:
        return "The intent head gave no answer."
    if intent.get("message"):
        return str(intent["message"])
    if decision["abstained"]:
        return "No label is sure enough to act on: a person should read it."
    return "Decided by the intent head: its best label reaches that label's threshold."
