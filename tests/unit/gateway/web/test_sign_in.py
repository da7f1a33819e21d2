"""Signing in to the pages with a key: what it opens, and what foreign pages cannot do with it."""

import re
from collections.abc import Iterator
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient

from embedder.testing.embedder import FakeEmbedder
from gateway.app import Gateway
from gateway.auth.keyring import Keyring
from gateway.auth.keys import Scope, new_key
from gateway.config import Settings
from tests.support.pools import FakePool, head_set, info

SCOPES: dict[str, list[Scope]] = {"one": ["classify"], "all": ["classify", "read", "feedback"]}
MADE = {name: new_key(name, scopes, date(2026, 1, 2)) for name, scopes in SCOPES.items()}
MAIL = {"kind": "text", "content": "hello there"}


@pytest.fixture
def app() -> Iterator[Flask]:
    """Run a gateway that asks for keys."""
    ring = Keyring("\n".join(key.line() for _, key in MADE.values()))
    made = Gateway(
        Settings(encoder_refresh_s=60), FakeEmbedder(), FakePool(head_set(info("intent"))),
        keyring=ring,
    )  # fmt: skip
    yield made.app
    made.close()


def signed_in(app: Flask, name: str = "all") -> FlaskClient:
    """Return a browser whose person signed in with a key."""
    client = app.test_client()
    answer = client.post("/signin", data={"key": MADE[name][0]})
    assert answer.status_code == 303
    return client


def token(client: FlaskClient) -> str:
    """Return what the forms of this browser send beside the cookie."""
    match = re.search(r'name="csrf" value="([0-9a-f]+)"', client.get("/").text)
    assert match is not None
    return match[1]


def test_who_is_not_signed_in_is_led_there_and_back(app: Flask) -> None:
    """A page leads to the sign-in and names itself; a script is told where to go."""
    client = app.test_client()
    led = client.get("/heads?x=1")
    assert (led.status_code, led.headers["Location"]) == (303, "/signin?next=%2Fheads%3Fx%3D1")
    by_script = client.get("/heads", headers={"HX-Request": "true"})
    assert (by_script.status_code, by_script.headers["HX-Redirect"]) == (
        401,
        "/signin?next=%2Fheads",
    )
    back = client.post("/signin", data={"key": MADE["all"][0], "next": "/heads?x=1"})
    assert back.headers["Location"] == "/heads?x=1"
    assert client.get("/heads").status_code == 200


def test_the_key_is_kept_out_of_the_reach_of_scripts(app: Flask) -> None:
    """The cookie is for this server alone; over TLS it never travels in the clear."""
    client = app.test_client()
    cookie = client.post("/signin", data={"key": MADE["all"][0]}).headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Expires" not in cookie  # until the browser is closed
    encrypted = client.post(
        "/signin", data={"key": MADE["all"][0]}, headers={"X-Forwarded-Proto": "https"}
    )
    assert "Secure" in encrypted.headers["Set-Cookie"]


@pytest.mark.parametrize("key", ["", "wrong", "x" * 300])
def test_a_wrong_key_opens_nothing_and_is_not_repeated(app: Flask, key: str) -> None:
    """The page says so, and keeps no cookie."""
    answer = app.test_client().post("/signin", data={"key": key})
    assert answer.status_code == 401
    assert "not valid" in answer.text
    assert "Set-Cookie" not in answer.headers
    assert not key or f'value="{key}"' not in answer.text


@pytest.mark.parametrize(
    "next_path",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil",
        "x",
        "//[",
        "http://[",
        "/a\nb",
        "/\t/b",
    ],
)
def test_signing_in_leads_to_no_other_server(app: Flask, next_path: str) -> None:
    """Whatever a link says, the person stays here."""
    answer = app.test_client().post("/signin", data={"key": MADE["all"][0], "next": next_path})
    assert answer.headers["Location"] == "/"


def test_the_cookie_opens_pages_alone(app: Flask) -> None:
    """No route of the API reads it: what a foreign page makes a browser call stays closed."""
    client = signed_in(app)
    assert client.get("/v1/heads").status_code == 401
    assert client.post("/v1/classify", json={"text": "hello"}).status_code == 401


def test_a_post_needs_the_token_of_a_form_of_ours(app: Flask) -> None:
    """A cookie alone, or another's token, does nothing; neither does a foreign page's form."""
    client = signed_in(app)
    own = token(client)
    assert client.post("/", data={**MAIL, "csrf": own}).status_code == 200
    assert client.post("/", data=MAIL).status_code == 403
    assert client.post("/", data={**MAIL, "csrf": own[::-1]}).status_code == 403
    foreign: list[dict[str, str]] = [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
    ]
    for headers in foreign:
        answer = client.post("/", data={**MAIL, "csrf": own}, headers=headers)
        assert answer.status_code == 403, headers
        assert "not from here" in answer.text
    same = {"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"}
    assert client.post("/", data={**MAIL, "csrf": own}, headers=same).status_code == 200


def test_a_foreign_form_reaches_no_gateway_without_keys_either() -> None:
    """Where nobody signs in, a browser still says where a form comes from."""
    made = Gateway(
        Settings(encoder_refresh_s=60), FakeEmbedder(), FakePool(head_set(info("intent")))
    )
    client = made.app.test_client()
    assert client.post("/", data=MAIL).status_code == 200
    foreign = client.post("/", data=MAIL, headers={"Sec-Fetch-Site": "cross-site"})
    assert foreign.status_code == 403
    made.close()


def test_pages_show_what_a_key_may(app: Flask) -> None:
    """Without the scope a page is a 403 that names it, and the way there is not shown."""
    client = signed_in(app, "one")
    assert "/history" not in client.get("/").text
    refused = client.get("/history")
    assert refused.status_code == 403
    assert "scope read" in refused.text
    assert "WWW-Authenticate" not in refused.headers


def test_signing_out_forgets_the_key(app: Flask) -> None:
    """It takes a form of ours; after it the pages are closed."""
    client = signed_in(app)
    assert client.post("/signout", data={}).status_code == 403
    assert client.get("/").status_code == 200
    out = client.post("/signout", data={"csrf": token(client)})
    assert out.headers["Location"] == "/signin"
    assert client.get("/").status_code == 303


def test_an_origin_that_is_none_is_foreign(app: Flask) -> None:
    """What cannot be read is not from here, and no failure of ours."""
    client = signed_in(app)
    answer = client.post("/", data={**MAIL, "csrf": token(client)}, headers={"Origin": "http://["})
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "headers", [{"X-Forwarded-Proto": "https,http"}, {"Origin": "https://localhost"}]
)
def test_behind_any_tls_the_cookie_is_secure(app: Flask, headers: dict[str, str]) -> None:
    """A list of proxies counts by its first, and the browser's own word does."""
    client = app.test_client()
    sent = {"Sec-Fetch-Site": "same-origin", **headers}
    answer = client.post("/signin", data={"key": MADE["all"][0]}, headers=sent)
    assert "Secure" in answer.headers["Set-Cookie"]
