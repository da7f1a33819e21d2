"""Reads and writes bundle folders: sizes, digests, no links, one atomic rename."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.numpy
from numpy.typing import NDArray
from safetensors import SafetensorError

from heads import toml
from heads.errors import BundleError, BundleExistsError
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
    """A bundle's manifest and the content of every file it lists; `digest` is head.toml's."""

    manifest: Manifest
    files: Mapping[str, bytes]
    digest: str


def read(folder: Path) -> BundleFiles:
    """Everything in the bundle, each file read once and checked. Raises BundleError."""
    where = str(folder)
    if folder.is_symlink() or not folder.is_dir():
        raise BundleError(where, ["is not a folder (links are refused)"])
    problems: list[str] = []
    content = _read_file(folder, "head.toml", problems)
    if content is None:
        raise BundleError(where, problems)
    manifest = parse(content, where)
    if (manifest.name, manifest.version) != (folder.parent.name, folder.name):
        problems.append(
            f"head.toml: says {manifest.name}/{manifest.version}, "
            f"the folder is {folder.parent.name}/{folder.name}"
        )
    files = {}
    for name, digest in manifest.files.items():
        found = _read_file(folder, name, problems)
        if found is not None and _digest(found) != digest:
            problems.append(f"{name}: digest is {_digest(found)}, head.toml says {digest}")
        if found is not None:
            files[name] = found
    if problems:
        raise BundleError(where, problems)
    return BundleFiles(manifest, files, _digest(content))


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
    digests = {name: _digest(content) for name, content in files.items()}
    files["head.toml"] = toml.dumps({**draft, "files": digests}).encode()
    target = catalog / planned.name / planned.version
    _write_folder(target, files)
    return target


def replace_file(path: Path, content: bytes) -> None:
    """Readers see the old content or the new, also across a power cut."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(handle, "wb") as file:
            _write_synced(file.fileno(), content)
            os.fchmod(file.fileno(), 0o644)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


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
                _write_synced(descriptor, content)
            finally:
                os.close(descriptor)
        _sync_folder(made)
        Head.load(made)
        _rename(made, target)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    _sync_folder(target.parent)


def _rename(made: Path, target: Path) -> None:
    try:
        os.rename(made, target)  # fails on a folder that holds anything
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR):
            raise
        raise BundleExistsError(f"{target} exists; a version never changes") from error


def _read_file(folder: Path, name: str, problems: list[str]) -> bytes | None:
    limit = MAX_FILE_BYTES.get(name, MAX_OTHER_BYTES)
    try:
        descriptor = os.open(folder / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        why = "is a link, refused" if error.errno == errno.ELOOP else os.strerror(error.errno or 0)
        problems.append(f"{name}: {why}")
        return None
    with os.fdopen(descriptor, "rb") as file:
        content = file.read(limit + 1)
    if len(content) > limit:
        problems.append(f"{name}: larger than the limit of {limit} bytes")
        return None
    return content


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _write_synced(descriptor: int, content: bytes) -> None:
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view) :]
    os.fsync(descriptor)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
