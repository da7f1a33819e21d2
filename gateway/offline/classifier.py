"""Classifies many mails for offline commands: in this process, or at a deployment's address."""

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from gateway.app import Gateway
from gateway.client.http import GatewayClient, Reply
from gateway.config import load_settings
from gateway.offline.embedder import InProcessEmbedder
from heads.pools.local import LocalPool
from heads.registry.registry import Registry


class RefusedError(Exception):
    """The gateway did not take a batch; the text holds its stable code."""


Ask = Callable[[Sequence[dict[str, Any]]], list[dict[str, Any]]]
"""Mails as `/v1/classify` takes them -> for each {"status", "answer" or "problem"}, in order."""

BATCH = 64
_COME_BACK = (429, 503, 504)
_BATCH_PATH = "/v1/classify/batch"
_TIMEOUT_S = 120.0


@contextlib.contextmanager
def in_process(catalog: Path | str) -> Iterator[Ask]:
    """Yield the gateway's own application over an encoder and heads in this process; no network."""
    offline = {"answer_cache_bytes": 0, "request_timeout_ms": 600_000}
    settings = load_settings().model_copy(update=offline)
    gateway = Gateway(settings, InProcessEmbedder(), LocalPool(Registry(catalog)))
    client = gateway.app.test_client()

    def ask(mails: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        answer = client.post(_BATCH_PATH, json={"items": list(mails)})
        return _items(Reply(answer.status_code, answer.get_json()))

    try:
        yield ask
    finally:
        gateway.close()


@contextlib.contextmanager
def at(endpoint: str, headers: Mapping[str, str]) -> Iterator[Ask]:
    """Yield a deployment at `endpoint`, e.g. http://127.0.0.1:8080; `headers` show a key."""
    client = GatewayClient(endpoint, headers, _TIMEOUT_S)

    def ask(mails: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        return _items(client.post(_BATCH_PATH, json.dumps({"items": list(mails)}).encode()))

    try:
        yield ask
    finally:
        client.close()


def _items(reply: Reply) -> list[dict[str, Any]]:
    if reply.status != 200 or reply.problem:
        raise RefusedError(f"the batch was refused: {reply.code}")
    items: list[dict[str, Any]] = reply.content["items"]
    lost = [item["problem"]["code"] for item in items if item["status"] in _COME_BACK]
    if lost:
        raise RefusedError(f"{len(lost)} of {len(items)} emails were refused for now: {lost[0]}")
    return items
