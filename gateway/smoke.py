"""Checks a deployment end to end: ready, right on golden emails, complete, quick, strict."""

import json
import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import urllib3

from gateway.golden import GOLDEN, Golden

_TIMEOUT_S = 30.0
_POLL_S = 0.5
_JSON = {"Content-Type": "application/json"}
_BAD: tuple[tuple[str, str, bytes, Mapping[str, str], int, str], ...] = (
    ("broken JSON", "/v1/classify", b'{"text": ', _JSON, 400, "invalid_json"),
    ("two contents", "/v1/classify", b'{"text":"a","html":"b"}', _JSON, 422, "validation_failed"),
    ("no items", "/v1/classify/batch", b'{"items":[]}', _JSON, 422, "validation_failed"),
    (
        "unknown media type", "/v1/classify", b"a", {"Content-Type": "text/csv"},
        415, "media_type_unsupported",
    ),
    ("unknown route", "/v1/nothing", b"{}", _JSON, 404, "not_found"),
)  # fmt: skip


@dataclass(frozen=True)
class Check:
    """One thing that was looked at; `found` says what was seen, never a text that was sent."""

    name: str
    ok: bool
    found: str


class Deployment:
    """A gateway somewhere; `key` is the header that shows a key, empty where none is needed."""

    def __init__(self, url: str, key: Mapping[str, str]) -> None:
        self._url = url.rstrip("/")
        self._key = dict(key)
        self._http = urllib3.PoolManager(retries=False, timeout=_TIMEOUT_S)

    def get(self, path: str) -> tuple[int, Any]:
        """Status and JSON; status 0 where nobody answers."""
        return self._send("GET", path, self._key)

    def post(
        self, path: str, body: bytes, headers: Mapping[str, str] = _JSON, *, keyed: bool = True
    ) -> tuple[int, Any]:
        """Status and JSON of a request with the key, or without it."""
        return self._send("POST", path, {**headers, **(self._key if keyed else {})}, body)

    @property
    def keyed(self) -> bool:
        """Whether a key is shown."""
        return bool(self._key)

    def close(self) -> None:
        """Give up connections."""
        self._http.clear()

    def _send(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None = None
    ) -> tuple[int, Any]:
        try:
            reply = self._http.request(method, self._url + path, headers=headers, body=body)
            return reply.status, json.loads(reply.data)
        except urllib3.exceptions.HTTPError as error:
            return 0, {"code": type(error).__name__}
        except ValueError:  # a load balancer's own page, say
            return reply.status, {"code": "no JSON"}


def smoke(deployment: Deployment, requests: int, p95_ms: float, wait_s: float) -> Iterator[Check]:
    """Look at everything, one check after the other; only a deployment that is away ends it."""
    ready = _ready(deployment, wait_s)
    yield ready
    if not ready.ok:
        return
    yield from _served(deployment)
    answers = []
    for golden in GOLDEN:
        check, answer = _golden(deployment, golden)
        answers.append(answer)
        yield check
    yield _coverage(answers)
    yield _batch(deployment, answers)
    for bad in _BAD:
        yield _refused(deployment, *bad)
    yield _key(deployment)
    yield _latency(deployment, requests, p95_ms)


def table(checks: Sequence[Check]) -> str:
    """The checks for a terminal."""
    width = max(len(check.name) for check in checks)
    lines = [f"{'ok' if c.ok else 'FAILED':7}{c.name:{width}}  {c.found}" for c in checks]
    failed = sum(not check.ok for check in checks)
    verdict = f"{failed} of {len(checks)} FAILED" if failed else f"all {len(checks)} ok"
    return "\n".join([*lines, "", verdict])


def _ready(deployment: Deployment, wait_s: float) -> Check:
    end = time.monotonic() + wait_s
    while True:
        status, found = deployment.get("/readyz")
        if status == 200 or time.monotonic() >= end:
            checks = found.get("checks") or found.get("code")
            return Check("ready", status == 200, f"{status or 'no answer'} {_flat(checks)}")
        time.sleep(_POLL_S)


def _served(deployment: Deployment) -> Iterator[Check]:
    status, found = deployment.get("/v1/heads")
    heads = found.get("heads", [])
    serving = [h for h in heads if h["status"] == "serving"]
    named = ", ".join(f"{h['name']} {h['version']}" for h in serving)
    away = ", ".join(h["name"] for h in heads if h["status"] != "serving")
    ok = status == 200 and bool(serving) and not away
    yield Check("heads", ok, f"{named}{'; away: ' + away if away else ''}" or _code(status, found))
    status, answer = deployment.post("/v1/classify", _body({"text": "Which version is this?"}))
    encoder = answer.get("encoder") or {}
    cleaner = answer.get("text", {}).get("cleaner_version")
    said = f"{encoder.get('model_id')} {str(encoder.get('fingerprint'))[:19]}, cleaner {cleaner}"
    yield Check("encoder", status == 200 and bool(encoder), said)


