"""The laws of the opt-out state: what a machine may act on, what a person sees, what is unknown."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from embedder.testing.embedder import FAKE_FINGERPRINT, FakeEmbedder
from gateway.inference.answer import Answer
from gateway.inference.answer_cache import answer_cache
from gateway.inference.classification import rule_classification
from gateway.inference.combine import combine
from gateway.inference.context import RequestMetadata
from gateway.inference.deadline import within
from gateway.inference.opt_out import OptOutEvidence, OptOutScore, opt_out_state
from gateway.inference.pipeline import Cleaner, Pipeline
from gateway.inference.plan import make_plan
from gateway.mail import CleanedMail, MailInput
from heads.policy import OptOutThresholds
from heads.prediction import HeadScores, HeadSet, PredictRequest, unavailable_scores
from tests.support.pools import FakePool, candidate, head_set, info

NOTHING = OptOutEvidence()
EXPLICIT, LIKELY = OptOutEvidence(words="explicit"), OptOutEvidence(words="likely")
TABLE = OptOutThresholds(yes=0.8, review=0.2)
HEAD = info("has_opt_out", kind="sigmoid", opt_out=TABLE)


def score(probability: float, *, usable: bool = True) -> OptOutScore:
    """Score as a head whose bundle says yes from 0.8 on and review from 0.2 on."""
    return OptOutScore(probability, review=0.2, yes=0.8, usable=usable)


@pytest.mark.parametrize(
    ("probability", "state"),
    [(0.0, "no"), (0.19, "no"), (0.2, "review"), (0.79, "review"), (0.8, "yes"), (1.0, "yes")],
)
def test_the_head_alone_has_two_thresholds(probability: float, state: str) -> None:
    """Without words or rules the head's two thresholds decide between the three states."""
    assert opt_out_state(NOTHING, score(probability), "other") == state


@pytest.mark.parametrize(
    ("evidence", "probability", "state"),
    [
        (OptOutEvidence(is_cut=True), 0.0, "review"),
        (OptOutEvidence(is_cut=True), 0.5, "review"),
        (OptOutEvidence(is_cut=True), 0.9, "yes"),
        (OptOutEvidence("no", is_cut=True), 0.0, "no"),
        (OptOutEvidence(has_thread=True, is_cut=True), 0.0, "no"),
    ],
)
def test_the_no_of_a_head_that_read_a_part_is_for_a_person(
    evidence: OptOutEvidence, probability: float, state: str
) -> None:
    """What it did not read may ask to be left alone; a thread's missing part is its oldest."""
    assert opt_out_state(evidence, score(probability), "other") == state


@pytest.mark.parametrize("proof", ["yes", "no"])
@pytest.mark.parametrize("given", [None, score(0.0), score(0.5), score(1.0)])
@pytest.mark.parametrize("words", [None, "likely", "explicit"])
def test_a_rules_proof_comes_first(proof: Any, given: OptOutScore | None, words: Any) -> None:
    """A complaint is a yes and an automatic reply a no whatever the head says.

    Only explicit words in what is proven a no are seen by a person.
    """
    state = "review" if (proof, words) == ("no", "explicit") else proof
    assert opt_out_state(OptOutEvidence(proof, words), given, "unsubscribe") == state


@pytest.mark.parametrize(
    ("evidence", "given", "state"),
    [
        (EXPLICIT, None, "review"),
        (EXPLICIT, score(0.0), "review"),
        (EXPLICIT, score(0.2), "review"),
        (EXPLICIT, score(0.49), "review"),
        (EXPLICIT, score(0.5), "yes"),
        (EXPLICIT, score(0.9), "yes"),
        (LIKELY, None, "review"),
        (LIKELY, score(0.0), "review"),
        (LIKELY, score(0.5), "review"),
        (LIKELY, score(0.9), "yes"),
    ],
)
def test_words_are_a_second_witness(
    evidence: OptOutEvidence, given: OptOutScore | None, state: str
) -> None:
    """Explicit words alone are for a person; where the head's likelier answer is yes, too, act."""
    assert opt_out_state(evidence, given, None) == state


@pytest.mark.parametrize(
    ("given", "state"),
    [(None, "review"), (score(0.0), "review"), (score(0.5), "review"), (score(0.9), "yes")],
)
def test_a_decided_unsubscription_is_at_least_reviewed(
    given: OptOutScore | None, state: str
) -> None:
    """An intent of unsubscribe is seen by a person even where the opt-out head says no."""
    assert opt_out_state(NOTHING, given, "unsubscribe") == state


