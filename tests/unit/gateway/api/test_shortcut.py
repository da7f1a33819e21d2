"""The way past Flask answers as the route does, and leaves to it whatever is not plain."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import EnvironBuilder, run_wsgi_app
from werkzeug.wrappers import Response

from embedder.api import ItemError
from embedder.errors import Overloaded
from embedder.testing.embedder import FakeEmbedder
from gateway import metrics
from gateway.app import Gateway
from gateway.auth.keyring import Keyring
from gateway.auth.keys import new_key
from gateway.config import Settings
from tests.support.pools import FakePool, head_set, info
from tests.support.waiting import until
from trunkline.logs import configure_logging
from trunkline.serving.environ import PEER_GONE

ORIGIN = "https://app.example.com"
KEY, STORED = new_key("crm", ["classify"], date(2026, 1, 2))
OTHER_SCOPE, STORED_OTHER = new_key("ops", ["admin"], date(2026, 1, 2))
LIMITED, STORED_LIMITED = new_key("few", ["classify"], date(2026, 1, 2), 60)
BOUND, STORED_BOUND = new_key("one", ["classify"], date(2026, 1, 2), tenants=["acme"])
SEVERAL, STORED_SEVERAL = new_key("two", ["classify"], date(2026, 1, 2), tenants=["acme", "globex"])
ALL_STORED = (STORED, STORED_OTHER, STORED_LIMITED, STORED_BOUND, STORED_SEVERAL)
SHOWN = {"Authorization": f"Bearer {KEY}"}
MAIL = {"text": "Tuesday works for me."}


class Made:
    """A gateway, its answers with the shortcut and by Flask alone, and what Flask was asked."""

    def __init__(self, embedder: FakeEmbedder, keys: str | None = None, **settings: Any) -> None:
        self.embedder = embedder
        self.pool = FakePool(head_set(info("intent")))
        chosen = Settings(**{"encoder_refresh_s": 60, "answer_cache_bytes": 0, **settings})
        keyring = None if keys is None else Keyring(keys)
        self.gateway = Gateway(chosen, embedder, self.pool, keyring=keyring)
        self.app: Flask = self.gateway.app
        # Its first email is its own, and would be counted among those of a test.
        until(self._warm, "the gateway did not warm up")
        self.asked_flask = 0
        self.app.before_request_funcs.setdefault(None, []).insert(0, self._note)

    def _warm(self) -> bool:
        health = self.app.test_client().get("/readyz").get_json()
        return bool(health["checks"]["warm"] == "ok")

    def _note(self) -> None:
        self.asked_flask += 1

    def by_shortcut(self, **request: Any) -> Response:
        """Send a request to the whole application."""
        return Response(*run_wsgi_app(self.app.wsgi_app, environ(request)))

    def by_flask(self, **request: Any) -> Response:
        """Send a request to Flask alone."""
        flask = Flask.wsgi_app.__get__(self.app)
        return Response(*run_wsgi_app(flask, environ(request)))


def environ(request: Mapping[str, Any]) -> dict[str, Any]:
    """Return the WSGI environ of a request, completed to a POST to the route."""
    return EnvironBuilder(**{"path": "/v1/classify", "method": "POST", **request}).get_environ()


def shown(response: Response) -> tuple[int, list[tuple[str, str]], str]:
    """Return all of an answer but what differs from one to the next: ids and times."""
    text = re.sub(rb'"(id|request_id)":"\w+"', rb'"\1":""', response.data)
    text = re.sub(rb'"timings_ms":\{[^}]*\}', b"", text)
    headers = [
        (name, re.sub(r"[0-9.]+", "0", value) if name == "Server-Timing" else value)
        for name, value in response.headers.items()
        if name not in ("X-Request-Id", "Content-Length")
    ]
    return response.status_code, sorted(headers), text.decode()


@pytest.fixture
def made() -> Iterator[Made]:
    """Yield a gateway that asks for keys and lets one page in."""
    keys = "\n".join(stored.line() for stored in ALL_STORED)
    failing = {"bad": ItemError("encoder_failed", "the encoder failed")}
    made = Made(FakeEmbedder(failing=failing), keys, cors_origins=ORIGIN, max_body_bytes=2_000)
    yield made
    made.gateway.close()


def shows(key: str, tenant: str | None = None) -> dict[str, Any]:
    """Return what a request with another key changes; `tenant` is the one that it names."""
    named = {} if tenant is None else {"X-Tenant-Id": tenant}
    return {"headers": {"Authorization": f"Bearer {key}", **named}}


PLAIN: Mapping[str, dict[str, Any]] = {
    "plain": {},
    "heads named": {"json": {**MAIL, "heads": ["intent"]}},
    "a charset": {
        "json": None, "data": json.dumps(MAIL), "content_type": "application/json; charset=utf-8",
    },
    "ids of the caller": {"headers": {"X-Request-Id": "r-1", "X-Tenant-Id": "t"}},
    "a time limit": {"headers": {"X-Request-Timeout-Ms": "9000"}},
    "a trace": {"headers": {"traceparent": f"00-{'a' * 32}-{'b' * 16}-01"}},
    "a page": {"headers": {"Origin": ORIGIN}},
    "another page": {"headers": {"Origin": "https://other.example.com"}},
    "the other header for keys": {"headers": {"Authorization": "", "X-API-Key": KEY}},
    "a rule decides": {"json": {**MAIL, "headers": {"Auto-Submitted": "auto-replied"}}},
    "a tenant that is no name": {"headers": {"X-Tenant-Id": "not a name"}},
    "a bound key": shows(BOUND),
    "a bound key's own tenant": shows(BOUND, "acme"),
    "one of several tenants": shows(SEVERAL, "globex"),
}  # fmt: skip
REFUSED: Mapping[str, dict[str, Any]] = {
    "no key": {"headers": {"Authorization": ""}},
    "another key": {"headers": {"Authorization": "Bearer tlk_none"}},
    "another scope": {"headers": {"Authorization": f"Bearer {OTHER_SCOPE}"}},
    "a bound key's foreign tenant": shows(BOUND, "globex"),
    "none of several tenants": shows(SEVERAL),
    "a foreign tenant of several": shows(SEVERAL, "initech"),
    "an unknown head": {"json": {**MAIL, "heads": ["nonesuch"]}},
    "a wrong timeout": {"headers": {"X-Request-Timeout-Ms": "soon"}},
    "no JSON": {"json": None, "data": b"{", "content_type": "application/json"},
    "a wrong field": {"json": {"text": "a", "colour": "red"}},
    "too long": {"json": {"text": "a" * 2_000}},
    "another type": {"json": None, "data": b"a", "content_type": "text/plain"},
    "compressed": {"headers": {"Content-Encoding": "gzip"}},
    "a text that fails": {"json": {"text": "bad"}},
    "another method": {"method": "GET"},
    "a query": {"query_string": {"heads": "intent"}},
    "another host": {"base_url": "http://a_b c/"},
}


def request_of(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return a request with these changes of one that is plain and shows a key."""
    request = {"json": MAIL, **changes}
    return {**request, "headers": {**SHOWN, **request.get("headers", {})}}


