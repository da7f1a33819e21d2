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

from heads.catalog import Blob
from heads.errors import CatalogError, ConflictError, UnreadableError

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

    def __init__(self, client: Any, bucket: str, prefix: str) -> None:
        self._client = client
        self._bucket = bucket
        self._prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""

    @classmethod
    def open(cls, address: str) -> BucketCatalog:
        """Raises CatalogError for an address without a bucket, or where boto3 is missing."""
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
        with _told(address):
            return cls(boto3.client("s3", config=config), bucket, prefix)

    def __str__(self) -> str:
        return f"{S3}{self._bucket}/{self._prefix}".rstrip("/")

    def stamps(self, pattern: str) -> Mapping[str, str]:
        """See Files; a stamp is the ETag.

        Only folders on the way are listed, never what lies in them: looking for new aliases costs
        one request and one a head, however many versions and audit lines there are.
        """
        *folders, last = pattern.split("/")
        places = [""]
        for part in folders:
            places = [one for place in places for one in self._folders(place, part)]
        found: dict[str, str] = {}
        for place in places:
            if _WILD.search(last):
                keys = self._listed(place, delimiter="/")
                found |= {key: tag for key, tag in keys if fnmatchcase(key, place + last)}
            elif tag := self._stamp(place + last):
                found[place + last] = tag
        return found

    def read(self, key: str, limit: int) -> Blob | None:
        """See Files."""
        with _told(f"{self}/{key}"):
            try:
                found = self._client.get_object(Bucket=self._bucket, Key=self._prefix + key)
                return Blob(found["Body"].read(limit), found["ETag"])
            except Exception as error:
                if _code(error) in _MISSING:
                    return None
                if _code(error) in _FILES_OWN:
                    raise UnreadableError(f"refused by the bucket: {_code(error)}") from error
                raise

    def write(self, key: str, content: bytes, expected: str) -> None:
        """See Files; `If-Match` (or `If-None-Match: *`) lets one of several writers win.

        boto3 sends a write again whose answer was lost; if it had come through, the second is
        refused for the first.
        """
        condition = {"IfMatch": expected} if expected else {"IfNoneMatch": "*"}
        where = {"Bucket": self._bucket, "Key": self._prefix + key}
        with _told(f"{self}/{key}"):
            try:
                self._client.put_object(Body=content, **where, **condition)
            except Exception as error:
                if _code(error) in _CONFLICT | _MISSING:
                    if _was_retried(error) and self._holds(key, content):
                        return
                    said = f"{self}/{key} was changed by somebody else meanwhile"
                    raise ConflictError(said) from error
                raise

    def append(self, key: str, line: bytes) -> None:
        """See Journal; the time in the object's name orders the lines."""
        self.write(f"{key}/{time.time_ns():020d}-{uuid.uuid4().hex}.json", line, "")

    def lines(self, key: str) -> list[bytes]:
        """See Journal."""
        keys = sorted(found for found, _ in self._listed(f"{key}/"))
        blobs = [self.read(one, 1 << 20) for one in keys]
        return [blob.content for blob in blobs if blob is not None]

    def _holds(self, key: str, content: bytes) -> bool:
        found = self.read(key, len(content) + 1)
        return found is not None and found.content == content

    def _stamp(self, key: str) -> str | None:
        """None where nothing is; of a file that only the bucket's owner may read, why."""
        with _told(f"{self}/{key}"):
            try:
                found = self._client.head_object(Bucket=self._bucket, Key=self._prefix + key)
            except Exception as error:
                if _code(error) in _MISSING:
                    return None
                if _code(error) in _FILES_OWN:
                    return _code(error)
                raise
            return str(found["ETag"])

    def _folders(self, place: str, wanted: str) -> list[str]:
        """Folders in the folder `place` whose name matches, each with a slash at its end."""
        if not _WILD.search(wanted):
            return [f"{place}{wanted}/"]
        found = (
            one["Prefix"].removeprefix(self._prefix)
            for page in self._pages(place, "/")
            for one in page.get("CommonPrefixes", ())
        )
        return [one for one in found if fnmatchcase(one, f"{place}{wanted}/")]

    def _listed(self, under: str, delimiter: str = "") -> Iterator[tuple[str, str]]:
        for page in self._pages(under, delimiter):
            for one in page.get("Contents", ()):
                yield one["Key"].removeprefix(self._prefix), one["ETag"]

    def _pages(self, under: str, delimiter: str) -> Iterator[Mapping[str, Any]]:
        with _told(str(self)):
            yield from self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket, Prefix=self._prefix + under, Delimiter=delimiter
            )


def _was_retried(error: Exception) -> bool:
    response: Any = getattr(error, "response", None) or {}
    return bool(response.get("ResponseMetadata", {}).get("RetryAttempts", 0))


def _code(error: Exception) -> str:
    response: Any = getattr(error, "response", None) or {}
    return str(response.get("Error", {}).get("Code", ""))


@contextmanager
def _told(where: str) -> Iterator[None]:
    """boto3's errors as the one that every catalog raises."""
    exceptions: Any = importlib.import_module("botocore.exceptions")
    try:
        yield
    except (exceptions.BotoCoreError, exceptions.ClientError) as error:
        raise CatalogError(f"{where}: {error}") from error
