"""Lets pages of chosen origins read the API's answers in a browser (CORS, Fetch standard)."""

from collections.abc import Mapping

from flask import Flask, Response, request

from gateway.config import ANY_ORIGIN, Settings
from gateway.targets import listed_names

_PATHS = "/v1/"
_MAX_AGE_S = 600
_MAY_SEND = (
    "Authorization", "Content-Type", "X-API-Key", "X-Request-Id", "X-Request-Timeout-Ms",
    "X-Tenant-Id", "traceparent",
)  # fmt: skip
_MAY_READ = (
    "RateLimit", "RateLimit-Policy", "Retry-After", "Server-Timing", "WWW-Authenticate",
    "X-Request-Id", "traceparent",
)  # fmt: skip


def install(app: Flask, settings: Settings) -> None:
    """Install the hooks of `app`, before those of a guard: a preflight shows no key.

    Without origins in the settings nothing changes, OPTIONS included.
    """
    if not listed_names(settings.cors_origins):
        return

    def preflight() -> Response | None:
        if request.method != "OPTIONS" or request.url_rule is None:
            return None
        if "Access-Control-Request-Method" not in request.headers:
            return None
        allowed = cors_headers(settings, request.path, request.headers.get("Origin"))
        if "Access-Control-Allow-Origin" not in allowed:
            return None
        methods = sorted((request.url_rule.methods or set()) - {"HEAD", "OPTIONS"})
        response = Response(status=204)
        del response.headers["Content-Type"]  # of no body
        response.headers["Access-Control-Allow-Methods"] = ", ".join(methods)
        response.headers["Access-Control-Allow-Headers"] = ", ".join(_MAY_SEND)
        response.headers["Access-Control-Max-Age"] = str(_MAX_AGE_S)
        return response

    def finish(response: Response) -> Response:
        for name, value in cors_headers(
            settings, request.path, request.headers.get("Origin")
        ).items():
            response.headers.add(name, value)
        return response

    app.before_request(preflight)
    app.after_request(finish)


def cors_headers(settings: Settings, path: str, origin: str | None) -> Mapping[str, str]:
    """Return the headers that let `origin` read an answer of `path`; only Vary for another one.

    Credentials are never allowed: callers show keys, and nothing here reads a cookie.
    """
    origins = listed_names(settings.cors_origins)
    if not origins or not path.startswith(_PATHS):
        return {}
    readable = {"Access-Control-Expose-Headers": ", ".join(_MAY_READ)}
    if origins == (ANY_ORIGIN,):
        return {"Access-Control-Allow-Origin": ANY_ORIGIN, **readable}
    if origin in origins:
        return {"Access-Control-Allow-Origin": origin, "Vary": "Origin", **readable}
    return {"Vary": "Origin"}
