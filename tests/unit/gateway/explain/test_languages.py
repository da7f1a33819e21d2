"""Explanations with a second encoder: what explains a mail is what answers it."""

from collections.abc import Iterator

import pytest

from embedder.errors import Unavailable
from embedder.testing.embedder import FAKE_FINGERPRINT, FakeEmbedder
from gateway.explain.explainer import Explainer
from gateway.explain.values import Explanation, Question, Recorded
from gateway.inference.answer_cache import answer_cache
from gateway.inference.by_language import Languages
from gateway.inference.context import RequestMetadata
from gateway.inference.deadline import within
from gateway.inference.observer import NoRollout
from gateway.inference.pipeline import Pipeline
from gateway.pools.paired import PairedPool
from tests.support.pools import OTHER, FakePool, head_set, info
from tests.support.routing import tiny_router
from tests.support.waiting import WAIT_S

GERMAN = "Danke, gerne am Montag."
ENGLISH = "Thanks, Monday is fine."
ENCODERS = {"default": (FAKE_FINGERPRINT,), "other": (OTHER, FAKE_FINGERPRINT), "gone": ("x",)}
BY_DEFAULT = (FAKE_FINGERPRINT, "1")
BY_OTHER = (OTHER, "m1")


class GermanRecords:
    """Recorded answers to the same German mail, by the name of the ENCODERS that read it."""

    def read(self, prediction_id: str) -> Recorded:
        """Return one."""
        return Recorded(GERMAN, frozenset(ENCODERS[prediction_id]))


class Stack:
    """Two encoders; the default one has the heads `intent` and `own`, the other one `intent`."""

    def __init__(self) -> None:
        self.other_embedder = FakeEmbedder(fingerprint=OTHER)
        heads = head_set(info("intent"), info("own"))
        others = head_set(info("intent", "m1", fingerprint=OTHER), generation=7)
        pool = PairedPool(FakePool(heads, dim=384), FakePool(others, dim=384))
        self.pipeline = Pipeline(
            {"default": FakeEmbedder(), "other": self.other_embedder},
            pool,
            answer_cache(0),
            60,
            languages=Languages(tiny_router(), pool, NoRollout()),
        )
        self.pipeline.encoders.refresh(WAIT_S)
        self._explainer = Explainer(self.pipeline, pool, GermanRecords(), cache_bytes=1 << 20)

    def explained(
        self, text: str | None = None, recorded: str | None = None, head: str = "intent"
    ) -> list[tuple[str, str]]:
        """Return by which encoder and version sentences, and then words, are explained."""
        reasons = [
            self._explainer.explain(
                Question(text, recorded, head, None, level), RequestMetadata(within(WAIT_S))
            ).why
            for level in ("sentence", "word")
        ]
        return [(why.fingerprint, why.version) for why in reasons if isinstance(why, Explanation)]


@pytest.fixture
def stack() -> Iterator[Stack]:
    """Yield both encoders, seen once."""
    made = Stack()
    yield made
    made.pipeline.encoders.stop()


def test_a_mail_is_explained_by_the_head_of_the_encoder_that_reads_its_language(
    stack: Stack,
) -> None:
    """A head that the second encoder lacks is explained on the default one, as it answers."""
    assert stack.explained(ENGLISH) == [BY_DEFAULT] * 2
    assert stack.explained(GERMAN) == [BY_OTHER] * 2
    assert stack.explained(GERMAN, head="own") == [BY_DEFAULT] * 2


def test_a_recorded_answer_is_explained_by_the_encoder_that_it_names(stack: Stack) -> None:
    """Also where it had fallen back; where that encoder is gone, by the mail's language."""
    assert stack.explained(recorded="default") == [BY_DEFAULT] * 2
    assert stack.explained(recorded="other") == [BY_OTHER] * 2
    assert stack.explained(recorded="gone") == [BY_OTHER] * 2


def test_while_the_second_encoder_is_away_the_default_explains_as_it_answers(
    stack: Stack,
) -> None:
    """The mail would be answered so, too."""
    stack.other_embedder.error = Unavailable()
    stack.pipeline.encoders.refresh(WAIT_S)
    assert stack.explained(GERMAN) == [BY_DEFAULT] * 2
