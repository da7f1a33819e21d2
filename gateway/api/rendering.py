"""Writes answers as the API's JSON."""

from collections.abc import Mapping, Sequence

from pydantic_core import to_json

from gateway.errors import GatewayError
from gateway.inference.answer import Answer, Outcome, language_members


def render(
    answer: Answer,
    answer_id: str,
    timings_ms: Mapping[str, float],
    request_id: str = "",
    *,
    recorded: bool = False,
) -> bytes:
    """Return the answer's JSON: the members and their order are the API's contract.

    `request_id`, of an answer that is no batch's item, is that of the response's header. Where it
    was `recorded`, the record has the answer's id.
    """
    identity = b'"%b"' % answer_id.encode()
    cleaned = answer.cleaned
    members = to_json(
        {
            "referral": cleaned.referral,
            "auto_kind": cleaned.auto_kind or answer.shared.auto_kind,
            "return_date": cleaned.return_date,
            "delegate": cleaned.delegate,
            "follow_up": cleaned.follow_up,
            "text": {
                "kept_chars": cleaned.kept_chars,
                "cut_chars": cleaned.cut_chars,
                "flags": cleaned.flags,
                "cleaner_version": cleaned.cleaner_version,
            },
        }
    )[1:-1]
    return b'{"id":%b,"prediction_id":%b,%b%b,%b,%b,"timings_ms":%b}' % (
        identity,
        identity if recorded else b"null",
        b'"request_id":"%b",' % request_id.encode() if request_id else b"",
        answer.shared.scored,
        members,
        _encoder_members(answer),
        to_json(timings_ms),
    )


def render_batch(
    outcomes: Sequence[tuple[str, Outcome]],
    answer_id: str,
    timings_ms: Mapping[str, float],
    request_id: str,
    *,
    recorded: bool = False,
) -> bytes:
    """Return a batch's JSON: one item per email with its own id and HTTP status, in order."""
    items = []
    for item_id, outcome in outcomes:
        if isinstance(outcome, GatewayError):
            problem = to_json(outcome.problem(item_id))
            items.append(b'{"status":%d,"problem":%b}' % (outcome.status, problem))
        else:
            answer = render(outcome, item_id, timings_ms, recorded=recorded)
            items.append(b'{"status":200,"answer":%b}' % answer)
    return b'{"id":"%b","request_id":"%b","items":[%b],"timings_ms":%b}' % (
        answer_id.encode(),
        request_id.encode(),
        b",".join(items),
        to_json(timings_ms),
    )


def _encoder_members(answer: Answer) -> bytes:
    """Return the members `encoder` and, where there were several, `encoders`."""
    if answer.cache is None:
        return b'"encoder":null'
    encoder = _with_path(answer.shared.encoder, answer.cache, language_members(answer.language))
    several = answer.shared.encoders
    if not several:
        return b'"encoder":%b' % encoder
    paths = answer.caches or (answer.cache,) * len(several)
    listed = b",".join(map(_with_path, several, paths))
    return b'"encoder":%b,"encoders":[%b]' % (encoder, listed)


def _with_path(members: bytes, cache: str, more: bytes = b"") -> bytes:
    return b'{%b,"cache":"%b"%b}' % (members, cache.encode(), more)
