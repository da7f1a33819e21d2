"""Laws of the heads service, with real gunicorn workers and sockets."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
import urllib3

from heads.inference.stack import score
from heads.pools import remote, wire
from heads.pools.plain_http import Reply
from heads.pools.remote import RemotePool
from heads.prediction import HeadSet, PredictRequest
from loadtests.stack.processes import free_ports
from protos.heads.v1 import heads_pb2 as pb
from tests.support.bundles import (
    FINGERPRINT,
    VIEWS,
    build_head,
    feature_rows,
    make_bundle,
    put_live,
)
from tests.support.roles import point
from tests.support.waiting import WAIT_S, until

pytestmark = pytest.mark.service

TEXTUAL: dict[str, Any] = {"name": "optout", "kind": "sigmoid", "labels": ("yes", "no")}
HEADS = [sys.executable, "-m", "heads"]
# One retry: the service closes a connection whose oversized body it did not read.
HTTP = urllib3.PoolManager(retries=urllib3.Retry(1, allowed_methods=None), timeout=WAIT_S)


@contextmanager
def serving(catalog: Path, port: int = 0, **changes: str) -> Iterator[tuple[str, int]]:
    """Run `heads serve` over a catalog; yield its URL and the master's pid."""
    port = port or free_ports(1)[0]
    settings = {"CATALOG": str(catalog), "PORT": str(port), "POLL_INTERVAL_S": "0.1", **changes}
    process = subprocess.Popen(
        ["env", *(f"HEADS_{key}={value}" for key, value in settings.items()), *HEADS, "serve"],
        stderr=subprocess.PIPE,
    )
    assert process.stderr is not None
    lines: list[bytes] = []
    reader = threading.Thread(target=lambda: lines.extend(process.stderr or ()))
    reader.start()
    url = f"http://127.0.0.1:{port}"
    try:
        until(lambda: answers(url) or process.poll() is not None)
        assert process.poll() is None, b"".join(lines).decode()
        yield url, process.pid
    finally:
        process.terminate()
        process.wait(timeout=WAIT_S)
        reader.join()
        process.stderr.close()


def serves(pool: RemotePool, version: str) -> bool:
    """Whether `intent` is served in this version."""
    return pool.head_set().heads["intent"].version == version


def reached(counter: list[int], goal: int) -> bool:
    """Whether a counter, a list of one number, has reached a goal."""
    return counter[0] >= goal


