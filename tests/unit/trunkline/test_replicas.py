"""Replicas: who is asked, who is set aside, who comes back; no threads, a clock that tests move."""

import pytest
import structlog

from trunkline.replica_observer import Reason
from trunkline.replicas import (
    FAILURES,
    IDLE_S,
    LAST_S,
    SLOW_FLOOR_S,
    SUSPECT_S,
    Replica,
    Replicas,
)


class Notes:
    """An observer that keeps what it was told."""

    def __init__(self) -> None:
        self.now = (0, 0)
        self.reasons: list[Reason] = []

    def replicas(self, serving: int, aside: int) -> None:
        """Keep the numbers."""
        self.now = (serving, aside)

    def set_aside(self, reason: Reason) -> None:
        """Keep the reason."""
        self.reasons.append(reason)

    def retried(self, reason: str) -> None:
        """Keep nothing."""


class Group:
    """Replicas by letter, a clock, and short words for what happens to them."""

    def __init__(self, addresses: str) -> None:
        self.now = 100.0
        self.notes = Notes()
        self.replicas = Replicas("test", lambda address: address, self.notes, lambda: self.now)
        self.replicas.update(addresses)

    def __getitem__(self, address: str) -> Replica[str]:
        """Return a replica by its letter."""
        return next(r for r in self.replicas.all() if r.address == address)

    def pick(self, *tried: str) -> Replica[str]:
        """Pick one that there must be."""
        replica = self.replicas.pick([self[address] for address in tried])
        assert replica is not None
        return replica

    def picked(self, count: int) -> str:
        """Pick and answer so many times; return the letters that were picked, sorted."""
        letters = ""
        for _ in range(count):
            replica = self.pick()
            letters += replica.address
            self.replicas.answered(replica, 0.01)
        return "".join(sorted(letters))

    def answer(self, address: str, seconds: float = 0.01) -> None:
        """Let a replica answer a request of its own."""
        others = [other.address for other in self.replicas.all() if other.address != address]
        self.replicas.answered(self.pick(*others), seconds)

    def fail(self, address: str, reason: Reason = "unreachable") -> None:
        """Let a replica fail a request of its own."""
        others = [other.address for other in self.replicas.all() if other.address != address]
        self.replicas.failed(self.pick(*others), reason)

    def probe(self, *, alive: bool) -> dict[str, bool]:
        """Answer every probe that is due alike; return whose link is to be replaced."""
        due = self.replicas.due()
        return {replica.address: self.replicas.probed(replica, alive=alive) for replica in due}


def test_equals_take_turns_and_the_least_busy_comes_first() -> None:
    """Quiet replicas get the same share; one that owes answers is passed over."""
    group = Group("abc")
    assert group.picked(6) == "aabbcc"
    busy = group.pick()
    others = {group.pick().address, group.pick().address}
    assert busy.address not in others
    assert len(others) == 2


def test_one_that_cannot_be_reached_is_set_aside_at_once_while_another_serves() -> None:
    """No second request meets it; a probe brings it back, and pauses between probes grow."""
    group = Group("ab")
    group.fail("a")
    assert group.picked(4) == "bbbb"
    assert (group.notes.now, group.notes.reasons) == ((1, 0), ["unreachable"])
    waits = []
    for _ in range(4):
        begun = group.now
        while "a" not in (due := group.probe(alive=False)):
            group.now += 0.1
            group.answer("b")
        assert due["a"] is False
        waits.append(round(group.now - begun, 1))
    assert waits == sorted(waits)
    assert waits[-1] > 2 * waits[0]
    group.now += 60
    group.probe(alive=True)
    assert group.picked(4) == "aabb"


def test_the_last_one_is_given_up_only_for_failing_all_the_time() -> None:
    """FAILURES in a row over LAST_S without an answer; then requests fail at once."""
    group = Group("a")
    for _ in range(FAILURES * 2):
        group.fail("a")
    group.answer("a")
    for _ in range(FAILURES * 2):
        group.fail("a")
    assert group.replicas.pick() is not None
    group.now += LAST_S
    group.replicas.failed(group["a"], "unreachable")
    assert group.replicas.pick() is None
    group.now += 0.5
    assert group.probe(alive=True) == {"a": False}
    assert group.picked(2) == "aa"


