"""The pipeline's laws: one snapshot, one call each, exact caching, nothing partial is kept."""

import json
from collections.abc import Callable, Sequence, Set
from dataclasses import replace
from typing import Any

import pytest

from embedder.api import FIRST_POOLINGS
from embedder.client import Embeddings, EncoderIdentity, ItemError
from embedder.errors import FingerprintMismatch, Unavailable
from embedder.testing.embedder import FAKE_FINGERPRINT, FakeEmbedder
from embedder.views import POOLINGS
from gateway.errors import (
    DeadlineExceededError,
    EmbedderUnavailableError,
    EncoderChangedError,
    GatewayError,
    HeadsUnavailableError,
    ItemRefusedError,
    UnknownHeadError,
)
from gateway.inference.answer import Answer, Outcome
from gateway.inference.answer_cache import answer_cache
from gateway.inference.context import RequestMetadata
from gateway.inference.deadline import Deadline, within
from gateway.inference.pipeline import Pipeline
from gateway.inference.scorer import Scorer
from gateway.mail import CleanedMail, MailInput, clean
from heads.prediction import HeadSet
from tests.support.pools import OTHER, FakePool, head_set, info
from tests.support.waiting import until


def fake_pool(*names: str, fingerprint: str = FAKE_FINGERPRINT) -> FakePool:
    """Serve heads of these names."""
    return FakePool(head_set(*(info(name, fingerprint=fingerprint) for name in names)))


def pipeline(embedder: FakeEmbedder, pool: FakePool) -> Pipeline:
    """Put a pipeline on fakes; its watch is not started."""
    return Pipeline({"a": embedder}, pool, answer_cache(1 << 20), 60)


def run(made: Pipeline, *texts: str, heads: tuple[str, ...] | None = None) -> list[Outcome]:
    """Classify texts; return their outcomes in order."""
    mails = {str(n): MailInput(text=text) for n, text in enumerate(texts)}
    return list(made.classify(mails, RequestMetadata(within(60), heads)).values())


def caches(outcomes: Sequence[Outcome]) -> list[str | None]:
    """Name each answer's cache path."""
    return [o.cache for o in outcomes if isinstance(o, Answer)]


def test_a_batch_is_one_call_to_embedder_and_heads() -> None:
    """Mails that need the encoder go together; hits and rules need no call; order is kept."""
    embedder, pool = FakeEmbedder(), fake_pool("intent")
    made = pipeline(embedder, pool)
    run(made, "known words")
    outcomes = run(made, "first words", "", "known words", "second words")
    assert caches(outcomes) == ["miss", None, "answer", "miss"]
    assert [texts for texts, _, _ in embedder.calls[1:]] == [("first words", "second words")]
    assert pool.calls[1:] == [(("intent",), 2, FAKE_FINGERPRINT)]


def test_a_short_reply_is_read_with_our_last_email() -> None:
    """The cleaner's second segment goes to the encoder and into the cache's key."""
    made = pipeline(FakeEmbedder(), fake_pool("intent"))
    paths = [
        caches(list(made.classify({"": mail}, RequestMetadata(within(60))).values()))
        for mail in (
            MailInput(text="Sure.", last_outbound="Shall we talk on Monday?"),
            MailInput(text="Sure.", last_outbound="Are you still selling your house?"),
            MailInput(text="Sure.", last_outbound="Shall we talk on Monday?"),
        )
    ]
    assert paths == [["miss"], ["miss"], ["answer"]]


def test_headers_that_speak_for_a_machine_make_another_question() -> None:
    """The same words with a sign of a machine beside them do not share the cached answer."""
    made = pipeline(FakeEmbedder(), fake_pool("intent"))
    nobody = {"Return-Path": "<>"}
    paths = [
        caches(list(made.classify({"": mail}, RequestMetadata(within(60))).values()))
        for mail in (
            MailInput(text="Noted, thank you."),
            MailInput(text="Noted, thank you.", headers=nobody),
            MailInput(text="Noted, thank you.", headers=nobody),
            MailInput(text="Noted, thank you."),
        )
    ]
    assert paths == [["miss"], ["hit"], ["answer"], ["answer"]]


def test_a_partial_answer_is_never_cached() -> None:
    """While a head is broken every answer is computed anew; once it is well they are kept."""
    pool = fake_pool("intent", "other_head")
    made = pipeline(FakeEmbedder(), pool)
    pool.broken["other_head@1"] = "error"
    assert [caches(run(made, "some words")) for _ in "ab"] == [["miss"], ["hit"]]
    pool.broken.clear()
    assert [caches(run(made, "some words")) for _ in "ab"] == [["hit"], ["answer"]]


def test_a_new_head_set_is_another_question() -> None:
    """An answer of the old heads is not given for the new ones."""
    pool = fake_pool("intent")
    made = pipeline(FakeEmbedder(), pool)
    run(made, "some words")
    pool.served = HeadSet(2, pool.served.heads)
    assert caches(run(made, "some words")) == ["hit"]


