"""Laws of a catalog in a bucket alone: lost answers, and what a look costs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import boto3
import pytest

from heads.errors import ConflictError
from heads.lifecycle import audit
from heads.lifecycle.promotion import Author
from heads.lifecycle.switches import switch
from heads.registry.registry import Registry
from heads.storage.bucket import BucketCatalog
from tests.support.bucket import BUCKET, bucket_server, fresh_address


@pytest.fixture(scope="module")
def server() -> Iterator[Mapping[str, str]]:
    """Run one S3 server for all tests here."""
    with bucket_server() as environment:
        yield environment


@pytest.fixture
def client(server: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> Any:
    """Open a client of the server that tries again, as the catalog's does."""
    for name, value in server.items():
        monkeypatch.setenv(name, value)
    return boto3.client("s3")


@pytest.fixture
def catalog(client: Any) -> BucketCatalog:
    """Open an empty catalog."""
    return BucketCatalog(client, BUCKET, fresh_address().rpartition("/")[2])


def lose_answers(client: Any) -> None:
    """Make the client send each write again, whatever the first attempt was answered."""

    def lost(attempts: int, **_: Any) -> int | None:
        return 0 if attempts == 1 else None

    client.meta.events.register_first("needs-retry.s3.PutObject", lost)


def test_a_write_whose_answer_was_lost_is_no_conflict(catalog: BucketCatalog, client: Any) -> None:
    """The client sends it again and is refused for its own first attempt: it was done."""
    lose_answers(client)
    catalog.write("intent/aliases.json", b"one", "")
    held = catalog.read("intent/aliases.json", 10)
    assert held is not None
    catalog.write("intent/aliases.json", b"two", held.tag)
    again = catalog.read("intent/aliases.json", 10)
    assert again is not None
    assert again.content == b"two"


def test_a_write_that_others_came_before_stays_a_conflict(
    catalog: BucketCatalog, client: Any
) -> None:
    """Sent once or twice: what lies there is not what was to be written."""
    catalog.write("intent/aliases.json", b"others", "")
    for expected in ("", '"0"'):
        with pytest.raises(ConflictError):
            catalog.write("intent/aliases.json", b"other", expected)
    lose_answers(client)
    for expected in ("", '"0"'):
        with pytest.raises(ConflictError):
            catalog.write("intent/aliases.json", b"other", expected)
    held = catalog.read("intent/aliases.json", 10)
    assert held is not None
    assert held.content == b"others"


def test_looking_for_aliases_does_not_grow_with_versions_or_the_record(
    catalog: BucketCatalog, client: Any
) -> None:
    """One listing of names and one question a head, whatever else the bucket holds."""
    asked: list[str] = []
    listed: list[str] = []

    def record(parsed: dict[str, Any], model: Any, **_: Any) -> None:
        asked.append(model.name)
        listed.extend(item["Key"] for item in parsed.get("Contents", ()))

    def look() -> tuple[list[str], list[str]]:
        asked.clear()
        return sorted(catalog.stamps("*/aliases.json")), list(asked)

    for name in ("intent", "topic"):
        catalog.write(f"{name}/aliases.json", name.encode(), "")
    catalog.append("audit.jsonl", b"first")
    catalog.write("fresh/1/head.toml", b"no aliases yet", "")
    client.meta.events.register("after-call.s3", record)
    before = look()
    for version in range(20):
        catalog.write(f"intent/{version}/head.toml", b"x", "")
        catalog.append("audit.jsonl", b"more")
    assert look() == before
    assert before[0] == ["intent/aliases.json", "topic/aliases.json"]
    assert len(before[1]) == 1 + len(["audit.jsonl", "fresh", "intent", "topic"])
    assert listed == []


def test_reading_a_head_again_asks_only_for_what_is_new(
    catalog: BucketCatalog, client: Any
) -> None:
    """Its versions are one listing, the record another and a request for each new line."""
    asked: list[str] = []
    client.meta.events.register("after-call.s3", lambda model, **_: asked.append(model.name))

    def look() -> tuple[list[str], list[bytes], list[str]]:
        asked.clear()
        versions = sorted(catalog.stamps("intent/*/README.md"))
        return versions, catalog.lines("audit.jsonl"), list(asked)

    for number in range(9):
        catalog.write(f"intent/{number}/README.md", b"card", "")
        catalog.write(f"intent/{number}/head.toml", b"x", "")
        catalog.append("audit.jsonl", b"%d" % number)
    versions, lines, requests = look()
    assert versions == [f"intent/{number}/README.md" for number in range(9)]
    assert requests == ["ListObjectsV2"] * 2 + ["GetObject"] * 9
    assert look() == (versions, lines, ["ListObjectsV2"] * 2)
    catalog.append("audit.jsonl", b"9")
    assert look() == (versions, [*lines, b"9"], ["ListObjectsV2"] * 2 + ["GetObject"])


def test_stamps_of_nested_files_are_found_by_any_pattern(catalog: BucketCatalog) -> None:
    """Exact keys, wild last parts and wild folders find what a folder catalog would."""
    keys = ["a/1/head.toml", "a/1/weights", "a/12/head.toml", "a/aliases.json", "ab/1/head.toml"]
    for key in keys:
        catalog.write(key, key.encode(), "")
    assert list(catalog.stamps("a/1/head.toml")) == ["a/1/head.toml"]
    assert list(catalog.stamps("a/2/head.toml")) == []
    assert sorted(catalog.stamps("a/1/*")) == ["a/1/head.toml", "a/1/weights"]
    assert sorted(catalog.stamps("a/*/head.toml")) == ["a/1/head.toml", "a/12/head.toml"]
    assert sorted(catalog.stamps("*/*/head.toml")) == [
        "a/1/head.toml",
        "a/12/head.toml",
        "ab/1/head.toml",
    ]
    assert sorted(catalog.stamps("a/*/*")) == keys[:3]


def test_switches_in_a_bucket_are_followed(catalog: BucketCatalog) -> None:
    """A rule turned off in a bucket is off at the next look, recorded beside it."""
    registry = Registry(catalog)
    assert registry.current().head_set.disabled_rules == ()
    author = Author("ann")
    switch(catalog, "rule:bounce.body", on=False, author=author)
    assert registry.poll()
    assert registry.current().head_set.disabled_rules == ("bounce.body",)
    switch(catalog, "rule:bounce.body", on=True, author=author)
    assert registry.poll()
    assert registry.current().head_set.disabled_rules == ()
    assert [entry.action for entry in audit.entries(catalog)] == ["switch off", "switch on"]
