"""One email's answer as values; what may be cached of it is JSON already."""

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic_core import to_json

from embedder.client import EmbeddedItem, EncoderIdentity
from gateway.errors import GatewayError
from gateway.inference.classification import Classification, Decision, head_members
from gateway.mail import CleanedMail


@dataclass(frozen=True, slots=True)
class CachedAnswer:
    """The part of an answer that every email with the same words shares."""

    decision: Decision
    scored: bytes  # JSON members `"decision": ..., "heads": ...`
    encoder: bytes  # JSON members of `encoder`, its cache path left out
    encoders: tuple[bytes, ...] = ()  # the same of every encoder, where there were several
    auto_kind: str | None = None  # by the model


@dataclass(frozen=True, slots=True)
class Answer:
    """One email's answer: what it shares with every email of the same words, and its own part.

    `cache` is the path of the embedding (`hit`, `coalesced`, `miss`), `answer` when the whole
    answer was cached, None when no encoder was needed. `caches` are the paths of all encoders,
    where there were several.
    """

    shared: CachedAnswer
    cleaned: CleanedMail
    cache: str | None
    caches: tuple[str, ...] = ()


Outcome = Answer | GatewayError


Encoding = tuple[EncoderIdentity, EmbeddedItem]


def pack(classification: Classification, encodings: Sequence[Encoding]) -> CachedAnswer:
    """Return a classification as the JSON that all its answers share.

    The first encoding is the one that the answer calls its encoder.
    """
    scored = b'"decision":%b,"heads":{%b}' % (
        to_json(classification.decision),
        _heads_json(classification),
    )
    encoders = tuple(_encoder_members(identity, item) for identity, item in encodings)
    first = encoders[0] if encoders else b""
    several = encoders if len(encoders) > 1 else ()
    return CachedAnswer(classification.decision, scored, first, several, classification.auto_kind)


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
