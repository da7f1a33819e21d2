"""A gateway's application on a port of its own, in this process, over stand-ins for services."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from werkzeug.serving import WSGIRequestHandler, make_server

from embedder.testing.embedder import FakeEmbedder
from gateway.app import Gateway
from gateway.auth.keyring import Keyring
from gateway.config import Settings
from tests.support.pools import FakePool, head_set, info


class _Silent(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: Any) -> None:
        """Write nothing."""


@contextmanager
def served_gateway(keyring: Keyring | None = None, **settings: Any) -> Iterator[str]:
    """Yield the address of a gateway whose head `intent` answers every mail with "yes"."""
    pool = FakePool(head_set(info("intent")))
    configured = Settings(encoder_refresh_s=60, **settings)
    gateway = Gateway(configured, FakeEmbedder(), pool, keyring=keyring)
    server = make_server("127.0.0.1", 0, gateway.app, threaded=True, request_handler=_Silent)
    server.daemon_threads = True  # type: ignore[attr-defined] # a threaded one has it
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        gateway.close()
