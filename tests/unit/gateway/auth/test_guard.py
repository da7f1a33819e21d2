"""Which route asks for which key, and what is answered and logged without it."""

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from embedder.testing.embedder import FakeEmbedder
from gateway.api import middleware
from gateway.api import response_models as shapes
from gateway.api.openapi import document
from gateway.app import Gateway
from gateway.auth import guard
from gateway.auth.keyring import Keyring
from gateway.auth.keys import SCOPES, Scope, new_key
from gateway.config import Settings
from gateway.errors import GatewayError
from tests.support.pools import FakePool, head_set, info
from trunkline.logs import configure_logging

SCOPES_OF_ROUTES = {
    "/v1/classify": "classify",
    "/v1/classify/batch": "classify",
    "/v1/clean": "classify",
    "/v1/explain": "classify",
    "/v1/heads": "classify",
    "/v1/embeddings": "embeddings",
    "/v1/models": "embeddings",
    "/v1/models/<path:model>": "embeddings",
    "/invocations": "classify",
    "/metrics": "admin",
    "/v1/feedback": "feedback",
    "/v1/predictions": "read",
    "/v1/predictions/<prediction_id>": "read",
    "/v1/statistics": "read",
    "GET /v1/subjects/<reference:ref>": "read_text",
    "DELETE /v1/subjects/<reference:ref>": "erase",
    "/ls/health": "classify",
    "/ls/setup": "classify",
    "/ls/versions": "classify",
    "/ls/predict": "classify",
    "/ls/webhook": "feedback",
}
PAGES = {
    "/": "classify",
    "/heads": "classify",
    "/heads/<head>": "classify",
    "/heads/<head>/<version>": "classify",
    "/heads/<head>/<version>/<name>": "classify",
    "/status": "classify",
    "/history": "read",
    "GET /history/<prediction_id>": "read",
    "POST /history/<prediction_id>": "feedback",
    "/statistics": "read",
    "GET /annotate": "feedback",
    "POST /annotate": "feedback",
    "GET /annotate/disputes": "feedback",
    "POST /annotate/disputes": "feedback",
    "/annotate/agreement": "feedback",
}
"""What people open: who shows no key is led to the sign-in."""
OPEN = {
    "/signin", "/signout", "/docs", "/docs/assets/<path:filename>", "/static/<path:filename>",
    "/favicon.ico", "/openapi.json", "/livez", "/readyz", "/version", "/ping",
}  # fmt: skip
MADE = {scope: new_key(f"the-{scope}", [scope], date(2026, 1, 2)) for scope in SCOPES}
RING = "\n".join(key.line() for _, key in MADE.values())


def _app(**settings: Any) -> Iterator[Flask]:
    pool = FakePool(head_set(info("intent")))
    configured = Settings(encoder_refresh_s=60, **settings)
    made = Gateway(configured, FakeEmbedder(), pool, keyring=Keyring(RING))
    yield made.app
    made.close()


@pytest.fixture
def app() -> Iterator[Flask]:
    """Run a gateway with one key a scope, in memory."""
    yield from _app()


def _shown(scope: Scope) -> dict[str, str]:
    return {"Authorization": f"Bearer {MADE[scope][0]}"}


def _code(client: FlaskClient, method: str, path: str, headers: dict[str, str]) -> str:
    answer = client.open(path, method=method, headers=headers)
    is_problem = answer.content_type == "application/problem+json"
    return str(json.loads(answer.data)["code"]) if is_problem else ""


