"""Laws of candidates and shadows in a registry, its snapshot, its pools and on the wire."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import structlog

from heads.bundle.loading import load_folder
from heads.inference.stack import score
from heads.lifecycle.aliases import ROLES
from heads.policy import Bounds
from heads.pools import wire
from heads.pools.local import LocalPool
from heads.prediction import PredictRequest
from heads.registry.registry import Registry
from tests.support.bundles import FINGERPRINT, feature_rows, make_bundle
from tests.support.roles import point

OTHER = "sha256:" + "1" * 64
ROWS = feature_rows(3)


@pytest.fixture(autouse=True)
def events() -> Iterator[list[structlog.typing.EventDict]]:
    """Capture the log."""
    with structlog.testing.capture_logs() as captured:
        yield captured


def live(catalog: Path, **roles: str) -> Path:
    """Write three versions of `intent`, roles as given; candidate and shadow get 20 %."""
    for version in ("1", "2", "3"):
        if not (catalog / "intent" / version).exists():
            bounds = {"window": 50, "disagreement": 0.25}
            make_bundle(catalog, seed=int(version), version=version, bounds=bounds)
    for role in ROLES:
        if role in roles:
            share = None if role == "production" else 0.2
            point(catalog / "intent", role, roles[role], share)
    return catalog


def alone(catalog: Path, version: str) -> np.ndarray:
    """Score the test's rows with one version by itself."""
    return score(load_folder(catalog / "intent" / version), ROWS)


def test_every_role_is_told_with_its_share_and_bounds(tmp_path: Path) -> None:
    """Callers learn of all roles: versions, shares of requests, bounds of the candidate."""
    registry = Registry(live(tmp_path, production="1", candidate="2", shadow="3"))
    head_set = registry.current().head_set
    found = [head_set.heads["intent"], head_set.candidates["intent"], head_set.shadows["intent"]]
    assert [(one.version, one.share) for one in found] == [("1", 1.0), ("2", 0.2), ("3", 0.2)]
    assert found[1].bounds == Bounds(window=50, disagreement=0.25)
    assert head_set.find("intent", "3") is found[2]
    assert head_set.find("intent") is found[0]
    assert head_set.find("intent", "9") is None


def test_one_call_answers_every_version_asked(tmp_path: Path) -> None:
    """`name@version` pins a version, and each answers as it would alone."""
    pool = LocalPool(Registry(live(tmp_path, production="1", candidate="2", shadow="3")))
    asked = ["intent", "intent@2", "intent@3"]
    found = pool.predict(PredictRequest(pool.head_set(), asked, ROWS, FINGERPRINT, 1))
    pool.close()
    assert list(found) == asked
    assert [one.version for one in found.values()] == ["1", "2", "3"]
    for version, one in zip("123", found.values(), strict=True):
        np.testing.assert_allclose(one.scores, alone(tmp_path, version), atol=1e-5)


def test_asking_production_computes_no_other_version(tmp_path: Path) -> None:
    """Production's members lie side by side: candidates cost nothing where nobody asks them."""
    live(tmp_path, production="1", candidate="2")
    make_bundle(tmp_path, name="zebra")
    point(tmp_path / "zebra", "production", "1")
    stack = Registry(tmp_path).current().stack
    assert [(head.name, head.version) for head in stack.heads] == [
        ("intent", "1"),
        ("zebra", "1"),
        ("intent", "2"),
    ]


def test_the_generation_tells_shares_apart(tmp_path: Path) -> None:
    """A changed weight is another generation: plans made of shares are made anew."""
    registry = Registry(live(tmp_path, production="1", candidate="2"))
    before = registry.current().head_set.generation
    point(tmp_path / "intent", "candidate", "2", 0.5)
    assert registry.poll()
    assert registry.current().head_set.generation != before


