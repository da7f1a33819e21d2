"""The Python client at a real gateway process, whose worker refuses large bodies as they come."""

import asyncio
from collections.abc import Iterator

import pytest
import urllib3

from embedder.config import Settings as EmbedderSettings
from embedder.testing.encoder import FakeEncoder
from embedder.testing.server import serve_server
from loadtests.stack.stack import Stack
from tests.support.pools import DIM, write_head
from tests.support.waiting import PATIENT, WAIT_S
from trunkline.client import Answer, AsyncClient, BatchItem, Client, Mail, ProblemError, RetryPolicy

pytestmark = pytest.mark.service

LIMIT = 16_384
PAGE = "https://app.example.com"
MAILS = [Mail(text=f"Offer {n} came, we will look at it. {'Thank you. ' * 20}") for n in range(300)]
PATIENCE = RetryPolicy(attempts=20)


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Run a gateway of one worker that takes batches of 16 KiB."""
    folder = tmp_path_factory.mktemp("client")
    write_head(folder / "catalog", "intent", ["positive", "objection", "other"])
    encoder = FakeEncoder(dim=DIM)
    with serve_server(encoder, EmbedderSettings(port=0, metrics_port=0)) as server:
        settings = {
            "GATEWAY_EMBEDDER": f"127.0.0.1:{server.port}",
            "GATEWAY_HEADS": "local",
            "GATEWAY_CATALOG": str(folder / "catalog"),
            "GATEWAY_WORKERS": "1",
            "GATEWAY_MAX_BATCH_BODY_BYTES": str(LIMIT),
            "GATEWAY_CORS_ORIGINS": PAGE,
            **PATIENT,
        }
        stack = Stack(folder, settings)
        try:
            stack.start("gateway")
            yield stack
        finally:
            encoder.gate.set()
            stack.stop()


def test_a_batch_above_the_gateways_limit_is_answered_whole(gateway: Stack) -> None:
    """The refusal comes while the body is still being sent; its limit splits the rest."""
    with Client(gateway.gateway_url, timeout_s=WAIT_S, retries=PATIENCE) as client:
        items = client.classify_batch([*MAILS, Mail(text="x" * 2 * LIMIT)])
        one = client.classify(MAILS[5], heads=["intent"])
    *good, large = items
    assert [item.error for item in good if item.error] == []
    assert isinstance(large.error, ProblemError)
    assert (large.error.status, large.error.problem.limit) == (413, LIMIT)
    assert good[5].result().decision == one.decision
    assert good[5].result().heads.keys() == {"intent"}


def test_asynchronous_calls_run_at_the_same_time(gateway: Stack) -> None:
    """Many callers on one client: each has its own mail's answer."""

    async def calling() -> tuple[list[Answer], tuple[BatchItem, ...]]:
        async with AsyncClient(gateway.gateway_url, timeout_s=WAIT_S, retries=PATIENCE) as client:
            items = asyncio.create_task(client.classify_batch(MAILS[:20]))
            answers = await asyncio.gather(*map(client.classify, MAILS[:20]))
            return answers, await items

    answers, items = asyncio.run(calling())
    for answer, item in zip(answers, items, strict=True):
        assert answer.heads["intent"].scores == item.result().heads["intent"].scores


def test_a_page_can_read_what_the_worker_refuses(gateway: Stack) -> None:
    """The headers for browsers stand on answers, and on a refusal before the application."""
    batch = f"{gateway.gateway_url}/v1/classify/batch"
    headers = {"Origin": PAGE, "Content-Type": "application/json"}
    for body, status in ((b'{"items":[{"text":"Hi"}]}', 200), (b" " * 2 * LIMIT, 413)):
        answer = urllib3.request("POST", batch, body=body, headers=headers, timeout=WAIT_S)
        assert answer.status == status
        assert answer.headers["Access-Control-Allow-Origin"] == PAGE
    asked = {"Origin": PAGE, "Access-Control-Request-Method": "POST"}
    before = urllib3.request("OPTIONS", batch, headers=asked, timeout=WAIT_S)
    assert (before.status, before.data) == (204, b"")
    assert "Content-Type" not in before.headers