@pytest.mark.parametrize("intent", ["positive", "referral"])
@pytest.mark.parametrize("evidence", [NOTHING, LIKELY, EXPLICIT])
@pytest.mark.parametrize("probability", [0.2, 0.6, 0.9, 1.0])
def test_who_wants_something_is_never_struck_off_by_a_machine(
    intent: str, evidence: OptOutEvidence, probability: float
) -> None:
    """Of a buyer, or one who names another, a person reads what it is that should stop."""
    assert opt_out_state(evidence, score(probability), intent) == "review"


@pytest.mark.parametrize(
    ("words", "probability", "state"),
    [
        (None, 1.0, "review"),
        (None, 0.5, "review"),
        (None, 0.0, "no"),
        ("likely", 1.0, "review"),
        ("explicit", 1.0, "yes"),
        ("explicit", 0.8, "yes"),
        ("explicit", 0.79, "review"),
        ("explicit", 0.5, "review"),
    ],
)
def test_a_head_that_read_our_quoted_mail_too_strikes_nobody_off(
    words: Any, probability: float, state: str
) -> None:
    """With quoted mails in view a yes needs explicit newest words and a head certain by itself.

    The footer of our own mail says STOP, so that its agreement is no second witness.
    """
    evidence = OptOutEvidence(words=words, has_thread=True)
    assert opt_out_state(evidence, score(probability), "other") == state


@pytest.mark.parametrize(("words", "state"), [(None, "no"), ("likely", "review")])
def test_a_no_of_a_head_that_saw_a_part_gives_way_to_words(words: Any, state: str) -> None:
    """Words are read behind the place where an encoder stops, so a no stands without any."""
    assert opt_out_state(OptOutEvidence(words=words), score(0.0), "other") == state


def test_no_answer_is_never_a_no() -> None:
    """Where neither a rule nor the head answered the state is unknown."""
    assert opt_out_state(NOTHING, None, "positive") is None
    assert rule_classification("empty", "empty.body").decision.opt_out is None


@pytest.mark.parametrize(
    ("evidence", "probability", "state"),
    [
        (NOTHING, 0.9, "review"),
        (NOTHING, 0.5, "review"),
        (NOTHING, 0.0, None),
        (EXPLICIT, 0.9, "review"),
        (EXPLICIT, 0.0, "review"),
    ],
)
def test_text_that_hides_is_never_acted_on(
    evidence: OptOutEvidence, probability: float, state: str | None
) -> None:
    """Where the model cannot read the text its yes is for a person and its no says nothing."""
    assert opt_out_state(evidence, score(probability, usable=False), None) == state


def table_scores(probability: float) -> HeadScores:
    """Answer one row as the opt-out head, with a threshold of 0.04 for its yes."""
    table = np.asarray([[probability, 1 - probability]], dtype=np.float32)
    return HeadScores("has_opt_out", "1", "ok", ("yes", "no"), table, (1,), (0.04, 0.0), (False,))


def combined(head: Any, given: Mapping[str, HeadScores], *, unusable: bool = False) -> str | None:
    """Combine one row under the opt-out head alone."""
    plan = make_plan(HeadSet(1, {head.name: head}), None, (FAKE_FINGERPRINT,))
    return combine(plan, given, [unusable])[0].decision.opt_out


@pytest.mark.parametrize(
    ("probability", "state"), [(0.03, "no"), (0.05, "review"), (1.0, "review")]
)
def test_a_bundle_without_the_table_never_says_yes_alone(probability: float, state: str) -> None:
    """An older bundle's threshold of yes, chosen for recall, asks for a person and no more."""
    old = replace(HEAD, opt_out=None)
    assert combined(old, {"has_opt_out": table_scores(probability)}) == state


@pytest.mark.parametrize("status", ["unavailable", "error", "fingerprint_mismatch"])
def test_a_head_that_failed_leaves_it_unknown(status: Any) -> None:
    """A failed head's state is null, as that of one which no pool answered for."""
    assert (
        combined(HEAD, {"has_opt_out": unavailable_scores("has_opt_out", "1", status, "")}) is None
    )
    assert combined(HEAD, {}) is None


class _Sure(FakePool):
    """A pool whose opt-out head is certain to the given probability."""

    probability = 0.5

    def predict(self, request: PredictRequest) -> Mapping[str, HeadScores]:
        """Answer every head; the opt-out head with its probability."""
        answers = dict(super().predict(request))
        for name, answer in answers.items():
            answers[name] = answer._replace(
                scores=np.asarray(
                    [[self.probability, 1 - self.probability]] * len(request.rows), np.float32
                )
            )
        return answers


def cleaning_to(mail: CleanedMail) -> Cleaner:
    """Return a cleaner that makes this of any mail."""
    return lambda *_: mail


