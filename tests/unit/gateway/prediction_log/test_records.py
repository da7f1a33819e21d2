"""From an answer to its record to its rows: what is kept, under which key, and what never is."""

import base64
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from embedder.errors import Unavailable
from embedder.testing.embedder import FAKE_FINGERPRINT, FakeEmbedder
from gateway.api.ids import new_id
from gateway.inference.answer import Answer
from gateway.inference.answer_cache import answer_cache, words_digest
from gateway.inference.by_language import Languages
from gateway.inference.context import RequestMetadata
from gateway.inference.deadline import within
from gateway.inference.observer import NoRollout
from gateway.inference.pipeline import Pipeline
from gateway.mail import MailInput
from gateway.pools.paired import PairedPool
from gateway.prediction_log import sealing
from gateway.prediction_log.models import Base
from gateway.prediction_log.records import Entry, RecordWriter, RequestFacts
from gateway.prediction_log.rows import BadRecordError, Rows, TenantKey, rows_of
from gateway.prediction_log.sealing import Keys, UnsealError, read_keys
from gateway.prediction_log.versions import version_and_encoder
from tests.support.pools import OTHER, FakePool, head_set, info
from tests.support.routing import tiny_router
from trunkline.ulid import time_of

TEXT = "Sounds good, call Ann Lee on +49 30 1234567 or write to ann.lee@example.com."
ENGLISH, GERMAN = "Thanks, Monday is fine.", "Danke, gerne am Montag."
KEY = TenantKey("k" * 26, b"t" * 32)
KEYS = read_keys("new:" + base64.b64encode(b"n" * 32).decode())
FACTS = RequestFacts("request-1", None, "acme", "key-1", None, {
    "clean": 0.1, "embed": 1.5, "heads": 0.2, "total": 2.0,
})  # fmt: skip


def answer(
    text: str = TEXT, *, keep_vectors: bool = False, headers: dict[str, str] | None = None
) -> Answer:
    """Return what the pipeline answers to a mail."""
    pool = FakePool(head_set(info("intent"), generation=7))
    pipeline = Pipeline(
        {"embedder": FakeEmbedder()}, pool, answer_cache(0), 60, keep_vectors=keep_vectors
    )
    outcome = pipeline.classify(
        {"1": MailInput(text=text, headers=headers)}, RequestMetadata(within(60))
    )["1"]
    assert isinstance(outcome, Answer)
    return outcome


def rows(
    given: Answer, level: str = "hash", keys: Keys | None = None, digest: Keys | None = None
) -> Rows:
    """Write a record and read it as the drainer does."""
    writer = RecordWriter("1.2.3", level, digest, keys)
    tags = {"sequence": "autumn"}
    payload = writer.write(
        FACTS, Entry(new_id(1_700_000_000), given, "text", "newest", "s-1", tags)
    )
    assert keys is not None or b"Ann" not in payload
    assert b"example.com" not in payload
    return rows_of(payload, keys, lambda _tenant: KEY, lambda _tenant: 30)


def test_an_answer_becomes_one_row_and_one_for_each_head() -> None:
    """Every column is given, and holds what the answer says."""
    made = rows(answer())

    (prediction,), (head,) = made.prediction, made.head_answer
    columns = {t.name: set(t.columns.keys()) for t in Base.metadata.tables.values()}
    assert set(prediction) == columns["prediction"]
    assert set(head) == columns["head_answer"]
    assert prediction["at"].timestamp() == 1_700_000_000
    expected = {
        "request_id": "request-1", "tenant": "acme", "key_id": "key-1", "subject_ref": "s-1",
        "tags": {"sequence": "autumn"}, "gateway_version": "1.2.3", "intent": "yes",
        "decided_by": "model", "abstained": False, "encoder_fingerprint": FAKE_FINGERPRINT,
        "head_set_generation": "7", "heads_asked": 1, "heads_answered": 1, "cache_path": "miss",
        "truncated": False, "embed_ms": 1.5, "text_level": "hash", "digest": None,
        "input_kind": "text", "asked_heads": None, "disabled_rules": [],
    }  # fmt: skip
    assert {name: prediction[name] for name in expected} == expected
    assert (head["head"], head["role"], head["version"]) == ("intent", "production", "1")
    assert head["scores"] == {"yes": 0.9, "no": 0.1}
    assert (head["label"], head["threshold"]) == ("yes", 0.5)


