"""A live switch, end to end: one command, every worker of what runs, no restart."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import urllib3

from embedder.config import Settings as EmbedderSettings
from embedder.testing.encoder import FakeEncoder
from embedder.testing.server import serve_server
from loadtests.stack.processes import ROOT, http_ready
from loadtests.stack.stack import Stack
from tests.support.pools import DIM, write_head
from tests.support.waiting import PATIENT, WAIT_S, until

pytestmark = pytest.mark.service

AWAY = {"text": "I am on leave until May.", "headers": {"Auto-Submitted": "auto-replied"}}
RULE = "rule:auto_reply.header.auto_submitted"


@pytest.fixture(params=["local", "remote"])
def stack(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stack]:
    """Run a gateway of two workers, with heads in process or behind a heads service."""
    catalog = tmp_path / "catalog"
    write_head(catalog, "intent", ["positive", "objection", "other"])
    write_head(catalog, "has_referral", ["yes", "no"])
    with serve_server(FakeEncoder(dim=DIM), EmbedderSettings(port=0, metrics_port=0)) as server:
        settings = {
            **PATIENT,
            "GATEWAY_EMBEDDER": f"127.0.0.1:{server.port}",
            "GATEWAY_CATALOG": str(catalog),
            "GATEWAY_WORKERS": "2",
            "HEADS_CATALOG": str(catalog),
        }
        remote = request.param == "remote"
        made = Stack(tmp_path, settings if remote else {**settings, "GATEWAY_HEADS": "local"})
        try:
            made.start(*(("heads",) if remote else ()), "gateway")
            yield made
        finally:
            made.stop()


def heads(stack: Stack, *words: str) -> str:
    """Run a `heads` command on the stack's catalog."""
    command = [sys.executable, "-m", "heads", *words, "--catalog", str(stack.folder / "catalog")]
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout


def answers(stack: Stack) -> list[Any]:
    """Ask on connections of their own, so that both workers answer some."""
    headers = {"Connection": "close"}
    url = f"{stack.gateway_url}/v1/classify"
    return [
        urllib3.request("POST", url, json=AWAY, headers=headers, retries=False, timeout=WAIT_S)
        .json()
        for _ in range(8)
    ]  # fmt: skip


def asked(stack: Stack, method: str, name: str, **options: Any) -> Any:
    """Ask one worker, whichever takes the connection."""
    url, headers = f"{stack.gateway_url}/v1/{name}", {"Connection": "close"}
    return urllib3.request(method, url, headers=headers, timeout=WAIT_S, **options).json()


def test_a_rule_is_off_within_moments_and_on_again(stack: Stack) -> None:
    """Every worker stops using the rule, the record says who did it, and on again all decide."""

    def all_by(who: str) -> bool:
        return {answer["decision"]["decided_by"] for answer in answers(stack)} == {who}

    assert all_by("rule")
    heads(stack, "switch", "off", RULE, "--by", "ann", "--why", "people are taken for machines")
    until(lambda: all_by("model"), "a worker still uses the rule")
    name = RULE.removeprefix("rule:")
    until(lambda: asked(stack, "GET", "heads")["disabled_rules"] == [name], "it is not shown")
    until(lambda: asked(stack, "POST", "clean", json=AWAY)["rule"] != name, "it cleans with it")
    assert "switch off by ann" in heads(stack, "audit", RULE)
    heads(stack, "switch", "on", RULE)
    until(lambda: all_by("rule"), "a worker does not use the rule again")


def test_a_head_is_off_within_moments_and_on_again(stack: Stack) -> None:
    """Every worker reports the head as disabled and asks the others; on again it answers."""
    heads(stack, "switch", "off", RULE)  # so that heads are asked

    def all_are(status: str) -> bool:
        found = answers(stack)
        return all(
            answer["heads"].get("has_referral", {}).get("status") == status
            and answer["heads"]["intent"]["status"] == "ok"
            for answer in found
        )

    until(lambda: all_are("ok"), "a worker still uses the rule")
    heads(stack, "switch", "off", "head:has_referral", "--by", "ann")
    until(lambda: all_are("disabled"), "a worker still asks the head")
    until(lambda: http_ready(stack.gateway_url), "it is not ready without the head")
    heads(stack, "switch", "on", "head:has_referral")
    until(lambda: all_are("ok"), "a worker does not ask the head again")
