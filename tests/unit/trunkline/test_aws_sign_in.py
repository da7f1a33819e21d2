"""Tokens of RDS and ElastiCache: what botocore would have made, from whatever holds the role."""

from __future__ import annotations

import json
import threading
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import boto3
import pytest
from botocore.model import ServiceId
from botocore.signers import RequestSigner

from trunkline.aws_sign_in import (
    Credentials,
    NoRoleError,
    TaskRole,
    cache_token,
    database_token,
)

HOST = "trunkline-staging.abc.eu-central-1.rds.amazonaws.com"
REGION = "eu-central-1"
SESSION_TOKENS = ["", "a/session+token==with/odd=characters"]


@pytest.fixture(params=SESSION_TOKENS, ids=["user", "role"])
def session(request: pytest.FixtureRequest) -> Any:
    """Return a session of botocore with made-up credentials."""
    return boto3.Session("AKIDEXAMPLE", "wJalr/secret+key", request.param or None, REGION)


def _ours(session: Any) -> Credentials:
    frozen = session.get_credentials().get_frozen_credentials()
    return Credentials(frozen.access_key, frozen.secret_key, frozen.token or "")


def _parts(token: str) -> tuple[str, dict[str, list[str]], datetime]:
    place, _, query = token.partition("?")
    parameters = parse_qs(query, strict_parsing=True)
    at = datetime.strptime(parameters["X-Amz-Date"][0], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    return place, parameters, at


def test_a_databases_token_is_what_botocore_makes(session: Any) -> None:
    """Every parameter is the same, the signature among them."""
    theirs = session.client("rds").generate_db_auth_token(HOST, 5432, "trunkline_staging")
    place, parameters, at = _parts(theirs)
    ours = database_token(HOST, 5432, "trunkline_staging", REGION, _ours(session), at)
    assert _parts(ours)[:2] == (place, parameters)


def test_a_caches_token_is_what_botocore_makes(session: Any) -> None:
    """As AWS's own examples make it: the address of the replication group, without a scheme."""
    signer = RequestSigner(
        ServiceId("elasticache"), REGION, "elasticache", "v4", session.get_credentials(),
        session.events,
    )  # fmt: skip
    request = {
        "method": "GET", "url": "https://trunkline-staging/?Action=connect&User=embedder",
        "body": {}, "headers": {}, "context": {},
    }  # fmt: skip
    theirs = signer.generate_presigned_url(request, "connect", 900)
    place, parameters, at = _parts(theirs.removeprefix("https://"))
    ours = cache_token("trunkline-staging", "embedder", REGION, _ours(session), at)
    assert _parts(ours)[:2] == (place, parameters)


@pytest.fixture
def ecs() -> Iterator[tuple[str, dict[str, str]]]:
    """Serve a role as ECS does; the role may be changed."""
    role = {"AccessKeyId": "AKID1", "SecretAccessKey": "s1", "Token": "t1"}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            authorization = self.headers.get("Authorization")
            if "authorization" in role and authorization != role["authorization"]:
                self.send_error(401)
                return
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(role).encode())

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/role", role
    server.shutdown()
    server.server_close()


def test_a_role_is_asked_for_every_few_minutes(ecs: tuple[str, dict[str, str]]) -> None:
    """ECS renews it: what was had an hour ago may be over. It is not asked at every connection."""
    url, role = ecs
    clock = [1000.0]
    task = TaskRole({"AWS_CONTAINER_CREDENTIALS_FULL_URI": url}, lambda: clock[0])
    assert task.credentials() == Credentials("AKID1", "s1", "t1")
    role["Token"] = "t2"
    clock[0] += 299
    assert task.credentials().session_token == "t1"
    clock[0] += 1
    assert task.credentials().session_token == "t2"


def test_what_is_no_role_is_said_without_a_credential(ecs: tuple[str, dict[str, str]]) -> None:
    """Neither an error nor a representation shows a secret."""
    url, role = ecs
    del role["Token"]
    for environ in ({}, {"AWS_CONTAINER_CREDENTIALS_FULL_URI": url}):
        with pytest.raises(NoRoleError) as caught:
            TaskRole(environ).credentials()
        assert "s1" not in str(caught.value)
    assert "s1" not in repr(Credentials("AKID1", "s1", "t1"))


def test_no_proxy_is_asked_for_the_role(
    ecs: tuple[str, dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is reached from this machine alone, and a proxy would see its secrets."""
    for name in ("HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(urllib.request, "_opener", None)  # it has read the variables already
    task = TaskRole({"AWS_CONTAINER_CREDENTIALS_FULL_URI": ecs[0]})
    assert task.credentials() == Credentials("AKID1", "s1", "t1")


def test_who_asks_outside_ecs_shows_the_token_that_it_was_given(
    ecs: tuple[str, dict[str, str]], tmp_path: Path
) -> None:
    """In a variable or, exchanged now and then, in a file; one that is no header is no role."""
    url, role = ecs
    role["authorization"] = "Bearer a-token"
    asked = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": url}
    file = tmp_path / "token"
    file.write_text("Bearer a-token\n")
    for given in (
        {"AWS_CONTAINER_AUTHORIZATION_TOKEN": "Bearer a-token"},
        {"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": str(file)},
    ):
        assert TaskRole(asked | given).credentials().key_id == "AKID1"
    for wrong in (
        {},
        {"AWS_CONTAINER_AUTHORIZATION_TOKEN": "a\nsecret"},
        {"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": str(tmp_path / "none")},
    ):
        with pytest.raises(NoRoleError) as caught:
            TaskRole(asked | wrong).credentials()
        assert "secret" not in str(caught.value)


def test_outside_ecs_the_usual_variables_count() -> None:
    """A person's own credentials, for a trial."""
    environ = {"AWS_ACCESS_KEY_ID": "AKID2", "AWS_SECRET_ACCESS_KEY": "s2"}
    assert TaskRole(environ).credentials() == Credentials("AKID2", "s2", "")
