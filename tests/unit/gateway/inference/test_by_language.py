"""A second encoder's laws: language alone chooses it, and without it nobody goes unanswered."""

import json
from typing import Any

import pytest

from embedder.errors import Unavailable
from embedder.testing.embedder import FAKE_FINGERPRINT, FakeEmbedder
from gateway.api.rendering import render
from gateway.inference.answer import Answer
from gateway.inference.answer_cache import answer_cache
from gateway.inference.by_language import Languages
from gateway.inference.context import RequestMetadata
from gateway.inference.deadline import within
from gateway.inference.observer import NoRollout
from gateway.inference.pipeline import Pipeline
from gateway.mail import MailInput
from gateway.pools.paired import PairedPool
from tests.support.pools import OTHER, FakePool, candidate, head_set, info
from tests.support.routing import tiny_router

GERMAN = "Danke, gerne am Montag."
ENGLISH = "Thanks, Monday is fine."


class Stack:
    """Two encoders with their heads, and a pipeline over them that has seen both."""

    def __init__(self, *names: str, other_names: tuple[str, ...] = ("intent",)) -> None:
        self.default_embedder = FakeEmbedder()
        self.other_embedder = FakeEmbedder(fingerprint=OTHER)
        self.default = FakePool(head_set(*map(info, names or ("intent",))))
        served = (info(name, "m1", fingerprint=OTHER) for name in other_names)
        self.other = FakePool(head_set(*served, generation=7))
        pool = PairedPool(self.default, self.other)
        self.pipeline = Pipeline(
            {"default": self.default_embedder, "other": self.other_embedder},
            pool,
            answer_cache(1 << 20),
            60,
            languages=Languages(tiny_router(), pool, NoRollout()),
        )
        self.pipeline.encoders.refresh(1.0)

    def ask(self, *texts: str) -> list[dict[str, Any]]:
        """Classify texts as one batch; return their answers as callers see them."""
        mails = {str(n): MailInput(text=text) for n, text in enumerate(texts)}
        outcomes = self.pipeline.classify(mails, RequestMetadata(within(60))).values()
        return [json.loads(render(o, "id", {})) for o in outcomes if isinstance(o, Answer)]


def by(answer: dict[str, Any]) -> tuple[str, Any, bool, str]:
    """Return who read and who answered: encoder, language, fallback, version of intent."""
    encoder = answer["encoder"]
    fallback = encoder.get("fallback", False)
    return (
        encoder["fingerprint"],
        encoder["language"],
        fallback,
        answer["heads"]["intent"]["version"],
    )


def test_each_mail_of_a_batch_goes_to_the_encoder_of_its_language() -> None:
    """One call an encoder and pool; the answer says language, encoder and version."""
    stack = Stack()
    answers = stack.ask(ENGLISH, GERMAN, "Ok.")
    assert list(map(by, answers)) == [
        (FAKE_FINGERPRINT, "en", False, "1"),
        (OTHER, "de", False, "m1"),
        (FAKE_FINGERPRINT, None, False, "1"),
    ]
    assert stack.default.calls == [(("intent",), 2, FAKE_FINGERPRINT)]
    assert stack.other.calls == [(("intent",), 1, OTHER)]


def test_answers_of_both_encoders_are_cached_apart() -> None:
    """What was answered once comes from the cache, with the same note of language."""
    stack = Stack()
    first, again = stack.ask(GERMAN)[0], stack.ask(GERMAN)[0]
    assert again["encoder"] == first["encoder"] | {"cache": "answer"}


def test_a_head_that_the_other_encoder_lacks_is_asked_on_the_default_one() -> None:
    """A mail of another language misses no head: each is answered where it is."""
    stack = Stack("intent", "own_head")
    answer = stack.ask(GERMAN)[0]
    assert {name: head["version"] for name, head in answer["heads"].items()} == {
        "intent": "m1",
        "own_head": "1",
    }
    assert [encoder["fingerprint"] for encoder in answer["encoders"]] == [OTHER, FAKE_FINGERPRINT]


@pytest.mark.parametrize("known", [True, False])
def test_without_the_other_encoder_the_default_answers_and_says_so(known: bool) -> None:
    """Whether it went away since or was never there: an answer with a flag, no error."""
    stack = Stack()
    stack.other_embedder.error = Unavailable("away")
    if not known:
        stack.pipeline.encoders.refresh(1.0)
    assert by(stack.ask(GERMAN)[0]) == (FAKE_FINGERPRINT, "de", True, "1")
    stack.other_embedder.error = None
    stack.pipeline.encoders.refresh(1.0)
    assert by(stack.ask(GERMAN)[0]) == (OTHER, "de", False, "m1")


def test_without_the_other_heads_the_default_ones_answer_and_say_so() -> None:
    """A pool that is away, or has nothing, costs no answer either."""
    stack = Stack()
    stack.other.broken["intent@m1"] = "unavailable"
    assert by(stack.ask(GERMAN)[0]) == (FAKE_FINGERPRINT, "de", True, "1")
    stack.other.served = head_set(generation=8)
    assert by(stack.ask("Danke, lieber nicht.")[0]) == (FAKE_FINGERPRINT, "de", True, "1")


def test_a_fallback_answer_is_not_given_once_the_other_encoder_is_back() -> None:
    """What the default heads answered meanwhile is cached under their own set."""
    stack = Stack()
    stack.other_embedder.error = Unavailable("away")
    stack.ask(GERMAN)
    stack.other_embedder.error = None
    stack.pipeline.encoders.refresh(1.0)
    assert by(stack.ask(GERMAN)[0])[0] == OTHER


def test_a_head_switched_off_is_off_on_both_encoders() -> None:
    """Switching a head off in the default catalog is enough."""
    stack = Stack("intent", "has_referral", other_names=("intent", "has_referral"))
    off = info("has_referral", status="disabled")
    stack.default.served = head_set(info("intent"), off, generation=2)
    assert stack.ask(GERMAN)[0]["heads"]["has_referral"]["status"] == "disabled"


def test_candidates_of_the_default_heads_are_not_tried_elsewhere() -> None:
    """A paired set has the other pool's candidates and shadows alone."""
    default = FakePool(head_set(info("intent"), candidates=[candidate("intent")]))
    trial = candidate("intent", "m2")
    other = FakePool(head_set(info("intent", "m1"), candidates=[trial], generation=7))
    pool = PairedPool(default, other)
    paired = pool.paired(pool.head_set())
    assert paired.candidates == {"intent": trial}
    assert pool.paired(pool.head_set()) is paired
    assert paired.generation not in (1, 7)


def test_nothing_changes_for_those_who_run_one_encoder() -> None:
    """Without a second one an answer's encoder has no member more."""
    pool = FakePool(head_set(info("intent")))
    pipeline = Pipeline({"a": FakeEmbedder()}, pool, answer_cache(0), 60)
    mails = {"": MailInput(text=GERMAN)}
    outcome = pipeline.classify(mails, RequestMetadata(within(60)))[""]
    assert isinstance(outcome, Answer)
    assert not {"language", "fallback"} & json.loads(render(outcome, "", {}))["encoder"].keys()
    assert pipeline.other_heads() is None