def test_a_request_that_failed_where_another_serves_tries_one_that_may_be_back() -> None:
    """While replicas restart in turn, the first is asked before its next probe is due."""
    group = Group("ab")
    group.fail("a")
    lost = group.pick()
    assert lost.address == "b"
    group.replicas.failed(lost, "unreachable")
    again = group.pick("b")
    assert again.address == "a"
    group.replicas.answered(again, 0.01)
    assert group.notes.now == (2, 0)


@pytest.mark.parametrize("reason", ["silent", "timing_out", "slow"])
def test_no_request_tries_one_that_would_keep_it_waiting(reason: Reason) -> None:
    """Who is set aside for silence or slowness costs time; only who could not be reached is."""
    group = Group("ab")
    with_reason = group["a"]
    for _ in range(FAILURES):
        group.fail("a", reason)
    assert with_reason.aside == reason
    assert group.replicas.pick([group["b"]]) is None


def test_one_aside_is_probed_soon_where_the_last_that_serves_fails() -> None:
    """Its pause may have grown: 0.5 s after its last probe is enough then."""
    group = Group("ab")
    group.fail("a")
    for _ in range(4):
        group.now += 4.0
        group.answer("b")
        group.probe(alive=False)
        group.probe(alive=True)
    group.now += 0.6
    assert "a" not in {replica.address for replica in group.replicas.due()}
    group.fail("b")
    assert "a" in {replica.address for replica in group.replicas.due()}


def test_silence_while_answers_are_owed_is_probed_and_one_failed_probe_is_enough() -> None:
    """The link is to be replaced, for what waits there; the other takes all."""
    group = Group("ab")
    group.picked(2)
    owing = group.pick()
    group.now += SUSPECT_S / 2
    assert group.probe(alive=True) == {}
    group.now += SUSPECT_S
    assert group.probe(alive=True) == {owing.address: False}
    group.now += SUSPECT_S * 1.1
    assert group.probe(alive=False) == {owing.address: True}
    assert owing.address not in group.picked(4)
    assert group.notes.now == (1, 1)


def test_idle_replicas_are_probed_so_that_no_request_is_the_first_to_know() -> None:
    """After IDLE_S without an answer, each; nothing is asked sooner."""
    group = Group("ab")
    group.picked(2)
    group.now += IDLE_S * 0.9
    assert group.probe(alive=True) == {}
    group.now += IDLE_S * 0.2
    assert group.probe(alive=True) == {"a": False, "b": False}


@pytest.mark.parametrize("addresses", ["a", "ab"])
def test_one_that_turns_probes_away_keeps_what_it_owes(addresses: str) -> None:
    """It takes nothing new, as one that drains; its link stays, and a probe brings it back."""
    group = Group(addresses)
    owed = group.pick(*addresses[1:])
    for _ in range(2 * FAILURES):
        group.now += 5
        due = group.replicas.due()
        turned_away = [
            group.replicas.probed(r, alive=r.address != "a", reason="unreachable") for r in due
        ]
        assert not any(turned_away)
    assert group.notes.reasons == ["unreachable"]
    assert owed.aside == "unreachable"
    group.now += 5
    assert group.probe(alive=False)["a"] is True, "it fell silent: what it owes will not come"
    group.replicas.released(owed)
    group.now += 5
    group.probe(alive=True)
    assert owed.aside is None


def test_never_all_are_set_aside_for_one_silent_probe() -> None:
    """Of two that are silent at once, as on a machine that paused, the last needs more."""
    group = Group("ab")
    group.now += IDLE_S
    assert sorted(group.probe(alive=False).values()) == [False, True]
    for _ in range(FAILURES - 1):
        assert group.replicas.pick() is not None
        group.now += SUSPECT_S * 1.1
        group.probe(alive=False)
    assert group.replicas.pick() is None


def test_a_slow_one_is_set_aside_and_comes_back_by_a_trial() -> None:
    """Beside a much faster one; it is asked once now and then, until it is as fast again."""
    group = Group("ab")
    for _ in range(3):
        group.answer("a", 0.02)
        group.answer("b", 0.5)
    assert group.notes.reasons == ["slow"]
    assert group.picked(4) == "aaaa"
    group.now += IDLE_S
    group.probe(alive=True)
    trial, beside = group.pick(), group.pick()
    assert (trial.address, beside.address) == ("b", "a")
    group.replicas.answered(beside, 0.02)
    group.replicas.answered(trial, 0.5)
    assert group.picked(4) == "aaaa"
    group.now += 4 * IDLE_S
    group.probe(alive=True)
    group.answer("b", 0.02)
    assert group.picked(4) == "aabb"


