"""Laws of looks for requests: one at a time, in the registry's own thread, waited for a moment."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from heads.pools.local import answer
from heads.registry import follower
from heads.registry.follower import Follower
from heads.registry.registry import Registry
from heads.registry.search import MISSED_S
from tests.support.bundles import FINGERPRINT, feature_rows, make_bundle, put_live
from tests.support.gated_catalog import GatedCatalog
from tests.support.roles import point
from tests.support.waiting import WAIT_S, until


class Site:
    """A followed registry that looks only when it is asked to, its catalog, and its clock."""

    def __init__(self, root: Path) -> None:
        self.now = 0.0
        self.catalog = GatedCatalog(root)
        self.registry = Registry(self.catalog, poll_interval_s=3600, clock=lambda: self.now)
        self.registry.start()
        self.catalog.lookers.clear()

    def ask(self, version: str) -> tuple[str, str]:
        """Ask the intent head in a version; return the answer's status and version."""
        (scores,) = answer(self.registry, [("intent", version)], feature_rows(1), FINGERPRINT)
        return scores.status, scores.version


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """Follow a catalog with one head in version 1."""
    put_live(tmp_path, version="1")
    made = Site(tmp_path)
    yield made
    made.catalog.gate.set()
    made.registry.close()


def test_versions_not_seen_yet_are_answered_after_a_look_of_the_registrys_thread(
    site: Site, tmp_path: Path
) -> None:
    """One just promoted, and one that was replaced before this registry saw it."""
    put_live(tmp_path, version="2")
    until(lambda: site.ask("2") == ("ok", "2"))  # nearly always at once; a look has its time
    make_bundle(tmp_path, version="3")
    until(lambda: site.ask("3") == ("ok", "3"))
    point(tmp_path / "intent", "production", "3")
    until(lambda: site.registry.newest().head_set.heads["intent"].version == "3")
    assert set(site.catalog.lookers) == {"heads-registry"}


def test_many_that_name_an_unknown_version_cost_one_look(site: Site) -> None:
    """And then for MISSED_S none: it is answered from what is known."""

    def costs_a_look() -> bool:
        looks = len(site.catalog.lookers)
        assert site.ask("9") == ("unknown_version", "9")
        return len(site.catalog.lookers) > looks

    with ThreadPoolExecutor(16) as threads:
        asked = [threads.submit(site.ask, "9") for _ in range(16)]
        assert {one.result(WAIT_S) for one in asked} == {("unknown_version", "9")}
    assert set(site.catalog.lookers) == {"heads-registry"}
    until(lambda: not costs_a_look())
    assert not costs_a_look()
    site.now += MISSED_S
    until(costs_a_look)


def test_a_catalog_that_hangs_does_not_keep_requests(site: Site) -> None:
    """They are answered from what is known: the newest head set, and an unknown version."""
    site.catalog.gate.clear()
    with ThreadPoolExecutor(2) as threads:
        newest = threads.submit(site.registry.newest)
        unknown = threads.submit(site.ask, "9")
        assert newest.result(WAIT_S / 2).head_set.heads["intent"].version == "1"
        assert unknown.result(WAIT_S / 2) == ("unknown_version", "9")


def test_nobody_waits_for_a_look_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once it has lasted HUNG_S, requests are answered without a wait."""
    entered, gate = threading.Event(), threading.Event()

    def look() -> None:
        entered.set()
        assert gate.wait(WAIT_S)

    made = Follower(look, 3600)
    made.start()
    made.wake()
    assert entered.wait(WAIT_S)
    waits: list[str] = []

    def never() -> bool:
        waits.append("asked while it waits")
        return False

    assert not made.await_look(0.001, never)
    assert waits
    monkeypatch.setattr(follower, "HUNG_S", -1.0)
    waits.clear()
    assert not made.await_look(0.001, never)
    assert not waits
    gate.set()
    made.stop()


def test_a_look_that_began_before_is_enough_if_it_finds_what_is_sought() -> None:
    """Else the next one is waited for: what came meanwhile may not be in the first."""
    entered, gate = threading.Semaphore(0), threading.Semaphore(0)
    looks: list[int] = []

    def look() -> None:
        entered.release()
        assert gate.acquire(timeout=WAIT_S)
        looks.append(1)

    made = Follower(look, 3600)
    made.start()
    made.wake()
    assert entered.acquire(timeout=WAIT_S)
    gate.release()
    assert made.await_look(WAIT_S, lambda: bool(looks))
    assert len(looks) == 1
    gate.release(8)
    assert made.await_look(WAIT_S)
    assert len(looks) == 2
    made.stop()
