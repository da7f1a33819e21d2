"""Embedders of one encoder under several names: one that is away is replaced by another."""

from collections.abc import Sequence

import pytest
import structlog

from embedder.api import Embeddings
from embedder.errors import DeadlineExceeded, EmbedderError, InvalidInput, Unavailable
from embedder.testing.embedder import FakeEmbedder
from gateway.inference.deadline import within
from gateway.inference.encoders import Encoder, Encoders
from gateway.inference.failover import FailoverEmbedder
from tests.support.pools import OTHER

VIEWS = ["mean@1"]


def embed(embedder: FailoverEmbedder, timeout_s: float | None = 60) -> Embeddings:
    """Embed one text."""
    return embedder.embed(["text"], VIEWS, timeout_s=timeout_s)


def known(*embedders: FakeEmbedder) -> tuple[Encoders, Sequence[Encoder]]:
    """Watch the embedders and look at them once."""
    named = {str(number): embedder for number, embedder in enumerate(embedders)}
    encoders = Encoders(named, 60, lambda: True)
    return encoders, encoders.refresh(60)


def test_an_embedder_that_is_away_costs_no_request_while_an_equal_one_is_there() -> None:
    """Two names, one fingerprint: the second answers what the first cannot."""
    first, second = FakeEmbedder(), FakeEmbedder()
    _, (encoder,) = known(first, second)
    first.error = Unavailable()
    assert encoder.embedder.embed(["text"], VIEWS).items[0].error is None
    assert len(second.calls) == 1


def test_one_that_did_not_answer_its_last_look_is_asked_last() -> None:
    """So that requests do not find out one by one; once it answers it comes first again."""
    first, second = FakeEmbedder(), FakeEmbedder()
    encoders, _ = known(first, second)
    first.error = Unavailable()
    (encoder,) = encoders.refresh(60)
    encoder.embedder.embed(["text"], VIEWS)
    assert (len(first.calls), len(second.calls)) == (0, 1)
    first.error = None
    (encoder,) = encoders.refresh(60)
    encoder.embedder.embed(["text"], VIEWS)
    assert (len(first.calls), len(second.calls)) == (1, 1)


def test_other_encoders_never_stand_in() -> None:
    """Replicas are equal by fingerprint, not by name."""
    _, encoders = known(FakeEmbedder(), FakeEmbedder(fingerprint=OTHER))
    assert not any(isinstance(encoder.embedder, FailoverEmbedder) for encoder in encoders)


def test_names_of_one_encoder_are_pointed_out_once_with_the_better_way() -> None:
    """The log says how replicas are named."""
    with structlog.testing.capture_logs() as events:
        encoders, _ = known(FakeEmbedder(), FakeEmbedder())
        encoders.refresh(60)
        encoders.known(within(60))
    (event,) = [e for e in events if e["event"] == "embedders_share_an_encoder"]
    assert (event["embedders"], "ipv4:" in event["better"]) == (["0", "1"], True)


def test_an_encoder_is_away_when_all_its_embedders_are() -> None:
    """Its code is that of the first; one that answers is enough."""
    first, second = FakeEmbedder(), FakeEmbedder()
    encoders, (encoder,) = known(first, second)
    first.error = Unavailable()
    encoders.refresh(60)
    assert encoders.away(encoder.fingerprint) == ""
    second.error = DeadlineExceeded()
    with pytest.raises(Unavailable):
        encoders.refresh(60)
    assert encoders.away(encoder.fingerprint) == "unavailable"
    assert encoders.away("sha256:unknown") == ""


@pytest.mark.parametrize("error", [Unavailable(), DeadlineExceeded()])
def test_time_is_shared_and_the_last_error_raised(error: EmbedderError) -> None:
    """The first has half of the time, the second what is left; both away is an error."""
    first, second = FakeEmbedder(error=Unavailable()), FakeEmbedder(error=error)
    with pytest.raises(type(error)):
        embed(FailoverEmbedder([first, second]))
    (given,), (left,) = ([call[2] or 0 for call in each.calls] for each in (first, second))
    assert given <= 30 < left <= 60
    embed(FailoverEmbedder([FakeEmbedder()]), None)


def test_what_is_wrong_with_the_request_is_not_asked_twice() -> None:
    """Another embedder would refuse it too."""
    first, second = FakeEmbedder(error=InvalidInput()), FakeEmbedder()
    with pytest.raises(InvalidInput):
        embed(FailoverEmbedder([first, second]))
    assert second.calls == []
