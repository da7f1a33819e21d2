"""Answers a recorded email again: with the heads that answered then, and with those of now."""

import base64
import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from embedder.client import Embedder
from gateway.app import Gateway
from gateway.config import Settings
from gateway.offline.replay_heads import Catalogs, copy_versions, open_heads
from gateway.prediction_log.versions import version_and_encoder

Json = Mapping[str, Any]
TOLERANCE = 5e-3
"""How far a probability may lie from the recorded one: precisions of one encoder differ so."""
_DECISION = ("intent", "objection_reason", "abstained", "decided_by", "rule", "opt_out")
_SHOWN = ("status", "label", "abstained")
_TIMEOUT_MS = 60_000


@dataclass(frozen=True)
class Replay:
    """One answer given again: what differs from the record, and what could not be as then."""

    when: str
    differences: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()

    @property
    def same(self) -> bool:
        """Whether all was as then, and the answer the same."""
        return not self.differences and not self.missing


@dataclass
class _Answers:
    """What a gateway over some heads answers to the email; `problem` where it does not."""

    answer: Json = field(default_factory=dict)
    cleaned: str = ""
    problem: str = ""


def body_of(kind: str, content: bytes) -> dict[str, Any]:
    """Return the request of an email as it came then: text, HTML, or the message itself."""
    if kind == "raw":
        return {"raw": base64.b64encode(content).decode()}
    return {kind: content.decode("utf-8", "replace")}


def replay(
    recorded: Json, body: Json, settings: Settings, embedders: Mapping[str, Embedder]
) -> tuple[str, Sequence[Replay]]:
    """Return the cleaned text, and the replay with what ran then and with what runs now.

    Then is the recorded version of each head, as far as the catalog still has it; the cleaner and
    the encoder are those of now, and a difference of theirs is named. Raises CatalogError.
    """
    now_served = Catalogs.of(settings)
    versions = {
        head["head"]: head["version"]
        for head in recorded["heads"]
        if head["role"] in ("production", "candidate") and head["version"]
    }
    with tempfile.TemporaryDirectory(prefix="trunkline-replay-") as folder:
        copies, missing = copy_versions(now_served, versions, Path(folder))
        then = _ask(settings, embedders, copies, recorded, body) if versions else _Answers()
    now = _ask(settings, embedders, now_served, recorded, body)
    replays = [_compared("now", recorded, now, ())]
    if versions:
        absent = [f"head {name} {version} is not in the catalog" for name, version in missing]
        replays.insert(0, _compared("then", recorded, then, [*absent, *_moved(recorded, then)]))
    return now.cleaned or then.cleaned, replays


def _ask(
    settings: Settings,
    embedders: Mapping[str, Embedder],
    catalogs: Catalogs,
    recorded: Json,
    body: Json,
) -> _Answers:
    alone: dict[str, Any] = {
        "log_dir": None, "shadow_dir": None, "api_keys_file": None, "answer_cache_bytes": 0,
        "clean_cache_bytes": 0, "request_timeout_ms": _TIMEOUT_MS,
    }  # fmt: skip
    pool, other = open_heads(settings, catalogs)
    own = settings.model_copy(update=alone)
    gateway = Gateway(own, _Kept.of(embedders), pool, other=other)
    client = gateway.app.test_client()
    headers = {"X-Tenant-Id": recorded["tenant"]} if recorded["tenant"] else {}
    try:
        gateway.await_encoders()
        answer = client.post("/v1/classify", json=dict(body), headers=headers)
        cleaned = client.post("/v1/clean", json=dict(body))
    finally:
        gateway.close()
    content = json.loads(answer.data)
    if answer.status_code != 200:
        return _Answers(problem=f"{answer.status_code} {content.get('code', '')}".strip())
    return _Answers(content, str(json.loads(cleaned.data).get("text", "")))


def _compared(when: str, recorded: Json, answers: _Answers, missing: Sequence[str]) -> Replay:
    if answers.problem or not answers.answer:
        reason = answers.problem or "no recorded version is left"
        return Replay(when, (), (*missing, f"no answer: {reason}"))
    return Replay(when, tuple(_differences(recorded, answers.answer)), tuple(missing))


def _differences(recorded: Json, answer: Json) -> Iterator[str]:
    """Yield what an answer has otherwise than the record."""
    for name in _DECISION:
        before, after = recorded["decision"][name], answer["decision"][name]
        if before != after:
            yield f"decision.{name}: {before} then, {after} again"
    yield from _encoder_difference(recorded, answer)
    for head in recorded["heads"]:
        if head["role"] == "shadow":
            continue
        again = answer["heads"].get(head["head"])
        if again is None:
            yield f"{head['head']}: answered then, is not served"
        else:
            yield from _head_differences(head, again)


def _encoder_difference(recorded: Json, answer: Json) -> Iterator[str]:
    """Yield that another encoder reads the email now; heads of two may share name and version."""
    before = [entry["fingerprint"] for entry in recorded["encoders"]]
    again = answer["encoder"]
    if before and again and again["fingerprint"] != before[0]:
        yield f"encoder: {before[0]} then, {again['fingerprint']} again"


def _head_differences(before: Json, after: Json) -> Iterator[str]:
    name = before["head"]
    version, _ = version_and_encoder(before["version"])
    for member, old in (("version", version), *((m, before[m]) for m in _SHOWN)):
        if old != after[member]:
            yield f"{name}.{member}: {old} then, {after[member]} again"
    old, new = before["probability"], after["probability"]
    if old is not None and new is not None and abs(old - new) > TOLERANCE:
        yield f"{name}.probability: {old:.4f} then, {new:.4f} again"


def _moved(recorded: Json, answers: _Answers) -> Iterator[str]:
    """Yield what is not as it was then although the heads are."""
    if not answers.answer:
        return
    before, after = recorded["versions"]["cleaner"], answers.answer["text"]["cleaner_version"]
    if before != after:
        yield f"the cleaner was {before}, is {after}"


class _Kept:
    """An embedder that outlives the gateways which use it one after the other."""

    def __init__(self, embedder: Embedder) -> None:
        self.embed = embedder.embed
        self.attribute = embedder.attribute
        self.info = embedder.info

    @classmethod
    def of(cls, embedders: Mapping[str, Embedder]) -> Mapping[str, Embedder]:
        """Return all of them so."""
        return {name: cls(embedder) for name, embedder in embedders.items()}

    def close(self) -> None:
        """Leave it open."""
