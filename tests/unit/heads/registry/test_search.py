"""Laws of looks for requests: one at a time, in the registry's own thread, waited for a moment."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from heads.errors import CatalogError
from heads.pools.local import answer
from heads.registry import follower
from heads.registry.follower import Follower
from heads.registry.registry import Registry
from heads.registry.search import MISSED_S, MOST_SOUGHT, VersionSearch
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


def costs_a_look(site: Site) -> bool:
    """Whether the registry looks for a request that names version 9, which there is not."""
    looks = len(site.catalog.lookers)
    assert site.ask("9") == ("unknown_version", "9")
    return len(site.catalog.lookers) > looks


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
    with ThreadPoolExecutor(16) as threads:
        asked = [threads.submit(site.ask, "9") for _ in range(16)]
        assert {one.result(WAIT_S) for one in asked} == {("unknown_version", "9")}
    assert set(site.catalog.lookers) == {"heads-registry"}
    until(lambda: not costs_a_look(site))
    assert not costs_a_look(site)
    site.now += MISSED_S
    until(lambda: costs_a_look(site))


def test_what_a_slow_look_missed_stays_missed_for_a_while_after_it(site: Site) -> None:
    """However long the look took, the next request for the same version does not want another."""
    site.catalog.while_looking = lambda: setattr(site, "now", site.now + 2 * MISSED_S)
    until(lambda: not costs_a_look(site))
    site.now += MISSED_S
    until(lambda: costs_a_look(site))


def test_a_version_that_could_not_be_read_is_not_missed(site: Site, tmp_path: Path) -> None:
    """The next request looks again at once: it may be there."""

    def fail() -> None:
        raise CatalogError("not now")

    make_bundle(tmp_path, version="2")
    site.catalog.while_looking = fail
    site.registry.look_for([("intent", "2")], WAIT_S)
    assert site.registry.locate("intent", "2") is None
    site.catalog.while_looking = lambda: None
    until(lambda: site.ask("2") == ("ok", "2"))
    assert site.now == 0.0


def test_what_a_look_has_no_room_for_is_left_to_the_next() -> None:
    """Those sought first are loaded first, each once; the others are not missed."""
    recalled: list[str] = []

    def recall(_name: str, version: str) -> bool:
        recalled.append(version)
        return False

    idle = Follower(lambda: None, 3600)
    search = VersionSearch(idle, lambda *_: False, recall, lambda: 0.0)
    many = [("intent", str(number)) for number in range(1, MOST_SOUGHT + 2)]
    for _ in range(2):
        search.wait(many, 0.0)
    search.recall_sought()
    assert recalled == [version for _, version in many[:-1]]
    recalled.clear()
    search.wait(many, 0.0)
    search.recall_sought()
    assert recalled == [many[-1][1]]


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
