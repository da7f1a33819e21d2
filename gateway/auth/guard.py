"""Guards every route: a mark beside it names the scope that a caller's key needs, or none."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

import structlog
from flask import Flask, Request, Response, g, request

from gateway import metrics
from gateway.auth.keyring import Keyring
from gateway.auth.keys import Key, Scope
from gateway.auth.rate_limit import Allowance, Limit, Rate
from gateway.config import Settings
from gateway.errors import ForbiddenError, RateLimitedError, UnauthorizedError
from trunkline.logs import audit

log = structlog.get_logger("gateway.audit")

View = TypeVar("View", bound=Callable[..., Any])
Opening = Literal["metrics_open", "sagemaker"]
_MARK = "_gateway_access"
_SCRAPED = "/metrics"


@dataclass(frozen=True, slots=True)
class Access:
    """The access rule of a route: a key with `scope`, or nothing where that is None.

    The setting `opened_by`, where there is one, lifts that for a whole deployment.
    """

    scope: Scope | None
    opened_by: Opening | None = None


def requires(scope: Scope, *, opened_by: Opening | None = None) -> Callable[[View], View]:
    """Mark a view: callers need a key with `scope`, unless the setting `opened_by` is on."""

    def mark(view: View) -> View:
        setattr(view, _MARK, Access(scope, opened_by))
        return view

    return mark


def public(view: View) -> View:
    """Mark a view: it needs no key, because it shows nothing of a deployment but its address."""
    setattr(view, _MARK, Access(None))
    return view


def access_of(view: Callable[..., Any]) -> Access:
    """Return the access that a view is marked with; an unmarked one needs `admin`."""
    access = getattr(view, _MARK, None)
    return access if isinstance(access, Access) else Access("admin")


@dataclass(frozen=True, slots=True)
class Admission:
    """Whether a caller `passes` without the guard, and the id of its key where it shows one."""

    passes: bool
    key: str | None = None


def admission(
    keyring: Keyring | None, scope: Scope, settings: Settings
) -> Callable[[Mapping[str, Any]], Admission]:
    """Return what admits callers by their WSGI environ, and refuses none: that is the guard's.

    All pass where no keys are asked for, else those whose key has the scope and no limited rate.
    """

    def admit(environ: Mapping[str, Any]) -> Admission:
        if keyring is None:
            return Admission(passes=True)
        shown = _shown_key(environ)
        key = None if shown is None else keyring.find(shown)
        if key is None or scope not in key.scopes or _per_minute(key, settings):
            return Admission(passes=False)
        return Admission(passes=True, key=key.id)

    return admit


def install(app: Flask, settings: Settings, keyring: Keyring) -> None:
    """Put the guard before every route of `app`, whenever that is added; unknown paths stay a 404.

    A route's mark is looked up with each request, so that none is open for being added late.
    Where a key's rate is limited, every answer shows what is left of it.
    """
    rate = Rate()

    def admit() -> None:
        if request.endpoint is None:
            return
        scope = _needed_scope(access_of(app.view_functions[request.endpoint]), settings)
        if scope is None:
            return
        key = _valid_key(keyring, request)
        g.key_id = key.id
        _require_scope(key, scope, request)
        _require_rate(key, settings, rate)

    app.before_request(admit)
    app.after_request(_show_allowance)


def _needed_scope(access: Access, settings: Settings) -> Scope | None:
    """Return the scope that a key needs; None where the route is open to all."""
    opened = access.opened_by is not None and getattr(settings, access.opened_by)
    return None if opened else access.scope


def _valid_key(keyring: Keyring, call: Request) -> Key:
    """Return the key that the caller shows; raise UnauthorizedError without a valid one."""
    shown = _shown_key(call.environ)
    key = None if shown is None else keyring.find(shown)
    if key is None:
        metrics.record_refusal("unauthorized")
        raise UnauthorizedError(shown=shown is not None)
    return key


def _shown_key(environ: Mapping[str, Any]) -> str | None:
    """Return the text that the caller shows as a key; `Authorization` is preferred."""
    kind, _, text = str(environ.get("HTTP_AUTHORIZATION", "")).partition(" ")
    if kind.lower() == "bearer":
        return text.strip()
    return environ.get("HTTP_X_API_KEY")


def _per_minute(key: Key, settings: Settings) -> int:
    """Return the most calls a minute of a key; 0 where they are not limited."""
    return key.requests_per_minute or settings.requests_per_minute


def _require_scope(key: Key, scope: Scope, call: Request) -> None:
    """Raise ForbiddenError where the key lacks the scope; audit every act of `admin`."""
    allowed = scope in key.scopes
    if scope == "admin":
        route = call.url_rule.rule if call.url_rule else ""
        fields = {"key": key.id, "id": g.request_id, "allowed": allowed}
        if allowed and route == _SCRAPED:  # read every few seconds by machines
            log.debug("audit", act=f"{call.method} {route}", **fields)
        else:
            audit(f"{call.method} {route}", **fields)
    if not allowed:
        metrics.record_refusal("forbidden")
        raise ForbiddenError(scope)


def _require_rate(key: Key, settings: Settings, rate: Rate) -> None:
    """Take one call of what the key may; raise RateLimitedError where nothing is left."""
    per_minute = _per_minute(key, settings)
    if not per_minute:
        return
    limit = Limit(per_minute, settings.request_burst)
    g.allowance = rate.take(key.sha256, limit)
    if g.allowance.wait_s:
        metrics.record_refusal("rate_limited")
        raise RateLimitedError(limit.per_minute, limit.burst, g.allowance.wait_s)


def _show_allowance(response: Response) -> Response:
    allowance: Allowance | None = g.get("allowance")
    if allowance is not None:
        response.headers.update(allowance.headers())
    return response
