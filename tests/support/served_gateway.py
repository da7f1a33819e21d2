"""A gateway's application on a port of its own, in this process, over stand-ins for services."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from embedder.testing.embedder import FakeEmbedder
from gateway.app import Gateway
from gateway.auth.keyring import Keyring
from gateway.config import Settings
from tests.support.pools import FakePool, head_set, info
from tests.support.serving import served


@contextmanager
def served_gateway(keyring: Keyring | None = None, **settings: Any) -> Iterator[str]:
    """Yield the address of a gateway whose head `intent` answers every mail with "yes"."""
    pool = FakePool(head_set(info("intent")))
    configured = Settings(encoder_refresh_s=60, **settings)
    gateway = Gateway(configured, FakeEmbedder(), pool, keyring=keyring)
    try:
        with served(gateway.app) as url:
            yield url
    finally:
        gateway.close()