def test_a_replaced_encoder_is_noticed_by_the_request_itself() -> None:
    """A mismatch makes the request start over with the new encoder's heads, once."""
    embedder, pool = FakeEmbedder(), fake_pool("intent")
    made = pipeline(embedder, pool)
    run(made, "some words")
    embedder.identity = EncoderIdentity("fake", OTHER, "fake", "fp32")
    pool.served = HeadSet(2, fake_pool("intent", fingerprint=OTHER).served.heads)
    assert caches(run(made, "some words")) == ["hit"]
    assert OTHER.encode() in next(
        o.shared.encoder for o in run(made, "new words") if isinstance(o, Answer)
    )


def test_an_encoder_that_keeps_changing_is_told() -> None:
    """After a second mismatch the caller is asked to come back."""
    embedder = FakeEmbedder(error=None)
    made = pipeline(embedder, fake_pool("intent"))
    run(made, "some words")

    def changing(*_args: object, **_kwargs: object) -> None:
        raise FingerprintMismatch

    embedder.embed = changing  # type: ignore[method-assign, assignment]
    assert isinstance(run(made, "other words")[0], EncoderChangedError)


def test_heads_of_another_encoder_cost_no_embedding() -> None:
    """Where no head can read a vector none is asked for; the answer has the reason."""
    embedder = FakeEmbedder()
    outcomes = run(pipeline(embedder, fake_pool("intent", fingerprint=OTHER)), "some words")
    assert embedder.calls == []
    assert isinstance(outcomes[0], Answer)
    assert b'"status":"fingerprint_mismatch"' in outcomes[0].shared.scored
    assert outcomes[0].shared.decision.abstained


def test_a_text_that_fails_alone_leaves_the_others() -> None:
    """A refused text is its own outcome; only the others reach the heads."""
    embedder = FakeEmbedder()
    made = pipeline(embedder, pool := fake_pool("intent"))
    embedder.failing["bad words"] = ItemError("text_too_long", "text has too many characters")
    good, bad = run(made, "good words", "bad words")
    assert isinstance(good, Answer)
    assert isinstance(bad, ItemRefusedError)
    assert (bad.status, bad.code) == (422, "text_too_long")
    assert pool.calls == [(("intent",), 1, FAKE_FINGERPRINT)]


def test_what_fails_all_is_raised() -> None:
    """Unknown heads are the request's fault; no heads, no time, no embedder fail each mail."""
    embedder = FakeEmbedder()
    with pytest.raises(UnknownHeadError):
        run(pipeline(embedder, fake_pool("intent")), "some words", heads=("nobody",))
    assert isinstance(run(pipeline(embedder, fake_pool()), "some words")[0], HeadsUnavailableError)
    late = pipeline(embedder, fake_pool("intent"))
    mails = {"": MailInput(text="some words")}
    outcome = late.classify(mails, RequestMetadata(Deadline(0)))[""]
    assert isinstance(outcome, DeadlineExceededError)
    assert embedder.calls == []
    away = pipeline(FakeEmbedder(error=Unavailable()), fake_pool("intent"))
    assert isinstance(run(away, "some words")[0], EmbedderUnavailableError)


def test_hits_and_rules_need_no_embedder() -> None:
    """With the embedder away, known words and rule-decided mails are still answered."""
    embedder = FakeEmbedder()
    made = pipeline(embedder, fake_pool("intent"))
    run(made, "known words")
    embedder.error = Unavailable()
    known, lost, ruled = run(made, "known words", "new words", "")
    assert caches([known, ruled]) == ["answer", None]
    assert isinstance(lost, EmbedderUnavailableError)
    assert (lost.status, lost.retry_after_s) == (503, 1.0)


