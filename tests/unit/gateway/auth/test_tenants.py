"""Keys that are bound to tenants, in front of routes that store and routes that read."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest
from flask import Flask, request
from pydantic_core import to_json
from werkzeug.test import TestResponse

from embedder.testing.embedder import FakeEmbedder
from gateway import metrics
from gateway.api.openapi import document
from gateway.app import Gateway
from gateway.auth import guard
from gateway.auth.errors import RecordNotFoundError
from gateway.auth.keyring import Keyring
from gateway.auth.keys import Scope, new_key
from gateway.config import Settings
from tests.support.pools import FakePool, head_set, info
from trunkline.logs import configure_logging

DAY = date(2026, 1, 2)
MAIL = {"text": "We have no budget."}
ROWS = {"1": "acme", "2": "globex", "3": ""}
"""The tenants of what a log would hold."""


def _made(name: str, scopes: list[Scope], *tenants: str, per_minute: int | None = None) -> Any:
    return new_key(name, scopes, DAY, per_minute, tenants)


MADE = {
    "free": _made("free", ["classify", "read", "read_text"]),
    "acme": _made("acme-only", ["classify", "read", "read_text"], "acme"),
    "both": _made("both", ["classify", "read"], "acme", "globex"),
    "limited": _made("limited", ["classify"], "acme", per_minute=1),
    "embed": _made("embed", ["embeddings"], "acme", "globex"),
}
RING = "\n".join(key.line() for _, key in MADE.values())


@contextmanager
def gateway(keys: str | None = RING, **settings: Any) -> Iterator[Flask]:
    """Run a gateway in memory, with a route that reads rows, and their text for some."""
    pool = FakePool(head_set(info("intent")))
    keyring = None if keys is None else Keyring(keys)
    made = Gateway(
        Settings(encoder_refresh_s=60, **settings), FakeEmbedder(), pool, keyring=keyring
    )

    @made.app.get("/v1/rows/<row>")
    @guard.requires("read")
    def read_row(row: str) -> Any:
        if row not in ROWS or not guard.current_caller().may_read(ROWS[row]):
            raise RecordNotFoundError
        if "text" in request.args:
            guard.require_scope("read_text", record=row)
        return to_json({"row": row})

    yield made.app
    made.close()


@pytest.fixture
def app() -> Iterator[Flask]:
    """Run a gateway with free and bound keys."""
    with gateway() as made:
        yield made


def _ask(app: Flask, who: str, tenant: str | None = None, **options: Any) -> TestResponse:
    headers = {"X-API-Key": MADE[who][0]} | ({} if tenant is None else {"X-Tenant-Id": tenant})
    options.setdefault("json", MAIL)
    return app.test_client().post(options.pop("path", "/v1/classify"), headers=headers, **options)


def _read(app: Flask, who: str, row: str) -> TestResponse:
    headers = {"X-API-Key": MADE[who][0]}
    return app.test_client().get(f"/v1/rows/{row}", headers=headers)


def _events(capfd: pytest.CaptureFixture[str]) -> list[Mapping[str, Any]]:
    return [json.loads(line) for line in capfd.readouterr().err.splitlines()]


@pytest.mark.parametrize(
    ("path", "content"),
    [("/v1/classify", MAIL), ("/v1/classify/batch", {"items": [MAIL]}), ("/invocations", MAIL)],
)
def test_every_route_that_stores_checks_the_tenant(
    app: Flask, path: str, content: Mapping[str, Any]
) -> None:
    """A bound key's own tenants are answered, others 403, none of several 400; a free key, all."""
    statuses = {
        (who, tenant): _ask(app, who, tenant, path=path, json=content).status_code
        for who in ("free", "acme", "both")
        for tenant in (None, "acme", "globex", "initech", "not a name")
    }
    refused = {
        ("acme", "globex"): 403,
        ("acme", "initech"): 403,
        ("acme", "not a name"): 403,
        ("both", None): 400,
        ("both", "initech"): 403,
        ("both", "not a name"): 403,
    }
    assert statuses == {asked: refused.get(asked, 200) for asked in statuses}


def test_routes_that_store_nothing_need_no_tenant(app: Flask) -> None:
    """A key of several tenants lists heads, cleans and embeds without naming one."""
    shown = {"X-API-Key": MADE["both"][0]}
    assert app.test_client().get("/v1/heads", headers=shown).status_code == 200
    assert _ask(app, "both", path="/v1/clean").status_code == 200
    texts = {"model": "fake", "input": ["Yes."]}
    assert _ask(app, "embed", path="/v1/embeddings", json=texts).status_code == 200