@pytest.mark.parametrize("name", [*PLAIN, *REFUSED])
def test_both_ways_give_one_answer(made: Made, name: str) -> None:
    """Status, headers and members are the same; only ids and times differ."""
    request = request_of({**PLAIN, **REFUSED}[name])
    made.by_flask(**request)  # embedded once, a text is a hit from then on
    assert shown(made.by_shortcut(**request)) == shown(made.by_flask(**request))


@pytest.mark.parametrize("name", PLAIN)
def test_what_is_plain_never_reaches_flask(made: Made, name: str) -> None:
    """A good request is answered without it."""
    response = made.by_shortcut(**request_of(PLAIN[name]))
    assert (response.status_code, made.asked_flask) == (200, 0)


def test_a_bound_tenant_keeps_its_answers_to_itself() -> None:
    """By either way a bound key meets what it sent before, and no other caller does."""
    keys = "\n".join(stored.line() for stored in ALL_STORED)
    made = Made(FakeEmbedder(), keys, answer_cache_bytes=1_000_000)

    def path(way: Callable[..., Response], changes: Mapping[str, Any]) -> str:
        answer = json.loads(way(**request_of(changes)).data)
        return str(answer["encoder"]["cache"])

    try:
        assert path(made.by_shortcut, shows(BOUND)) != "answer"
        assert path(made.by_flask, shows(BOUND)) == "answer"
        assert path(made.by_shortcut, shows(SEVERAL, "acme")) == "answer"
        assert path(made.by_shortcut, shows(SEVERAL, "globex")) != "answer"
        assert path(made.by_shortcut, {"headers": {"X-Tenant-Id": "acme"}}) != "answer"
    finally:
        made.gateway.close()


