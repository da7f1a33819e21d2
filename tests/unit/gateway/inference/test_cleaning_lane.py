"""Costly mails: one at a time, a few may wait, the others pass; the deadline ends all of it."""

import threading
from collections.abc import Callable, Set

import pytest

from embedder.testing.embedder import FAKE_FINGERPRINT, FakeEmbedder
from gateway.app import lane_waiters
from gateway.errors import CallerGoneError, DeadlineExceededError, LargeBodiesBusyError
from gateway.inference.answer import Answer
from gateway.inference.answer_cache import answer_cache
from gateway.inference.clean_cache import CachingCleaner
from gateway.inference.cleaning_lane import CleaningLane, estimated_cost
from gateway.inference.context import RequestMetadata
from gateway.inference.deadline import NEVER, Deadline, within
from gateway.inference.pipeline import Pipeline
from gateway.mail import CleanedMail, MailInput, clean
from tests.support.pools import FakePool, head_set, info
from tests.support.waiting import WAIT_S, until
from trunkline.serving.concurrency import least_limit

COSTLY = MailInput(html="<p>Not interested.</p>" * 100)
CHEAP = MailInput(text="Not interested.")


def test_a_text_costs_more_than_html_and_everything_that_is_read_counts() -> None:
    """The estimate knows all shapes, and that plain text is the dearest."""
    assert estimated_cost(MailInput(html="x" * 40)) == 40
    assert estimated_cost(MailInput(raw=b"x" * 40)) == 40
    assert estimated_cost(MailInput(text="x" * 10)) == 40
    assert estimated_cost(MailInput(text="", last_outbound="x" * 10)) == 40


class _Watched(Deadline):
    """A deadline that says when it is asked: whoever asks has a place to wait."""

    asked = threading.Event()

    def remaining(self) -> float:
        """Return a long time."""
        self.asked.set()
        return WAIT_S


def test_costly_mails_go_one_by_one_and_others_beside_them() -> None:
    """While one is in and one waits a third is told to come back; a cheap mail passes."""
    lane = CleaningLane(costly=1_000, waiting=1)
    entered = threading.Event()

    def wait() -> None:
        with lane.enter(COSTLY, _Watched(0)):
            entered.set()

    with lane.enter(COSTLY, NEVER):
        second = threading.Thread(target=wait)
        second.start()
        assert _Watched.asked.wait(WAIT_S)
        with pytest.raises(LargeBodiesBusyError) as caught, lane.enter(COSTLY, NEVER):
            pass
        assert not entered.is_set()
        with lane.enter(CHEAP, NEVER):
            pass
    second.join(WAIT_S)
    assert entered.is_set()
    assert (caught.value.status, caught.value.headers()) == (503, {"Retry-After": "1"})
    with lane.enter(COSTLY, NEVER):
        pass


def test_who_waits_for_the_lane_gives_up_at_its_deadline() -> None:
    """Waiting ends in time, and leaves its place to others."""
    lane = CleaningLane(costly=1_000, waiting=1)
    with lane.enter(COSTLY, NEVER):
        for _ in range(3):
            with pytest.raises(DeadlineExceededError), lane.enter(COSTLY, within(0.01)):
                pass
    with lane.enter(COSTLY, within(WAIT_S)):
        pass


def test_costly_mails_leave_a_place_to_others_however_few_may_run() -> None:
    """One in the lane and all that wait for it are fewer than run at once when all is slow."""
    for threads in range(2, 513):
        assert 0 < 1 + lane_waiters(threads) < least_limit(threads) <= threads
    assert (lane_waiters(1), lane_waiters(16)) == (0, 2)


