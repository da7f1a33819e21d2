"""Ask the pipeline about many mails: in this process, or at a deployment's address."""

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import urllib3

from gateway.app import Gateway
from gateway.config import load_settings
from gateway.offline.encoder import InProcessEmbedder
from heads.local import LocalPool
from heads.registry import Registry


class RefusedError(Exception):
    """The gateway did not take a batch; the text holds its stable code."""


Ask = Callable[[Sequence[dict[str, Any]]], list[dict[str, Any]]]
"""Mails as `/v1/classify` takes them -> for each {"status", "answer" or "problem"}, in order."""

BATCH = 64
_BATCH_PATH = "/v1/classify/batch"
_READY_TIMEOUT_S = 60


@contextlib.contextmanager
def in_process(catalog: Path | str) -> Iterator[Ask]:
    """The gateway's own application over an encoder and heads in this process; no network."""
    offline = {"answer_cache_bytes": 0, "request_timeout_ms": 600_000}
    settings = load_settings().model_copy(update=offline)
    gateway = Gateway(settings, InProcessEmbedder(), LocalPool(Registry(catalog)))
    client = gateway.app.test_client()

    def ask(mails: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        answer = client.post(_BATCH_PATH, json={"items": list(mails)})
        return _items(answer.status_code, answer.get_data())

    try:
        yield ask
    finally:
        gateway.close()


@contextlib.contextmanager
def at(endpoint: str, headers: Mapping[str, str]) -> Iterator[Ask]:
    """A running deployment at `endpoint`, such as http://127.0.0.1:8080; `headers` show a key."""
    pool = urllib3.PoolManager(headers=headers)

    def ask(mails: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        answer = pool.request(
            "POST", endpoint.rstrip("/") + _BATCH_PATH, json={"items": list(mails)}, timeout=120
        )
        return _items(answer.status, answer.data)

    try:
        yield ask
    finally:
        pool.clear()


def _items(status: int, body: bytes) -> list[dict[str, Any]]:
    content = json.loads(body)
    if status != 200:
        raise RefusedError(f"the batch was refused: {content.get('code', status)}")
    items: list[dict[str, Any]] = content["items"]
    return items