def test_every_route_is_open_or_asks_for_one_scope(app: Flask) -> None:
    """Without a key 401, with another scope 403, with the right one neither; open ones never."""
    client = app.test_client()
    routes = [
        (rule.rule, method)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) & {"GET", "POST", "DELETE"}
    ]
    for path, method in routes:
        if path in OPEN or path in PAGES or f"{method} {path}" in PAGES:
            continue
        needed = SCOPES_OF_ROUTES.get(f"{method} {path}") or SCOPES_OF_ROUTES[path]
        assert _code(client, method, path, {}) == "unauthorized", path
        for scope in SCOPES:
            code = _code(client, method, path, _shown(scope))
            assert (code == "forbidden") == (scope != needed), (path, scope)
            assert code != "unauthorized"
    known = {route.rpartition(" ")[2] for route in (*SCOPES_OF_ROUTES, *PAGES)}
    assert {path for path, _ in routes} == OPEN | known
    for path in ("/signin", "/docs", "/openapi.json", "/livez", "/static/page.js", "/favicon.ico"):
        with client.get(path) as answer:
            assert answer.status_code == 200
    for path in ("/readyz", "/ping"):
        assert client.get(path).status_code in (200, 503)
    assert client.get("/nowhere").status_code == 404


@pytest.mark.parametrize("route", PAGES)
def test_a_page_asks_for_one_scope(app: Flask, route: str) -> None:
    """Without a key it leads to the sign-in, with another scope it is a 403 for people."""
    method, _, path = route.rpartition(" ")
    path = path.replace("<head>", "intent")
    client = app.test_client()
    answer = client.open(path, method=method or "GET")
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/signin?next=")
    for scope in SCOPES:
        answer = client.open(path, method=method or "GET", headers=_shown(scope))
        is_refused = answer.status_code == 403 and f"scope {PAGES[route]}" in answer.text
        assert is_refused == (scope != PAGES[route]), (path, scope)
        assert answer.mimetype == "text/html"


def test_what_is_forgotten_is_closed() -> None:
    """A route without a mark asks for `admin`, even one added late; a public one for nothing."""
    app = Flask("forgotten")
    app.add_url_rule("/v1/new", "new", lambda: "secret")
    app.add_url_rule("/v1/open", "open", guard.public(lambda: "known"))

    @app.errorhandler(GatewayError)
    def problem_of(error: GatewayError) -> tuple[str, int]:
        return error.code, error.status

    middleware.install(app)
    guard.install(app, Settings(), Keyring(RING))
    app.add_url_rule("/v1/late", "late", lambda: "secret")
    for path in ("/v1/new", "/v1/late"):
        assert app.test_client().get(path).status_code == 401
        assert app.test_client().get(path, headers=_shown("classify")).status_code == 403
        assert app.test_client().get(path, headers=_shown("admin")).status_code == 200
    assert app.test_client().get("/v1/open").status_code == 200


def test_a_key_is_shown_in_either_header(app: Flask) -> None:
    """`Authorization: Bearer` in any case, or X-API-Key; the former is preferred."""
    client, text = app.test_client(), MADE["classify"][0]
    for headers in (
        {"Authorization": f"bearer {text}"},
        {"X-API-Key": text},
        {"Authorization": "Basic abc", "X-API-Key": text},
    ):
        assert client.get("/v1/heads", headers=headers).status_code == 200
    wrong_first = {"Authorization": "Bearer x", "X-API-Key": text}
    assert client.get("/v1/heads", headers=wrong_first).status_code == 401
    assert client.get(f"/v1/heads?key={text}&api_key={text}").status_code == 401


def test_refusals_are_problem_documents_and_challenges(app: Flask) -> None:
    """RFC 9457 bodies with stable codes, RFC 6750 challenges, nothing of the key in either."""
    client = app.test_client()
    none = client.post("/v1/classify", json={"text": "x"})
    wrong = client.post("/v1/classify", json={"text": "x"}, headers={"X-API-Key": "tlk_canary"})
    other = client.post("/v1/classify", json={"text": "x"}, headers=_shown("feedback"))

    assert [r.status_code for r in (none, wrong, other)] == [401, 401, 403]
    assert none.headers["WWW-Authenticate"] == 'Bearer realm="trunkline"'
    assert 'error="invalid_token"' in wrong.headers["WWW-Authenticate"]
    assert 'scope="classify"' in other.headers["WWW-Authenticate"]
    assert b"canary" not in wrong.data
    assert json.loads(none.data)["type"] == "urn:trunkline:problem:unauthorized"


