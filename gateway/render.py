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
    answer was cached, None when no encoder was needed.
    """

    shared: CachedAnswer
    cleaned: CleanedMail
    cache: str | None


Outcome = Answer | GatewayError


def pack(
    verdict: Verdict, item: EmbeddedItem | None, encoder: EncoderIdentity | None
) -> CachedAnswer:
    """Return a verdict as the JSON that its answers will share."""
    heads = {name: _head(answer) for name, answer in verdict.heads.items()}
    scored = to_json({"decision": verdict.decision, "heads": heads})[1:-1]
    return CachedAnswer(verdict.decision, scored, _encoder(item, encoder))


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
    encoder = b"null"
    if answer.cache is not None:
        encoder = b'{%b,"cache":"%b"}' % (answer.shared.encoder, answer.cache.encode())
    return b'{"id":"%b",%b,%b,"encoder":%b,"timings_ms":%b}' % (
        request_id.encode(),
        answer.shared.scored,
        own,
        encoder,
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
    return members


def _encoder(item: EmbeddedItem | None, encoder: EncoderIdentity | None) -> bytes:
    if item is None or encoder is None:
        return b""
    return to_json(
        {
            "model_id": encoder.model_id,
            "fingerprint": encoder.fingerprint,
            "runtime": encoder.runtime,
            "precision": encoder.precision,
            "tokens": item.tokens,
            "tokens_total": item.tokens_total,
            "truncated": item.truncated,
        }
    )[1:-1]
