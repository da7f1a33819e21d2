"""Reads and writes bundles: sizes, digests, no links, whole or not at all."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.numpy
from numpy.typing import NDArray
from safetensors import SafetensorError

from heads import toml
from heads.catalogs import Files, FolderCatalog
from heads.errors import BundleError, BundleExistsError, UnreadableError
from heads.files import digest, sync, write_synced
from heads.manifest import FORMAT, Manifest, build, parse

MIB = 1 << 20
MAX_FILE_BYTES = {
    "head.toml": MIB // 4,
    "weights.safetensors": 16 * MIB,
    "golden.json": 4 * MIB,
}
MAX_OTHER_BYTES = 4 * MIB
"""For metrics.json, README.md and pictures: checked against their digests, never parsed here."""

_FLOATS = (np.dtype(np.float32), np.dtype(np.float16))


@dataclass(frozen=True)
class BundleFiles:
    """A bundle's manifest and the content of the files read; `digest` is head.toml's."""

    manifest: Manifest
    files: Mapping[str, bytes]
    digest: str


def read(folder: Path) -> BundleFiles:
    """The bundle in a folder `<name>/<version>`. Raises BundleError."""
    return read_from(FolderCatalog(folder.parent.parent), folder.parent.name, folder.name)


def read_from(catalog: Files, name: str, version: str, *, whole: bool = True) -> BundleFiles:
    """Everything in the bundle, each file read once and checked.

    Not `whole`: only what serving reads, so that a swap waits for no picture.
    Raises BundleError, or CatalogError where the catalog cannot be reached.
    """
    found = read_manifest(catalog, name, version)
    manifest = found.manifest
    problems: list[str] = []
    if (manifest.name, manifest.version) != (name, version):
        problems.append(
            f"head.toml: says {manifest.name}/{manifest.version}, the folder is {name}/{version}"
        )
    wanted = [file for file in manifest.files if whole or file in MAX_FILE_BYTES]
    files = _read_files(catalog, manifest, f"{name}/{version}", wanted, problems)
    if problems:
        raise BundleError(place(catalog, name, version), problems)
    return replace(found, files={**found.files, **files})


def read_manifest(catalog: Files, name: str, version: str) -> BundleFiles:
    """The bundle's head.toml alone. Raises as `read_from` does."""
    where = place(catalog, name, version)
    problems: list[str] = []
    content = _read_file(catalog, f"{name}/{version}", "head.toml", problems)
    if content is None:
        raise BundleError(where, problems)
    return BundleFiles(parse(content, where), {"head.toml": content}, digest(content))


def with_sound(catalog: Files, found: BundleFiles, names: Sequence[str]) -> BundleFiles:
    """The bundle with those of the named files too that are there and undamaged."""
    manifest = found.manifest
    wanted = [name for name in names if name in manifest.files]
    files = _read_files(catalog, manifest, f"{manifest.name}/{manifest.version}", wanted, [])
    return replace(found, files={**found.files, **files})


def place(catalog: Files, name: str, version: str) -> str:
    """The bundle's place in words."""
    return f"{catalog}/{name}/{version}"


def tensors(found: BundleFiles, where: str) -> Mapping[str, NDArray[np.float32]]:
    """The weights as float32 (stored as float32 or float16). Raises BundleError."""
    try:
        loaded = safetensors.numpy.load(found.files["weights.safetensors"])
    except (SafetensorError, ValueError, KeyError) as error:
        raise BundleError(where, [f"weights.safetensors: {error}"]) from error
    wrong = {name: array.dtype for name, array in loaded.items() if array.dtype not in _FLOATS}
    if wrong:
        said = [f"weights.safetensors: {name} is {kind}" for name, kind in wrong.items()]
        raise BundleError(where, [f"{one}; float32 or float16 only" for one in said])
    return {name: array.astype(np.float32, copy=False) for name, array in loaded.items()}


