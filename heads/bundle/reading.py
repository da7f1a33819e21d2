"""Reads bundles from a catalog: sizes, digests, no links; every problem reported together."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import safetensors.numpy
from numpy.typing import NDArray
from safetensors import SafetensorError

from heads.errors import BundleError, UnreadableError
from heads.manifest import Manifest, parse
from heads.storage.atomic_files import digest
from heads.storage.catalog import Files
from heads.storage.folder import FolderCatalog

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
    """A bundle's manifest and the content of the files read.

    `digest` is that of head.toml; `location` names the bundle in messages.
    """

    manifest: Manifest
    files: Mapping[str, bytes]
    digest: str
    location: str


def read_folder(folder: Path) -> BundleFiles:
    """Read the bundle in a folder `<name>/<version>`, every file checked. Raises BundleError."""
    return read(FolderCatalog(folder.parent.parent), folder.parent.name, folder.name)


def read(catalog: Files, name: str, version: str, *, whole: bool = True) -> BundleFiles:
    """Read everything in the bundle, each file once and checked.

    Not `whole`: only what serving reads, so that a swap waits for no picture.
    Raises BundleError, or CatalogError where the catalog cannot be reached.
    """
    bundle = read_manifest(catalog, name, version)
    manifest = bundle.manifest
    problems: list[str] = []
    if (manifest.name, manifest.version) != (name, version):
        problems.append(
            f"head.toml: says {manifest.name}/{manifest.version}, the folder is {name}/{version}"
        )
    names = [file for file in manifest.files if whole or file in MAX_FILE_BYTES]
    files = _read_files(catalog, manifest, f"{name}/{version}", names, problems)
    if problems:
        raise BundleError(bundle.location, problems)
    return replace(bundle, files={**bundle.files, **files})


def read_manifest(catalog: Files, name: str, version: str) -> BundleFiles:
    """Read the bundle's head.toml alone. Raises as `read` does."""
    location = f"{catalog}/{name}/{version}"
    problems: list[str] = []
    content = _read_file(catalog, f"{name}/{version}", "head.toml", problems)
    if content is None:
        raise BundleError(location, problems)
    manifest = parse(content, location)
    return BundleFiles(manifest, {"head.toml": content}, digest(content), location)


def add_sound_files(catalog: Files, bundle: BundleFiles, names: Sequence[str]) -> BundleFiles:
    """Return the bundle with those of the named files too that are there and undamaged."""
    manifest = bundle.manifest
    listed = [name for name in names if name in manifest.files]
    files = _read_files(catalog, manifest, f"{manifest.name}/{manifest.version}", listed, [])
    return replace(bundle, files={**bundle.files, **files})


def learnt_digest(bundle: BundleFiles) -> str:
    """Hash what a bundle has learnt: head.toml but for version, date and files for people.

    Two bundles with one such digest answer everything alike.
    """
    table = bundle.manifest.model_dump(mode="json", exclude={"version", "created", "files"})
    files = {name: bundle.manifest.files[name] for name in ("weights.safetensors", "golden.json")}
    return digest(json.dumps([table, files], sort_keys=True).encode())


def tensors(bundle: BundleFiles) -> Mapping[str, NDArray[np.float32]]:
    """Return the weights as float32 (stored as float32 or float16). Raises BundleError."""
    try:
        arrays = safetensors.numpy.load(bundle.files["weights.safetensors"])
    except (SafetensorError, ValueError, KeyError) as error:
        raise BundleError(bundle.location, [f"weights.safetensors: {error}"]) from error
    problems = [
        f"weights.safetensors: {name} is {array.dtype}; float32 or float16 only"
        for name, array in arrays.items()
        if array.dtype not in _FLOATS
    ]
    if problems:
        raise BundleError(bundle.location, problems)
    return {name: array.astype(np.float32, copy=False) for name, array in arrays.items()}


def _read_files(
    catalog: Files, manifest: Manifest, folder: str, names: Sequence[str], problems: list[str]
) -> dict[str, bytes]:
    """Return the files that match their digests in head.toml; add the others to `problems`."""
    files = {}
    for name in names:
        content = _read_file(catalog, folder, name, problems)
        if content is not None and digest(content) != manifest.files[name]:
            problems.append(
                f"{name}: digest is {digest(content)}, head.toml says {manifest.files[name]}"
            )
        elif content is not None:
            files[name] = content
    return files


def _read_file(catalog: Files, folder: str, name: str, problems: list[str]) -> bytes | None:
    limit = MAX_FILE_BYTES.get(name, MAX_OTHER_BYTES)
    try:
        blob = catalog.read(f"{folder}/{name}", limit + 1)
    except UnreadableError as error:
        problems.append(f"{name}: {error}")
        return None
    if blob is None:
        problems.append(f"{name}: No such file or directory")
    elif len(blob.content) > limit:
        problems.append(f"{name}: larger than the limit of {limit} bytes")
    else:
        return blob.content
    return None