def test_a_rule_that_decides_alone_is_recorded_without_a_head() -> None:
    """No encoder, no head; the rule and its decision are there."""
    made = rows(answer("Back on Monday.", headers={"Auto-Submitted": "auto-replied"}))

    (prediction,) = made.prediction
    assert (prediction["decided_by"], prediction["cache_path"]) == ("rule", "none")
    assert prediction["rule"]
    assert made.head_answer == []
    assert prediction["encoder_model"] is None


def test_without_keys_nothing_is_kept_of_the_words() -> None:
    """No digest, no cache key, no text: a guess at the words cannot be checked."""
    made = rows(answer())

    assert (made.prediction[0]["digest"], made.prediction[0]["cache_keys"]) == (None, None)
    assert not made.prediction_text
    assert not made.prediction_embedding


def test_the_digest_depends_on_text_tenant_and_key() -> None:
    """The same words of two tenants, or under two keys, have nothing in common."""
    digests = {
        sealing.digest(key, tenant, text)
        for key in (b"a" * 32, b"b" * 32)
        for tenant in ("acme", "beta")
        for text in ("not interested", "not interested.")
    }

    assert len(digests) == 8
    made = rows(answer(), digest=KEYS)
    assert made.prediction[0]["digest"] == sealing.digest(b"n" * 32, "acme", TEXT)
    assert made.prediction[0]["digest_key"] == "new"
    assert rows(answer(), "none", digest=KEYS).prediction[0]["digest"] is None


@pytest.mark.parametrize(
    ("level", "kept"),
    [("full", TEXT), ("redacted", "Sounds good, call [name] on [number] or write to [email].")],
)
def test_words_are_kept_under_their_tenants_key(level: str, kept: str) -> None:
    """They are sealed in spool and row, each with another key, and expire by themselves."""
    given = answer()
    if level == "redacted":
        assert given.cleaned.referral
    (text,) = rows(given, level, KEYS).prediction_text

    assert (text["level"], text["key_id"]) == (level, KEY.id)
    assert (text["expires_at"] - text["at"]).days == 30
    context = f"{text['prediction_id']}/text"
    assert sealing.unseal(KEY.key, text["ciphertext"], context).decode() == kept
    with pytest.raises(UnsealError):
        sealing.unseal(KEY.key, text["ciphertext"], "another/text")
    with pytest.raises(UnsealError):
        sealing.unseal(b"x" * 32, text["ciphertext"], context)


def test_vectors_are_kept_as_fp16_where_asked_for() -> None:
    """Each view of the encoder is a row, equal to what heads read within half precision."""
    (row,) = rows(answer(keep_vectors=True), "hash", KEYS).prediction_embedding

    context = f"{row['prediction_id']}/{row['fingerprint']}/{row['view']}"
    vector = np.frombuffer(sealing.unseal(KEY.key, row["ciphertext"], context), np.float16)
    assert row["dim"] == len(vector) > 0
    assert (row["fingerprint"], row["view"]) == (FAKE_FINGERPRINT, "mean@3")


def test_cache_keys_are_kept_sealed() -> None:
    """With keys, a row can name what the caches hold of its words."""
    given = answer()
    (row,) = rows(given, "hash", KEYS).prediction

    words = words_digest(given.cleaned.model_text, given.cleaned.context)
    keys = sealing.unseal(KEY.key, row["cache_keys"], f"{row['id']}/cache_keys")
    assert keys == words + b"".join(given.shared.cache_keys)
    assert len(keys) == 32


def test_words_whose_key_is_gone_are_left_out() -> None:
    """A record that waited while its key was taken away is recorded without them."""
    payload = RecordWriter("1", "full", None, KEYS).write(
        FACTS, Entry(new_id(), answer(), "text", "newest", None, {})
    )
    others = read_keys("new:" + base64.b64encode(b"o" * 32).decode())

    for keys in (None, others, Keys({"old": b"o" * 32})):
        made = rows_of(payload, keys, lambda _tenant: KEY, lambda _tenant: 30)
        assert len(made.prediction) == 1
        assert made.prediction_text == []


