"""The pages of labelling: a text at a time by one key, disputes, and how far people agree."""

from string import ascii_lowercase
from typing import Any

from flask import Blueprint, Response, request

from gateway.annotation.errors import NotBeforeYouError
from gateway.api.labelling_desk import LabellingDesk
from gateway.auth.guard import require_scope, requires
from gateway.auth.sign_in import FORM_FIELD, require_token
from gateway.web.rendering import is_partial, page, see_other
from gateway.web.score_rows import heads_of

_TAKEN = "su"  # skip, undo
_KEYS = "1234567890" + "".join(letter for letter in ascii_lowercase if letter not in _TAKEN)
_LABEL, _DISPUTES = "/annotate", "/annotate/disputes"


def annotation(desk: LabellingDesk) -> Blueprint:
    """Return the routes."""
    routes = Blueprint("annotation", __name__)

    @routes.get(_LABEL)
    @requires("feedback", page=True)
    def show_task() -> Response:
        return _task_page(desk)

    @routes.post(_LABEL)
    @requires("feedback", page=True)
    def label() -> Response:
        act, item_id = _act()
        try:
            if act == "undo":
                desk.undo()
            elif act == "skip":
                desk.skip(item_id)
            else:
                desk.give(item_id, request.form.get("head", ""), request.form.get("label", ""))
        except NotBeforeYouError as error:
            if not is_partial():
                raise
            return _task_page(desk, error.detail)
        return _task_page(desk) if is_partial() else _back(_LABEL)

    _settle_disputes(routes, desk)
    return routes


def _settle_disputes(routes: Blueprint, desk: LabellingDesk) -> None:
    """Add the routes of disputes and of agreement."""

    @routes.get(_DISPUTES)
    @requires("feedback", page=True)
    def show_dispute() -> Response:
        return _dispute_page(desk)

    @routes.post(_DISPUTES)
    @requires("feedback", page=True)
    def settle() -> Response:
        act, item_id = _act()
        if act == "undo":
            desk.undo(settling=True)
        else:
            desk.adjudicate(item_id, request.form.get("head", ""), request.form.get("label", ""))
        return _dispute_page(desk) if is_partial() else _back(_DISPUTES)

    @routes.get("/annotate/agreement")
    @requires("feedback", page=True)
    def show_agreement() -> Response:
        return page("agreement.html", found=desk.agreement(), **_own())


def _task_page(desk: LabellingDesk, note: str = "") -> Response:
    task, progress = desk.task()
    machine = None if task is None or _is_blind() else desk.machine(task)
    return page(
        "annotate.html",
        task=task,
        progress=progress,
        note=note,
        choices=_with_keys(task.question.labels if task and task.question else ()),
        machine=machine,
        heads=heads_of(machine) if machine and machine.get("heads") else (),
        **_own(),
    )


def _dispute_page(desk: LabellingDesk) -> Response:
    dispute = desk.dispute()
    choices = _with_keys(dispute.labels if dispute else ())
    return page("disputes.html", dispute=dispute, choices=choices, **_own())


def _act() -> tuple[str, str]:
    """Return what a form of ours asks for, and of which text."""
    require_scope("read_text")
    require_token(request, request.form.get(FORM_FIELD, ""))
    return request.form.get("act", ""), request.form.get("item", "")


def _with_keys(labels: Any) -> list[tuple[str, str]]:
    """Return each label with the key that gives it; those beyond the keyboard have none."""
    return [
        (label, _KEYS[number] if number < len(_KEYS) else "")
        for number, label in enumerate(sorted(labels))
    ]


def _own() -> dict[str, Any]:
    return {"blind": _is_blind(), "address": f"{request.path}{'?blind=1' if _is_blind() else ''}"}


def _is_blind() -> bool:
    return request.args.get("blind") == "1"


def _back(path: str) -> Response:
    return see_other(path + ("?blind=1" if _is_blind() else ""))
