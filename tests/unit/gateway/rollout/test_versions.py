"""Side versions: a stable share, taken back out of bounds; shadows that never hold up an answer."""

import json
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from embedder.testing.embedder import FakeEmbedder
from gateway import metrics
from gateway.api.rendering import render
from gateway.inference.answer import Answer
from gateway.inference.answer_cache import answer_cache
from gateway.inference.context import RequestMetadata
from gateway.inference.deadline import within
from gateway.inference.pipeline import Pipeline
from gateway.mail import MailInput
from gateway.rollout.canary import Canaries
from gateway.rollout.shadow import MAX_WAITING, REST, Shadows
from gateway.rollout.shadow_log import FILE, OLDER, ShadowLog, VersionAnswer
from gateway.rollout.versions import Versions
from heads.prediction import HeadScores, HeadSet, PredictRequest
from tests.support.pools import OTHER, FakePool, candidate, head_set, info
from tests.support.waiting import until

TEXTS = [f"words number {n}" for n in range(400)]


class Asked:
    """A gateway with side versions; `told` keeps what was demoted.

    Shadows work when a test calls `run_once`, unless others are given.
    """

    def __init__(
        self,
        served: HeadSet,
        shadow_log: ShadowLog | None = None,
        shadows: Callable[[FakePool], Shadows] | None = None,
    ) -> None:
        self.embedder, self.second = FakeEmbedder(), FakeEmbedder(fingerprint=OTHER)
        self.pool = FakePool(served)
        self.told: list[tuple[str, str, str]] = []
        self.failing = 0
        self.done = threading.Event()
        unthreaded = Shadows(self.pool, shadow_log, threaded=False)
        self.shadows = shadows(self.pool) if shadows else unthreaded
        self.pipeline = Pipeline(
            {"a": self.embedder, "b": self.second},
            self.pool,
            answer_cache(1 << 20),
            60,
            rollout=Versions(Canaries(self._demote, retry_s=0.01), self.shadows),
        )
        self.pipeline.encoders.refresh(1)

    def _demote(self, head: str, version: str, why: str) -> None:
        self.told.append((head, version, why))
        if self.failing:
            self.failing -= 1
            raise OSError("not now")
        self.done.set()

    def ask(self, *texts: str, tenant: str = "", **mail: object) -> list[dict[str, object]]:
        """The heads of each text's answer; its id is its number."""
        mails = {
            str(n): MailInput(text=text, **mail)  # type: ignore[arg-type]
            for n, text in enumerate(texts)
        }
        outcomes = self.pipeline.classify(mails, RequestMetadata(within(60), tenant=tenant))
        return [
            json.loads(render(outcome, "id", {}))["heads"]
            for outcome in outcomes.values()
            if isinstance(outcome, Answer)
        ]


def on_trial(share: float = 1.0, **bounds: float) -> HeadSet:
    """Serve intent with a candidate."""
    return head_set(info("intent"), candidates=[candidate("intent", share=share, **bounds)])


def version(heads: dict[str, object]) -> tuple[str, bool]:
    """Which version answered, and whether it said that it is the candidate."""
    intent = heads["intent"]
    assert isinstance(intent, dict)
    return intent["version"], intent.get("canary", False)


def test_a_candidate_answers_its_share_and_says_so() -> None:
    """About the share, by content: the same mails every time, cached or not, in any company."""
    asked = Asked(on_trial(0.25, window=100_000))
    first = [version(heads) for heads in asked.ask(*TEXTS)]
    assert set(first) == {("1", False), ("2", True)}
    assert 0.15 < sum(canary for _, canary in first) / len(TEXTS) < 0.35
    assert [version(heads) for heads in asked.ask(*TEXTS)] == first
    fresh = Asked(on_trial(0.25))
    assert [version(fresh.ask(text)[0]) for text in TEXTS[:50]] == first[:50]
    wider = [version(heads) for heads in Asked(on_trial(0.5)).ask(*TEXTS)]
    assert all(then or not now for (_, now), (_, then) in zip(first, wider, strict=True))


def test_a_tenant_or_a_message_always_meets_one_version() -> None:
    """Whatever is said: the tenant decides, else the message id, else the words."""
    asked = Asked(on_trial(0.5))
    by_tenant = {
        tenant: {version(heads) for heads in asked.ask(*TEXTS[:20], tenant=tenant)}
        for tenant in map(str, range(20))
    }
    assert {len(versions) for versions in by_tenant.values()} == {1}
    assert len(set(map(str, by_tenant.values()))) == 2
    by_message = [
        {version(asked.ask(text, headers={"message-ID": f"<{n}@x>"})[0]) for text in TEXTS[:5]}
        for n in range(10)
    ]
    assert {len(versions) for versions in by_message} == {1}


