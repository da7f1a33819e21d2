"""A caller that has gone costs nothing more: it is looked for before each stage."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from embedder.testing.embedder import FAKE_FINGERPRINT, FakeEmbedder
from gateway.errors import CallerGoneError
from gateway.inference.answer import Outcome
from gateway.inference.answer_cache import answer_cache
from gateway.inference.context import RequestMetadata
from gateway.inference.deadline import within
from gateway.inference.pipeline import Pipeline
from gateway.mail import MailInput
from tests.support.pools import FakePool, head_set, info


@dataclass
class Leaving:
    """A caller that is gone when it is looked for the n-th time."""

    looks: int

    def __call__(self) -> bool:
        self.looks -= 1
        return self.looks <= 0


def classify(made: Pipeline, text: str, caller_gone: Callable[[], bool]) -> Outcome:
    """Classify one text of this caller."""
    request = RequestMetadata(within(60), caller_gone=caller_gone)
    return made.classify({"": MailInput(text=text)}, request)[""]


@pytest.mark.parametrize(("looks", "embeds", "predicts"), [(2, 0, 0), (3, 1, 0), (4, 1, 1)])
def test_no_stage_begins_for_a_caller_that_has_gone(looks: int, embeds: int, predicts: int) -> None:
    """Gone after cleaning: no embedding; gone after that: no heads; later nothing is saved."""
    embedder = FakeEmbedder()
    pool = FakePool(head_set(info("intent", fingerprint=FAKE_FINGERPRINT)))
    made = Pipeline({"a": embedder}, pool, answer_cache(1 << 20), 60)
    outcome = classify(made, "some words", Leaving(looks))
    assert (len(embedder.calls), len(pool.calls)) == (embeds, predicts)
    assert isinstance(outcome, CallerGoneError) == (looks < 4)


def test_a_caller_that_has_gone_before_is_not_cleaned_for() -> None:
    """The whole request ends; who stays is answered as ever."""
    pool = FakePool(head_set(info("intent", fingerprint=FAKE_FINGERPRINT)))
    made = Pipeline({"a": FakeEmbedder()}, pool, answer_cache(1 << 20), 60)
    with pytest.raises(CallerGoneError):
        classify(made, "some words", Leaving(1))
    assert not isinstance(classify(made, "some words", Leaving(100)), Exception)
