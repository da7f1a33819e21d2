"""Renders a page whole, or its changing part alone where a script asked for that."""

from typing import Any

from flask import Response, redirect, render_template, request

from gateway.api.desk import may
from gateway.auth.guard import knows_caller
from gateway.auth.sign_in import FORM_FIELD, signed_in_key, token_for
from gateway.errors import GatewayError

_PLACES = (
    ("/", "Classify", "classify"),
    ("/history", "History", "read"),
    ("/annotate", "Label", "feedback"),
    ("/statistics", "Statistics", "read"),
    ("/heads", "Heads", "classify"),
    ("/status", "Status", "classify"),
)


def is_partial() -> bool:
    """Return whether the page's script asked, which puts the answer into a page that is open."""
    return request.headers.get("HX-Request") == "true"


def page(template: str, **values: Any) -> Response:
    """Return a page; its template extends `base.html`, or `part.html` for a page that is open."""
    values["layout"] = "part.html" if is_partial() else "base.html"
    values["csrf_field"] = FORM_FIELD
    values["csrf"] = token_for(request)
    values["signed_in"] = signed_in_key(request) is not None
    values["places"] = [
        (path, name, _is_here(path)) for path, name, scope in _PLACES if _shows(scope)
    ]
    return Response(render_template(template, **values), mimetype="text/html")


def problem_page(problem: GatewayError) -> Response:
    """Return a problem as people see it, with its status and headers."""
    response = page("problem.html", problem=problem)
    response.status_code = problem.status
    response.headers.update(problem.headers())
    response.headers.remove("WWW-Authenticate")  # a browser would ask for a name and a password
    return response


def see_other(path: str) -> Response:
    """Return what leads a browser to another page of ours, which it then reads anew."""
    return Response(status=303, headers={"Location": redirect(path).location})


def _shows(scope: str) -> bool:
    return not knows_caller() or may(scope)


def _is_here(path: str) -> bool:
    return request.path == path or (path != "/" and request.path.startswith(path + "/"))
