"""Turns a record of the spool into the rows of its tables."""

import base64
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from pydantic_core import from_json

from gateway.prediction_log import sealing
from gateway.prediction_log.sealing import Keys, UnsealError
from gateway.prediction_log.versions import version_elsewhere
from trunkline.ulid import time_of

Row = dict[str, Any]
_COPIED = (
    "id", "request_id", "batch_id", "tenant", "key_id", "subject_ref", "tags", "gateway_version",
    "cleaner_version", "taxonomy_version", "encoders", "head_set_generation", "asked_heads",
    "disabled_rules", "auto_kind", "input_kind", "scope", "kept_chars", "cut_chars",
    "thread_chars", "flags", "cache_path", "text_level", "digest_key",
)  # fmt: skip
_DECIDED = ("decided_by", "rule", "intent", "objection_reason", "opt_out", "abstained")
_ANSWERED = ("ok", "not_applicable")


class BadRecordError(Exception):
    """A record that no row can be made of, although its checksum is right."""


@dataclass
class Rows:
    """The rows of some records, by table."""

    prediction: list[Row] = field(default_factory=list)
    head_answer: list[Row] = field(default_factory=list)
    prediction_text: list[Row] = field(default_factory=list)
    prediction_embedding: list[Row] = field(default_factory=list)

    def add(self, others: "Rows") -> None:
        """Add another record's rows."""
        self.prediction += others.prediction
        self.head_answer += others.head_answer
        self.prediction_text += others.prediction_text
        self.prediction_embedding += others.prediction_embedding


@dataclass(frozen=True)
class TenantKey:
    """The key in use for what is kept of a tenant's words."""

    id: str
    key: bytes


TenantKeyOf = Callable[[str], TenantKey]
DaysOf = Callable[[str], int]


def rows_of(
    payload: bytes, text_keys: Keys | None, tenant_key_of: TenantKeyOf, text_days_of: DaysOf
) -> Rows:
    """Return a record's rows; what is sealed in it is sealed again, with its tenant's key.

    Where the key of the setting is gone, words are left out. Raises BadRecordError.
    """
    try:
        record = from_json(payload)
        at = time_of(record["id"])
        rows = Rows([_prediction(record, at)], list(_head_answers(record, at)))
        private = _private(record, text_keys)
        if private:
            key = tenant_key_of(record["tenant"])
            expires_at = at + timedelta(days=text_days_of(record["tenant"]))
            _add_private(rows, record, private, key, expires_at)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise BadRecordError(type(error).__name__) from None
    return rows


def cache_keys(
    payloads: Iterable[bytes], ids: Container[str], text_keys: Keys | None
) -> list[bytes] | None:
    """Return the cache keys of these of the records; None where those of one cannot be read."""
    keys: list[bytes] = []
    for payload in payloads:
        try:
            record = from_json(payload)
            if record["id"] in ids:
                private = _private(record, text_keys)
                keys += [
                    bytes.fromhex(private["words"]),
                    *map(bytes.fromhex, private.get("cached", ())),
                ]
        except (KeyError, TypeError, ValueError):
            return None
    return keys


def _prediction(record: Mapping[str, Any], at: datetime) -> Row:
    decision, heads = record["decision"], record["heads"].values()
    encoder = record["encoders"][0] if record["encoders"] else {}
    timings = record["timings_ms"]
    asked = [head for head in heads if head["status"] != "disabled"]
    return {
        "at": at,
        **{name: record.get(name) for name in _COPIED},
        **{name: decision[name] for name in _DECIDED},
        "encoder_model": encoder.get("model_id"),
        "encoder_fingerprint": encoder.get("fingerprint"),
        "tokens": encoder.get("tokens"),
        "tokens_total": encoder.get("tokens_total"),
        "unknown_tokens": encoder.get("unknown"),
        "truncated": encoder.get("truncated"),
        "heads_asked": len(asked),
        "heads_answered": sum(head["status"] in _ANSWERED for head in asked),
        **{f"{stage}_ms": timings[stage] for stage in ("clean", "embed", "heads", "total")},
        "digest": bytes.fromhex(record["digest"]) if "digest" in record else None,
        "cache_keys": None,
        "cache_keys_key": None,
        "erased_at": None,
    }


def _head_answers(record: Mapping[str, Any], at: datetime) -> Sequence[Row]:
    return [
        {
            "at": at,
            "prediction_id": record["id"],
            "head": name,
            "role": "candidate" if answer.get("canary") else "production",
            "tenant": record["tenant"],
            "version": _version(record, name, answer["version"]),
            "status": answer["status"],
            "label": answer["label"],
            "probability": answer["probability"],
            "threshold": answer["threshold"],
            "margin": answer["margin"],
            "abstained": answer["abstained"],
            "scores": answer["scores"],
            "thresholds": {answer["label"]: answer["threshold"]} if answer["label"] else {},
            **_condition(answer.get("given") or {}),
        }
        for name, answer in record["heads"].items()
    ]


def _version(record: Mapping[str, Any], head: str, version: str) -> str:
    others = record.get("other_heads")
    if others is None or head not in others["names"] or not version:
        return version
    return version_elsewhere(version, others["fingerprint"])


def _condition(given: Mapping[str, Any]) -> Row:
    return {f"given_{part}": given.get(part) for part in ("head", "label", "probability")}


def _private(record: Mapping[str, Any], keys: Keys | None) -> Mapping[str, Any]:
    """Return what stands sealed in the record; nothing where its key is not known."""
    name = record.get("sealed_key")
    if keys is None or not isinstance(name, str) or name not in keys.by_name:
        return {}
    sealed = base64.b64decode(record["sealed"])
    try:
        content = sealing.unseal(sealing.spool_key(keys.by_name[name]), sealed, record["id"])
    except UnsealError:
        return {}
    private: Mapping[str, Any] = from_json(content)
    return private


def _add_private(
    rows: Rows, record: Mapping[str, Any], private: Mapping[str, Any], key: TenantKey,
    expires_at: datetime,
) -> None:  # fmt: skip
    prediction = rows.prediction[0]
    own = {"at": prediction["at"], "prediction_id": record["id"], "tenant": record["tenant"]}

    def sealed(kind: str, content: bytes) -> bytes:
        return sealing.seal(key.key, content, f"{record['id']}/{kind}")

    prediction["cache_keys"] = sealed(
        "cache_keys", b"".join(map(bytes.fromhex, (private["words"], *private.get("cached", ()))))
    )
    prediction["cache_keys_key"] = key.id
    kept = {**own, "key_id": key.id, "expires_at": expires_at}
    if "text" in private:
        text = sealed("text", private["text"].encode("utf-8", "surrogatepass"))
        rows.prediction_text.append({**kept, "level": record["text_level"], "ciphertext": text})
    for vector in private["vectors"]:
        fingerprint, view = vector["fingerprint"], vector["view"]
        fp16 = base64.b64decode(vector["fp16"])
        rows.prediction_embedding.append(
            {
                **kept,
                "fingerprint": fingerprint,
                "view": view,
                "dim": len(fp16) // 2,
                "ciphertext": sealed(f"{fingerprint}/{view}", fp16),
            }
        )
