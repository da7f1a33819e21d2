"""Guards every route: a mark beside it names the scope that a caller's key needs, or none."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

import structlog
from flask import Flask, Request, Response, g, request

from gateway import metrics
from gateway.auth import sign_in
from gateway.auth.caller import NO_KEYS, Caller, caller_with, names_for_logs
from gateway.auth.errors import (
    TENANT_HEADER,
    ForbiddenError,
    HostNotAllowedError,
    RateLimitedError,
    TenantForbiddenError,
    TenantRequiredError,
    UnauthorizedError,
)
from gateway.auth.hosts import is_own_host, own_names
from gateway.auth.keyring import Keyring
from gateway.auth.keys import AUDITED, Key, Scope
from gateway.auth.rate_limit import Allowance, Limit, Rate
from gateway.config import Settings
from trunkline.logs import audit
from trunkline.serving.environ import AT_ONCE

log = structlog.get_logger("gateway.audit")

View = TypeVar("View", bound=Callable[..., Any])
Opening = Literal["metrics_open", "sagemaker"]
_MARK = "_gateway_access"
_SCRAPED = "/metrics"
_TENANT_VARIABLE = "HTTP_" + TENANT_HEADER.upper().replace("-", "_")


@dataclass(frozen=True, slots=True)
class Access:
    """The access rule of a route: a key with `scope`, or nothing where that is None.

    The setting `opened_by`, where there is one, lifts that for a whole deployment. What a route
    that `stores` is sent belongs to the tenant that its caller names, and may write for. A `page`
    is for people: it also takes the key that they signed in with, and posts of its own alone. Where
    it is `basic`, a key is also the password of Basic authentication.
    """

    scope: Scope | None
    opened_by: Opening | None = None
    stores: bool = False
    page: bool = False
    basic: bool = False


def requires(
    scope: Scope,
    *,
    opened_by: Opening | None = None,
    stores: bool = False,
    page: bool = False,
    basic: bool = False,
) -> Callable[[View], View]:
    """Mark a view: callers need a key with `scope`, unless the setting `opened_by` is on.

    Where it `stores`, `current_tenant` is whose data it was sent: a key that is bound to others is
    refused before the body is read.
    """

    def mark(view: View) -> View:
        setattr(view, _MARK, Access(scope, opened_by, stores, page, basic))
        return view

    return mark


def public(view: View) -> View:
    """Mark a view: it needs no key, because it shows nothing of a deployment but its address."""
    setattr(view, _MARK, Access(None))
    return view


def public_page(view: View) -> View:
    """Mark a view that people open, as `public` does."""
    setattr(view, _MARK, Access(None, page=True))
    return view


def access_of(view: Callable[..., Any]) -> Access:
    """Return the access that a view is marked with; an unmarked one needs `admin`."""
    access = getattr(view, _MARK, None)
    return access if isinstance(access, Access) else Access("admin")


@dataclass(frozen=True, slots=True)
class Admission:
    """A caller who needs no guard, and the tenant whose data it sends, "" for nobody's."""

    caller: Caller
    tenant: str


def admission(
    keyring: Keyring | None, scope: Scope, settings: Settings
) -> Callable[[Mapping[str, Any]], Admission | None]:
    """Return what admits callers to a route that stores, by their WSGI environ.

    All pass where no keys are asked for, else those whose key has the scope and no limited rate
    and may write for the tenant it names. For others it returns None: the guard refuses them; and
    where keys must be looked for in their file, for which nobody may wait who asks AT_ONCE.
    """
    names = own_names(settings)

    def admit(environ: Mapping[str, Any]) -> Admission | None:
        if keyring is None and not is_own_host(environ.get("HTTP_HOST", ""), names):
            return None
        if keyring is not None and AT_ONCE in environ and keyring.is_due:
            return None
        caller = NO_KEYS if keyring is None else _unlimited_caller(keyring, environ, settings)
        if caller is None or not caller.may(scope):
            return None
        try:
            return Admission(caller, caller.tenant_for_write(environ.get(_TENANT_VARIABLE)))
        except (TenantForbiddenError, TenantRequiredError):
            return None

    return admit


