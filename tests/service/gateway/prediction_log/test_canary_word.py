"""A word put through every store of a running gateway is nowhere after its subject was erased."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from embedder.client import EmbedderClient
from gateway.prediction_log import manifest
from gateway.prediction_log.database import open_database
from tests.support.databases import postgres
from tests.support.logged_gateway import LoggedGateway, logged_gateway
from tests.support.stored_gateway import DIGEST_KEYS, TEXT_KEYS
from tests.support.waiting import until

pytestmark = pytest.mark.service

WORD = "zanzibarian"
REF = "subject-of-the-canary"
MAIL = f"What would 20 {WORD} seats cost?"
OTHERS = 3
_ENTRIES = "gateway_answer_cache_entries"


@dataclass
class Database:
    """A database's address, and the folders that its files are in."""

    url: str
    folder: Path


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """Yield an empty database of each kind."""
    if request.param == "sqlite":
        yield Database(f"sqlite:///{tmp_path / 'predictions.db'}", tmp_path)
        return
    with postgres() as server:
        yield Database(server.url, server.folder)


def files_with(folder: Path, word: str) -> list[str]:
    """Return the names of the files below a folder that hold a word.

    Looks anew where one got another name or was deleted meanwhile, as those of a spool are.
    """
    found: list[str] = []

    def all_read() -> bool:
        files = [path for path in folder.rglob("*") if path.is_file()]
        try:
            found[:] = [path.name for path in files if word.encode() in path.read_bytes()]
        except FileNotFoundError:
            return False
        return True

    until(all_read, "files come and go all the time")
    return found


def tables_with(url: str, word: str) -> list[str]:
    """Return the tables of which a row, as text, holds a word."""
    engine = open_database(url)
    with engine.connect() as connection:
        rows = {
            table.name: connection.execute(text(f"SELECT * FROM {table.name}")).all()  # noqa: S608
            for table in manifest.TABLES
        }
    engine.dispose()
    return [name for name, found in rows.items() if word in str(found)]


def fill(gateway: LoggedGateway) -> None:
    """Put the word into every store: workers' caches, embedder, database, queue, correction."""
    for _ in range(20):
        assert gateway.ask(MAIL, subject_ref=REF, tags={"rep": REF}) == 200
    for number in range(OTHERS):
        assert gateway.ask(f"Another mail, number {number}.") == 200
    until(gateway.is_whole)
    correction = {
        "prediction_id": gateway.answered[0], "head": "intent", "label": "yes", "by": "u-1",
        "comment": f"they want {WORD}",
    }  # fmt: skip
    assert gateway.call("POST", "/v1/feedback", json=correction).status == 200
    gateway.command("queue", "fill")


def cached_texts(gateway: LoggedGateway) -> int:
    """Return the bytes that the embedder's cache holds."""
    client = EmbedderClient(gateway.embedder)
    try:
        return client.info().cache.currsize
    finally:
        client.close()


def test_a_word_is_nowhere_after_its_subject_was_erased(database: Database, tmp_path: Path) -> None:
    """Tables, files and caches; what other subjects sent stays, in the caches too."""
    settings: dict[str, Any] = {
        "GATEWAY_LOG_TEXT": "full", "GATEWAY_LOG_EMBEDDINGS": "true",
        "GATEWAY_LOG_TEXT_KEYS": TEXT_KEYS, "GATEWAY_LOG_DIGEST_KEYS": DIGEST_KEYS,
    }  # fmt: skip
    with logged_gateway(tmp_path, database.url, **settings) as gateway:
        fill(gateway)
        held = gateway.call("GET", f"/v1/subjects/{REF}").json()
        assert WORD in held["predictions"][0]["words"]
        assert [each["text"] for each in held["annotations"]] == [MAIL]
        assert held["predictions"][0]["embeddings"][0]["fp16"]
        assert WORD in held["predictions"][0]["feedback"][0]["comment"]
        assert sorted(tables_with(database.url, REF)) == ["annotation_item", "prediction"]
        assert gateway.metric(_ENTRIES) > OTHERS
        cached = cached_texts(gateway)

        erased = gateway.call("DELETE", f"/v1/subjects/{REF}")

        assert erased.status == 200
        assert erased.json()["rows"]["prediction"] == 20
        assert tables_with(database.url, REF) == []
        until(lambda: gateway.metric(_ENTRIES) == OTHERS, "a worker did not forget")
        until(lambda: cached_texts(gateway) < cached, "the embedder did not forget")
        assert cached_texts(gateway) > 0
        assert (
            gateway.call("POST", "/v1/classify", json={"text": MAIL}).json()["encoder"]["cache"]
            == "miss"
        )
        for folder in (tmp_path, database.folder):
            assert files_with(folder, WORD) == []
        gateway.command("audit", "verify")
    if database.url.startswith("sqlite"):
        assert files_with(tmp_path, REF) == []