def test_a_mail_that_no_rule_decided_never_becomes_a_rules_decision(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A scorer that loses a mail is an error of the program, not an answer with an empty intent."""

    def forgetful(*_args: object) -> dict[str, Outcome]:
        return {}

    monkeypatch.setattr(Scorer, "score", forgetful)
    with pytest.raises(KeyError):
        run(pipeline(FakeEmbedder(), fake_pool("intent")), "some words")


def test_obfuscated_text_makes_heads_abstain() -> None:
    """Text that hides behind look-alike letters is scored, shown and not acted on."""
    made = pipeline(FakeEmbedder(), fake_pool("intent"))
    hidden = "Plеasе u\u200bns\u200bubscr\u200bibe mе frоm yоur lіst"  # Cyrillic and zero width
    outcome = run(made, hidden)[0]
    assert isinstance(outcome, Answer)
    assert "obfuscated" in outcome.cleaned.flags
    assert outcome.shared.decision.abstained


def test_heads_abstain_from_mail_that_may_be_our_own() -> None:
    """Mail from elsewhere under an address of ours is scored, and for a person."""
    made = pipeline(FakeEmbedder(), fake_pool("intent"))
    mail = MailInput(
        text="Yes, send the contract.",
        headers={"From": '"sam@ours.example" <x@mail.example>'},
        own_domains=("ours.example",),
    )
    outcome = made.classify({"1": mail}, RequestMetadata(within(5)))["1"]
    assert isinstance(outcome, Answer)
    assert outcome.cleaned.rule is None
    assert (outcome.shared.decision.intent, outcome.shared.decision.abstained) == (None, True)


def test_the_watch_warms_and_then_knows_the_encoder() -> None:
    """Started, it runs one mail through everything, without leaving it in the answer cache."""
    embedder, pool = FakeEmbedder(), fake_pool("intent")
    made = pipeline(embedder, pool)
    made.encoders.start()
    until(lambda: made.encoders.warmed, "the watch did not warm up")
    made.encoders.stop()
    assert [e.fingerprint for e in made.encoders.known(Deadline(0))] == [FAKE_FINGERPRINT]
    assert len(pool.calls) == 1


def test_a_mail_that_the_cleaner_cannot_take_fails_alone() -> None:
    """A batch survives a bug in the cleaner: that mail's item is a 500, its neighbours answer."""

    def cleaner(
        mail: MailInput, _off: Set[str], _deadline: Deadline, _check: Callable[[], None]
    ) -> CleanedMail:
        if mail.text == "trap":
            raise OverflowError("trap")
        return clean(mail)

    pool = fake_pool("intent")
    made = Pipeline({"a": FakeEmbedder()}, pool, answer_cache(1 << 20), 60, cleaner=cleaner)
    first, trapped, empty, last = run(made, "one", "trap", "", "two")
    assert isinstance(trapped, GatewayError)
    assert (trapped.status, trapped.code) == (500, "internal")
    assert all(isinstance(outcome, Answer) for outcome in (first, empty, last))


@pytest.mark.parametrize(("unknown", "abstains"), [(3, False), (4, True)])
def test_text_that_the_encoder_has_no_words_for_makes_heads_abstain(
    unknown: int, abstains: bool
) -> None:
    """Above 30 % unknown tokens the scores are shown and nothing is acted on."""
    embedder = FakeEmbedder()
    embed = embedder.embed

    def foreign(*args: Any, **options: Any) -> Embeddings:
        embeddings = embed(*args, **options)
        return replace(
            embeddings, items=tuple(replace(i, unknown=unknown) for i in embeddings.items)
        )

    embedder.embed = foreign  # type: ignore[method-assign]
    (outcome,) = run(
        pipeline(embedder, fake_pool("intent")), "eight words make ten tokens with their two"
    )
    assert isinstance(outcome, Answer)
    assert outcome.shared.decision.abstained is abstains
    assert b'"unknown":%d' % unknown in outcome.shared.encoder


def test_a_head_that_reads_a_layer_the_encoder_lacks_fails_alone() -> None:
    """One bundle of the right encoder with a wrong view must not make every request a 422."""
    deep = ("mean@7",)
    served = HeadSet(
        1,
        {"intent": info("intent"), "deep": info("deep", views=deep)},
        candidates={"intent": info("intent", "2", views=deep)},
        shadows={"intent": info("intent", "3", views=deep)},
    )
    (answer,) = run(pipeline(FakeEmbedder(layers=6), FakePool(served)), "some words")
    assert isinstance(answer, Answer)
    heads = json.loads(b"{%b}" % answer.shared.scored)["heads"]
    assert {name: head["status"] for name, head in heads.items()} == {
        "deep": "error",
        "intent": "ok",
    }
    assert heads["deep"]["message"] == "reads mean@7; the encoder has 6 layers"


def test_an_embedder_of_an_earlier_release_costs_only_heads_with_newer_views() -> None:
    """It would refuse every request; renewed, with its old fingerprint, it serves them all."""
    served = head_set(info("intent"), info("newer", views=("text@3",)))
    embedder = FakeEmbedder(poolings=FIRST_POOLINGS)
    made = pipeline(embedder, FakePool(served))
    for status in ("unavailable", "ok"):
        (answer,) = run(made, "some words")
        assert isinstance(answer, Answer)
        heads = json.loads(b"{%b}" % answer.shared.scored)["heads"]
        assert {name: head["status"] for name, head in heads.items()} == {
            "intent": "ok",
            "newer": status,
        }
        embedder.poolings = POOLINGS
        made.encoders.refresh(1)


def test_heads_that_read_words_only_can_be_asked_alone() -> None:
    """An embedder refuses a request without views: the cheapest one is asked for then."""
    embedder = FakeEmbedder()
    pool = FakePool(head_set(info("intent"), info("words", views=(), lexical=True)))
    (answer,) = run(pipeline(embedder, pool), "some words", heads=("words",))
    assert isinstance(answer, Answer)
    assert b'"words":{"status":"ok"' in answer.shared.scored
    assert [views for _, views, _ in embedder.calls] == [("mean@0",)]


def test_a_head_that_is_asked_for_right_after_its_promotion_answers() -> None:
    """An unknown name makes the pool look once before it is refused."""
    pool = fake_pool("intent")
    pool.unseen = head_set(info("intent"), info("new"), generation=2)
    (outcome,) = run(pipeline(FakeEmbedder(), pool), "some words", heads=("new",))
    assert isinstance(outcome, Answer)
    with pytest.raises(UnknownHeadError):
        run(pipeline(FakeEmbedder(), pool), "some words", heads=("newer",))