def current_caller() -> Caller:
    """Return the caller of this request; raise LookupError on a public route, which has none."""
    caller: Caller | None = g.get("caller")
    if caller is None:
        raise LookupError("a public route knows no caller")
    return caller


def current_tenant() -> str:
    """Return whose data this request sends, "" for nobody's; known where the route `stores`."""
    return str(g.get("tenant", ""))


def caller_for_logs() -> Mapping[str, str | None]:
    """Return what logs may name of this request's caller."""
    return names_for_logs(g.get("caller"), current_tenant())


def require_scope(scope: Scope, **of: str) -> None:
    """Raise ForbiddenError where this request's caller lacks the scope.

    For views that show more to some of their callers. Each use of an AUDITED scope is logged, and
    `of` names what it was used on: ids, never content.
    """
    caller = current_caller()
    allowed = caller.may(scope)
    if scope in AUDITED:
        _audit(caller, of, allowed=allowed)
    if not allowed:
        metrics.record_refusal("forbidden")
        raise ForbiddenError(scope)


def knows_caller() -> bool:
    """Return whether this request has a caller; public routes have none."""
    return g.get("caller") is not None


def is_page() -> bool:
    """Return whether this request is for a page: its problems are shown to people."""
    return bool(g.get("is_page", False))


def install(app: Flask, settings: Settings, keyring: Keyring | None) -> None:
    """Put the guard before every route of `app`, whenever that is added; unknown paths stay a 404.

    A route's mark is looked up with each request, so that none is open for being added late.
    Without a keyring every caller may do everything. Where a key's rate is limited, every answer
    shows what is left of it.
    """
    rate, names = Rate(), own_names(settings)

    def admit() -> None:
        if request.endpoint is None:
            return
        access = access_of(app.view_functions[request.endpoint])
        g.is_page = access.page
        if access.page:
            sign_in.require_own_post(request)
        if access.scope is None:
            return
        if access.opened_by is not None and getattr(settings, access.opened_by):
            g.caller = Caller(None, frozenset({access.scope}))
            _set_tenant(access, request)
            return
        # As it was sent: a browser always says it, and werkzeug makes "" of a name it dislikes.
        host = request.environ.get("HTTP_HOST", "localhost")
        if keyring is None and not is_own_host(host, names):
            raise HostNotAllowedError
        key = None if keyring is None else _valid_key(keyring, request, access)
        g.caller = NO_KEYS if key is None else caller_with(key)
        require_scope(access.scope)
        _set_tenant(access, request)
        if key is not None:
            _require_rate(key, settings, rate)

    app.before_request(admit)
    app.after_request(_show_allowance)


def _unlimited_caller(
    keyring: Keyring, environ: Mapping[str, Any], settings: Settings
) -> Caller | None:
    """Return who shows a valid key without a limited rate, or None."""
    shown = _shown_key(environ)
    key = None if shown is None else keyring.find(shown)
    return None if key is None or _per_minute(key, settings) else caller_with(key)


def _valid_key(keyring: Keyring, call: Request, access: Access) -> Key:
    """Return the key that the caller shows; raise UnauthorizedError without a valid one."""
    shown = _shown_key(call.environ)
    if shown is None and access.page:
        shown = sign_in.signed_in_key(call)
    if shown is None and access.basic and call.authorization is not None:
        shown = call.authorization.password
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


def _audit(caller: Caller, of: Mapping[str, str], *, allowed: bool) -> None:
    """Log one use of a scope that is audited, or the attempt; a scrape at debug level alone."""
    route = request.url_rule.rule if request.url_rule else ""
    fields = {**of, "key": caller.key_id, "id": g.request_id, "allowed": allowed}
    if allowed and route == _SCRAPED:  # read every few seconds by machines
        log.debug("audit", act=f"{request.method} {route}", **fields)
    else:
        audit(f"{request.method} {route}", **fields)


def _set_tenant(access: Access, call: Request) -> None:
    """Find whose data a route that stores is sent; raise where the caller may not write it."""
    if not access.stores:
        return
    try:
        chosen = call.args.get("tenant") if access.page else None
        named = call.headers.get(TENANT_HEADER) or chosen
        g.tenant = current_caller().tenant_for_write(named)
    except (TenantForbiddenError, TenantRequiredError):
        metrics.record_refusal("tenant")
        raise


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
