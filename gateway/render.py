"""One email's answer and its JSON, built from parts so that a cached answer is only joined."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic_core import to_json

from embedder.client import EmbeddedItem, EncoderIdentity
from gateway.answers import CachedAnswer
from gateway.combine import HeadAnswer, Verdict
from gateway.errors import GatewayError
from gateway.mail import CleanedMail


@dataclass(frozen=True, slots=True)
class Answer:
    """What every email with these words shares, and what is this email's own.

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


def pack(verdict: Verdict, encodings: Sequence[Encoding]) -> CachedAnswer:
    """Return a verdict as the JSON that its answers will share.

    The first encoding is the one that the answer calls its encoder.
    """
    heads = {name: _head(answer) for name, answer in verdict.heads.items()}
    scored = to_json({"decision": verdict.decision, "heads": heads})[1:-1]
    encoders = tuple(_encoder(identity, item) for identity, item in encodings)
    first = encoders[0] if encoders else b""
    return CachedAnswer(verdict.decision, scored, first, encoders if len(encoders) > 1 else ())


def render(answer: Answer, request_id: str, timings_ms: Mapping[str, float]) -> bytes:
    """Return the answer's JSON: the members and their order are the API's contract."""
    cleaned = answer.cleaned
    own = to_json(
        {
            "referral": cleaned.referral,
            "auto_kind": cleaned.auto_kind,
            "return_date": cleaned.return_date,
            "delegate": cleaned.delegate,
            "text": {
                "kept_chars": cleaned.kept_chars,
                "cut_chars": cleaned.cut_chars,
                "flags": cleaned.flags,
                "cleaner_version": cleaned.cleaner_version,
            },
        }
    )[1:-1]
    return b'{"id":"%b",%b,%b,%b,"timings_ms":%b}' % (
        request_id.encode(),
        answer.shared.scored,
        own,
        _encoded(answer),
        to_json(timings_ms),
    )


def render_batch(
    outcomes: Sequence[tuple[str, Outcome]], request_id: str, timings_ms: Mapping[str, float]
) -> bytes:
    """Return a batch's JSON: one item per email with its own id and HTTP status, in order."""
    items = []
    for item_id, outcome in outcomes:
        if isinstance(outcome, GatewayError):
            problem = to_json(outcome.problem(item_id))
            items.append(b'{"status":%d,"problem":%b}' % (outcome.status, problem))
        else:
            items.append(b'{"status":200,"answer":%b}' % render(outcome, item_id, timings_ms))
    return b'{"id":"%b","items":[%b],"timings_ms":%b}' % (
        request_id.encode(),
        b",".join(items),
        to_json(timings_ms),
    )


def _encoded(answer: Answer) -> bytes:
    """The members `encoder` and, where there were several, `encoders`."""
    if answer.cache is None:
        return b'"encoder":null'
    encoder = _with_path(answer.shared.encoder, answer.cache)
    several = answer.shared.encoders
    if not several:
        return b'"encoder":%b' % encoder
    paths = answer.caches or (answer.cache,) * len(several)
    listed = b",".join(map(_with_path, several, paths))
    return b'"encoder":%b,"encoders":[%b]' % (encoder, listed)


def _with_path(members: bytes, cache: str) -> bytes:
    return b'{%b,"cache":"%b"}' % (members, cache.encode())


def _head(answer: HeadAnswer) -> dict[str, Any]:
    members: dict[str, Any] = {
        "status": answer.status,
        "label": answer.label,
        "probability": answer.probability,
        "threshold": answer.threshold,
        "margin": answer.margin,
        "abstained": answer.abstained,
        "scores": answer.scores,
        "version": answer.version,
    }
    if answer.given is not None:
        members["given"] = answer.given
    if answer.message:
        members["message"] = answer.message
    if answer.canary:
        members["canary"] = True
    return members


def _encoder(encoder: EncoderIdentity, item: EmbeddedItem) -> bytes:
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
