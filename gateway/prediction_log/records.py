"""The record of an answer as JSON, made of values that were packed for the answer already."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic_core import to_json

from gateway.inference.answer import Answer, CachedAnswer, language_members
from gateway.inference.answer_cache import words_digest
from gateway.inference.classification import TAXONOMY_VERSION
from gateway.prediction_log import redaction, sealing
from gateway.prediction_log.sealing import Keys


@dataclass(frozen=True, slots=True)
class RequestFacts:
    """What all answers of one request share."""

    request_id: str
    batch_id: str | None
    tenant: str
    key_id: str | None
    asked_heads: tuple[str, ...] | None
    timings_ms: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Entry:
    """One answer to record, by its id, and what its caller sent beside the mail."""

    id: str
    answer: Answer
    input_kind: str
    scope: str
    subject_ref: str | None
    tags: Mapping[str, str]


class RecordWriter:
    """Writes records at one level of detail; thread-safe.

    Words, vectors and cache keys stand in `sealed`, readable with a key derived from the first of
    `text_keys`; without such keys there are none.
    """

    def __init__(
        self, build: str, level: str, digest_keys: Keys | None, text_keys: Keys | None
    ) -> None:
        self._level = level
        self._digest_keys = digest_keys if level != "none" else None
        self._text_keys = text_keys
        self._spool_key = b""
        if text_keys is not None:
            self._spool_key = sealing.spool_key(text_keys.by_name[text_keys.current])
        versions = {"gateway_version": build, "taxonomy_version": TAXONOMY_VERSION}
        self._versions = to_json({**versions, "text_level": level})[1:-1]

    def write(self, facts: RequestFacts, entry: Entry) -> bytes:
        """Return one record's JSON."""
        answer = entry.answer
        cleaned = answer.cleaned
        members: dict[str, Any] = {
            "id": entry.id,
            "request_id": facts.request_id,
            "batch_id": facts.batch_id,
            "tenant": facts.tenant,
            "key_id": facts.key_id,
            "subject_ref": entry.subject_ref,
            "tags": entry.tags,
            "asked_heads": facts.asked_heads,
            "input_kind": entry.input_kind,
            "scope": entry.scope,
            "cleaner_version": cleaned.cleaner_version,
            "auto_kind": cleaned.auto_kind or answer.shared.auto_kind,
            "kept_chars": cleaned.kept_chars,
            "cut_chars": cleaned.cut_chars,
            "thread_chars": cleaned.thread_chars,
            "flags": cleaned.flags,
            "cache_path": answer.cache or "none",
            "timings_ms": facts.timings_ms,
            **_other_heads(answer),
            **self._digest(facts.tenant, answer),
            **self._sealed(entry),
        }
        shared = answer.shared
        parts = [to_json(members)[1:-1], self._versions, shared.scored, _encoders(answer)]
        return b"{%b}" % b",".join(filter(None, [*parts, shared.served]))

    def _digest(self, tenant: str, answer: Answer) -> dict[str, str]:
        keys = self._digest_keys
        if keys is None:
            return {}
        name = keys.current
        digest = sealing.digest(keys.by_name[name], tenant, answer.cleaned.text)
        return {"digest": digest.hex(), "digest_key": name}

    def _sealed(self, entry: Entry) -> dict[str, str]:
        keys = self._text_keys
        if keys is None:
            return {}
        cleaned, shared = entry.answer.cleaned, entry.answer.shared
        private: dict[str, Any] = {
            "words": words_digest(cleaned.model_text, cleaned.context).hex(),
            "cached": [key.hex() for key in shared.cache_keys],
            "vectors": _vectors(shared),
        }
        text = cleaned.text.encode("utf-8", "replace").decode()  # JSON takes no lone surrogates
        if self._level == "full":
            private["text"] = text
        elif self._level == "redacted":
            people = (person for person in cleaned.referral if person.name)
            private["text"] = redaction.redact(text, [str(p.name) for p in people])
        content = to_json(private)
        sealed = sealing.seal(self._spool_key, content, entry.id)
        return {"sealed_key": keys.current, "sealed": base64.b64encode(sealed).decode()}


def _other_heads(answer: Answer) -> dict[str, Any]:
    """Name the heads of a second encoder; their versions are none of the default catalog's."""
    others = answer.language.others if answer.language else None
    if others is None:
        return {}
    return {"other_heads": {"fingerprint": others.fingerprint, "names": sorted(others.names)}}


def _encoders(answer: Answer) -> bytes:
    """Return the encoders that the answer names, each with its cache path.

    The first, which the answer calls its encoder, has the language that it was chosen by.
    """
    if answer.cache is None:
        return b'"encoders":[]'
    shared = answer.shared
    encoders = shared.encoders or (shared.encoder,)
    paths = (
        answer.caches if len(answer.caches) == len(encoders) else (answer.cache,) * len(encoders)
    )
    notes = (language_members(answer.language), *(b"",) * (len(encoders) - 1))
    listed = (
        b'{%b,"cache":"%b"%b}' % (members, path.encode(), note)
        for members, path, note in zip(encoders, paths, notes, strict=True)
    )
    return b'"encoders":[%b]' % b",".join(listed)


def _vectors(shared: CachedAnswer) -> list[dict[str, str]]:
    return [
        {"fingerprint": v.fingerprint, "view": v.view, "fp16": base64.b64encode(v.fp16).decode()}
        for v in shared.vectors
    ]