def test_a_refused_tenant_costs_neither_body_nor_rate(app: Flask) -> None:
    """It is refused before the body is read, takes no call of the key's, and is counted."""
    count = metrics.KEY_REFUSALS.labels("tenant")
    before = count._value.get()
    for _ in range(3):
        refused = _ask(app, "limited", "globex", json=None, data=b"{")
        assert json.loads(refused.data)["code"] == "tenant_forbidden"
        assert "RateLimit" not in refused.headers
    assert count._value.get() == before + 3
    assert _ask(app, "limited").status_code == 200


def test_what_another_tenant_stored_does_not_exist(app: Flask) -> None:
    """Another's record and none at all are the same 404; rows of no tenant are for free keys."""
    found = {
        who: [row for row in (*ROWS, "4") if _read(app, who, row).status_code == 200]
        for who in ("free", "acme", "both")
    }
    assert found == {"free": ["1", "2", "3"], "acme": ["1"], "both": ["1", "2"]}
    anothers, nothing = (json.loads(_read(app, "acme", row).data) for row in ("2", "4"))
    assert {**anothers, "id": ""} == {**nothing, "id": ""}
    assert (anothers["status"], anothers["code"]) == (404, "record_not_found")


def test_each_reading_of_text_is_audited(app: Flask, capfd: pytest.CaptureFixture[str]) -> None:
    """Uses and refused attempts name key and record at any log level; `read` alone is not one."""
    configure_logging("gateway", "error")
    asked = (("acme", "1?text"), ("both", "1?text"), ("acme", "2?text"), ("acme", "1"))
    statuses = [_read(app, who, row).status_code for who, row in asked]
    assert statuses == [200, 403, 404, 200]
    acts = [(e["act"], e["key"], e["record"], e["allowed"]) for e in _events(capfd)]
    act = "GET /v1/rows/<row>"
    assert acts == [(act, "acme-only", "1", True), (act, "both", "1", False)]


def test_without_keys_everything_is_open(capfd: pytest.CaptureFixture[str]) -> None:
    """On loopback any tenant may be named and every row read; texts that are read are audited."""
    configure_logging("gateway", "error")
    with gateway(None) as app:
        client = app.test_client()
        assert (
            client.post("/v1/classify", json=MAIL, headers={"X-Tenant-Id": "x"}).status_code == 200
        )
        assert {client.get(f"/v1/rows/{row}?text").status_code for row in ROWS} == {200}
    assert [(e["key"], e["allowed"]) for e in _events(capfd)] == [(None, True)] * 3


def test_tenants_do_not_share_answers() -> None:
    """What a bound key sent is no cached answer for another tenant's, nor for a free one's."""
    with gateway() as app:

        def path(who: str, tenant: str | None = None) -> str:
            return str(json.loads(_ask(app, who, tenant).data)["encoder"]["cache"])

        assert path("acme") != "answer"
        assert path("acme") == "answer"
        assert path("both", "acme") == "answer"
        assert path("both", "globex") != "answer"
        assert path("free", "acme") != "answer"
        assert path("free", "initech") == "answer"


def test_logs_name_no_tenant_that_was_made_up(
    app: Flask, capfd: pytest.CaptureFixture[str]
) -> None:
    """A bound key's tenant stands in the access log; any other name in neither log nor metrics."""
    configure_logging("gateway", "debug")
    _ask(app, "free", "made-up-xyzzy")
    _ask(app, "acme", "made-up-xyzzy")
    _ask(app, "both", "globex")
    _ask(app, "acme")
    events = _events(capfd)
    asked = [(e["key"], e["tenant"], e["code"]) for e in events if e["event"] == "request"]
    assert asked == [
        ("free", None, None),
        ("acme-only", None, "tenant_forbidden"),
        ("both", "globex", None),
        ("acme-only", "acme", None),
    ]
    page = metrics.exposition(shared=False).decode()
    assert "xyzzy" not in page + json.dumps(events)
    assert "globex" not in page


def test_the_document_explains_scopes_and_tenants(app: Flask) -> None:
    """Both ways to show a key name all scopes; refusals of tenants stand beside the others."""
    described = document(app)
    for scheme in described["components"]["securitySchemes"].values():
        assert "`read_text`" in scheme["description"]
    responses = described["paths"]["/v1/classify"]["post"]["responses"]
    assert "tenant_required" in responses["400"]["description"]
    assert "tenant_forbidden" in responses["403"]["description"]


def test_a_public_route_knows_no_caller(app: Flask) -> None:
    """Code that asks there who calls fails, instead of taking the caller for one who may read."""
    with app.test_request_context("/livez"), pytest.raises(LookupError):
        guard.current_caller()
