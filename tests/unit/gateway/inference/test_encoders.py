"""Two encoders at once: each head reads its own, a text is embedded once for each that is read."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from embedder.client import EncoderIdentity, EncoderInfo, ItemError
from embedder.errors import Overloaded, Unavailable
from embedder.testing.embedder import FAKE_FINGERPRINT, FakeEmbedder
from gateway.api.rendering import render
from gateway.errors import EmbedderUnavailableError, ItemRefusedError
from gateway.inference.answer import Answer
from gateway.inference.answer_cache import answer_cache
from gateway.inference.context import RequestMetadata
from gateway.inference.deadline import within
from gateway.inference.encoders import Absence, Encoders
from gateway.inference.pipeline import Pipeline
from gateway.mail import MailInput
from tests.support.pools import OTHER, FakePool, head_set, info
from tests.support.waiting import WAIT_S

THIRD = "sha256:" + "3" * 64


class Two:
    """A gateway over two encoders; `has_opt_out` has moved to the second."""

    def __init__(self) -> None:
        self.old, self.new = FakeEmbedder(), FakeEmbedder(fingerprint=OTHER)
        moved = info("has_opt_out", "2", fingerprint=OTHER)
        self.pool = FakePool(head_set(info("intent"), moved))
        embedders = {"old": self.old, "new": self.new}
        self.pipeline = Pipeline(embedders, self.pool, answer_cache(1 << 20), 60)
        self.pipeline.encoders.refresh(1)

    def ask(
        self, text: str = "some words", heads: tuple[str, ...] | None = None
    ) -> dict[str, object]:
        """Classify one text and read the answer."""
        request = RequestMetadata(within(60), heads)
        outcome = self.pipeline.classify({"id": MailInput(text=text)}, request)["id"]
        if not isinstance(outcome, Answer):
            raise outcome
        answer: dict[str, object] = json.loads(render(outcome, "id", {}))
        return answer


def statuses(answer: dict[str, object]) -> dict[str, str]:
    """Return each head's status."""
    heads = answer["heads"]
    assert isinstance(heads, dict)
    return {name: head["status"] for name, head in heads.items()}


def test_each_encoder_is_asked_once_and_each_head_gets_its_own_vectors() -> None:
    """One call an encoder and one call a head group, each under its own fingerprint."""
    two = Two()
    answer = two.ask()
    assert set(statuses(answer).values()) == {"ok"}
    assert (len(two.old.calls), len(two.new.calls)) == (1, 1)
    assert sorted(two.pool.calls) == [
        (("has_opt_out",), 1, OTHER),
        (("intent",), 1, FAKE_FINGERPRINT),
    ]


def test_the_answer_names_the_intents_encoder_and_lists_all() -> None:
    """`encoder` is that of the intent head wherever that stands; `encoders` appear when several."""
    two = Two()
    answer = two.ask()
    listed = answer["encoders"]
    assert isinstance(listed, list)
    assert answer["encoder"] == listed[0]
    assert [encoder["fingerprint"] for encoder in listed] == [FAKE_FINGERPRINT, OTHER]
    again = two.ask()["encoders"]
    assert isinstance(again, list)
    assert [encoder["cache"] for encoder in again] == ["answer", "answer"]
    two.pool.served = head_set(info("a_first"), info("intent", fingerprint=OTHER), generation=2)
    moved = two.ask()["encoder"]
    assert isinstance(moved, dict)
    assert moved["fingerprint"] == OTHER


def test_an_encoder_that_no_asked_head_reads_is_not_asked() -> None:
    """One head, one forward: the second encoder costs nothing until a head reads it."""
    two = Two()
    assert "encoders" not in two.ask(heads=("intent",))
    assert two.new.calls == []


def test_a_second_encoder_that_is_away_costs_only_its_heads() -> None:
    """The intent is decided; the head of the other encoder has a reason, no answer."""
    for error in (Unavailable(), Overloaded()):
        two = Two()
        two.new.error = error
        answer = two.ask()
        assert statuses(answer) == {"intent": "ok", "has_opt_out": "unavailable"}
        assert error.code in str(answer["heads"])
        two.new.error = None
        assert set(statuses(two.ask()).values()) == {"ok"}  # the partial answer was not kept


def test_without_the_intents_encoder_the_caller_is_told_to_come_back() -> None:
    """What the request is for cannot be had: an error with a code, not an empty answer."""
    two = Two()
    two.old.error = Unavailable()
    with pytest.raises(EmbedderUnavailableError):
        two.ask()
    assert statuses(two.ask(heads=("has_opt_out",))) == {"has_opt_out": "ok"}