def test_a_broken_candidate_leaves_production_alone(tmp_path: Path) -> None:
    """It is failed and visible with the reason; a candidate that broke later keeps the old one."""
    live(tmp_path, production="1", shadow="3")
    (tmp_path / "intent" / "2" / "golden.json").write_text("[]")
    point(tmp_path / "intent", "candidate", "2")
    registry = Registry(tmp_path)
    head_set = registry.current().head_set
    assert head_set.heads["intent"].error == ""
    assert (head_set.candidates["intent"].status, head_set.shadows["intent"].status) == (
        "failed",
        "serving",
    )
    assert "golden.json" in head_set.candidates["intent"].error
    assert registry.current().refused["intent"].startswith("candidate: version 2")
    point(tmp_path / "intent", "candidate", "3")
    registry.poll()
    point(tmp_path / "intent", "candidate", "2")
    registry.poll()
    kept = registry.current().head_set.candidates["intent"]
    assert (kept.version, kept.status) == ("3", "serving")
    assert "version 2" in kept.error


def test_a_withdrawn_candidate_still_answers_plans_made_before(tmp_path: Path) -> None:
    """Who was told of the candidate gets its answer to the end of the request."""
    registry = Registry(live(tmp_path, production="1", candidate="2"))
    pool = LocalPool(registry)
    plan = pool.head_set()
    point(tmp_path / "intent", "candidate", None)
    registry.poll()
    assert registry.current().head_set.candidates == {}
    found = pool.predict(PredictRequest(plan, ["intent@2"], ROWS, FINGERPRINT, 1))
    pool.close()
    np.testing.assert_allclose(found["intent@2"].scores, alone(tmp_path, "2"), atol=1e-5)


def test_promoting_what_is_loaded_loads_nothing_again(tmp_path: Path) -> None:
    """A candidate that becomes production is the same head in memory."""
    registry = Registry(live(tmp_path, production="1", candidate="2"))
    candidate = registry.current().roles["intent"].candidate
    point(tmp_path / "intent", "production", "2")
    registry.poll()
    production = registry.current().roles["intent"].production
    assert candidate is not None
    assert production is not None
    assert production.head is not None
    assert candidate.head is not None
    assert production.head.manifest is candidate.head.manifest


def test_a_hundred_swaps_keep_two_versions_in_memory(tmp_path: Path) -> None:
    """What was replaced is kept once a version, not once a swap."""
    registry = Registry(live(tmp_path, production="1"))
    registry.current()
    for change in range(20):
        point(tmp_path / "intent", "production", "12"[change % 2])
        registry.poll()
    assert sorted(head.version for one in registry.retired() for head in one.stack.heads) == [
        "1",
        "2",
    ]


def test_a_candidate_for_another_encoder_is_told_by_both_fingerprints(tmp_path: Path) -> None:
    """It is served, and answers vectors of its own encoder only: heads can move one by one."""
    make_bundle(tmp_path, version="1")
    make_bundle(tmp_path, version="2", seed=2, fingerprint=OTHER)
    point(tmp_path / "intent", "production", "1")
    point(tmp_path / "intent", "candidate", "2")
    pool = LocalPool(Registry(tmp_path))
    head_set = pool.head_set()
    assert head_set.candidates["intent"].fingerprint == OTHER
    asked = ["intent", "intent@2"]
    both = pool.predict(PredictRequest(head_set, asked, ROWS, FINGERPRINT, 1))
    moved = pool.predict(PredictRequest(head_set, ["intent@2"], ROWS, OTHER, 1))
    pool.close()
    assert [one.status for one in both.values()] == ["ok", "fingerprint_mismatch"]
    assert OTHER in both["intent@2"].message
    assert FINGERPRINT in both["intent@2"].message
    assert moved["intent@2"].status == "ok"


def test_the_wire_carries_every_role(tmp_path: Path) -> None:
    """A head set described and parsed is the same head set, failed roles included."""
    live(tmp_path, production="1", candidate="2")
    (tmp_path / "intent" / "3" / "golden.json").write_text("[]")
    point(tmp_path / "intent", "shadow", "3", 0.5)
    head_set = Registry(tmp_path).current().head_set
    assert head_set.shadows["intent"].status == "failed"
    assert wire.parse_describe(wire.describe_bytes(head_set)) == head_set
