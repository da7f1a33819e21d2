"""Rows that send hostile mails and huge batches beside the load: nobody else may feel them."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterable, Iterator

import urllib3

from loadtests.config import api_key, authorization
from tests.faults.row import Bounds, Row, Scene

_AT_ONCE = 4
_TIMEOUT_S = 30


def hostile_mails() -> Iterator[tuple[str, bytes, str]]:
    """Yield name, body and content type of mails that once held a core for seconds, or might."""
    yield from (
        (name, json.dumps({kind: text}).encode(), "application/json")
        for name, kind, text in (
            ("100,000 attributes", "html", f"<p {_numbered('a{}', 100_000)}>Not interested.</p>"),
            ("100,000 styles", "html", f'<p style="{_numbered("x{}:1;", 60_000)}">Not now.</p>'),
            ("50,000 nested elements", "html", "<div>" * 50_000 + "Not interested."),
            ("200,000 empty tags", "html", "<b></b>" * 100_000 + "Not interested."),
            ("U+FDFA, 18 letters each", "text", "\ufdfa" * 190_000),
            ("combining marks", "text", "e" + "\u0301" * 190_000),
            ("quotation marks", "text", "> " * 90_000 + "\nNot interested."),
            ("attributions", "text", "On Monday, a@b.example wrote:\n" * 6_000),
            ("digits", "text", "+49 30 1234567 " * 12_000),
        )
    )
    nested = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n)
        for n in range(10_000)
    )
    yield "10,000 nested parts", nested, "message/rfc822"
    headers = b"X-Filler: " + b"a" * 900 + b"\r\n"
    yield "a megabyte of headers", headers * 1_100 + b"\r\nNot interested.", "message/rfc822"
    words = b"Subject: " + b"=?utf-8?q?" + b"=C3=A4" * 20 + b"?=\r\n " * 1
    yield "encoded words", words * 8_000 + b"\r\n\r\nNot interested.", "message/rfc822"


def huge_batches() -> Iterator[tuple[str, bytes, str]]:
    """Yield batches at the limits: many items, long items, junk of every depth."""
    long = {"text": "Please send the offer again. " * 2_000}
    yield "256 items of 58 kB", _batch([long] * 256), "application/json"
    yield "80 items of 190 kB", _batch([{"text": "Yes. " * 38_000}] * 80), "application/json"
    yield "nested junk", b'{"items": ' + b"[" * 7_000_000, "application/json"
    junk = json.dumps({"items": [{"text": "Yes", "headers": {"x" * 99: ["y"] * 9}}] * 9_000})
    yield "unknown values", junk.encode(), "application/json"


def send_beside(scene: Scene, mails: Iterable[tuple[str, bytes, str]], path: str) -> None:
    """Post each body, a few at once; note a status that is neither a 200 nor a refusal."""
    scene.wait(2.0)
    scene.fault()
    pool = urllib3.PoolManager(maxsize=_AT_ONCE)
    slots = threading.Semaphore(_AT_ONCE)
    times: dict[str, float] = {}
    threads = [
        threading.Thread(
            target=_post, args=(scene, pool, slots, times, f"{scene.url}{path}", *mail)
        )
        for mail in mails
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    name, seconds = max(times.items(), key=lambda item: item[1])
    scene.notes.append(f"slowest of {len(times)}: {name}, {seconds:.1f} s")


def _post(
    scene: Scene, pool: urllib3.PoolManager, slots: threading.Semaphore, times: dict[str, float],
    url: str, name: str, body: bytes, content_type: str,
) -> None:  # fmt: skip
    headers = {"Content-Type": content_type} | authorization(api_key())
    with slots:
        begun = time.perf_counter()
        try:
            answer = pool.request(
                "POST", url, body=body, headers=headers, retries=False, timeout=_TIMEOUT_S
            )
        except urllib3.exceptions.HTTPError as error:
            scene.wrong.append(f"{name}: {type(error).__name__}")
            return
        finally:
            times[name] = time.perf_counter() - begun
    if answer.status >= 500 and answer.status not in (503, 504):
        scene.wrong.append(f"{name}: status {answer.status}")


def _batch(items: list[dict[str, str]]) -> bytes:
    return json.dumps({"items": items}).encode()[: 16 * 1024 * 1024]


def _numbered(pattern: str, count: int) -> str:
    return " ".join(pattern.format(number) for number in range(count))


ROWS = (
    Row("hostile mails beside the load",
        lambda scene: send_beside(scene, hostile_mails(), "/v1/classify"), Bounds(p99_s=2.0),
        rate=10.0, seconds=30.0, layout="door", remote=True, quick=True),
    Row("huge batches beside the load",
        lambda scene: send_beside(scene, huge_batches(), "/v1/classify/batch"), Bounds(p99_s=2.0),
        rate=5.0, seconds=40.0, layout="door", remote=True),
)  # fmt: skip
