"""Backs a version up: `heads archive` copies bundle, card and data to region/model/version/date."""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from heads.bundle.facts import read_facts, table_at
from heads.bundle.reading import BundleFiles
from heads.cli import catalog_option, handle_heads_errors
from heads.errors import BundleError, CatalogError, ConflictError
from heads.lifecycle import audit
from heads.naming import bundle_of, versions
from heads.storage.atomic_files import digest
from heads.storage.catalog import Catalog
from heads.storage.opening import open_catalog

INDEX, ROLES = "archive.json", "roles.jsonl"
_REPLACED = (f"/{INDEX}", f"/{ROLES}")
_INDEX_BYTES, _MOST_BYTES = 1 << 20, 1 << 30


@click.command()
@click.argument("bundles", nargs=-1, required=True, metavar="NAME|NAME/VERSION...")
@click.option("--all", "every", is_flag=True, help="Every version of the names.")
@click.option("--to", "target", required=True, help="Folder, or s3://bucket/prefix.")
@click.option("--region", default="local", show_default=True, help="First part of every key.")
@click.option(
    "--data", "files", type=click.Path(exists=True, path_type=Path), multiple=True,
    help="File that it learnt from, or a folder of JSONL: texts leave this machine.",
)  # fmt: skip
@catalog_option
@handle_heads_errors
def archive(
    bundles: tuple[str, ...], every: bool, target: str, region: str, files: tuple[Path, ...],
    catalog: Catalog,
) -> None:  # fmt: skip
    """Back versions up, with card, figures, roles and, if named, the data they learnt from.

    What stands there already is compared and left; every file is read again at the end.
    """
    store, today = open_catalog(target), datetime.datetime.now(tz=datetime.UTC).date()
    for given in bundles:
        keys = [f"{given}/{version}" for version in versions(catalog, given)] if every else [given]
        for key in keys or [given]:
            bundle = bundle_of(catalog, key)
            contents = archived_files(bundle, catalog, _expanded(files))
            place = f"{region}/{bundle.manifest.name}/{bundle.manifest.version}/{today}"
            count = write_archive(store, place, contents)
            click.echo(f"{store}/{place}: {len(contents)} files, {count} of them new")


def archived_files(
    bundle: BundleFiles, catalog: Catalog, data: Sequence[Path] = ()
) -> dict[str, bytes]:
    """Return what is kept of a version: bundle/, data/ and its changes of roles.

    Raises BundleError for a file that the bundle's record knows under another digest.
    """
    contents = {f"bundle/{name}": content for name, content in bundle.files.items()}
    contents |= {f"data/{path.name}": path.read_bytes() for path in data}
    _check_data(bundle, {path.name: contents[f"data/{path.name}"] for path in data})
    entries = audit.entries(catalog, bundle.manifest.name)
    lines = [
        json.dumps({"at": entry.at, "action": entry.action, "by": entry.by, "why": entry.why,
                    "after": dict(entry.after), "outcome": entry.outcome}, ensure_ascii=False)
        for entry in entries
    ]  # fmt: skip
    contents[ROLES] = "".join(f"{line}\n" for line in lines).encode()
    return contents


def write_archive(store: Catalog, place: str, contents: Mapping[str, bytes]) -> int:
    """Write files below `place`, the index of their digests last; return how many are new.

    Of a day's second archive only roles and index are replaced: raises ConflictError where another
    file stands under a key, CatalogError where one reads otherwise than it was written.
    """
    count = sum(_write(store, f"{place}/{name}", content) for name, content in contents.items())
    listed = {**_listed(store, place), **{name: digest(its) for name, its in contents.items()}}
    index = (json.dumps({"files": dict(sorted(listed.items()))}, indent=1) + "\n").encode()
    _write(store, f"{place}/{INDEX}", index)
    if broken := check_archive(store, place):
        raise CatalogError(f"{store}/{place}: reads otherwise than written: {', '.join(broken)}")
    return count


def check_archive(store: Catalog, place: str) -> tuple[str, ...]:
    """Return the files of an archive that are missing or damaged; all is well without any."""
    listed = _listed(store, place)
    broken = [] if listed else [INDEX]
    for name, wanted in listed.items():
        held = store.read(f"{place}/{name}", _MOST_BYTES)
        if held is None or digest(held.content) != wanted:
            broken.append(name)
    return tuple(broken)


def _listed(store: Catalog, place: str) -> dict[str, str]:
    """Return the digests that the index holds, by file; none where there is no index."""
    blob = store.read(f"{place}/{INDEX}", _INDEX_BYTES)
    return {} if blob is None else dict(json.loads(blob.content)["files"])


def _write(store: Catalog, key: str, content: bytes) -> int:
    held = store.read(key, _MOST_BYTES)
    if held is not None and held.content == content:
        return 0
    if held is not None and not key.endswith(_REPLACED):
        raise ConflictError(f"{store}/{key} holds something else; an archive never changes")
    store.write(key, content, "" if held is None else held.tag)
    return 1


def _check_data(bundle: BundleFiles, data: Mapping[str, bytes]) -> None:
    """Compare files with the digests that the training recorded, by their last names."""
    if not data:
        return
    try:
        recorded = table_at(read_facts(bundle), "training", "state", "data")
    except BundleError as error:
        advice = "archive without --data: whether it learnt from them cannot be told"
        raise BundleError(error.where, [*error.problems, advice]) from error
    by_name = {Path(name).name: wanted for name, wanted in recorded.items()}
    problems = [
        f"{name}: not as it was learnt from" if name in by_name else f"{name}: not learnt from"
        for name, content in data.items()
        if recorded and by_name.get(name) != digest(content)
    ]
    if problems:
        raise BundleError(bundle.location, problems)


def _expanded(files: Sequence[Path]) -> list[Path]:
    return [
        file
        for path in files
        for file in (sorted(path.glob("*.jsonl")) if path.is_dir() else [path])
    ]
