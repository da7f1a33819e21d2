"""Which pages a browser lets read the API: those of the origins that are set; none by default."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import pytest
from flask.testing import FlaskClient

from embedder.testing.embedder import FakeEmbedder
from gateway.api.door import door_options
from gateway.app import Gateway
from gateway.auth.keyring import Keyring
from gateway.auth.keys import new_key
from gateway.config import Settings, load_settings
from tests.support.pools import FakePool, head_set, info
from trunkline.serving.refusal import overloaded
from trunkline.settings import SettingsError

APP = "https://app.example.com"
KEY, STORED = new_key("crm", ["classify"], date(2026, 1, 2))
SHOWN = {"Authorization": f"Bearer {KEY}"}


@contextmanager
def gateway(origins: str) -> Iterator[FlaskClient]:
    """Run a gateway that asks for keys."""
    settings = Settings(encoder_refresh_s=60, cors_origins=origins)
    pool = FakePool(head_set(info("intent")))
    made = Gateway(settings, FakeEmbedder(), pool, keyring=Keyring(STORED.line()))
    try:
        yield made.app.test_client()
    finally:
        made.close()


def preflight(origin: str) -> dict[str, str]:
    """Return the headers by which a browser asks before it sends a POST."""
    return {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
    }


def test_a_page_of_a_set_origin_may_ask_and_read() -> None:
    """The preflight needs no key; the request does, and its refusals are readable too."""
    with gateway(f"http://localhost:3000, {APP}") as client:
        before = client.options("/v1/classify", headers=preflight(APP))
        assert (before.status_code, before.data) == (204, b"")
        assert before.headers["Access-Control-Allow-Origin"] == APP
        assert before.headers["Access-Control-Allow-Methods"] == "POST"
        allowed = before.headers["Access-Control-Allow-Headers"].lower().split(", ")
        assert {"authorization", "content-type", "x-api-key", "x-tenant-id"} <= set(allowed)
        assert before.headers["Vary"] == "Origin"
        body = {"text": "Tuesday."}
        answer = client.post("/v1/classify", json=body, headers={**SHOWN, "Origin": APP})
        keyless = client.post("/v1/classify", json=body, headers={"Origin": APP})
        assert (answer.status_code, keyless.status_code) == (200, 401)
        for response in (answer, keyless):
            assert response.headers["Access-Control-Allow-Origin"] == APP
            assert "Retry-After" in response.headers["Access-Control-Expose-Headers"]
            assert "Access-Control-Allow-Credentials" not in response.headers


@pytest.mark.parametrize(
    "origin",
    ["http://app.example.com", f"{APP}:8443", f"{APP}.evil.example", "null", "https://example.com",
     "https://APP.example.com", f"{APP}/"],
)  # fmt: skip
def test_no_other_origin_is_allowed(origin: str) -> None:
    """Scheme, host and port are compared as they are; a cache learns that it depends on them."""
    with gateway(APP) as client:
        before = client.options("/v1/classify", headers=preflight(origin))
        answer = client.get("/v1/heads", headers={**SHOWN, "Origin": origin})
        plain = client.get("/v1/heads", headers=SHOWN)
    assert before.status_code == 401
    assert (answer.status_code, plain.status_code) == (200, 200)
    for response in (before, answer, plain):
        assert not [name for name, _ in response.headers if name.startswith("Access-Control")]
        assert response.headers["Vary"] == "Origin"


def test_any_origin_is_allowed_without_credentials() -> None:
    """`*` answers all alike, and no cookie or other credential is ever sent for it."""
    with gateway("*") as client:
        before = client.options("/v1/classify", headers=preflight("https://x.example"))
        answer = client.get("/v1/heads", headers=SHOWN)
    for response in (before, answer):
        assert response.headers["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Credentials" not in response.headers
        assert "Vary" not in response.headers


def test_nothing_changes_without_origins() -> None:
    """The default: no header, and OPTIONS is what it was."""
    with gateway("") as client:
        assert client.options("/v1/classify", headers=preflight(APP)).status_code == 401
        answer = client.get("/v1/heads", headers={**SHOWN, "Origin": APP})
    assert not [name for name, _ in answer.headers if name.startswith(("Access-Control", "Vary"))]


def test_only_the_api_is_opened_to_pages() -> None:
    """Metrics, probes and unknown paths keep what browsers do by default."""
    with gateway("*") as client:
        for path in ("/metrics", "/readyz", "/openapi.json", "/"):
            headers = client.get(path, headers={"Origin": APP}).headers
            assert "Access-Control-Allow-Origin" not in headers, path
        assert client.options("/v1/nowhere", headers=preflight(APP)).status_code == 404


def test_what_the_worker_refuses_is_readable_too() -> None:
    """A page learns of an overload that the application never saw, and when to come back."""
    render = door_options(Settings(cors_origins=APP)).render
    head = b"POST /v1/classify?a=1 HTTP/1.1\r\nHost: a\r\norigin: https://app.example.com\r\n"
    assert dict(render(overloaded(3), head).headers)["Access-Control-Allow-Origin"] == APP
    other = head.replace(b"app.", b"bad.")
    for headers in (other, head.replace(b"/v1/", b"/v2/"), b"", b"\x00"):
        rendered = dict(render(overloaded(3), headers).headers)
        assert "Access-Control-Allow-Origin" not in rendered


@pytest.mark.parametrize(
    "value",
    ["app.example.com", f"{APP}/", f"{APP}/page", f"*,{APP}", "https://*.example.com", "null",
     "https://APP.example.com", "ftp://a", f"{APP}, ,x", "https://a b", "https://u@a"],
)  # fmt: skip
def test_a_setting_that_no_browser_sends_is_a_mistake(value: str) -> None:
    """Better no start than a page that is refused for a slash."""
    with pytest.raises(SettingsError, match="GATEWAY_CORS_ORIGINS"):
        load_settings({"GATEWAY_CORS_ORIGINS": value})


@pytest.mark.parametrize("value", ["", "*", APP, f"{APP} ,http://[::1]:3000", "http://localhost"])
def test_origins_as_browsers_send_them_are_taken(value: str) -> None:
    """With or without a port, IPv6 included."""
    assert load_settings({"GATEWAY_CORS_ORIGINS": value}).cors_origins == value
