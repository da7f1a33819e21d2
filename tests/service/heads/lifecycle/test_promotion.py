"""Laws of a head's life with real services, a real bucket and the real command line."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import urllib3

from heads.bundle.loading import load_folder
from heads.inference.stack import score
from heads.lifecycle import aliases
from heads.lifecycle.aliases import Answering
from heads.lifecycle.promotion import Author, promote
from heads.pools.remote import RemotePool
from heads.prediction import PredictRequest
from heads.storage.opening import open_catalog
from loadtests.bench.swaps import Service, measure_swaps, serving
from loadtests.config import inherited_environment
from tests.support.bucket import bucket_server, fresh_address
from tests.support.bundles import FINGERPRINT, feature_rows, make_bundle
from tests.support.waiting import WAIT_S, until

pytestmark = pytest.mark.service

ANN = Author("ann")
ROWS = feature_rows(2)


def heads(*arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
    """Run a `heads` command."""
    return subprocess.run(
        [sys.executable, "-m", "heads", *arguments],
        env=inherited_environment() | changes, capture_output=True, text=True,
    )  # fmt: skip


@contextmanager
def bucket() -> Iterator[tuple[str, Mapping[str, str]]]:
    """Give a fresh prefix on a server, for this process and for those that it starts."""
    with pytest.MonkeyPatch.context() as patch, bucket_server() as environment:
        for name, value in environment.items():
            patch.setenv(name, value)
        yield fresh_address(), environment


def eventually(pool: RemotePool, wanted: Mapping[str, str]) -> None:
    """Wait until the service names these versions by role."""
    until(lambda: versions(pool) == wanted, f"never {wanted}")


def versions(pool: RemotePool) -> dict[str, str]:
    """Return the head's versions by role, as the service names them now."""
    found = pool.head_set()
    roles = {"production": found.heads, "candidate": found.candidates, "shadow": found.shadows}
    return {role: infos["intent"].version for role, infos in roles.items() if infos}


def test_a_service_follows_a_bucket_through_a_head_s_life(tmp_path: Path) -> None:
    """Published, promoted, shadowed, weighed and rolled back on S3: workers follow, and answer."""
    folders = [make_bundle(tmp_path, seed=int(one), version=one) for one in ("1", "2")]
    with bucket() as (address, environment):
        for folder in folders:
            done = heads("publish", str(folder), "--catalog", address, **environment)
            assert done.returncode == 0, done.stderr
        catalog = open_catalog(address)
        promote(catalog, "intent", "1", "production", ANN)
        with serving(address, 1, environment) as service:
            pool = RemotePool(service.url, refresh_s=0.05, first_timeout_s=WAIT_S)
            eventually(pool, {"production": "1"})
            promote(catalog, "intent", "2", "shadow", ANN)
            eventually(pool, {"production": "1", "shadow": "2"})
            asked = ["intent", "intent@2"]
            found = pool.predict(PredictRequest(pool.head_set(), asked, ROWS, FINGERPRINT, WAIT_S))
            for folder, one in zip(folders, found.values(), strict=True):
                np.testing.assert_allclose(one.scores, score(load_folder(folder), ROWS), atol=1e-5)
            promote(catalog, "intent", "2", "candidate", ANN, share=0.25)
            eventually(pool, {"production": "1", "candidate": "2"})
            assert pool.head_set().candidates["intent"].share == 0.25
            assert described(service)["candidates"][0]["share"] == 0.25
            rolled = heads("rollback", "intent", "--by", "bob", "--catalog", address, **environment)
            assert rolled.stdout == "intent: production 1\n"
            eventually(pool, {"production": "1"})
            pool.close()
        told = heads("audit", "--catalog", address, **environment).stdout.splitlines()
        assert [line.split(" by ")[1].split(":")[0] for line in told] == ["ann"] * 3 + ["bob"]


def described(service: Service) -> dict[str, list[dict[str, object]]]:
    """Return the answer of /v1/heads."""
    found: dict[str, list[dict[str, object]]] = urllib3.request(
        "GET", f"{service.url}/v1/heads", timeout=WAIT_S
    ).json()
    return found


def test_a_bucket_that_goes_away_takes_no_head_with_it(tmp_path: Path) -> None:
    """Workers keep answering with what they have."""
    folder = make_bundle(tmp_path, version="1")
    with bucket() as (address, environment):
        assert heads("publish", str(folder), "--catalog", address, **environment).returncode == 0
        promote(open_catalog(address), "intent", "1", "production", ANN)
        stack = serving(address, 1, environment)
        service = stack.__enter__()
    try:
        pool = RemotePool(service.url, first_timeout_s=WAIT_S)
        plan = pool.head_set()
        found = pool.predict(PredictRequest(plan, ["intent"], ROWS, FINGERPRINT, WAIT_S))
        assert found["intent"].status == "ok"
        pool.close()
    finally:
        stack.__exit__(None, None, None)


def test_swaps_under_load_fail_nobody() -> None:
    """Real workers, closed-loop callers: every answer is wholly the version it was planned with."""
    found = measure_swaps(heads=3, swaps=20, workers=2, callers=2)
    assert found["failures"] == 0
    assert found["swaps"] == 20
    assert found["requests"] > 20


def test_lint_and_test_tell_what_is_wrong_with_a_bundle(tmp_path: Path) -> None:
    """Lint asks for what people need, test for what the golden set says; both exit with 1."""
    folder = make_bundle(tmp_path)
    (folder / "notes.txt").write_text("not listed")
    linted = heads("lint", str(folder))
    assert linted.returncode == 1
    for problem in ("README.md: missing", "metrics.json: missing", "notes.txt: not listed"):
        assert problem in linted.stdout
    assert "3 golden rows agree" in heads("test", str(folder)).stdout
    (folder / "weights.safetensors").write_bytes(b"garbage")
    for command in ("lint", "test"):
        broken = heads(command, str(folder))
        assert broken.returncode == 1
        assert "weights.safetensors: digest" in broken.stdout + broken.stderr


def test_errors_are_one_line_with_a_code(tmp_path: Path) -> None:
    """What a user can mend is told without a traceback."""
    make_bundle(tmp_path)
    nothing = heads("rollback", "intent", "--catalog", str(tmp_path))
    assert nothing.returncode == 1
    assert nothing.stderr.endswith("[impossible_step]\n")
    assert "Traceback" not in nothing.stderr
    promote(open_catalog(tmp_path), "intent", "1", "production", ANN)
    assert aliases.read(open_catalog(tmp_path), "intent")[0].answering == Answering("1")
    away = heads("list", "--catalog", str(tmp_path / "none"))
    assert "no head in production" in away.stdout