def write_bundle(
    catalog: Path,
    table: Mapping[str, Any],
    weights: Mapping[str, NDArray[Any]],
    golden_rows: list[Any],
    extra: Mapping[str, bytes] | None = None,
) -> Path:
    """Write `catalog/<name>/<version>/` and return it; whole or not at all.

    `table` is head.toml without `format` and `files`; `golden_rows` are >= 3 FeatureRow whose
    expected scores are computed here; `extra` holds metrics.json, README.md, pictures. The
    finished folder is loaded, self-test included, before it gets its name. Raises BundleError,
    or BundleExistsError: a version never changes.
    """
    from heads import golden
    from heads.head import Head

    stored = {name: np.ascontiguousarray(array) for name, array in weights.items()}
    packed = safetensors.numpy.save(stored)
    blank = "sha256:" + "0" * 64
    draft = {"format": FORMAT, **table}
    planned = build(
        {**draft, "files": {"weights.safetensors": blank, "golden.json": blank}}, "new bundle"
    )
    as_read = {name: array.astype(np.float32) for name, array in stored.items()}
    rows = golden.record(Head.build(planned, as_read), golden_rows)
    files = {"weights.safetensors": packed, "golden.json": rows, **(extra or {})}
    digests = {name: digest(content) for name, content in files.items()}
    files["head.toml"] = toml.dumps({**draft, "files": digests}).encode()
    target = catalog / planned.name / planned.version
    _write_folder(target, files)
    return target


def publish_to(catalog: Files, found: BundleFiles) -> None:
    """Copy a whole, checked bundle into a catalog; head.toml, which makes it one, comes last.

    Publishing the same bundle again changes nothing. Raises BundleExistsError where the version
    holds something else.
    """
    from heads.head import Head

    manifest = found.manifest
    Head.of(found, f"{manifest.name}/{manifest.version}")
    for name in (*manifest.files, "head.toml"):
        key = f"{manifest.name}/{manifest.version}/{name}"
        there = catalog.read(key, len(found.files[name]) + 1)
        if there is None:
            catalog.write(key, found.files[name], "")
        elif there.content != found.files[name]:
            raise BundleExistsError(
                f"{catalog}/{key} holds something else; a version never changes"
            )


def _write_folder(target: Path, files: Mapping[str, bytes]) -> None:
    from heads.head import Head

    target.parent.mkdir(parents=True, exist_ok=True)
    # The temporary folder is called <name>/<version> too, so that the load below checks that.
    scratch = Path(tempfile.mkdtemp(dir=target.parent, prefix=".new-"))
    try:
        made = scratch / target.parent.name / target.name
        made.mkdir(parents=True)
        for name, content in files.items():
            descriptor = os.open(made / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
            try:
                write_synced(descriptor, content)
            finally:
                os.close(descriptor)
        sync(made)
        Head.load(made)
        _rename(made, target)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    sync(target.parent)


def _rename(made: Path, target: Path) -> None:
    try:
        os.rename(made, target)  # fails on a folder that holds anything
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR):
            raise
        raise BundleExistsError(f"{target} exists; a version never changes") from error


def _read_files(
    catalog: Files, manifest: Manifest, folder: str, names: Sequence[str], problems: list[str]
) -> dict[str, bytes]:
    """The files that are what head.toml says; the others are among the problems."""
    files = {}
    for name in names:
        found = _read_file(catalog, folder, name, problems)
        if found is not None and digest(found) != manifest.files[name]:
            said = f"digest is {digest(found)}, head.toml says {manifest.files[name]}"
            problems.append(f"{name}: {said}")
        elif found is not None:
            files[name] = found
    return files


def _read_file(catalog: Files, folder: str, name: str, problems: list[str]) -> bytes | None:
    limit = MAX_FILE_BYTES.get(name, MAX_OTHER_BYTES)
    try:
        found = catalog.read(f"{folder}/{name}", limit + 1)
    except UnreadableError as error:
        problems.append(f"{name}: {error}")
        return None
    if found is None:
        problems.append(f"{name}: No such file or directory")
    elif len(found.content) > limit:
        problems.append(f"{name}: larger than the limit of {limit} bytes")
    else:
        return found.content
    return None
