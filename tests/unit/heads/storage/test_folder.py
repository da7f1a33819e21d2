"""Laws of catalogs: a folder and a bucket keep the same promises."""

from __future__ import annotations

import datetime
import json
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from heads.bundle.loading import load_head
from heads.bundle.reading import read_folder
from heads.bundle.writing import publish_to
from heads.errors import (
    AliasError,
    BundleError,
    BundleExistsError,
    CatalogError,
    ConflictError,
    LifeError,
    UnreadableError,
)
from heads.lifecycle import aliases, audit
from heads.lifecycle.aliases import Aliases, Answering
from heads.lifecycle.promotion import Author, demote, demote_candidate, promote, rollback
from heads.registry.registry import Registry
from heads.storage.catalog import Catalog
from heads.storage.folder import FolderCatalog
from heads.storage.opening import open_catalog
from tests.support.bucket import bucket_server, fresh_address
from tests.support.bundles import make_bundle

NOON = datetime.datetime(2026, 11, 21, 12, tzinfo=datetime.UTC)
ANN = Author("ann", "because", lambda: NOON)


@pytest.fixture(scope="module")
def server() -> Iterator[Mapping[str, str]]:
    """Run one S3 server for all tests here."""
    with bucket_server() as environment:
        yield environment


@pytest.fixture(params=["folder", "bucket"])
def catalog(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    server: Mapping[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> Catalog:
    """Open an empty catalog of either kind."""
    if request.param == "folder":
        (tmp_path / "catalog").mkdir()
        return open_catalog(tmp_path / "catalog")
    for name, value in server.items():
        monkeypatch.setenv(name, value)
    return open_catalog(fresh_address())


def put(catalog: Catalog, tmp_path: Path, *versions: str) -> None:
    """Publish random versions of `intent`."""
    for version in versions:
        folder = make_bundle(tmp_path / "made", seed=int(version), version=version)
        publish_to(catalog, read_folder(folder))


def said(catalog: Catalog) -> list[tuple[str, str, int]]:
    """Return action, outcome and generation of every entry of the record."""
    return [(one.action, one.outcome, one.generation) for one in audit.entries(catalog)]


def test_a_file_is_replaced_only_by_who_has_seen_it(catalog: Catalog) -> None:
    """A write names what it replaces; anything else is a conflict that changes nothing."""
    assert catalog.read("a/one", 10) is None
    catalog.write("a/one", b"1", "")
    first = catalog.read("a/one", 10)
    assert first is not None
    assert first.content == b"1"
    for stale in ("", "unheard of"):
        with pytest.raises(ConflictError):
            catalog.write("a/one", b"2", stale)
    catalog.write("a/one", b"22", first.tag)
    with pytest.raises(ConflictError):
        catalog.write("a/one", b"3", first.tag)
    second = catalog.read("a/one", 1)
    assert second is not None
    assert second.content == b"2", "no more than the limit is read"


def test_stamps_match_part_by_part_and_follow_content(catalog: Catalog) -> None:
    """`*` stays within one part of a key, and a changed file has another stamp."""
    for key in ("a/aliases.json", "b/aliases.json", "a/1/aliases.json", "c/other"):
        catalog.write(key, b"x", "")
    before = dict(catalog.stamps("*/aliases.json"))
    assert sorted(before) == ["a/aliases.json", "b/aliases.json"]
    assert list(catalog.stamps("a/1/*")) == ["a/1/aliases.json"]
    held = catalog.read("a/aliases.json", 10)
    assert held is not None
    catalog.write("a/aliases.json", b"yy", held.tag)
    after = catalog.stamps("*/aliases.json")
    assert after["a/aliases.json"] != before["a/aliases.json"]
    assert after["b/aliases.json"] == before["b/aliases.json"]


def test_lines_are_kept_whole_and_in_order(catalog: Catalog) -> None:
    """Lines of several writers are all there, each whole, each writer's in order."""

    def write(writer: int) -> None:
        for number in range(8):
            catalog.append("audit.jsonl", json.dumps([writer, number, "x" * 200]).encode())

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = [json.loads(line)[:2] for line in catalog.lines("audit.jsonl")]
    assert len(found) == 32
    for writer in range(4):
        assert [number for one, number in found if one == writer] == list(range(8))


def test_a_published_bundle_never_changes(catalog: Catalog, tmp_path: Path) -> None:
    """The same bundle may be published again; another one under its name is refused."""
    put(catalog, tmp_path, "1")
    found = read_folder(tmp_path / "made" / "intent" / "1")
    publish_to(catalog, found)
    assert load_head(catalog, "intent", "1").digest == found.digest
    other = read_folder(make_bundle(tmp_path / "other", seed=7, version="1"))
    with pytest.raises(BundleExistsError, match="never changes"):
        publish_to(catalog, other)
    assert load_head(catalog, "intent", "1").digest == found.digest


def test_a_head_goes_through_its_life_and_back(catalog: Catalog, tmp_path: Path) -> None:
    """Shadow, candidate, production, and two steps back; every step is on record."""
    put(catalog, tmp_path, "1", "2")
    promote(catalog, "intent", "1", "production", ANN)
    promote(catalog, "intent", "2", "shadow", ANN, share=0.5)
    held = promote(catalog, "intent", "2", "candidate", ANN, share=0.2, gate={"rows": 9})
    assert (held.shadow, held.answering) == (None, Answering("1", "2", 0.2))
    held = promote(catalog, "intent", "2", "production", ANN)
    assert held.answering == Answering("2")
    assert rollback(catalog, "intent", ANN).answering == Answering("1", "2", 0.2)
    assert rollback(catalog, "intent", ANN).answering == Answering("1")
    assert rollback(catalog, "intent", ANN).production is None
    with pytest.raises(LifeError, match="nothing to go back to"):
        rollback(catalog, "intent", ANN)
    entries = list(audit.entries(catalog, "intent"))
    assert [one.generation for one in entries] == [1, 2, 3, 4, 5, 6, 7]
    assert {(one.by, one.why, one.at) for one in entries} == {("ann", "because", NOON_SAID)}
    assert entries[2].gate == {"rows": 9}
    assert (entries[3].before["production"], entries[3].after["production"]) == ("1", "2")


NOON_SAID = "2026-11-21T12:00:00.000+00:00"


def test_a_decision_on_old_news_is_refused(catalog: Catalog, tmp_path: Path) -> None:
    """Who decided on another generation gets a conflict, and what the other did stays."""
    put(catalog, tmp_path, "1", "2")
    seen = promote(catalog, "intent", "1", "production", ANN).generation
    promote(catalog, "intent", "2", "candidate", ANN)
    with pytest.raises(ConflictError, match="look again"):
        promote(catalog, "intent", "2", "production", ANN, generation=seen)
    assert aliases.read(catalog, "intent")[0].answering == Answering("1", "2", 0.1)


def test_one_of_many_watches_withdraws_a_candidate(catalog: Catalog, tmp_path: Path) -> None:
    """Many processes find the same candidate wanting; it goes once, shadow and production stay."""
    put(catalog, tmp_path, "1", "2", "3")
    promote(catalog, "intent", "1", "production", ANN)
    promote(catalog, "intent", "3", "shadow", ANN)
    promote(catalog, "intent", "2", "candidate", ANN)
    won: list[bool] = []

    def watch() -> None:
        won.append(demote_candidate(catalog, "intent", "2", "7 errors in 20 requests"))

    threads = [threading.Thread(target=watch) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert won.count(True) == 1
    held = aliases.read(catalog, "intent")[0]
    assert (held.generation, held.answering, held.shadow) == (4, Answering("1"), "3")
    assert said(catalog).count(("withdraw candidate", "done", 4)) == 1
    assert not demote_candidate(catalog, "intent", "2", "late")
    with pytest.raises(LifeError):
        demote(catalog, "intent", "candidate", ANN)


def test_a_bundle_changed_after_its_promotion_is_not_served(
    catalog: Catalog, tmp_path: Path
) -> None:
    """The aliases name the content that was judged; other content under that name is refused."""
    put(catalog, tmp_path, "1")
    promote(catalog, "intent", "1", "production", ANN)
    changed = read_folder(make_bundle(tmp_path / "other", seed=7, version="1"))
    for name, content in changed.files.items():
        held = catalog.read(f"intent/1/{name}", 1 << 20)
        catalog.write(f"intent/1/{name}", content, held.tag if held else "")
    load_head(catalog, "intent", "1")
    info = Registry(catalog).current().head_set.heads["intent"]
    assert info.status == "failed"
    assert "was given the role" in info.error


def test_a_registry_follows_either_kind(catalog: Catalog, tmp_path: Path) -> None:
    """Add, replace, weigh, remove: each is seen by the next look."""
    put(catalog, tmp_path, "1", "2")
    registry = Registry(catalog)
    assert registry.current().head_set.heads == {}
    promote(catalog, "intent", "1", "production", ANN)
    assert registry.poll()
    promote(catalog, "intent", "2", "candidate", ANN, share=0.25)
    assert registry.poll()
    head_set = registry.current().head_set
    assert head_set.heads["intent"].version == "1"
    assert (head_set.candidates["intent"].version, head_set.candidates["intent"].share) == (
        "2",
        0.25,
    )
    assert not registry.poll()
    rollback(catalog, "intent", ANN)
    assert registry.poll()
    assert registry.current().head_set.candidates == {}


def test_versions_that_do_not_exist_get_no_role(catalog: Catalog, tmp_path: Path) -> None:
    """Neither missing versions nor names that leave the catalog get a role."""
    put(catalog, tmp_path, "1")
    for name, version in (("intent", "7"), ("intent", "../1"), ("../intent", "1")):
        with pytest.raises(AliasError, match="no version"):
            promote(catalog, name, version, "production", ANN)
    assert aliases.read(catalog, "intent") == (Aliases(), "")


def test_links_are_refused(tmp_path: Path) -> None:
    """Neither a linked file nor one behind a linked folder is read, nor stamped."""
    folder = make_bundle(tmp_path / "made")
    (tmp_path / "catalog" / "intent").mkdir(parents=True)
    (tmp_path / "catalog" / "intent" / "1").symlink_to(folder)
    catalog = FolderCatalog(tmp_path / "catalog")
    with pytest.raises(UnreadableError, match="link"):
        catalog.read("intent/1/head.toml", 10)
    assert catalog.stamps("intent/1/*") == {}
    with pytest.raises(BundleError, match="link"):
        load_head(catalog, "intent", "1")


def test_a_torn_last_line_costs_only_itself(tmp_path: Path) -> None:
    """After a crash in mid-line the next entry starts on a line of its own."""
    catalog = FolderCatalog(tmp_path)
    (tmp_path / audit.KEY).write_bytes(b'{"head": "int')
    audit.record(catalog, audit.AuditEntry("intent", "x", "ann", "", 1, {}, {}), NOON)
    assert [one.at for one in audit.entries(catalog)] == [NOON_SAID]


def test_a_bucket_that_is_away_is_one_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """No connection, no bucket name: a CatalogError each, and a registry keeps what it has."""
    with bucket_server() as environment:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        catalog = open_catalog(fresh_address())
    with pytest.raises(CatalogError):
        catalog.stamps("*/aliases.json")
    assert not Registry(catalog).poll()
    with pytest.raises(CatalogError, match="no bucket"):
        open_catalog("s3://")
