"""A large batch takes a place while it is read, and none while it is answered."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask, has_request_context

from embedder.testing.embedder import FAKE_FINGERPRINT, FakeEmbedder
from gateway.app import Gateway
from gateway.config import Settings
from heads.prediction import HeadSet
from tests.support.pools import FakePool, head_set, info

LARGE = {"items": [{"text": "Yes, please. " * 20}] * 10}


class Interrupting(FakePool):
    """A pool that does something in the middle of the next answer, once."""

    interruption: Callable[[], object] | None = None

    def head_set(self, *, newest: bool = False) -> HeadSet:
        """Return the heads."""
        interruption = self.interruption
        if interruption is not None and has_request_context():
            self.interruption = None
            interruption()
        return super().head_set(newest=newest)


@pytest.fixture
def pool() -> Interrupting:
    """Return the pool of the application."""
    return Interrupting(head_set(info("intent", fingerprint=FAKE_FINGERPRINT)))


@pytest.fixture
def app(pool: Interrupting) -> Iterator[Flask]:
    """Yield the gateway's application, which reads one body over 1,024 bytes at once."""
    settings = Settings(encoder_refresh_s=60, max_body_bytes=1_024, large_bodies=1)
    made = Gateway(settings, FakeEmbedder(), pool)
    yield made.app
    made.close()


@pytest.mark.parametrize("path", ["/v1/classify/batch", "/invocations"])
def test_a_batch_that_is_answered_keeps_no_other_out(
    app: Flask, pool: Interrupting, path: str
) -> None:
    """A second large one that comes meanwhile is read and answered."""
    statuses: list[int] = []

    def send() -> None:
        statuses.append(app.test_client().post(path, json=LARGE).status_code)

    pool.interruption = send
    send()
    assert statuses == [200, 200]
