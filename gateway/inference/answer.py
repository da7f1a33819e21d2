"""One email's answer as values; what may be cached of it is JSON already."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from pydantic_core import to_json

from embedder.client import EmbeddedItem, EncoderIdentity
from gateway.errors import GatewayError
from gateway.inference.classification import Classification, Decision, head_members
from gateway.mail import CleanedMail
from heads.prediction import HeadSet


@dataclass(frozen=True, slots=True)
class View:
    """One vector of a text, as fp16, and the encoder that made it."""

    fingerprint: str
    view: str
    fp16: bytes


@dataclass(frozen=True, slots=True)
class CachedAnswer:
    """The part of an answer that every email with the same words shares."""

    decision: Decision
    scored: bytes  # JSON members `"decision": ..., "heads": ...`
    encoder: bytes  # JSON members of `encoder`, its cache path left out
    encoders: tuple[bytes, ...] = ()  # the same of every encoder, where there were several
    auto_kind: str | None = None  # by the model
    served: bytes = b""  # JSON members that name the heads and rules that were on
    vectors: tuple[View, ...] = ()  # what the heads read, where the prediction log keeps that
    cache_keys: tuple[bytes, ...] = ()  # by which embedders hold the text, to have them forget it


@dataclass(frozen=True, slots=True)
class OtherHeads:
    """The heads of a second encoder that stood in for the default ones, and its fingerprint.

    Both catalogs count versions for themselves: name and version alone may name either head.
    """

    fingerprint: str
    names: frozenset[str]


@dataclass(frozen=True, slots=True)
class LanguageNote:
    """The likeliest language of a text, None for one too short to tell.

    `fallback`: the default encoder answered because the one that reads it better did not.
    `others`: None where the default heads answered.
    """

    language: str | None
    fallback: bool = False
    others: OtherHeads | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """One email's answer: what it shares with every email of the same words, and its own part.

    `cache` is the path of the embedding (`hit`, `coalesced`, `miss`), `answer` when the whole
    answer was cached, None when no encoder was needed. `caches` are the paths of all encoders,
    where there were several. `language` is None where mails are not told apart by language;
    `unanswered` are the asked heads that gave no answer, but for those switched off.
    """

    shared: CachedAnswer
    cleaned: CleanedMail
    cache: str | None
    caches: tuple[str, ...] = ()
    language: LanguageNote | None = None
    unanswered: frozenset[str] = frozenset()


Outcome = Answer | GatewayError


Encoding = tuple[EncoderIdentity, EmbeddedItem]


def pack(
    classification: Classification,
    encodings: Sequence[Encoding],
    served: bytes = b"",
    *,
    keep_vectors: bool = False,
) -> CachedAnswer:
    """Return a classification as the JSON that all its answers share.

    The first encoding is the one that the answer calls its encoder. `served`: `served_members`.
    """
    scored = b'"decision":%b,"heads":{%b}' % (
        to_json(classification.decision),
        _heads_json(classification),
    )
    encoders = tuple(_encoder_members(identity, item) for identity, item in encodings)
    first = encoders[0] if encoders else b""
    several = encoders if len(encoders) > 1 else ()
    vectors = tuple(_views(encodings)) if keep_vectors else ()
    return CachedAnswer(
        classification.decision,
        scored,
        first,
        several,
        classification.auto_kind,
        served,
        vectors,
        tuple(item.cache_key for _, item in encodings if item.cache_key),
    )


@lru_cache(maxsize=4)
def _served_members(generation: int, disabled_rules: tuple[str, ...]) -> bytes:
    # As text: the number has more digits than some readers of JSON keep.
    members = {"head_set_generation": str(generation), "disabled_rules": disabled_rules}
    return to_json(members)[1:-1]


def served_members(head_set: HeadSet) -> bytes:
    """Return the JSON members by which a record names the heads and rules that were on."""
    return _served_members(head_set.generation, tuple(head_set.disabled_rules))


def language_members(note: LanguageNote | None) -> bytes:
    """Return JSON members, a comma first, that tell an answer's encoder by language."""
    if note is None:
        return b""
    return b',"language":%b%b' % (to_json(note.language), b',"fallback":true' * note.fallback)


def _views(encodings: Sequence[Encoding]) -> Iterator[View]:
    for identity, item in encodings:
        for name, vector in item.vectors.items():
            yield View(identity.fingerprint, name, np.asarray(vector, np.float16).tobytes())


def _heads_json(classification: Classification) -> bytes:
    """Return the heads' answers as members of a JSON object."""
    if classification.written is not None:
        return classification.written.json
    heads = {name: head_members(answer) for name, answer in classification.heads.items()}
    return to_json(heads)[1:-1]


def _encoder_members(encoder: EncoderIdentity, item: EmbeddedItem) -> bytes:
    return to_json(
        {
            "model_id": encoder.model_id,
            "fingerprint": encoder.fingerprint,
            "runtime": encoder.runtime,
            "precision": encoder.precision,
            "tokens": item.tokens,
            "tokens_total": item.tokens_total,
            "truncated": item.truncated,
            "unknown": item.unknown,
        }
    )[1:-1]
