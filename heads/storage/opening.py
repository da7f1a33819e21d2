"""Chooses the kind of catalog by its address: a folder here or a bucket."""

from __future__ import annotations

from pathlib import Path

from heads.storage.bucket import S3, BucketCatalog
from heads.storage.catalog import Catalog
from heads.storage.folder import FolderCatalog


def open_catalog(address: str | Path | Catalog) -> Catalog:
    """Open the catalog at a folder or `s3://bucket/prefix`; return an open one as it is.

    Raises CatalogError for a bad address.
    """
    if isinstance(address, str) and address.startswith(S3):
        return BucketCatalog.open(address)
    if isinstance(address, str | Path):
        return FolderCatalog(Path(address))
    return address
