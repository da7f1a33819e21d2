"""Both Python clients over a recording gateway: corrections, recorded answers, erasure."""

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.serving import served
from tests.support.stored_gateway import StoredGateway, key_text
from trunkline.client import AsyncClient, Client, ProblemError, RetryPolicy

pytestmark = pytest.mark.service

REF = "crm/7 f".replace(" ", "%")


@pytest.fixture
def url(stored: StoredGateway) -> Iterator[str]:
    """Serve the gateway's application over HTTP."""
    with served(stored.client.application) as address:
        yield address


def call(kind: str, url: str, method: str, *arguments: Any, **options: Any) -> Any:
    """Call a method of one of both clients, as a caller bound to one tenant."""
    key, often = key_text("acme"), RetryPolicy(100, 0.0)  # a busy machine stores late
    if kind == "blocking":
        with Client(url, key, retries=often) as client:
            return getattr(client, method)(*arguments, **options)

    async def calling() -> Any:
        async with AsyncClient(url, key, retries=often) as client:
            return await getattr(client, method)(*arguments, **options)

    return asyncio.run(calling())


@pytest.mark.parametrize("kind", ["blocking", "asynchronous"])
def test_a_recorded_answer_is_corrected_read_and_erased(
    stored: StoredGateway, url: str, kind: str
) -> None:
    """Typed at every step; a reference with any visible characters finds its subject."""
    answer = call(kind, url, "classify", "What would 20 seats cost?")
    stored.store()
    prediction_id = stored.stored("Call me.", "acme", subject_ref=REF)

    given = call(kind, url, "feedback", answer.prediction_id, "intent", "no", by="u-1")
    assert (given.label, given.answered_label, given.state) == ("no", "yes", "proposed")
    corrected = call(kind, url, "predictions", corrected=True, limit=5)
    assert [item.id for item in corrected.items] == [answer.prediction_id]
    assert corrected.next is None
    read = call(kind, url, "prediction", prediction_id, words=True)
    assert (read.words, read.decision.intent) == ("Call me.", "yes")
    assert "Call me." not in repr(read)
    held = call(kind, url, "subject", REF)
    assert [item.id for item in held.predictions] == [prediction_id]

    erased = call(kind, url, "erase", REF)

    assert erased.rows["prediction"] == 1
    with pytest.raises(ProblemError) as missing:
        call(kind, url, "feedback", "01HF7YAT00" + "0" * 16, "intent", "no", by="u-1")
    assert missing.value.code == "record_not_found"


@pytest.mark.parametrize("kind", ["blocking", "asynchronous"])
def test_a_correction_right_after_its_answer_waits_for_the_record(
    stored: StoredGateway, url: str, kind: str
) -> None:
    """The gateway says when to come back, and the client does."""
    waiting = stored.classify("Call me.", "acme")
    later = threading.Timer(0.5, stored.store)
    later.start()
    given = call(kind, url, "feedback", waiting, "intent", "no", by="u-1", timeout_s=60)
    later.join()
    assert given.prediction_id == waiting
