"""Laws of rows from a real PostgreSQL: equal bytes for equal rows, tried again, no secrets."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner

from heads.__main__ import main
from heads.bundle.reading import read_folder
from heads.training.building.order import record_of
from heads.training.data.database import snapshot
from heads.training.errors import DataError
from tests.support.databases import Postgres, postgres
from tests.support.roles import point

QUERY = "SELECT body AS text, topic, author, at FROM replies"


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    """Run a server with ninety rows of two topics."""
    with postgres() as running:
        with psycopg.connect(running.url) as connection:
            connection.execute(
                "CREATE TABLE replies (body text, topic text, author text, at timestamptz)"
            )
            for n in range(90):
                body = f"What would it cost {n}?" if n % 2 else f"Let us talk on {n}"
                topic = "price" if n % 2 else "meeting"
                connection.execute(
                    "INSERT INTO replies VALUES (%s, %s, %s, '2026-11-01T00:00:00Z')",
                    (body, topic, f"p{n // 5}"),
                )
        yield running


def test_the_same_rows_give_the_same_file(server: Postgres, tmp_path: Path) -> None:
    """In whatever order a database gives them; a date becomes a text."""
    files = [
        snapshot(server.url, f"{QUERY} ORDER BY {order}", tmp_path / order.split()[0])
        for order in ("body", "author DESC")
    ]
    assert files[0].read_bytes() == files[1].read_bytes()
    rows = [json.loads(line) for line in files[0].read_text().splitlines()]
    assert len(rows) == 90
    assert rows[0].keys() == {"text", "topic", "author", "at"}
    assert all(isinstance(row["at"], str) for row in rows)


def test_a_server_that_comes_back_is_read_after_all(server: Postgres, tmp_path: Path) -> None:
    """The connection is tried again; while the server is away for good an error says so."""
    server.stop()
    waits: list[float] = []

    def come_back(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 2:
            server.start()

    try:
        assert snapshot(server.url, QUERY, tmp_path, sleep=come_back).is_file()
    finally:
        if len(waits) < 2:
            server.start()
    assert waits == [0.5, 1.0]
    with pytest.raises(DataError, match="no answer in 5 attempts"):
        snapshot("postgresql://me@127.0.0.1:9/none", QUERY, tmp_path, sleep=waits.append)
    assert waits[2:] == [0.5, 1.0, 2.0, 4.0]


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("SELECT nothing FROM replies", "UndefinedColumn 42703"),
        ("SELECT body::int FROM replies", "InvalidTextRepresentation 22P02"),
        ("DELETE FROM replies", "refused"),
        ("SELECT body AS text FROM replies WHERE false", "gives no row"),
    ],
)
def test_a_bad_query_is_told_without_a_row(
    query: str, reason: str, server: Postgres, tmp_path: Path
) -> None:
    """The code of the error stands there, and nothing that it quotes; nothing changes."""
    with pytest.raises(DataError) as refused:
        snapshot(server.url, query, tmp_path)
    assert reason in str(refused.value)
    assert "Let us talk" not in str(refused.value)
    with psycopg.connect(server.url) as connection:
        assert connection.execute("SELECT count(*) FROM replies").fetchone() == (90,)


def test_a_head_is_trained_and_retrained_from_the_database(
    server: Postgres, tmp_path: Path
) -> None:
    """Bundle and record hold the query and no password; a new row is seen at the next ask."""
    catalog = tmp_path / "heads"
    options = ["--catalog", str(catalog), "--cache", str(tmp_path / "cache" / "embeddings")]
    train = [
        "train", "topic", "--query", QUERY, "--label-column", "topic", "--members", "lexical",
        *options,
    ]  # fmt: skip
    secret = server.url.replace("trunkline@", "trunkline:s3cret@")
    refused = CliRunner().invoke(main, [*train, "--data", secret])
    assert refused.exit_code == 2
    assert "s3cret" not in refused.output
    done = CliRunner().invoke(main, [*train, "--data", server.url])
    assert done.exit_code == 0, done.output
    order = record_of(read_folder(catalog / "topic" / "1")).order
    assert (order.files, order.query) == ((server.url,), QUERY)
    point(catalog / "topic", "production", "1")
    again = CliRunner().invoke(main, ["retrain", "topic", "--if-changed", *options])
    assert "nothing to do" in again.output, again.output
    with psycopg.connect(server.url) as connection:
        connection.execute(
            "INSERT INTO replies VALUES ('And what is the fee?', 'price', 'q', NULL)"
        )
    again = CliRunner().invoke(main, ["retrain", "topic", "--if-changed", *options])
    assert again.exit_code == 0, again.output
    assert "of which 1 are new to topic/1" in again.output
