"""A refused request: nothing of its body is read."""

import io
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import EnvironBuilder, run_wsgi_app

from embedder.testing.embedder import FAKE_FINGERPRINT, FakeEmbedder
from gateway.app import Gateway
from gateway.config import Settings
from tests.support.pools import FakePool, head_set, info


class _Body:
    """A request's body that counts what was read of it."""

    def __init__(self, content: bytes) -> None:
        self._content = io.BytesIO(content)
        self.read_bytes = 0

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes."""
        piece = self._content.read(size)
        self.read_bytes += len(piece)
        return piece


@pytest.fixture
def app() -> Iterator[Flask]:
    """Yield the gateway's application over fakes."""
    pool = FakePool(head_set(info("intent", fingerprint=FAKE_FINGERPRINT)))
    made = Gateway(Settings(encoder_refresh_s=60), FakeEmbedder(), pool)
    yield made.app
    made.close()


def _environ(path: str, sent: Any, length: int) -> dict[str, Any]:
    environ = EnvironBuilder(path, method="POST", content_type="application/json").get_environ()
    return {**environ, "wsgi.input": sent, "CONTENT_LENGTH": str(length)}


@pytest.mark.parametrize(("path", "status"), [("/v1/classify", "413"), ("/nothing", "404")])
def test_a_refusal_does_not_wait_for_the_body(app: Flask, path: str, status: str) -> None:
    """The answer is there before a byte of the body was read; the rest is the server's to drop."""
    sent = _Body(b"x" * 3_000_000)
    answer, code, _headers = run_wsgi_app(app, _environ(path, sent, 3_000_000))
    assert (code[:3], sent.read_bytes) == (status, 0)
    assert b"".join(answer)
    answer.close()  # type: ignore[attr-defined]
    assert sent.read_bytes == 0