def test_acts_of_admin_are_audited_without_content(
    app: Flask, capfd: pytest.CaptureFixture[str]
) -> None:
    """A refused attempt at an admin route names key, act and request, never the key's text."""
    configure_logging("gateway", "error")
    app.test_client().get("/metrics", headers=_shown("classify"))
    lines = [json.loads(line) for line in capfd.readouterr().err.splitlines() if '"audit"' in line]
    (event,) = lines
    assert (event["act"], event["key"], event["allowed"]) == ("GET /metrics", "the-classify", False)
    assert MADE["classify"][0] not in json.dumps(event)


def test_metrics_may_be_opened_and_sagemaker_checks_its_own() -> None:
    """Two settings open one route each, and no other."""
    for setting, path, method in (
        ("metrics_open", "/metrics", "GET"),
        ("sagemaker", "/invocations", "POST"),
    ):
        for app in _app(**{setting: True}):
            client = app.test_client()
            assert _code(client, method, path, {}) != "unauthorized"
            assert _code(client, "POST", "/v1/classify", {}) == "unauthorized"


def test_a_key_has_its_rate() -> None:
    """Beyond its burst a key gets 429 with Retry-After; another key is not touched."""
    for app in _app(requests_per_minute=1, request_burst=2):
        client = app.test_client()
        answers = [client.get("/v1/heads", headers=_shown("classify")) for _ in range(3)]
        assert [a.status_code for a in answers] == [200, 200, 429]
        assert json.loads(answers[2].data)["code"] == "rate_limited"
        assert 1 <= int(answers[2].headers["Retry-After"]) <= 60
        assert client.get("/metrics", headers=_shown("admin")).status_code == 200
        assert client.get("/livez").status_code == 200


def test_a_limited_key_sees_what_is_left() -> None:
    """Every answer to it has the RateLimit fields, refusals too; the 429 names its limit."""
    for app in _app(requests_per_minute=1, request_burst=2):
        client = app.test_client()
        bad = client.post("/v1/classify", headers=_shown("classify"), data=b"{")
        last = client.get("/v1/heads", headers=_shown("classify"))
        refused = client.get("/v1/heads", headers=_shown("classify"))
        statuses = [answer.status_code for answer in (bad, last, refused)]
        assert statuses == [415, 200, 429]
        for answer, left in ((bad, 1), (last, 0), (refused, 0)):
            assert answer.headers["RateLimit-Policy"] == '"burst";q=2, "minute";q=1;w=60'
            assert answer.headers["RateLimit"].startswith(f'"burst";r={left};t=')
        problem = json.loads(refused.data)
        assert problem["limit"] == 1
        assert "1 requests a minute" in problem["detail"]
        assert "2 at once" in problem["detail"]
        shapes.Problem.model_validate(problem)
        for path in ("/livez", "/signin"):
            assert "RateLimit" not in client.get(path, headers=_shown("classify")).headers


def test_a_key_without_a_limit_sees_none(app: Flask) -> None:
    """No limit, no field: nothing is promised that is not counted."""
    answer = app.test_client().get("/v1/heads", headers=_shown("classify"))
    assert answer.status_code == 200
    assert "RateLimit" not in answer.headers
    assert "RateLimit-Policy" not in answer.headers


def test_the_document_says_which_key_a_route_needs(app: Flask) -> None:
    """Every operation names its security; open ones ask for none."""
    described = document(app)
    assert set(described["components"]["securitySchemes"]) == {"bearer", "header"}
    for path, methods in described["paths"].items():
        for operation in methods.values():
            assert (operation["security"] == [{}]) == (path in OPEN), path
    assert {"bearer": ["admin"]} in described["paths"]["/metrics"]["get"]["security"]
