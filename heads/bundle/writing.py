"""Writes new bundles, whole or not at all, and copies them into other catalogs."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.numpy
import tomli_w
from numpy.typing import NDArray

from heads.bundle import selftest
from heads.bundle.loading import head_of, load_folder
from heads.bundle.reading import BundleFiles
from heads.errors import BundleExistsError
from heads.inference.head import Head
from heads.manifest import FORMAT, build
from heads.prediction import FeatureRow
from heads.storage.atomic_files import digest, write_synced
from heads.storage.catalog import Files
from trunkline.disk import sync

_NO_DIGEST = "sha256:" + "0" * 64


def write_bundle(
    catalog: Path,
    table: Mapping[str, Any],
    weights: Mapping[str, NDArray[Any]],
    golden_rows: Sequence[FeatureRow],
    extra: Mapping[str, bytes] | None = None,
) -> Path:
    """Write `catalog/<name>/<version>/` and return it; whole or not at all.

    `table` is head.toml without `format` and `files`; `golden_rows` are at least 3 and their
    expected scores are computed here; `extra` holds metrics.json, README.md, pictures. The
    finished folder is loaded, self-test included, before it gets its name. Raises BundleError,
    or BundleExistsError: a version never changes.
    """
    arrays = {name: np.ascontiguousarray(array) for name, array in weights.items()}
    draft = {"format": FORMAT, **table}
    no_digests = dict.fromkeys(("weights.safetensors", "golden.json"), _NO_DIGEST)
    manifest = build({**draft, "files": no_digests}, "new bundle")
    as_read = {name: array.astype(np.float32) for name, array in arrays.items()}
    files = {
        "weights.safetensors": safetensors.numpy.save(arrays),
        "golden.json": selftest.record(Head.build(manifest, as_read), golden_rows),
        **(extra or {}),
    }
    digests = {name: digest(content) for name, content in files.items()}
    files["head.toml"] = tomli_w.dumps(_without_none({**draft, "files": digests})).encode()
    target = catalog / manifest.name / manifest.version
    _write_folder(target, files)
    return target


def publish_to(catalog: Files, bundle: BundleFiles) -> None:
    """Copy a whole, checked bundle into a catalog; head.toml, which makes it one, comes last.

    Publishing the same bundle again changes nothing. Raises BundleError for one that fails its
    self-test, BundleExistsError where the version holds something else.
    """
    head_of(bundle)
    manifest = bundle.manifest
    for name in (*manifest.files, "head.toml"):
        key = f"{manifest.name}/{manifest.version}/{name}"
        blob = catalog.read(key, len(bundle.files[name]) + 1)
        if blob is None:
            catalog.write(key, bundle.files[name], "")
        elif blob.content != bundle.files[name]:
            raise BundleExistsError(
                f"{catalog}/{key} holds something else; a version never changes"
            )


def _without_none(value: Any) -> Any:
    """Leave out what is None, at any depth: TOML has no word for it."""
    if isinstance(value, Mapping):
        return {key: _without_none(item) for key, item in value.items() if item is not None}
    return [_without_none(item) for item in value] if isinstance(value, list | tuple) else value


def _write_folder(target: Path, files: Mapping[str, bytes]) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    # The temporary folder is called <name>/<version> too, so that the load below checks that.
    scratch = Path(tempfile.mkdtemp(dir=target.parent, prefix=".new-"))
    try:
        folder = scratch / target.parent.name / target.name
        folder.mkdir(parents=True)
        for name, content in files.items():
            descriptor = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
            try:
                write_synced(descriptor, content)
            finally:
                os.close(descriptor)
        sync(folder)
        load_folder(folder)
        _rename(folder, target)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    sync(target.parent)


def _rename(folder: Path, target: Path) -> None:
    try:
        os.rename(folder, target)  # fails on a folder that holds anything
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR):
            raise
        raise BundleExistsError(f"{target} exists; a version never changes") from error
