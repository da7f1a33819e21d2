"""`/v1/clean` has the clock of a classification: its caller's deadline, from the first byte on."""

import time
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from embedder.testing.embedder import FAKE_FINGERPRINT, FakeEmbedder
from gateway.app import Gateway
from gateway.config import Settings
from tests.support.pools import FakePool, head_set, info
from trunkline.serving.environ import ACCEPTED_AT, PEER_GONE

LONG_S = 20.0


@pytest.fixture
def client() -> Iterator[FlaskClient]:
    """Yield a client of the gateway over fakes; a request may take twice LONG_S at most."""
    pool = FakePool(head_set(info("intent", fingerprint=FAKE_FINGERPRINT)))
    longest_ms = int(2_000 * LONG_S)
    settings = Settings(encoder_refresh_s=60, max_request_timeout_ms=longest_ms)
    made = Gateway(settings, FakeEmbedder(), pool)
    yield made.app.test_client()
    made.close()


def outcome(client: FlaskClient, environ: dict[str, object], **headers: str) -> tuple[int, str]:
    """Return the status and the problem's code of one mail that is cleaned."""
    answer = client.post(
        "/v1/clean",
        json={"text": "Yes, please."},
        headers={name.replace("_", "-"): value for name, value in headers.items()},
        environ_base=environ,
    )
    return answer.status_code, answer.get_json().get("code", "")


def test_the_deadline_counts_from_the_first_byte(client: FlaskClient) -> None:
    """What waited as long as it may take is not cleaned; who allows more time is answered."""
    waited: dict[str, object] = {ACCEPTED_AT: time.monotonic() - LONG_S}
    assert outcome(client, waited, X_Request_Timeout_Ms="1000") == (504, "deadline_exceeded")
    assert outcome(client, waited, X_Request_Timeout_Ms=str(int(2_000 * LONG_S))) == (200, "")


def test_a_deadline_that_is_none_is_refused(client: FlaskClient) -> None:
    """As by the routes that classify."""
    assert outcome(client, {}, X_Request_Timeout_Ms="soon")[0] == 400


def test_who_has_gone_is_not_cleaned_for(client: FlaskClient) -> None:
    """Nobody would read it; who stays is answered."""
    assert outcome(client, {PEER_GONE: lambda: True}) == (499, "caller_gone")
    assert outcome(client, {PEER_GONE: lambda: False}) == (200, "")
