"""Who may call what: every route but the open ones asks for a key of the right scope."""

import structlog
from flask import Flask, Request, g, request

from gateway import metrics
from gateway.config import Settings
from gateway.errors import ForbiddenError, RateLimitedError, UnauthorizedError
from gateway.keyring import Keyring
from gateway.keys import Key, Scope
from gateway.rate import Rate
from trunkline.logs import audit

log = structlog.get_logger("gateway.audit")

METRICS = "/metrics"
INVOCATIONS = "/invocations"
SCOPE_BY_ROUTE: dict[str, Scope] = {
    "/v1/classify": "classify",
    "/v1/classify/batch": "classify",
    "/v1/clean": "classify",
    "/v1/heads": "classify",
    INVOCATIONS: "classify",
}
"""A route that is neither here nor in OPEN asks for `admin`: what is forgotten is closed."""
OPEN = frozenset(
    {
        "/", "/docs", "/docs/assets/<path:filename>", "/static/<path:filename>", "/favicon.ico",
        "/openapi.json", "/livez", "/readyz", "/ping",
    }
)  # fmt: skip
"""Health, and pages that hold nothing of a deployment but the address that was typed."""


def install(app: Flask, settings: Settings, keyring: Keyring) -> None:
    """Put the guard before every route that `app` has by now; a path that is none stays a 404."""
    opened = set(OPEN)
    if settings.metrics_open:
        opened.add(METRICS)
    if settings.sagemaker:
        opened.add(INVOCATIONS)
    needs: dict[str, Scope] = {
        rule.rule: SCOPE_BY_ROUTE.get(rule.rule, "admin")
        for rule in app.url_map.iter_rules()
        if rule.rule not in opened
    }
    rate = Rate()

    def admit() -> None:
        rule = request.url_rule
        scope = needs.get(rule.rule) if rule is not None else None
        if scope is None:
            return
        key = _key(keyring, request)
        g.key_id = key.id
        _in_scope(key, scope, request)
        _within_rate(key, settings, rate)

    app.before_request(admit)


def _key(keyring: Keyring, asked: Request) -> Key:
    shown = _shown(asked)
    key = None if shown is None else keyring.find(shown)
    if key is None:
        metrics.record_refusal("unauthorized")
        raise UnauthorizedError(shown=shown is not None)
    return key


def _shown(asked: Request) -> str | None:
    """The key as the caller shows it; `Authorization` is preferred."""
    kind, _, text = str(asked.environ.get("HTTP_AUTHORIZATION", "")).partition(" ")
    if kind.lower() == "bearer":
        return text.strip()
    return asked.environ.get("HTTP_X_API_KEY")


def _in_scope(key: Key, scope: Scope, asked: Request) -> None:
    allowed = scope in key.scopes
    if scope == "admin":
        route = asked.url_rule.rule if asked.url_rule else ""
        said = {"key": key.id, "id": g.request_id, "allowed": allowed}
        if allowed and route == METRICS:  # read every few seconds by machines
            log.debug("audit", act=f"{asked.method} {route}", **said)
        else:
            audit(f"{asked.method} {route}", **said)
    if not allowed:
        metrics.record_refusal("forbidden")
        raise ForbiddenError(scope)


def _within_rate(key: Key, settings: Settings, rate: Rate) -> None:
    per_minute = key.requests_per_minute or settings.requests_per_minute
    if per_minute:
        wait = rate.wait_s(key.sha256, per_minute, settings.request_burst)
        if wait:
            metrics.record_refusal("rate_limited")
            raise RateLimitedError(retry_after_s=wait)