def test_an_answer_is_kept_for_the_versions_that_gave_it() -> None:
    """One text under two tenants that meet different versions is never answered by the other."""
    asked = Asked(on_trial(0.5))
    asked.pool.says["intent@2"] = "no"
    for _ in "ab":
        for tenant in map(str, range(20)):
            (heads,) = asked.ask("the same words", tenant=tenant)
            intent = heads["intent"]
            assert isinstance(intent, dict)
            assert intent["label"] == {"1": "yes", "2": "no"}[intent["version"]]


def test_a_candidate_that_fails_is_replaced_by_production() -> None:
    """The mail is answered as without the trial, and the answer is not kept."""
    asked = Asked(on_trial())
    asked.pool.broken["intent@2"] = "error"
    assert version(asked.ask("some words")[0]) == ("1", False)
    asked.pool.broken.clear()
    assert version(asked.ask("some words")[0]) == ("2", True)


@pytest.mark.parametrize("fault", ["says", "broken", "unsure"])
def test_a_candidate_out_of_bounds_is_taken_back_at_once_and_for_all(fault: str) -> None:
    """Disagreement, errors or abstentions: no further mail meets it, the catalog is told why."""
    asked = Asked(on_trial(window=50, abstain_rise=0.2, disagreement=0.2, error_rate=0.2))
    if fault == "unsure":
        asked.pool.unsure.add("intent@2")
    else:
        getattr(asked.pool, fault)["intent@2"] = {"says": "no", "broken": "error"}[fault]
    asked.failing = 2
    for text in TEXTS[:11]:
        asked.ask(text)
    assert {version(asked.ask(text)[0]) for text in TEXTS[:60]} == {("1", False)}
    assert asked.done.wait(20)
    assert len(asked.told) == 3  # it failed twice and was repeated
    head, number, why = asked.told[-1]
    assert (head, number) == ("intent", "2")
    assert "of 50 are allowed" in why


def test_a_candidate_within_bounds_stays() -> None:
    """It may disagree as often as head.toml says."""
    asked = Asked(on_trial(window=50, disagreement=1.0))
    asked.pool.says["intent@2"] = "no"
    assert {version(heads) for heads in asked.ask(*TEXTS)} == {("2", True)}
    assert asked.told == []


def test_an_outage_of_both_versions_is_not_held_against_the_candidate() -> None:
    """Where production had no answer either, the candidate is not judged."""
    asked = Asked(on_trial(window=10, error_rate=0.0))
    asked.pool.broken = {"intent@1": "unavailable", "intent@2": "unavailable"}
    asked.ask(*TEXTS[:50])
    asked.pool.broken.clear()
    assert version(asked.ask("other words")[0]) == ("2", True)


def test_a_candidate_that_comes_back_begins_anew() -> None:
    """Once the catalog has dropped it, promoting the same version again gives it its share."""
    asked = Asked(on_trial(window=10, error_rate=0.0))
    asked.pool.broken["intent@2"] = "error"
    asked.ask(TEXTS[0])
    asked.pool.broken.clear()
    assert version(asked.ask(TEXTS[1])[0]) == ("1", False)
    asked.pool.served = head_set(info("intent"), generation=2)
    asked.ask(TEXTS[2])
    again = on_trial()
    asked.pool.served = HeadSet(3, again.heads, again.candidates)
    assert version(asked.ask(TEXTS[3])[0]) == ("2", True)


def test_a_candidate_on_another_encoder_costs_a_forward_for_its_mails_only() -> None:
    """Its mails are embedded twice, the others once; all are answered in one go."""
    trying = info("intent", "2", share=0.5, fingerprint=OTHER)
    asked = Asked(head_set(info("intent"), candidates=[trying]))
    met = [version(heads) for heads in asked.ask(*TEXTS[:40])]
    ((texts, _, _),) = asked.second.calls
    assert len(texts) == met.count(("2", True)) > 0
    assert [len(texts) for texts, _, _ in asked.embedder.calls] == [40]


def test_a_candidate_whose_encoder_is_away_harms_nobody() -> None:
    """Production answers; nothing is kept and nothing is held against the candidate."""
    from embedder.errors import Unavailable

    trying = info("intent", "2", fingerprint=OTHER)
    asked = Asked(head_set(info("intent"), candidates=[trying]))
    asked.second.error = Unavailable()
    assert version(asked.ask("some words")[0]) == ("1", False)
    asked.second.error = None
    assert version(asked.ask("some words")[0]) == ("2", True)


def watched(share: float = 1.0) -> HeadSet:
    """Serve intent with a shadow."""
    return head_set(info("intent"), shadows=[info("intent", "3", share=share)])


