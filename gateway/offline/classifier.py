"""Classifies many mails for offline commands: in this process, or at a deployment's address."""

import contextlib
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from gateway.app import Gateway
from gateway.config import load_settings
from gateway.offline.embedder import InProcessEmbedder
from heads.pools.local import LocalPool
from heads.registry.registry import Registry
from trunkline.client import Client, Reply, Request
from trunkline.client.messages import JSON


class RefusedError(Exception):
    """The gateway did not take a batch; the text holds its stable code."""


class AddressError(Exception):
    """The address of a deployment is none; the text states the rule and not the address."""


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
def at(endpoint: str, key: str) -> Iterator[Ask]:
    """Yield a deployment at `endpoint`, e.g. http://127.0.0.1:8080; a busy one is asked again.

    Raises AddressError.
    """
    try:
        client = Client(endpoint, key, timeout_s=_TIMEOUT_S)
    except ValueError as error:
        raise AddressError(str(error)) from None
    with client:

        def ask(mails: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
            body = json.dumps({"items": list(mails)}).encode()
            return _items(client.send(Request("POST", _BATCH_PATH, body, JSON)))

        yield ask


def _items(reply: Reply) -> list[dict[str, Any]]:
    if not reply.ok:
        raise RefusedError(f"the batch was refused: {reply.code}")
    items: list[dict[str, Any]] = reply.content["items"]
    lost = [item["problem"]["code"] for item in items if item["status"] in _COME_BACK]
    if lost:
        raise RefusedError(f"{len(lost)} of {len(items)} emails were refused for now: {lost[0]}")
    return items
