"""A gateway's workers are ready together, also when they started before their embedder."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import urllib3

from embedder.config import Settings as EmbedderSettings
from embedder.testing.encoder import FakeEncoder
from embedder.testing.server import serve_server
from loadtests.stack.processes import free_ports, http_ready
from loadtests.stack.stack import Stack
from tests.support.pools import DIM, write_head
from tests.support.waiting import PATIENT, START_S, WAIT_S, until

pytestmark = pytest.mark.service


@contextmanager
def gateway(folder: Path, embedder: str) -> Iterator[Stack]:
    """Launch a gateway of two workers with its heads in process; stop it at the end."""
    write_head(folder / "catalog", "intent", ["positive", "other"])
    settings = {
        **PATIENT,
        "GATEWAY_EMBEDDER": embedder,
        "GATEWAY_CATALOG": str(folder / "catalog"),
        "GATEWAY_HEADS": "local",
        "GATEWAY_WORKERS": "2",
    }
    stack = Stack(folder, settings)
    stack.launch("gateway")
    try:
        yield stack
    finally:
        stack.stop()


def answers(url: str) -> bool:
    """Return whether the URL answers 200."""
    try:
        return urllib3.request("GET", url, timeout=WAIT_S, retries=False).status == 200
    except urllib3.exceptions.HTTPError:
        return False


def test_an_embedder_that_comes_late_keeps_nobody_from_livez(tmp_path: Path) -> None:
    """Workers without an embedder answer, unready; all get ready when it has come."""
    (port,) = free_ports(1)
    with gateway(tmp_path, f"127.0.0.1:{port}") as stack:
        until(lambda: answers(f"{stack.gateway_url}/livez"), "no start", START_S)
        assert not http_ready(stack.gateway_url)
        with serve_server(FakeEncoder(dim=DIM), EmbedderSettings(port=port, metrics_port=0)):
            until(lambda: http_ready(stack.gateway_url))