@pytest.mark.parametrize("payload", [b"", b"[]", b'{"id":"x"}', b'{"id":1}'])
def test_what_is_no_record_is_named_so(payload: bytes) -> None:
    """A whole line that is no record of ours raises one error."""
    with pytest.raises(BadRecordError):
        rows_of(payload, None, lambda _tenant: KEY, lambda _tenant: 30)


def test_the_time_is_that_of_the_id() -> None:
    """A record that is sent twice has the same key."""
    assert time_of(new_id(1_764_000_000.123)).timestamp() == pytest.approx(1_764_000_000.123)


@pytest.mark.parametrize("setting", ["", "a", "a:b", ":YQ==", "a:YQ==", "a:{0},a:{0}"])
def test_wrong_keys_are_refused_without_being_quoted(setting: str) -> None:
    """Each fault of a key's setting is an error that holds nothing of it."""
    secret = base64.b64encode(b"n" * 32).decode()
    with pytest.raises(ValueError, match="key") as caught:
        read_keys(setting.format(secret))

    assert secret not in str(caught.value)


def test_a_candidates_answer_is_one_in_another_role() -> None:
    """What a canary answered stands as `candidate`."""
    given = answer()
    scored = given.shared.scored.replace(b'"version":"1"', b'"version":"2","canary":true')
    made = rows(replace(given, shared=replace(given.shared, scored=scored)))

    roles: list[Any] = [(row["role"], row["version"]) for row in made.head_answer]
    assert roles == [("candidate", "2")]


def both_encoders(text: str, *, away: bool = False) -> Answer:
    """Return what a pipeline of two encoders answers; both have a head `intent`, version 1."""
    other_embedder = FakeEmbedder(fingerprint=OTHER)
    pool = PairedPool(
        FakePool(head_set(info("intent"), info("own_head"))),
        FakePool(head_set(info("intent", fingerprint=OTHER), generation=7)),
    )
    pipeline = Pipeline(
        {"default": FakeEmbedder(), "other": other_embedder}, pool, answer_cache(0), 60,
        languages=Languages(tiny_router(), pool, NoRollout()),
    )  # fmt: skip
    pipeline.encoders.refresh(1.0)
    other_embedder.error = Unavailable("away") if away else None
    outcome = pipeline.classify({"1": MailInput(text=text)}, RequestMetadata(within(60)))["1"]
    assert isinstance(outcome, Answer)
    return outcome


def test_heads_of_two_encoders_are_told_apart_where_name_and_version_are_the_same() -> None:
    """The other encoder's version names its fingerprint; what it lacks is the default's still."""
    english, german = rows(both_encoders(ENGLISH)), rows(both_encoders(GERMAN))

    assert {row["head"]: row["version"] for row in english.head_answer} == {
        "intent": "1",
        "own_head": "1",
    }
    assert {row["head"]: row["version"] for row in german.head_answer} == {
        "intent": "1@222222222222",
        "own_head": "1",
    }
    assert version_and_encoder("1@222222222222") == ("1", "222222222222")
    assert version_and_encoder("1") == ("1", "")


@pytest.mark.parametrize(
    ("text", "away", "noted"),
    [
        ("Thanks, Monday is fine.", False, (FAKE_FINGERPRINT, "en", None)),
        ("Danke, gerne am Montag.", False, (OTHER, "de", None)),
        ("Danke, gerne am Montag.", True, (FAKE_FINGERPRINT, "de", True)),
        ("Ok.", False, (FAKE_FINGERPRINT, None, None)),
    ],
)
def test_a_record_keeps_language_and_fallback_of_its_encoder(
    text: str, away: bool, noted: tuple[str, str | None, bool | None]
) -> None:
    """As the answer's `encoder` has them; a version of a fallback is the default catalog's."""
    made = rows(both_encoders(text, away=away))

    (prediction,) = made.prediction
    first, *others = prediction["encoders"]
    assert (first["fingerprint"], first["language"], first.get("fallback")) == noted
    assert all("language" not in encoder for encoder in others)
    assert prediction["encoder_fingerprint"] == noted[0]
    assert ("@" in made.head_answer[0]["version"]) == (noted[0] == OTHER)


def test_with_one_encoder_a_record_has_no_language() -> None:
    """Nothing changes for those who run one."""
    (prediction,) = rows(answer()).prediction
    assert "language" not in prediction["encoders"][0]