def test_a_head_whose_encoder_is_nowhere_names_both_sides() -> None:
    """The message holds the fingerprint that the head needs and those that are there."""
    two = Two()
    two.pool.served = head_set(info("intent"), info("stray", fingerprint=THIRD), generation=2)
    answer = two.ask()
    assert statuses(answer)["stray"] == "fingerprint_mismatch"
    assert all(
        fingerprint in str(answer["heads"]) for fingerprint in (FAKE_FINGERPRINT, OTHER, THIRD)
    )


def test_a_head_that_is_ahead_of_the_watch_finds_its_encoder() -> None:
    """A new head set makes the embedders be asked once, not at every request."""
    two = Two()
    two.new.identity = EncoderIdentity("fake", THIRD, "fake", "fp32")
    two.pool.served = head_set(info("intent"), info("early", fingerprint=THIRD), generation=2)
    assert statuses(two.ask()) == {"intent": "ok", "early": "ok"}


def test_an_embedder_that_is_not_there_yet_harms_nobody() -> None:
    """A second address that never answered leaves the first encoder's heads as they are."""
    two = Two()
    embedders = {"old": two.old, "new": FakeEmbedder(error=Unavailable())}
    two.pipeline = Pipeline(embedders, two.pool, answer_cache(0), 60)
    assert statuses(two.ask()) == {"intent": "ok", "has_opt_out": "fingerprint_mismatch"}


def test_a_text_that_one_encoder_refuses_is_refused() -> None:
    """Its code is reported, whichever encoder gave it."""
    two = Two()
    two.new.failing["bad words"] = ItemError("text_too_long", "text has too many characters")
    with pytest.raises(ItemRefusedError) as caught:
        two.ask("bad words")
    assert caught.value.code == "text_too_long"


class Clock:
    """A clock that only a test moves."""

    now = 100.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


class Asked(FakeEmbedder):
    """An embedder that is away and keeps how long it was given; one that hangs takes all of it."""

    def __init__(self, clock: Clock, hangs: bool) -> None:
        super().__init__()
        self.given: float | None = None
        self._clock, self._hangs = clock, hangs

    def info(self, *, timeout_s: float | None = None) -> EncoderInfo:
        """See `Embedder.info`."""
        self.given = timeout_s
        if self._hangs:
            self._clock.now += timeout_s or 0
        raise Unavailable


@pytest.mark.parametrize(
    ("time_s", "hang", "shares"),
    [(60, False, [20, 30, 60]), (60, True, [20, 20, 20]), (0, True, [0.001] * 3)],
)
def test_embedders_share_the_time_to_be_asked(
    time_s: float, hang: bool, shares: list[float]
) -> None:
    """None may use up what the others need: each has an even part of what is left, never none."""
    clock = Clock()
    asked = [Asked(clock, hang) for _ in shares]
    embedders = {str(number): embedder for number, embedder in enumerate(asked)}
    with pytest.raises(Unavailable):
        Encoders(embedders, 60, lambda: True, clock).refresh(time_s)
    assert [embedder.given for embedder in asked] == shares


def test_requests_of_a_starting_worker_wait_for_its_first_sight_of_an_encoder() -> None:
    """An embedder that comes up a moment later is waited for; no request gets an error."""
    embedder = FakeEmbedder()
    embedder.error = Unavailable("connecting")
    encoders = Encoders({"one": embedder}, 0.01, lambda: True)
    encoders.start()
    try:
        with ThreadPoolExecutor(1) as threads:
            asked = threads.submit(encoders.known, within(60))
            embedder.error = None
            assert [identity.fingerprint for identity in asked.result(60)] == [FAKE_FINGERPRINT]
    finally:
        encoders.stop()


def test_an_embedder_that_may_be_starting_is_no_news() -> None:
    """Its absence is reported once it should have loaded, or at once if it has answered before."""
    absence = Absence(started=100.0)
    starting = [absence.is_news(now) for now in (100.0, 110.0)]
    never_came = [absence.is_news(now) for now in (131.0, 132.0)]
    absence.end()
    lost = [absence.is_news(now) for now in (133.0, 134.0)]

    assert (starting, never_came, lost) == ([False, False], [True, False], [True, False])


@pytest.mark.parametrize("error", [None, Unavailable()])
def test_the_first_turn_is_over_when_every_embedder_was_tried(error: Unavailable | None) -> None:
    """A worker waits for its warming, and for no embedder that is away."""
    entered, released = threading.Event(), threading.Event()

    def warm() -> bool:
        entered.set()
        return released.wait(WAIT_S)

    first, second = FakeEmbedder(), FakeEmbedder(fingerprint=OTHER)
    second.error = error
    encoders = Encoders({"first": first, "second": second}, 60, warm)
    encoders.start()
    try:
        assert entered.wait(WAIT_S)
        assert not encoders.await_first_turn(0)
        released.set()
        assert encoders.await_first_turn(WAIT_S)
        assert encoders.warmed
    finally:
        encoders.stop()
