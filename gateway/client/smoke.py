"""Checks a deployment end to end: ready, right on golden emails, complete, quick, strict."""

import json
import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from gateway.client.smoke_cases import GOLDEN, Golden
from trunkline.client import Client, Request
from trunkline.client.messages import JSON

_POLL_S = 0.5
_BAD: tuple[tuple[str, str, bytes, Mapping[str, str], int, str], ...] = (
    ("broken JSON", "/v1/classify", b'{"text": ', JSON, 400, "invalid_json"),
    ("two contents", "/v1/classify", b'{"text":"a","html":"b"}', JSON, 422, "validation_failed"),
    ("no items", "/v1/classify/batch", b'{"items":[]}', JSON, 422, "validation_failed"),
    (
        "unknown media type", "/v1/classify", b"a", {"Content-Type": "text/csv"},
        415, "media_type_unsupported",
    ),
    ("unknown route", "/v1/nothing", b"{}", JSON, 404, "not_found"),
)  # fmt: skip


@dataclass(frozen=True)
class Check:
    """One check's result; `found` describes what came back, never a text that was sent."""

    name: str
    ok: bool
    found: str


def smoke(client: Client, requests: int, p95_ms: float, wait_s: float) -> Iterator[Check]:
    """Yield the checks one after the other; only a deployment that is away ends them early."""
    ready = _ready(client, wait_s)
    yield ready
    if not ready.ok:
        return
    yield from _served(client)
    answers = []
    for golden in GOLDEN:
        check, answer = _golden(client, golden)
        answers.append(answer)
        yield check
    yield _coverage(answers)
    yield _batch(client, answers)
    for bad in _BAD:
        yield _refused(client, *bad)
    yield _key(client)
    yield _latency(client, requests, p95_ms)


def table(checks: Sequence[Check]) -> str:
    """Return the checks for a terminal."""
    width = max(len(check.name) for check in checks)
    lines = [f"{'ok' if c.ok else 'FAILED':7}{c.name:{width}}  {c.found}" for c in checks]
    failed = sum(not check.ok for check in checks)
    result = f"{failed} of {len(checks)} FAILED" if failed else f"all {len(checks)} ok"
    return "\n".join([*lines, "", result])


def _ready(client: Client, wait_s: float) -> Check:
    end = time.monotonic() + wait_s
    while True:
        reply = client.send(Request("GET", "/readyz"))
        if reply.status == 200 or time.monotonic() >= end:
            checks = reply.content.get("checks")
            seen = f"{reply.status} {_flat(checks)}" if checks else reply.code
            return Check("ready", reply.status == 200, seen)
        time.sleep(_POLL_S)


def _served(client: Client) -> Iterator[Check]:
    listed = client.send(Request("GET", "/v1/heads"))
    heads = listed.content.get("heads", [])
    serving = [h for h in heads if h["status"] == "serving"]
    named = ", ".join(f"{h['name']} {h['version']}" for h in serving)
    away = ", ".join(h["name"] for h in heads if h["status"] != "serving")
    ok = listed.status == 200 and bool(serving) and not away
    yield Check("heads", ok, f"{named}{'; away: ' + away if away else ''}" or listed.code)
    reply = client.send(_classify({"text": "Which version is this?"}))
    encoder = reply.content.get("encoder") or {}
    cleaner = reply.content.get("text", {}).get("cleaner_version")
    names = f"{encoder.get('model_id')} {str(encoder.get('fingerprint'))[:19]}, cleaner {cleaner}"
    yield Check("encoder", reply.status == 200 and bool(encoder), names)


def _golden(client: Client, golden: Golden) -> tuple[Check, Mapping[str, Any]]:
    reply = client.send(_classify(golden.mail))
    name, answer = f"golden: {golden.name}", reply.content
    if not reply.ok:
        return Check(name, False, reply.code), {}
    decision = answer["decision"]
    emails = [person["email"] for person in answer["referral"]]
    right = (
        (decision["intent"], decision["objection_reason"], decision["decided_by"])
        == (golden.intent, golden.reason, golden.decided_by)
        and (golden.referral is None or golden.referral in emails)
    )  # fmt: skip
    label = " ".join(part for part in (decision["intent"], decision["objection_reason"]) if part)
    wanted = "" if right else f"; wanted {golden.intent} {golden.reason or ''}".rstrip()
    return Check(name, right, f"{label or 'unsure'} by {decision['decided_by']}{wanted}"), answer


def _coverage(answers: Sequence[Mapping[str, Any]]) -> Check:
    """Whether every head that applies answered each golden email that the model decided."""
    asked = [answer["heads"] for answer in answers if answer.get("heads")]
    answered = sum(map(len, asked))
    silent = sorted(
        {name for h in asked for name in h if h[name]["status"] not in ("ok", "not_applicable")}
    )
    seen = ", ".join([f"{answered} answers of heads", *silent])
    return Check("coverage", bool(answered) and not silent, seen)


def _batch(client: Client, answers: Sequence[Mapping[str, Any]]) -> Check:
    """Whether a batch decides what single requests did, and a bad item fails alone."""
    items: list[Any] = [*({**golden.mail} for golden in GOLDEN), {"text": 7}]
    reply = client.send(_json("/v1/classify/batch", {"items": items}))
    if not reply.ok:
        return Check("batch", False, reply.code)
    *good, bad = reply.content["items"]
    same = sum(
        item["status"] == 200 and item["answer"]["decision"] == answer.get("decision")
        for item, answer in zip(good, answers, strict=True)
    )
    ok = same == len(answers) and bad["status"] == 422
    return Check("batch", ok, f"{same} of {len(answers)} as alone; bad item {bad['status']}")


def _refused(
    client: Client, name: str, path: str, body: bytes, headers: Mapping[str, str],
    status: int, code: str,
) -> Check:  # fmt: skip
    reply = client.send(Request("POST", path, body, headers))
    problem = reply.content
    ok = reply.status == problem.get("status") == status and problem.get("code") == code
    return Check(f"refuses: {name}", ok, reply.code)


def _key(client: Client) -> Check:
    """Check that a key is needed; a client without one shows only that none is."""
    if not client.keyed:
        return Check("keys", True, "none shown, none needed")
    reply = client.send(replace(_classify({"text": "a"}), keyed=False))
    return Check("keys", reply.status == 401, f"without a key: {reply.code}")


def _latency(client: Client, requests: int, p95_ms: float) -> Check:
    """Measure one caller, one request after the other, each text new to every cache."""
    run = time.time_ns()
    spent = []
    for number in range(requests):
        text = f"We looked at offer {run + number} and will discuss it with the team next week."
        started = time.perf_counter()
        reply = client.send(_classify({"text": text}))
        spent.append((time.perf_counter() - started) * 1000)
        if not reply.ok:
            return Check("latency", False, f"request {number + 1}: {reply.code}")
    cuts = statistics.quantiles(spent, n=100, method="inclusive")
    p50, p95 = cuts[49], cuts[94]
    seen = f"p50 {p50:.1f} ms, p95 {p95:.1f} ms of {requests}, one at a time; bound {p95_ms:g} ms"
    return Check("latency", p95 <= p95_ms, seen)


def _classify(members: Mapping[str, Any]) -> Request:
    return _json("/v1/classify", members)


def _json(path: str, members: Mapping[str, Any]) -> Request:
    return Request("POST", path, json.dumps(members).encode(), JSON)


def _flat(checks: object) -> str:
    if isinstance(checks, Mapping):
        return ", ".join(f"{name} {value}" for name, value in checks.items())
    return str(checks or "")
