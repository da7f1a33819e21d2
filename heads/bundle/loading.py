"""Makes a head from a bundle: files read and checked, weights fitted in, self-test passed."""

from __future__ import annotations

from pathlib import Path

from heads.bundle import reading, selftest
from heads.bundle.reading import BundleFiles
from heads.inference.head import Head
from heads.storage.catalog import Files


def load_head(catalog: Files, name: str, version: str) -> Head:
    """Load a version from a catalog, cards and pictures unread.

    Raises BundleError with every problem of the first stage that has any, or CatalogError.
    """
    return head_of(reading.read(catalog, name, version, whole=False))


def load_folder(folder: Path) -> Head:
    """Load the bundle in a folder `<name>/<version>`, all files checked. Raises BundleError."""
    return head_of(reading.read_folder(folder))


def head_of(bundle: BundleFiles) -> Head:
    """Build the head that a bundle's files make and run its self-test. Raises BundleError."""
    head = Head.build(bundle.manifest, reading.tensors(bundle), bundle.digest)
    rows = selftest.parse(bundle.files["golden.json"], bundle.location)
    selftest.check(head, rows, bundle.location)
    return head
