"""Laws of `heads archive`: whole, found by its place, never changed, and only what was learnt."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from heads.__main__ import main
from heads.archive import INDEX, check_archive
from heads.bundle.reading import read, read_folder
from heads.bundle.writing import write_bundle
from heads.lifecycle.promotion import Author, promote
from heads.storage.atomic_files import digest
from heads.storage.folder import FolderCatalog
from heads.storage.opening import open_catalog
from tests.support.bucket import bucket_server, fresh_address
from tests.support.bundles import feature_rows, table, weights

TODAY = datetime.datetime.now(tz=datetime.UTC).date()


@pytest.fixture(scope="module", autouse=True)
def server() -> Iterator[None]:
    """Run a real S3 protocol, found by every bucket of these tests."""
    with bucket_server() as environment, pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        yield


@pytest.fixture
def catalog(tmp_path: Path) -> Path:
    """Write a version that learnt from rows.jsonl, and give it the production role."""
    folder, data = tmp_path / "heads", tmp_path / "rows.jsonl"
    folder.mkdir()
    data.write_text('{"text": "hello"}\n')
    made = table("topic", "1")
    state = {"data": {"rows.jsonl": digest(data.read_bytes())}}
    facts = json.dumps({"training": {"state": state}}).encode()
    write_bundle(folder, made, weights(made, 0), feature_rows(3), {"metrics.json": facts})
    promote(FolderCatalog(folder), "topic", "1", "production", Author("ann", "first"))
    return folder


def archive(catalog: Path, target: str, *more: str) -> Result:
    """Run the command."""
    arguments = ["archive", "topic", "--to", target, "--catalog", str(catalog), "--region", "eu"]
    return CliRunner().invoke(main, [*arguments, *more])


@pytest.mark.parametrize("metrics", [b"{", b"[]", b"\xff", b'{"training": []}'])
def test_a_version_with_damaged_figures_is_archived_without_data(
    metrics: bytes, tmp_path: Path
) -> None:
    """Named data cannot be compared then: an error says so and what to do, or none was recorded."""
    folder, target, data = tmp_path / "heads", tmp_path / "kept", tmp_path / "rows.jsonl"
    folder.mkdir()
    data.write_text('{"text": "hello"}\n')
    made = table("topic", "1")
    write_bundle(folder, made, weights(made, 0), feature_rows(3), {"metrics.json": metrics})
    promote(FolderCatalog(folder), "topic", "1", "production", Author("ann", "first"))
    with_data = archive(folder, str(target), "--data", str(data))
    if with_data.exit_code:
        assert "topic/1: metrics.json: holds no JSON table; archive without --data" in (
            with_data.output
        )
        assert not [path for path in target.rglob("*") if path.is_file()]
    assert archive(folder, str(target)).exit_code == 0
    for command in (["lineage", "topic", "1"], ["show", "topic/1"]):
        shown = CliRunner().invoke(main, [*command, "--catalog", str(folder)])
        assert (shown.exit_code, "topic/1" in shown.output) == (0, True)


@pytest.mark.parametrize("kind", ["bucket", "folder"])
def test_a_version_is_archived_whole_and_restored(kind: str, catalog: Path, tmp_path: Path) -> None:
    """Bundle, data and roles stand under region, head, version and date, each by its digest."""
    target = fresh_address() if kind == "bucket" else str(tmp_path / "kept")
    done = archive(catalog, target, "--data", str(tmp_path / "rows.jsonl"))
    assert done.exit_code == 0, done.output
    store, place = open_catalog(target), f"eu/topic/1/{TODAY}"
    assert check_archive(store, place) == ()
    index = store.read(f"{place}/{INDEX}", 10_000)
    assert index is not None
    assert {"bundle/head.toml", "data/rows.jsonl", "roles.jsonl"} <= json.loads(index.content)[
        "files"
    ].keys()
    bundle = read_folder(catalog / "topic" / "1")
    restored = tmp_path / "restored" / "topic" / "1"
    restored.mkdir(parents=True)
    for name in bundle.files:
        blob = store.read(f"{place}/bundle/{name}", 1 << 24)
        assert blob is not None
        (restored / name).write_bytes(blob.content)
    assert read(FolderCatalog(tmp_path / "restored"), "topic", "1").digest == bundle.digest
    again = archive(catalog, target, "--data", str(tmp_path / "rows.jsonl"))
    assert ", 0 of them new" in again.output


def test_an_archive_never_changes(catalog: Path) -> None:
    """Another content under a key that is taken is refused, and damage is found."""
    target = fresh_address()
    assert archive(catalog, target).exit_code == 0
    store, key = open_catalog(target), f"eu/topic/1/{TODAY}/bundle/golden.json"
    blob = store.read(key, 1 << 24)
    assert blob is not None
    store.write(key, b"{}", blob.tag)
    again = archive(catalog, target)
    assert (again.exit_code, "an archive never changes" in again.output) == (1, True)
    assert check_archive(store, f"eu/topic/1/{TODAY}") == ("bundle/golden.json",)


def test_data_is_archived_only_where_named_and_as_it_was_learnt(
    catalog: Path, tmp_path: Path
) -> None:
    """No text leaves unasked; a file that was not learnt from, or has changed, is refused."""
    target = fresh_address()
    assert archive(catalog, target).exit_code == 0
    assert not open_catalog(target).stamps(f"eu/topic/1/{TODAY}/data/*")
    (tmp_path / "other.jsonl").write_text('{"text": "other"}\n')
    refused = archive(catalog, target, "--data", str(tmp_path / "other.jsonl"))
    assert (refused.exit_code, "other.jsonl: not learnt from" in refused.output) == (1, True)
    (tmp_path / "rows.jsonl").write_text('{"text": "changed"}\n')
    refused = archive(catalog, target, "--data", str(tmp_path / "rows.jsonl"))
    assert "rows.jsonl: not as it was learnt from" in refused.output