def test_who_has_gone_waits_for_the_lane_no_longer() -> None:
    """The whole request ends, a batch too, long before its deadline and while the lane is taken."""
    lane = CleaningLane(costly=1_000, waiting=1)
    pool = FakePool(head_set(info("intent", fingerprint=FAKE_FINGERPRINT)))
    cleaner = CachingCleaner(0, lane=lane)
    made = Pipeline({"a": FakeEmbedder()}, pool, answer_cache(0), 60, cleaner=cleaner)
    looks = iter([False, False, True, False, True])
    request = RequestMetadata(within(WAIT_S), caller_gone=lambda: next(looks))
    with lane.enter(COSTLY, NEVER):
        with pytest.raises(CallerGoneError):
            made.classify({"a": CHEAP, "b": COSTLY, "c": COSTLY}, request)
        with pytest.raises(CallerGoneError):
            made.clean(COSTLY, request)
    with lane.enter(COSTLY, within(WAIT_S)):
        pass


def test_nothing_is_cleaned_to_be_shown_to_a_caller_that_has_gone() -> None:
    """As for a classification, that is looked for before the cleaner begins."""
    pool = FakePool(head_set(info("intent", fingerprint=FAKE_FINGERPRINT)))
    cleaner = _Stepping()
    made = Pipeline({"a": FakeEmbedder()}, pool, answer_cache(0), 60, cleaner=cleaner)
    with pytest.raises(CallerGoneError):
        made.clean(CHEAP, RequestMetadata(within(WAIT_S), caller_gone=lambda: True))
    assert cleaner.cleaned == []


def test_a_mail_that_is_remembered_needs_no_lane() -> None:
    """What was cleaned before is answered while the lane is taken."""
    lane = CleaningLane(costly=1_000, waiting=0)
    cleaner = CachingCleaner(1 << 20, lane=lane)
    first = cleaner(COSTLY)
    with lane.enter(COSTLY, NEVER):
        assert cleaner(COSTLY) == first
        with pytest.raises(LargeBodiesBusyError):
            cleaner(MailInput(html=str(COSTLY.html) + "!"))


def test_the_deadline_is_looked_at_between_the_stages_of_one_mail() -> None:
    """What a check raises ends the cleaning there; each stage has one before it."""
    message = b"Content-Type: text/html\r\n\r\n<p>Not interested.</p>"
    for mail in (MailInput(raw=message), MailInput(html="<p>No.</p>"), CHEAP):
        calls: list[int] = []
        assert clean(mail, check=lambda calls=calls: calls.append(1)) == clean(mail)  # type: ignore[misc]
        assert len(calls) >= 2
    with pytest.raises(DeadlineExceededError):
        CachingCleaner(0)(CHEAP, frozenset(), Deadline(0))


class _Stepping:
    """A cleaner for which every mail takes longer than the request has time, but the first."""

    def __init__(self) -> None:
        self.cleaned: list[str] = []

    def __call__(
        self, mail: MailInput, _off: Set[str], deadline: Deadline, _check: Callable[[], None]
    ) -> CleanedMail:
        self.cleaned.append(str(mail.text))
        if len(self.cleaned) > 1:
            until(lambda: _is_over(deadline), "the deadline did not pass")
            deadline.remaining()
        return clean(mail)


def _is_over(deadline: Deadline) -> bool:
    try:
        deadline.remaining()
    except DeadlineExceededError:
        return True
    return False


def test_a_batch_of_slow_mails_ends_at_its_deadline_and_costs_the_good_ones_nothing() -> None:
    """The mails that cost least come first; once time is up none is begun, each says so."""
    cleaner = _Stepping()
    pool = FakePool(head_set(info("intent", fingerprint=FAKE_FINGERPRINT)))
    made = Pipeline({"a": FakeEmbedder()}, pool, answer_cache(0), 60, cleaner=cleaner)
    texts = ["slow " * 100, "slow " * 50, "Good.", "slow " * 80]
    mails = {str(n): MailInput(text=text) for n, text in enumerate(texts)}
    outcomes = made.classify(mails, RequestMetadata(within(1.0)))
    assert list(outcomes) == list(mails)
    assert cleaner.cleaned == ["Good.", "slow " * 50]
    assert isinstance(outcomes["2"], Answer)
    assert all(isinstance(outcomes[n], DeadlineExceededError) for n in ("0", "1", "3"))