def decision(pool: FakePool, mail: CleanedMail, heads: tuple[str, ...] | None = None) -> Any:
    """Return the decision of one cleaned mail."""
    made = Pipeline(
        {"a": FakeEmbedder()}, pool, answer_cache(1 << 20), 60, cleaner=cleaning_to(mail)
    )
    outcome = made.classify({"": MailInput(text="x")}, RequestMetadata(within(60), heads))[""]
    assert isinstance(outcome, Answer)
    return json.loads(b"{%b}" % outcome.shared.scored)["decision"]


WORDS = CleanedMail("some words", "some words")


def test_the_answer_says_what_the_head_and_the_cleaner_found() -> None:
    """The state is part of the decision, also where the intent is not asked at all."""
    pool = _Sure(head_set(HEAD))
    assert decision(pool, WORDS)["opt_out"] == "review"
    explicit = replace(WORDS, opt_out_evidence="explicit")
    assert decision(pool, explicit)["opt_out"] == "yes"
    assert decision(pool, explicit)["decided_by"] is None
    assert decision(pool, replace(WORDS, opt_out="no"))["opt_out"] == "no"


def test_words_beyond_what_the_encoder_reads_are_for_a_person() -> None:
    """The head's no speaks of what was read; that of a mail that was read whole stands."""
    pool = _Sure(head_set(HEAD))
    pool.probability = 0.0
    states = [
        decision(pool, CleanedMail(words, words))["opt_out"]
        for words in ("word " * 100, "word " * 600)
    ]
    assert states == ["no", "review"]


def test_a_head_that_was_not_asked_leaves_it_unknown() -> None:
    """Asking for other heads alone gives null, not no."""
    pool = _Sure(head_set(HEAD, info("intent")))
    assert decision(pool, WORDS, heads=("intent",))["opt_out"] is None


def test_a_rule_brings_its_proof() -> None:
    """A complaint decided by rule is a yes, an automatic reply a no; both run no head."""
    pool = _Sure(head_set(HEAD))
    complaint = CleanedMail("", "", decision="unsubscribe", rule="complaint", opt_out="yes")
    away = CleanedMail("I am away", "", decision="auto_reply", rule="header", opt_out="no")
    empty = CleanedMail("", "", decision="empty", rule="empty.body")
    assert [decision(pool, mail)["opt_out"] for mail in (complaint, away, empty)] == [
        "yes", "no", None,
    ]  # fmt: skip
    assert pool.calls == []


def test_words_are_part_of_the_cached_answer() -> None:
    """Two mails whose model reads the same words and whose evidence differs are not confused."""
    pool, cache = _Sure(head_set(HEAD)), answer_cache(1 << 20)
    states = []
    for words in (None, "explicit", None):
        mail = replace(WORDS, opt_out_evidence=words)
        made = Pipeline({"a": FakeEmbedder()}, pool, cache, 60, cleaner=cleaning_to(mail))
        outcome = made.classify({"": MailInput(text="x")}, RequestMetadata(within(60)))[""]
        assert isinstance(outcome, Answer)
        states.append((outcome.shared.decision.opt_out, outcome.cache))
    assert states == [("review", "miss"), ("yes", "miss"), ("review", "answer")]


def test_quoted_words_are_part_of_the_decision_and_of_the_cached_answer() -> None:
    """The same words are a yes as a mail of their own and a review with quoted ones in them."""
    pool, cache = _Sure(head_set(HEAD)), answer_cache(1 << 20)
    pool.probability = 0.9
    states = []
    for thread_chars in (0, 4, 0):
        mail = replace(WORDS, thread_chars=thread_chars)
        made = Pipeline({"a": FakeEmbedder()}, pool, cache, 60, cleaner=cleaning_to(mail))
        outcome = made.classify({"": MailInput(text="x")}, RequestMetadata(within(60)))[""]
        assert isinstance(outcome, Answer)
        states.append((outcome.shared.decision.opt_out, outcome.cache))
    assert states == [("yes", "miss"), ("review", "miss"), ("yes", "answer")]


def test_a_candidate_has_thresholds_of_its_own() -> None:
    """Where a head's candidate answers, its own bundle's table counts."""
    lower = replace(candidate("has_opt_out"), opt_out=OptOutThresholds(yes=0.4, review=0.1))
    pool = _Sure(head_set(HEAD, candidates=[lower]))

    class Choose:
        """Let the candidate answer everything."""

        def choose(self, _item: Any, _snapshot: Any) -> frozenset[str]:
            """Return the one head."""
            return frozenset({"has_opt_out"})

        def observe(self, _scored: Any) -> None:
            """Learn nothing."""

    made = Pipeline(
        {"a": FakeEmbedder()}, pool, answer_cache(0), 60, rollout=Choose(),
        cleaner=cleaning_to(WORDS),
    )  # fmt: skip
    outcome = made.classify({"": MailInput(text="x")}, RequestMetadata(within(60)))[""]
    assert isinstance(outcome, Answer)
    assert outcome.shared.decision.opt_out == "yes"
