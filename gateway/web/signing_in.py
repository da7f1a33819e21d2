"""The pages for signing in with a key, and out."""

import re
from urllib.parse import quote

from flask import Blueprint, Response, g, request

from gateway import metrics
from gateway.auth.errors import UnauthorizedError
from gateway.auth.guard import public_page
from gateway.auth.keyring import Keyring
from gateway.auth.sign_in import FORM_FIELD, forget_key, remember_key, require_token
from gateway.web.rendering import is_partial, page, see_other

_MOST_KEY_CHARS = 200
_OWN_PATH = re.compile(
    r"/(?![/\\])[!-\[\]-~]*"
)  # one slash, then visible ASCII without backslashes


def signing_in(keyring: Keyring | None) -> Blueprint:
    """Return the routes; without a keyring nobody needs to sign in."""
    routes = Blueprint("signing_in", __name__)

    @routes.get("/signin")
    @public_page
    def ask_for_key() -> Response:
        return page("signin.html", next_path=_own_path(request.args.get("next", "")), problem=None)

    @routes.post("/signin")
    @public_page
    def take_key() -> Response:
        key = request.form.get("key", "").strip()
        next_path = _own_path(request.form.get("next", ""))
        if keyring is None:
            return see_other(next_path)
        if len(key) > _MOST_KEY_CHARS or keyring.find(key) is None:
            problem = UnauthorizedError(shown=True)
            metrics.record_refusal("unauthorized")
            g.problem_code = problem.code
            response = page("signin.html", next_path=next_path, problem=problem)
            response.status_code = problem.status
            return response
        response = see_other(next_path)
        remember_key(response, key, request)
        return response

    @routes.post("/signout")
    @public_page
    def forget() -> Response:
        require_token(request, request.form.get(FORM_FIELD, ""))
        response = see_other("/signin")
        forget_key(response, request)
        return response

    return routes


def ask_to_sign_in() -> Response:
    """Return what leads whoever is not signed in to where that is done, and then back here."""
    here = request.full_path.rstrip("?") if request.method == "GET" else "/"
    place = f"/signin?next={quote(here, safe='')}"
    if is_partial():
        return Response(status=401, headers={"HX-Redirect": place})
    return see_other(place)


def _own_path(text: str) -> str:
    """Return a path of this server, `/` for anything else."""
    return text if _OWN_PATH.fullmatch(text) else "/"
