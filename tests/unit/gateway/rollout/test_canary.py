"""Candidates: a stable share of the mails, taken back at once where they pass their bounds."""

from typing import Any

import pytest

from embedder.errors import Unavailable
from heads.prediction import HeadSet
from tests.support.pools import OTHER, candidate, head_set, info
from tests.support.rollout import TEXTS, RolloutGateway, answering_version


def on_trial(share: float = 1.0, **bounds: Any) -> HeadSet:
    """Serve intent with a candidate."""
    return head_set(info("intent"), candidates=[candidate("intent", share=share, **bounds)])


def test_a_candidate_answers_its_share_and_says_so() -> None:
    """About the share, by content: the same mails every time, cached or not, in any company."""
    gateway = RolloutGateway(on_trial(0.25, window=100_000))
    first = [answering_version(heads) for heads in gateway.ask(*TEXTS)]
    assert set(first) == {("1", False), ("2", True)}
    assert 0.15 < sum(canary for _, canary in first) / len(TEXTS) < 0.35
    assert [answering_version(heads) for heads in gateway.ask(*TEXTS)] == first
    fresh = RolloutGateway(on_trial(0.25))
    assert [answering_version(fresh.ask(text)[0]) for text in TEXTS[:50]] == first[:50]
    wider = [answering_version(heads) for heads in RolloutGateway(on_trial(0.5)).ask(*TEXTS)]
    assert all(then or not now for (_, now), (_, then) in zip(first, wider, strict=True))


def test_a_tenant_or_a_message_always_meets_one_version() -> None:
    """Whatever is said: the tenant decides, else the message id, else the words."""
    gateway = RolloutGateway(on_trial(0.5))
    by_tenant = {
        tenant: {answering_version(heads) for heads in gateway.ask(*TEXTS[:20], tenant=tenant)}
        for tenant in map(str, range(20))
    }
    assert {len(versions) for versions in by_tenant.values()} == {1}
    assert len(set(map(str, by_tenant.values()))) == 2
    by_message = [
        {
            answering_version(gateway.ask(text, headers={"message-ID": f"<{n}@x>"})[0])
            for text in TEXTS[:5]
        }
        for n in range(10)
    ]
    assert {len(versions) for versions in by_message} == {1}


def test_an_answer_is_kept_for_the_versions_that_gave_it() -> None:
    """One text under two tenants that meet different versions is never answered by the other."""
    gateway = RolloutGateway(on_trial(0.5))
    gateway.pool.labels["intent@2"] = "no"
    for _ in "ab":
        for tenant in map(str, range(20)):
            (heads,) = gateway.ask("the same words", tenant=tenant)
            intent = heads["intent"]
            assert isinstance(intent, dict)
            assert intent["label"] == {"1": "yes", "2": "no"}[intent["version"]]


def test_a_candidate_that_fails_is_replaced_by_production() -> None:
    """The mail is answered as without the trial, and the answer is not kept."""
    gateway = RolloutGateway(on_trial())
    gateway.pool.broken["intent@2"] = "error"
    assert answering_version(gateway.ask("some words")[0]) == ("1", False)
    gateway.pool.broken.clear()
    assert answering_version(gateway.ask("some words")[0]) == ("2", True)


@pytest.mark.parametrize("fault", ["labels", "broken", "unsure"])
def test_a_candidate_out_of_bounds_is_taken_back_at_once_and_for_all(fault: str) -> None:
    """Disagreement, errors or abstentions: no further mail meets it, the catalog is told why."""
    gateway = RolloutGateway(
        on_trial(window=50, abstain_rise=0.2, disagreement=0.2, error_rate=0.2)
    )
    if fault == "unsure":
        gateway.pool.unsure.add("intent@2")
    else:
        getattr(gateway.pool, fault)["intent@2"] = {"labels": "no", "broken": "error"}[fault]
    gateway.failures_left = 2
    for text in TEXTS[:11]:
        gateway.ask(text)
    assert {answering_version(gateway.ask(text)[0]) for text in TEXTS[:60]} == {("1", False)}
    assert gateway.demoted.wait(20)
    assert len(gateway.demotions) == 3  # it failed twice and was repeated
    head, number, why = gateway.demotions[-1]
    assert (head, number) == ("intent", "2")
    assert "of 50 are allowed" in why


def test_a_candidate_within_bounds_stays() -> None:
    """It may disagree as often as head.toml says."""
    gateway = RolloutGateway(on_trial(window=50, disagreement=1.0))
    gateway.pool.labels["intent@2"] = "no"
    assert {answering_version(heads) for heads in gateway.ask(*TEXTS)} == {("2", True)}
    assert gateway.demotions == []


def test_an_outage_of_both_versions_is_not_held_against_the_candidate() -> None:
    """Where production had no answer either, the candidate is not judged."""
    gateway = RolloutGateway(on_trial(window=10, error_rate=0.0))
    gateway.pool.broken = {"intent@1": "unavailable", "intent@2": "unavailable"}
    gateway.ask(*TEXTS[:50])
    gateway.pool.broken.clear()
    assert answering_version(gateway.ask("other words")[0]) == ("2", True)


def test_a_candidate_that_comes_back_begins_anew() -> None:
    """Once the catalog has dropped it, promoting the same version again gives it its share."""
    gateway = RolloutGateway(on_trial(window=10, error_rate=0.0))
    gateway.pool.broken["intent@2"] = "error"
    gateway.ask(TEXTS[0])
    gateway.pool.broken.clear()
    assert answering_version(gateway.ask(TEXTS[1])[0]) == ("1", False)
    gateway.pool.served = head_set(info("intent"), generation=2)
    gateway.ask(TEXTS[2])
    again = on_trial()
    gateway.pool.served = HeadSet(3, again.heads, again.candidates)
    assert answering_version(gateway.ask(TEXTS[3])[0]) == ("2", True)


def test_a_candidate_on_another_encoder_costs_a_forward_for_its_mails_only() -> None:
    """Its mails are embedded twice, the others once; all are answered in one go."""
    trying = info("intent", "2", share=0.5, fingerprint=OTHER)
    gateway = RolloutGateway(head_set(info("intent"), candidates=[trying]))
    met = [answering_version(heads) for heads in gateway.ask(*TEXTS[:40])]
    ((texts, _, _),) = gateway.second.calls
    assert len(texts) == met.count(("2", True)) > 0
    assert [len(texts) for texts, _, _ in gateway.embedder.calls] == [40]


def test_a_candidate_whose_encoder_is_away_harms_nobody() -> None:
    """Production answers; nothing is kept and nothing is held against the candidate."""
    trying = info("intent", "2", fingerprint=OTHER)
    gateway = RolloutGateway(head_set(info("intent"), candidates=[trying]))
    gateway.second.error = Unavailable()
    assert answering_version(gateway.ask("some words")[0]) == ("1", False)
    gateway.second.error = None
    assert answering_version(gateway.ask("some words")[0]) == ("2", True)