def _golden(deployment: Deployment, golden: Golden) -> tuple[Check, Mapping[str, Any]]:
    status, answer = deployment.post("/v1/classify", _body(golden.mail))
    name = f"golden: {golden.name}"
    if status != 200:
        return Check(name, False, _code(status, answer)), {}
    decision = answer["decision"]
    emails = [person["email"] for person in answer["referral"]]
    right = (
        (decision["intent"], decision["objection_reason"], decision["decided_by"])
        == (golden.intent, golden.reason, golden.decided_by)
        and (golden.referral is None or golden.referral in emails)
    )  # fmt: skip
    said = " ".join(part for part in (decision["intent"], decision["objection_reason"]) if part)
    wanted = "" if right else f"; wanted {golden.intent} {golden.reason or ''}".rstrip()
    return Check(name, right, f"{said or 'unsure'} by {decision['decided_by']}{wanted}"), answer


def _coverage(answers: Sequence[Mapping[str, Any]]) -> Check:
    """Whether every head that applies answered each golden email that the model decided."""
    asked = [answer["heads"] for answer in answers if answer.get("heads")]
    told = [head["status"] for heads in asked for head in heads.values()]
    silent = sorted(
        {name for h in asked for name in h if h[name]["status"] not in ("ok", "not_applicable")}
    )
    found = f"{len(told)} answers of heads"
    return Check("coverage", bool(told) and not silent, ", ".join([found, *silent]))


def _batch(deployment: Deployment, answers: Sequence[Mapping[str, Any]]) -> Check:
    """Whether a batch decides what single requests did, and a bad item fails alone."""
    items: list[Any] = [*({**golden.mail} for golden in GOLDEN), {"text": 7}]
    status, found = deployment.post("/v1/classify/batch", _body({"items": items}))
    if status != 200:
        return Check("batch", False, _code(status, found))
    *good, bad = found["items"]
    same = sum(
        item["status"] == 200 and item["answer"]["decision"] == answer.get("decision")
        for item, answer in zip(good, answers, strict=True)
    )
    ok = same == len(answers) and bad["status"] == 422
    return Check("batch", ok, f"{same} of {len(answers)} as alone; bad item {bad['status']}")


def _refused(
    deployment: Deployment, name: str, path: str, body: bytes, headers: Mapping[str, str],
    status: int, code: str,
) -> Check:  # fmt: skip
    got, problem = deployment.post(path, body, headers)
    ok = got == status and problem.get("code") == code and problem.get("status") == status
    return Check(f"refuses: {name}", ok, _code(got, problem))


def _key(deployment: Deployment) -> Check:
    """With a key: that it is needed. Without one there is nothing to see but that it is open."""
    if not deployment.keyed:
        return Check("keys", True, "none shown, none needed")
    status, problem = deployment.post("/v1/classify", _body({"text": "a"}), keyed=False)
    return Check("keys", status == 401, f"without a key: {_code(status, problem)}")


def _latency(deployment: Deployment, requests: int, p95_ms: float) -> Check:
    """One caller, one request after the other, each text new to every cache."""
    run = time.time_ns()
    spent = []
    for number in range(requests):
        text = f"We looked at offer {run + number} and will discuss it with the team next week."
        started = time.perf_counter()
        status, found = deployment.post("/v1/classify", _body({"text": text}))
        spent.append((time.perf_counter() - started) * 1000)
        if status != 200:
            return Check("latency", False, f"request {number + 1}: {_code(status, found)}")
    cuts = statistics.quantiles(spent, n=100, method="inclusive")
    p50, p95 = cuts[49], cuts[94]
    said = f"p50 {p50:.1f} ms, p95 {p95:.1f} ms of {requests}, one at a time; bound {p95_ms:g} ms"
    return Check("latency", p95 <= p95_ms, said)


def _body(told: Mapping[str, Any]) -> bytes:
    return json.dumps(told).encode()


def _code(status: int, found: Mapping[str, Any]) -> str:
    return f"{status or 'no answer'} {found.get('code', '')}".strip()


def _flat(checks: object) -> str:
    if isinstance(checks, Mapping):
        return ", ".join(f"{name} {value}" for name, value in checks.items())
    return str(checks or "")
