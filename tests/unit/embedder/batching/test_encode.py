"""A batch in the encoder: each text gets its own outcome."""

from collections.abc import Callable

import numpy as np
import pytest

from embedder.batching.encode import ENCODER_FAILED, Outcome, encode
from embedder.batching.flight import Call, Flight
from embedder.errors import EncoderLost
from embedder.testing.encoder import FakeEncoder, FakeTokenizer


def flights(*texts: str, views: tuple[str, ...] = ("mean@1",)) -> list[Flight]:
    """Make flights that wait for `views`, already tokenized."""
    made = []
    for text in texts:
        flight = Flight(text.encode(), text, "")
        flight.tokens = FakeTokenizer().tokenize_batch([(text, "")])[0]
        flight.length = flight.tokens.length
        flight.join(Call(1, 1.0), 0, views, None, "miss")
        made.append(flight)
    return made


def run(
    encoder: FakeEncoder,
    batch: list[Flight],
    wanted: Callable[[Flight], bool] = lambda flight: True,
) -> tuple[list[Outcome], list[Exception]]:
    """Encode a batch, and gather the failures told."""
    failures: list[Exception] = []
    return encode(encoder, batch, wanted, failures.append), failures


def test_a_poison_text_fails_alone() -> None:
    """A bad text fails alone: halving finds it, and all others of its batch get their vectors."""
    batch = flights("a", "b c", "poison", "d e f", "g")
    outcomes, failures = run(FakeEncoder(), batch)
    assert [outcome == ENCODER_FAILED for outcome in outcomes] == [False, False, True, False, False]
    assert failures


def test_a_text_alone_and_in_a_mixed_batch_has_one_vector() -> None:
    """What a text is batched with does not change its vector."""
    alone, _ = run(FakeEncoder(), flights("hello there"))
    mixed, _ = run(FakeEncoder(), flights("a", "hello there", "b " * 40))
    assert alone[0] == mixed[1]


def test_each_text_gets_the_views_it_was_asked_for() -> None:
    """A batch runs the union of views; an outcome holds its own, as little-endian float32."""
    batch = [*flights("a", views=("mean@1",)), *flights("b", views=("cls@2", "mean@1"))]
    outcomes, _ = run(FakeEncoder(dim=4), batch)
    one, two = outcomes
    assert isinstance(one, dict)
    assert isinstance(two, dict)
    assert set(one) == {"mean@1"}
    assert set(two) == {"cls@2", "mean@1"}
    assert np.frombuffer(two["cls@2"], "<f4").shape == (4,)


def test_a_wrong_shape_is_a_failure() -> None:
    """Where the encoder's rows do not match its texts, each text fails; none gets another's row."""
    encoder = FakeEncoder()
    encoder.wrong_shape.set()
    outcomes, failures = run(encoder, flights("a", "b"))
    assert outcomes == [ENCODER_FAILED, ENCODER_FAILED]
    assert len(failures) == 3


def test_what_nobody_wants_is_dropped_before_the_forward() -> None:
    """A cancelled text costs no forward, also between the halves of a failed batch."""
    encoder = FakeEncoder()
    batch = flights("a", "b", "c")
    outcomes, _ = run(encoder, batch, wanted=lambda flight: flight is not batch[1])
    assert outcomes[1] is None
    assert encoder.batches == [[3, 3]]
    outcomes, _ = run(encoder, batch, wanted=lambda flight: False)
    assert outcomes == [None, None, None]
    assert len(encoder.batches) == 1


def test_a_lost_encoder_is_not_bisected() -> None:
    """When the runtime is gone, halving would only waste time: the loss is passed on."""
    encoder = FakeEncoder()
    encoder.lost.set()
    with pytest.raises(EncoderLost):
        run(encoder, flights("a", "b"))
    assert len(encoder.batches) == 1