def test_a_limited_key_is_counted_once(made: Made) -> None:
    """Its requests go by the guard, which shows what is left."""
    response = made.by_shortcut(**request_of({"headers": {"Authorization": f"Bearer {LIMITED}"}}))
    assert (response.status_code, made.asked_flask) == (200, 1)
    assert "RateLimit" in response.headers


def test_what_fails_is_tried_once_and_worded_by_flask(made: Made) -> None:
    """The embedder is asked once, the problem is the route's, nothing stays in flight."""
    made.embedder.error = Overloaded("full", retry_after_s=3.0)
    made.embedder.calls.clear()
    response = made.by_shortcut(**request_of({}))
    assert (response.status_code, response.headers["Retry-After"]) == (503, "3")
    assert response.content_type == "application/problem+json"
    assert len(made.embedder.calls) == made.asked_flask == 1


def test_a_caller_that_has_gone_costs_no_forward(made: Made) -> None:
    """Neither way asks the embedder for one who no longer waits."""
    made.embedder.calls.clear()
    response = made.by_shortcut(**request_of({"environ_overrides": {PEER_GONE: lambda: True}}))
    assert (response.status_code, made.embedder.calls) == (499, [])


def test_a_body_that_ends_early_is_refused(made: Made) -> None:
    """Fewer bytes than were announced are no request."""
    request = request_of(
        {"json": None, "data": b'{"text":"a"}', "content_type": "application/json"}
    )
    short = {**environ(request), "CONTENT_LENGTH": "400"}
    assert Response(*run_wsgi_app(made.app.wsgi_app, short)).status_code == 400


def series() -> dict[str, float]:
    """Return the figures of the gateway's requests, but for how long they took."""
    lines = metrics.exposition(shared=False).decode().splitlines()
    pairs = (line.rpartition(" ") for line in lines if line.startswith("gateway_"))
    return {
        name: float(value)
        for name, _, value in pairs
        if "_bucket" not in name and "_sum" not in name and "created" not in name
    }


def counted(way: Callable[..., Response], request: Mapping[str, Any]) -> dict[str, float]:
    """Send a request; return by how much each figure has grown."""
    before = series()
    way(**request)
    return {name: value - before.get(name, 0) for name, value in series().items()}


COUNTED = (
    "plain", "ids of the caller", "a bound key", "one of several tenants", "an unknown head",
    "no JSON", "no key", "a bound key's foreign tenant", "none of several tenants",
)  # fmt: skip


@pytest.mark.parametrize("name", COUNTED)
def test_both_ways_are_counted_and_logged_alike(
    made: Made, name: str, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    """Every request is one in the metrics and one line in the log, with the same fields.

    Of those is the tenant, where a key is bound to it.
    """
    configure_logging("gateway", "info", "json")
    request = request_of({**PLAIN, **REFUSED}[name])
    made.by_flask(**request)  # cleaned and embedded once, a text is a hit from then on
    assert counted(made.by_shortcut, request) == counted(made.by_flask, request)
    lines = [json.loads(line) for line in capfdbinary.readouterr().err.splitlines()]
    logged = [line for line in lines if line["event"] == "request"][-2:]
    for line in logged:
        for varying in ("id", "ms", "stages_ms", "timestamp", "bytes_out"):
            line.pop(varying)
    assert logged[0] == logged[1]
    tenants = {"a bound key": "acme", "one of several tenants": "globex"}
    assert logged[0]["tenant"] == tenants.get(name)