def test_equally_slow_ones_all_serve() -> None:
    """An overload that takes all alike sets nobody aside, nor does a lone one's slowness."""
    group = Group("ab")
    for _ in range(9):
        group.answer("a", 30 * SLOW_FLOOR_S)
        group.answer("b", 20 * SLOW_FLOOR_S)
    lone = Group("a")
    for _ in range(9):
        lone.answer("a", 9.0)
    assert group.notes.reasons + lone.notes.reasons == []


def test_time_outs_count_only_in_a_row() -> None:
    """One that answers probes but no requests is set aside after FAILURES, and tried one by one."""
    group = Group("ab")
    for _ in range(FAILURES):
        group.fail("a", "timing_out")
        group.answer("a")
    assert group.notes.reasons == []
    for _ in range(FAILURES):
        group.fail("a", "timing_out")
    assert group.notes.reasons == ["timing_out"]
    group.now += 1
    group.probe(alive=True)
    trial = group.pick()
    assert trial.address == "a"
    assert group.pick().address == "b"
    group.replicas.failed(trial, "timing_out")
    assert group.pick().address == "b"


def test_a_trial_that_had_little_time_ends_the_trials_for_a_while() -> None:
    """It says nothing of one that serves, but hurried requests must not all be trials."""
    group = Group("ab")
    for _ in range(FAILURES * 2):
        group.replicas.failed(group.pick("b"), "timing_out", fair=False)
    assert group.notes.reasons == []
    for _ in range(FAILURES):
        group.fail("a", "timing_out")
    group.now += 1
    group.probe(alive=True)
    trial = group.pick()
    assert trial.address == "a"
    group.replicas.failed(trial, "timing_out", fair=False)
    assert group.picked(4) == "bbbb"


def test_one_that_asked_for_a_pause_is_asked_last() -> None:
    """Pushback moves requests to others as long as there are any."""
    group = Group("ab")
    group.replicas.refused(group.pick("b"), busy_s=2)
    assert group.picked(4) == "bbbb"
    assert group.pick("b").address == "a"


def test_addresses_come_and_go() -> None:
    """A new one serves once it answered a probe; one that is gone is returned, to be let go."""
    group = Group("a")
    assert group.replicas.update("ab") == ()
    assert group.picked(2) == "aa"
    group.probe(alive=True)
    assert group.picked(2) == "ab"
    assert [gone.address for gone in group.replicas.update("b")] == ["a"]
    assert group.picked(2) == "bb"


@pytest.mark.parametrize("addresses", ["bc", "abc"])
def test_new_addresses_serve_at_once_where_none_that_stays_does(addresses: str) -> None:
    """A whole deployment that was replaced, or whose last replica was given up, waits for none."""
    group = Group("a")
    group.fail("a")
    group.now += LAST_S
    for _ in range(FAILURES - 1):
        group.fail("a")
    assert group.replicas.pick() is None
    group.replicas.update(addresses)
    assert set(group.picked(6)) == {"b", "c"}


def test_a_deployment_that_was_replaced_whole_serves_at_once() -> None:
    """None of the old addresses stays, so that nothing would answer until a probe did."""
    group = Group("ab")
    group.replicas.update("cd")
    assert group.picked(4) == "ccdd"


@pytest.mark.parametrize("reason", ["unreachable", "timing_out"])
def test_an_answer_from_one_set_aside_brings_it_back(reason: Reason) -> None:
    """What was sent before proves it alive as well as a probe does."""
    group = Group("ab")
    early = group.pick("b")
    for _ in range(FAILURES):
        if group["a"].aside is None:
            group.fail("a", reason)
    assert group.picked(2) == "bb"
    group.replicas.answered(early, 0.01, sample=False)
    assert group.picked(2) == "ab"


def test_one_that_may_still_be_starting_is_set_aside_without_a_warning() -> None:
    """A good start logs no warning, however slow; one that served and is away is warned of."""
    group = Group("a")
    with structlog.testing.capture_logs() as start:
        for _ in range(2 * FAILURES):
            group.now += LAST_S
            group.probe(alive=False)
    group.now += IDLE_S
    group.probe(alive=True)
    group.answer("a")
    with structlog.testing.capture_logs() as later:
        for _ in range(2 * FAILURES):
            group.now += IDLE_S
            group.probe(alive=False)

    assert [(event["event"], event["log_level"]) for event in start + later] == [
        ("replica_set_aside", "info"),
        ("replica_set_aside", "warning"),
    ]