def answers(url: str) -> bool:
    """Whether the service is up and ready."""
    try:
        return HTTP.request("GET", f"{url}/readyz").status == 200
    except urllib3.exceptions.HTTPError:
        return False


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write three heads: on two views, on text, and for another encoder."""
    folder = tmp_path_factory.mktemp("catalog")
    put_live(folder, members=[{"views": [view]} for view in VIEWS], description="what they want")
    put_live(folder, **TEXTUAL, members=[{"lexical": True}])
    put_live(folder, name="moved", fingerprint="sha256:" + "1" * 64)
    return folder


@pytest.fixture(scope="module")
def service(catalog: Path) -> Iterator[str]:
    """Run one worker with small limits."""
    with serving(catalog, MAX_ROWS="8", MAX_BODY_BYTES="65536", WORKERS="1") as (url, _):
        yield url


@pytest.fixture
def pool(service: str) -> Iterator[RemotePool]:
    """Open a pool on that service."""
    made = RemotePool(service, first_timeout_s=WAIT_S)
    yield made
    made.close()


def test_remote_answers_as_local_does(pool: RemotePool) -> None:
    """What travels changes no score: text features, several views, several rows."""
    rows = feature_rows(5)
    head_set = pool.head_set()
    names = ["optout", "intent", "moved", "nobody"]
    scores_by_head = pool.predict(PredictRequest(head_set, names, rows, FINGERPRINT, WAIT_S))
    assert list(scores_by_head) == names
    intent = build_head(members=[{"views": [view]} for view in VIEWS])
    np.testing.assert_allclose(scores_by_head["intent"].scores, score(intent, rows), atol=1e-6)
    optout = build_head(**TEXTUAL, members=[{"lexical": True}])
    np.testing.assert_allclose(scores_by_head["optout"].scores, score(optout, rows), atol=1e-6)
    assert scores_by_head["intent"].thresholds == pytest.approx((0.4, 0.4, 0.4))
    assert scores_by_head["moved"].status == "fingerprint_mismatch"
    assert scores_by_head["nobody"].status == "unknown_head"


def test_the_head_set_says_what_is_served(service: str, pool: RemotePool) -> None:
    """Protobuf and JSON describe the same heads."""
    info = pool.head_set().heads["intent"]
    assert (info.version, info.kind, info.views, info.lexical, info.parent_head) == (
        "1",
        "softmax",
        VIEWS,
        False,
        None,
    )
    described = HTTP.request("GET", f"{service}/v1/heads").json()
    assert described["generation"] == pool.head_set().generation
    assert {head["name"] for head in described["heads"]} == {"intent", "optout", "moved"}


BAD = [
    (b"\xff\xff", wire.MEDIA_TYPE, 400, "invalid_request"),
    (b"", wire.MEDIA_TYPE, 400, "invalid_request"),
    (b"{}", "application/json", 415, "unsupported_media_type"),
    (b"x" * 70_000, wire.MEDIA_TYPE, 413, "too_large"),
    (
        pb.PredictRequest(heads=[pb.HeadRef(name="intent")]).SerializeToString(),
        wire.MEDIA_TYPE,
        400,
        "invalid_request",
    ),
    (
        pb.PredictRequest(
            heads=[pb.HeadRef(name="intent")], views=["mean@3"], dim=8, rows=[pb.Row(vectors=b"1")]
        ).SerializeToString(),
        wire.MEDIA_TYPE,
        400,
        "invalid_request",
    ),
    (
        pb.PredictRequest(
            heads=[pb.HeadRef(name="intent")], rows=[pb.Row()] * 9
        ).SerializeToString(),
        wire.MEDIA_TYPE,
        413,
        "too_large",
    ),
]


@pytest.mark.parametrize(("body", "media", "status", "code"), BAD)
def test_bad_requests_get_a_problem_document(
    service: str, body: bytes, media: str, status: int, code: str
) -> None:
    """Every refusal is RFC 9457 with a stable code, and the service goes on."""
    response = HTTP.request(
        "POST", f"{service}/v1/predict", body=body, headers={"Content-Type": media}
    )
    assert (response.status, response.json()["code"]) == (status, code)
    assert response.headers["Content-Type"] == "application/problem+json"
    assert answers(service)


def test_what_is_known_is_not_described_again(service: str) -> None:
    """Who shows the tag of the served heads gets 304, in whatever way the request is written."""
    ask = {"Accept": wire.MEDIA_TYPE}
    first = HTTP.request("GET", f"{service}/v1/heads", headers=ask)
    tag = first.headers["ETag"]
    assert (first.status, bool(first.data)) == (200, True)
    for more in ({}, {"Cache-Control": "no-cache"}, {"If-None-Match": f'"other", {tag}'}):
        known = HTTP.request(
            "GET", f"{service}/v1/heads", headers={**ask, "If-None-Match": tag, **more}
        )
        assert (known.status, known.data, known.headers["ETag"]) == (304, b"", tag)
    for shown, media in (('"other"', wire.MEDIA_TYPE), (tag, "application/json")):
        headers = {"Accept": media, "If-None-Match": shown}
        assert HTTP.request("GET", f"{service}/v1/heads", headers=headers).status == 200


def test_a_refusal_repeats_nothing_that_was_sent(service: str) -> None:
    """Neither the media type nor the path, the method or the body, which may hold a mail."""
    canary = "zqcanary"
    media = {"Content-Type": f"text/{canary}"}
    refusals = [
        HTTP.request("POST", f"{service}/v1/predict", body=canary, headers=media),
        HTTP.request("GET", f"{service}/{canary}"),
        HTTP.request(canary.upper(), f"{service}/v1/predict"),
        HTTP.request("POST", f"{service}/v1/candidates/demote", json={canary: canary}),
        HTTP.request("POST", f"{service}/v1/candidates/demote", json={"head": canary + "/"}),
    ]
    assert [response.status for response in refusals] == [415, 404, 405, 400, 400]
    assert not [r.data for r in refusals if canary in r.data.decode().lower()]


def test_unknown_paths_and_methods_are_problems_too(service: str) -> None:
    """404 and 405 look like every other refusal."""
    assert HTTP.request("GET", f"{service}/nope").json()["code"] == "not_found"
    assert HTTP.request("GET", f"{service}/v1/predict").json()["code"] == "method_not_allowed"


def test_metrics_are_there_before_the_first_request(catalog: Path) -> None:
    """Every series of every served head exists from the start, over all workers."""
    with serving(catalog) as (url, _):
        text = HTTP.request("GET", f"{url}/metrics").data.decode()
    for series in (
        'heads_predictions_total{head="intent",status="ok",version="1"} 0.0',
        'heads_abstained_total{head="optout",version="1"} 0.0',
        'heads_requests_total{status="200"} 0.0',
        "heads_request_seconds_count 0.0",
        "heads_serving 3.0",
        "heads_refused 0.0",
    ):
        assert series in text


def test_a_worker_is_small_and_loads_no_model_library(catalog: Path) -> None:
    """A worker stays under 120 MB and maps none of torch, grpc, scikit-learn, pandas."""
    with serving(catalog, WORKERS="1") as (url, pid):
        pool = RemotePool(url, first_timeout_s=WAIT_S)
        for _ in range(50):
            pool.predict(
                PredictRequest(pool.head_set(), ["intent"], feature_rows(2), FINGERPRINT, WAIT_S)
            )
        pool.close()
        (worker,) = psutil.Process(pid).children()
        assert worker.memory_info().rss < 120e6
        mapped = " ".join(part.path for part in worker.memory_maps())
    assert not re.search(r"/(torch|grpc|sklearn|pandas|onnxruntime|openvino)/", mapped)


def test_a_killed_worker_is_replaced_and_requests_go_on(catalog: Path) -> None:
    """Kill -9 of one of two workers: the pool answers again, and its gauges leave the sums."""
    with serving(catalog, WORKERS="2") as (url, pid):
        pool = RemotePool(url, first_timeout_s=WAIT_S)
        head_set = pool.head_set()
        victim = psutil.Process(pid).children()[0]
        victim.send_signal(signal.SIGKILL)

        def answered() -> bool:
            scores_by_head = pool.predict(
                PredictRequest(head_set, ["intent"], feature_rows(1), FINGERPRINT, 2)
            )
            return scores_by_head["intent"].status == "ok"

        until(answered)
        until(lambda: len(psutil.Process(pid).children()) == 2)
        assert "heads_serving 3.0" in HTTP.request("GET", f"{url}/metrics").data.decode()
        pool.close()


def test_swaps_under_load_lose_no_request_and_mix_no_versions(tmp_path: Path) -> None:
    """Two workers, versions swapped and broken under load: every answer is its plan's version."""
    rows = feature_rows(2)
    wanted = {}
    for version in ("1", "2"):
        make_bundle(tmp_path, version=version, seed=int(version))
        wanted[version] = score(build_head(int(version), version=version), rows)
    broken = make_bundle(tmp_path, version="3")
    (broken / "weights.safetensors").write_bytes(b"garbage")
    point(tmp_path / "intent", "production", "1")
    wrong: list[object] = []
    asked = [0]
    stop = threading.Event()

    def work(pool: RemotePool) -> None:
        while not stop.is_set():
            plan: HeadSet = pool.head_set()
            scores_by_head = pool.predict(
                PredictRequest(plan, ["intent"], rows, FINGERPRINT, WAIT_S)
            )
            answer, version = scores_by_head["intent"], plan.heads["intent"].version
            asked[0] += 1
            right = (answer.status, answer.version) == ("ok", version)
            if not right or not np.allclose(answer.scores, wanted[version], atol=1e-5):
                wrong.append((version, answer))

    with serving(tmp_path, WORKERS="2") as (url, _):
        pool = RemotePool(url, refresh_s=0.05, first_timeout_s=WAIT_S)
        threads = [threading.Thread(target=work, args=(pool,)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for version in ("2", "3", "1") * 8:
            goal = asked[0] + 10
            point(tmp_path / "intent", "production", version)
            if version != "3":  # which no worker can load
                until(partial(serves, pool, version))
            until(partial(reached, asked, goal))
        stop.set()
        for thread in threads:
            thread.join()
        pool.close()
    assert wrong == []


def test_a_service_that_is_away_costs_bounded_time_and_comes_back(tmp_path: Path) -> None:
    """Away: every head "unavailable" within the timeout; back: answers again, by itself."""
    put_live(tmp_path)
    (port,) = free_ports(1)
    pool = RemotePool(f"http://127.0.0.1:{port}", refresh_s=0.05)
    assert pool.head_set() == HeadSet(0, {})

    def status() -> str:
        scores_by_head = pool.predict(
            PredictRequest(pool.head_set(), ["intent"], feature_rows(1), FINGERPRINT, 1)
        )
        return scores_by_head["intent"].status

    assert status() == "unavailable"
    for _ in range(2):
        with serving(tmp_path, port=port, WORKERS="1"):
            until(lambda: status() == "ok" and "intent" in pool.head_set().heads)
        assert status() == "unavailable"
        assert "intent" in pool.head_set().heads, "what was known is remembered"
    pool.close()


def test_a_process_out_of_threads_goes_on_and_asks_again(
    service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is known is served while no thread can be started, and asked anew once one can."""
    for bound in ("MAX_AGE_S", "_FETCH_TIMEOUT_S"):  # a service held up is not away
        monkeypatch.setattr(remote, bound, WAIT_S)
    pool = RemotePool(service, refresh_s=0, first_timeout_s=WAIT_S)
    start, tried = threading.Thread.start, []

    def scarce(thread: threading.Thread) -> None:
        tried.append(thread)
        if len(tried) <= 2:  # what probes replicas, and what follows the head set
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", scarce)
    known = pool.head_set()
    assert known.heads
    assert pool.head_set() == pool.head_set() == known
    until(lambda: len(tried) == 4, "not both were started")
    pool.close()
    for thread in tried[2:]:
        thread.join()


def test_a_service_that_hangs_is_given_up_in_time() -> None:
    """A peer that accepts and never answers costs the request its own timeout, not the pool's."""
    with socket.socket() as silent, ThreadPoolExecutor(1) as threads:
        silent.bind(("127.0.0.1", 0))
        silent.listen(8)
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        pool = RemotePool(url, first_timeout_s=4 * WAIT_S)
        request = PredictRequest(HeadSet(0, {}), ["a", "b"], feature_rows(1), FINGERPRINT, 0.3)
        answers = threads.submit(pool.predict, request).result(WAIT_S)
        assert {answer.status for answer in answers.values()} == {"unavailable"}
        pool.close()


def test_text_travels_only_for_heads_that_read_it() -> None:
    """The request for a purely dense head holds no text."""
    heads = {
        head.name: head.info()
        for head in (
            build_head(name="dense"),
            build_head(name="textual", members=[{"lexical": True}]),
        )
    }
    bodies = []

    class Recording(RemotePool):
        def _call(
            self, method: str, path: str, timeout_s: float, body: bytes | None,
            headers: dict[str, str],
        ) -> Reply:  # fmt: skip
            if body:
                bodies.append(pb.PredictRequest.FromString(body))
            raise urllib3.exceptions.TimeoutError

    pool = Recording("http://127.0.0.1:1")
    for names in (["dense"], ["dense", "textual"]):
        pool.predict(PredictRequest(HeadSet(1, heads), names, feature_rows(1), FINGERPRINT, 1))
    assert [bool(body.rows[0].text) for body in bodies] == [False, True]
    assert list(bodies[0].views) == ["mean@3"]


def test_check_and_list_tell_what_is_wrong(tmp_path: Path) -> None:
    """`heads check` exits 1 naming the problem; `heads list` shows what is served."""
    put_live(tmp_path)
    listed = subprocess.run(
        [*HEADS, "list", "--catalog", str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert "intent" in listed.stdout
    good = subprocess.run([*HEADS, "check", "--catalog", str(tmp_path)], capture_output=True)
    assert good.returncode == 0
    (tmp_path / "intent" / "1" / "golden.json").write_text(json.dumps([]))
    bad = subprocess.run(
        [*HEADS, "check", "--catalog", str(tmp_path)], capture_output=True, text=True
    )
    assert bad.returncode == 1
    assert "golden.json: digest" in bad.stdout
    (tmp_path / "intent" / "1" / "head.toml").write_text("format = 2")
    changed = subprocess.run(
        [*HEADS, "check", "--catalog", str(tmp_path)], capture_output=True, text=True
    )
    assert "production is 1, which has changed since it was given the role" in changed.stdout


def test_bad_settings_stop_the_service_in_words() -> None:
    """`heads serve` names every bad and unknown setting instead of starting."""
    ended = subprocess.run(
        ["env", "HEADS_PORT=x", "HEADS_WORKRS=1", *HEADS, "serve"], capture_output=True, text=True
    )
    assert ended.returncode == 1
    assert "HEADS_PORT" in ended.stderr
    assert "did you mean HEADS_WORKERS?" in ended.stderr
