"""Opens files here and objects in S3 alike, for reading from any place in them."""

import importlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from gateway.offline.bulk.errors import BulkError

S3 = "s3://"
KINDS = {".parquet": "parquet", ".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv"}
_READ_BYTES = 1 << 23


@dataclass(frozen=True, slots=True)
class InputFile:
    """One file of the input, its kind by its name's end and its size in bytes."""

    address: str
    kind: str
    size: int

    def open(self) -> BinaryIO:
        """Open it for reading. Raises BulkError."""
        with _named(self.address):
            if not self.address.startswith(S3):
                return open(self.address, "rb")
            bucket, key = _split(self.address)
            part = _S3Object(_client(), bucket, key, self.size)
            return io.BufferedReader(part, _READ_BYTES)


def input_files(address: str) -> list[InputFile]:
    """List the files at an address: itself, or those of the known kinds under it, by name.

    Raises BulkError where there are none.
    """
    with _named(address):
        found = _in_bucket(address) if address.startswith(S3) else _in_folder(Path(address))
        files = [
            InputFile(name, KINDS[_ending(name)], size)
            for name, size in sorted(found)
            if _ending(name) in KINDS
        ]
    if not files:
        kinds = ", ".join(KINDS)
        raise BulkError(f"{address}: there is no file here whose name ends in {kinds}")
    return files


def _ending(name: str) -> str:
    return Path(name).suffix.lower()


def _in_folder(path: Path) -> list[tuple[str, int]]:
    if not path.is_dir():
        return [(str(path), path.stat().st_size)]
    return [(str(file), file.stat().st_size) for file in path.rglob("*") if file.is_file()]


def _in_bucket(address: str) -> list[tuple[str, int]]:
    """List the object of exactly this key, else those in the folder of this name."""
    bucket, key = _split(address)
    if not bucket:
        raise BulkError(f"{address}: no bucket is named")
    pages = _client().get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=key)
    sizes = {item["Key"]: int(item["Size"]) for page in pages for item in page.get("Contents", ())}
    folder = f"{key.rstrip('/')}/" if key else ""
    names = [key] if key in sizes else [name for name in sizes if name.startswith(folder)]
    return [(f"{S3}{bucket}/{name}", sizes[name]) for name in names]


def _split(address: str) -> tuple[str, str]:
    bucket, _, key = address.removeprefix(S3).partition("/")
    return bucket, key


def _client() -> Any:
    """Return boto3's client: region, keys and endpoint as it finds them."""
    try:
        return importlib.import_module("boto3").client("s3")
    except ModuleNotFoundError:
        raise BulkError("an input in S3 needs boto3: install trunkline[s3]") from None


class _S3Object(io.RawIOBase):
    """An object read by ranges; boto3 renews credentials and tries again.

    Every range is asked of the version that the first one was read from.
    """

    def __init__(self, client: Any, bucket: str, key: str, size: int) -> None:
        self._client = client
        self._object = {"Bucket": bucket, "Key": key}
        self._size = size
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, start + offset)
        return self._at

    def readinto(self, buffer: Any) -> int:
        wanted = min(len(buffer), self._size - self._at)
        if wanted <= 0:
            return 0
        span = f"bytes={self._at}-{self._at + wanted - 1}"
        answer = self._client.get_object(Range=span, **self._object)
        self._object.setdefault("IfMatch", answer["ETag"])
        content: bytes = answer["Body"].read()
        buffer[: len(content)] = content
        self._at += len(content)
        return len(content)


@contextmanager
def _named(address: str) -> Iterator[None]:
    """Say of which address an error of reading speaks."""
    try:
        yield
    except OSError as error:
        raise BulkError(f"{address}: {error.strerror or 'cannot be read'}") from None
    except Exception as error:
        if not type(error).__module__.startswith(("botocore", "boto3")):
            raise
        raise BulkError(f"{address}: {error}") from None
