"""A catalog in an S3 bucket: the same keys as in a folder; conditional writes keep order."""

from __future__ import annotations

import importlib
import re
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from fnmatch import fnmatchcase
from typing import Any

from heads.errors import CatalogError, ConflictError, UnreadableError
from heads.storage.catalog import Blob

S3 = "s3://"
_TIMEOUTS_S = {"connect_timeout": 2, "read_timeout": 5}
_ATTEMPTS = 3
_MISSING = {"NoSuchKey", "404", "NotFound"}
# AWS answers the second when two conditional writes race.
_CONFLICT = {"PreconditionFailed", "412", "ConditionalRequestConflict", "409"}
_FILES_OWN = {"AccessDenied", "403", "InvalidObjectState"}
_WILD = re.compile(r"[*?[]")


class BucketCatalog:
    """A catalog under `s3://bucket/prefix`; region, keys and endpoint as boto3 finds them.

    A journal is one object a line: S3 cannot append. Thread-safe, as boto3's clients are.
    """

    is_local = False

    def __init__(self, client: Any, bucket: str, prefix: str) -> None:
        self._client = client
        self._bucket = bucket
        self._prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
        # Of each journal, by an object's key and ETag: lines are never changed.
        self._lines: Mapping[str, Mapping[tuple[str, str], bytes]] = {}

    @classmethod
    def open(cls, address: str) -> BucketCatalog:
        """Open `s3://bucket/prefix`.

        Raises CatalogError for an address without a bucket, or where boto3 is missing.
        """
        bucket, _, prefix = address.removeprefix(S3).partition("/")
        if not bucket:
            raise CatalogError(f"{address}: no bucket is named")
        try:
            boto3 = importlib.import_module("boto3")
        except ModuleNotFoundError as error:
            raise CatalogError(f"{address} needs boto3: install trunkline[s3]") from error
        botocore = importlib.import_module("botocore.config")
        retries = {"max_attempts": _ATTEMPTS, "mode": "standard"}
        config = botocore.Config(retries=retries, **_TIMEOUTS_S)
        with _catalog_errors(address):
            return cls(boto3.client("s3", config=config), bucket, prefix)

    def __str__(self) -> str:
        return f"{S3}{self._bucket}/{self._prefix}".rstrip("/")

    def stamps(self, pattern: str) -> Mapping[str, str]:
        """Stamp files by their ETag; see Files.

        Only folders on the way are listed, never what lies in them: looking for new aliases costs
        one request and one a head, however many versions and audit lines there are. Of the folders
        of one head all files are listed, a thousand a request: fewer than one a version.
        """
        *folders, last = pattern.split("/")
        wild = next((at for at, part in enumerate(folders) if _WILD.search(part)), 0)
        if wild:
            keys = self._listed("/".join(folders[:wild]) + "/")
            return {key: tag for key, tag in keys if _matches(key, pattern)}
        prefixes = [""]
        for part in folders:
            prefixes = [
                subfolder for prefix in prefixes for subfolder in self._folders(prefix, part)
            ]
        stamps: dict[str, str] = {}
        for prefix in prefixes:
            if _WILD.search(last):
                keys = self._listed(prefix, delimiter="/")
                stamps |= {key: tag for key, tag in keys if fnmatchcase(key, prefix + last)}
            elif tag := self._stamp(prefix + last):
                stamps[prefix + last] = tag
        return stamps

    def read(self, key: str, limit: int) -> Blob | None:
        """Read an object; see Files."""
        with _catalog_errors(f"{self}/{key}"):
            try:
                answer = self._client.get_object(Bucket=self._bucket, Key=self._prefix + key)
                return Blob(answer["Body"].read(limit), answer["ETag"])
            except Exception as error:
                if _code(error) in _MISSING:
                    return None
                if _code(error) in _FILES_OWN:
                    raise UnreadableError(f"refused by the bucket: {_code(error)}") from error
                raise

    def write(self, key: str, content: bytes, expected: str) -> None:
        """Replace an object, one of several writers; see Files.

        `If-Match` (or `If-None-Match: *`) lets one of them win.

        boto3 sends a write again whose answer was lost; if it had come through, the second is
        refused for the first.
        """
        condition = {"IfMatch": expected} if expected else {"IfNoneMatch": "*"}
        target = {"Bucket": self._bucket, "Key": self._prefix + key}
        with _catalog_errors(f"{self}/{key}"):
            try:
                self._client.put_object(Body=content, **target, **condition)
            except Exception as error:
                if _code(error) in _CONFLICT | _MISSING:
                    if _was_retried(error) and self._holds(key, content):
                        return
                    message = f"{self}/{key} was changed by somebody else meanwhile"
                    raise ConflictError(message) from error
                raise

    def append(self, key: str, line: bytes) -> None:
        """Write a line as an object; the time in its name orders the lines. See Journal."""
        self.write(f"{key}/{time.time_ns():020d}-{uuid.uuid4().hex}.json", line, "")

    def lines(self, key: str) -> list[bytes]:
        """Read the lines in the order of their names, each only once; see Journal."""
        before = self._lines.get(key, {})
        lines: dict[tuple[str, str], bytes] = {}
        for item in sorted(self._listed(f"{key}/")):
            if item in before:
                lines[item] = before[item]
            elif (blob := self.read(item[0], 1 << 20)) is not None:
                lines[item] = blob.content
        self._lines = {**self._lines, key: lines}
        return list(lines.values())

    def _holds(self, key: str, content: bytes) -> bool:
        blob = self.read(key, len(content) + 1)
        return blob is not None and blob.content == content

    def _stamp(self, key: str) -> str | None:
        """Return the ETag, None where nothing is, the refusal of a file that may not be read."""
        with _catalog_errors(f"{self}/{key}"):
            try:
                answer = self._client.head_object(Bucket=self._bucket, Key=self._prefix + key)
            except Exception as error:
                if _code(error) in _MISSING:
                    return None
                if _code(error) in _FILES_OWN:
                    return _code(error)
                raise
            return str(answer["ETag"])

    def _folders(self, parent: str, wanted: str) -> list[str]:
        """Return folders in `parent` whose name matches, each with a slash at its end."""
        if not _WILD.search(wanted):
            return [f"{parent}{wanted}/"]
        folders = (
            folder["Prefix"].removeprefix(self._prefix)
            for page in self._pages(parent, "/")
            for folder in page.get("CommonPrefixes", ())
        )
        return [folder for folder in folders if fnmatchcase(folder, f"{parent}{wanted}/")]

    def _listed(self, under: str, delimiter: str = "") -> Iterator[tuple[str, str]]:
        for page in self._pages(under, delimiter):
            for item in page.get("Contents", ()):
                yield item["Key"].removeprefix(self._prefix), item["ETag"]

    def _pages(self, under: str, delimiter: str) -> Iterator[Mapping[str, Any]]:
        with _catalog_errors(str(self)):
            yield from self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket, Prefix=self._prefix + under, Delimiter=delimiter
            )


def _matches(key: str, pattern: str) -> bool:
    parts, wanted = key.split("/"), pattern.split("/")
    return len(parts) == len(wanted) and all(map(fnmatchcase, parts, wanted))


def _was_retried(error: Exception) -> bool:
    response: Any = getattr(error, "response", None) or {}
    return bool(response.get("ResponseMetadata", {}).get("RetryAttempts", 0))


def _code(error: Exception) -> str:
    response: Any = getattr(error, "response", None) or {}
    return str(response.get("Error", {}).get("Code", ""))


@contextmanager
def _catalog_errors(location: str) -> Iterator[None]:
    """Translate boto3's errors into the one that every catalog raises."""
    exceptions: Any = importlib.import_module("botocore.exceptions")
    try:
        yield
    except (exceptions.BotoCoreError, exceptions.ClientError) as error:
        raise CatalogError(f"{location}: {error}") from error