def counted(head: str = "intent", number: str = "3") -> Callable[[str], float]:
    """Read one shadow's counter by result, from zero."""

    def read(result: str) -> float:
        return metrics.SHADOW.labels(head, number, result)._value.get()

    before = {result: read(result) for result in ("agreed", "flipped", "failed")}
    return lambda result: read(result) - before[result]


def test_a_shadow_scores_after_the_answer_and_changes_nothing(tmp_path: Path) -> None:
    """The answer is production's and costs one call; flips are counted and kept without text."""
    asked, found = Asked(watched(), ShadowLog(tmp_path, 1 << 20, lambda: 12.0)), counted()
    asked.pool.says["intent@3"] = "no"
    heads = asked.ask("secret words", "other words")
    assert {version(one) for one in heads} == {("1", False)}
    assert len(asked.pool.calls) == 1
    asked.shadows.run_once()
    assert asked.pool.calls[1][:2] == (("intent@3",), 2)
    assert (found("flipped"), found("agreed")) == (2, 0)
    lines = (tmp_path / FILE).read_text().splitlines()
    assert json.loads(lines[0]) == {
        "at": 12.0,
        "id": "0",
        "head": "intent",
        "served": {"version": "1", "label": "yes", "probability": 0.9, "abstained": False},
        "shadow": {"version": "3", "label": "no", "probability": 0.9, "abstained": False},
    }
    assert len(lines) == 2
    assert "secret" not in "".join(lines)


def test_a_shadow_gets_its_sample() -> None:
    """About the share of the mails, and nothing for mails that were answered from memory."""
    asked, found = Asked(watched(0.3)), counted()
    asked.ask(*TEXTS[:200])
    asked.ask(*TEXTS[:200])
    while asked.shadows.waiting:
        asked.shadows.run_once()
    assert 35 < found("agreed") < 90


def test_shadow_work_is_dropped_first() -> None:
    """What finds no room is counted and forgotten; every mail is answered all the same."""
    asked, found = Asked(watched()), counted()
    before = metrics.SHADOW_DROPPED._value.get()
    texts = [f"number {n}" for n in range(MAX_WAITING + 30)]
    assert len(asked.ask(*texts)) == len(texts)
    while asked.shadows.waiting:
        asked.shadows.run_once()
    assert found("agreed") == MAX_WAITING
    assert metrics.SHADOW_DROPPED._value.get() - before == 30


def test_the_shadow_thread_rests_many_times_as_long_as_it_works() -> None:
    """Whatever it is given, it takes 1 % of a core at most."""
    rests: list[float] = []
    rested = threading.Event()
    ticks = iter(range(1000))

    def rest(seconds: float) -> None:
        rests.append(seconds)
        rested.set()

    asked = Asked(
        watched(), shadows=lambda pool: Shadows(pool, None, lambda: float(next(ticks)), rest=rest)
    )
    asked.ask("some words")
    assert rested.wait(20)
    asked.shadows.close()
    worked_s = 1.0  # between two looks at the clock
    assert rests == [REST * worked_s]
    assert worked_s / (worked_s + rests[0]) <= 0.01


def test_a_broken_shadow_is_counted_and_the_thread_goes_on() -> None:
    """Neither a refusal nor an error ends it."""
    asked, found = Asked(watched()), counted()
    asked.pool.broken["intent@3"] = "error"
    asked.ask("some words")
    asked.shadows.run_once()
    assert found("failed") == 1

    calls: list[PredictRequest] = []

    class Breaking(FakePool):
        def predict(self, request: PredictRequest) -> Mapping[str, HeadScores]:
            calls.append(request)
            raise ZeroDivisionError

    def breaking(pool: FakePool) -> Shadows:
        return Shadows(Breaking(pool.served), None, rest=lambda _seconds: None)

    threaded = Asked(watched(), shadows=breaking)
    for number, text in enumerate(("some words", "other words"), start=1):
        threaded.ask(text)
        until(lambda n=number: len(calls) == n, "the thread does not go on")
    assert threaded.shadows.waiting == 0
    threaded.shadows.close()


def test_flips_stay_within_their_bytes(tmp_path: Path) -> None:
    """The file and its predecessor together never pass the bound, and hold whole lines."""
    side = VersionAnswer("1", "yes", 0.5, False)
    writers = [ShadowLog(tmp_path, 4000) for _ in range(4)]

    def write(shadow_log: ShadowLog) -> None:
        for n in range(100):
            shadow_log.add(str(n), "intent", side, side)

    threads = [threading.Thread(target=write, args=(one,)) for one in writers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    files = [tmp_path / FILE, tmp_path / OLDER]
    assert sum(path.stat().st_size for path in files) <= 4000
    for path in files:
        assert all(json.loads(line)["head"] == "intent" for line in path.read_text().splitlines())
