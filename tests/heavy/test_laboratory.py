"""The laboratory as it is deployed: MLflow over PostgreSQL, catalog in a bucket, scheduled task."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from click.testing import CliRunner

from heads.__main__ import main
from heads.bundle.reading import read_folder
from heads.bundle.writing import publish_to
from heads.lifecycle import aliases
from heads.lifecycle.promotion import Author, promote
from heads.naming import versions
from heads.storage.opening import open_catalog
from loadtests.stack.processes import free_ports
from tests.support.bucket import bucket_server, fresh_address
from tests.support.databases import Postgres, postgres
from tests.support.mlflow_server import ROOT, mlflow_server, run, serving

# Many processes start, each of which imports much: minutes on a machine that is busy.
pytestmark = pytest.mark.timeout(1800)

SCRIPT = ROOT / "env" / "docker" / "mlflow-server.sh"


def _started(folder: Path, server: Postgres, port: int) -> AbstractContextManager[str]:
    """Start the script with the variables that Terraform gives its task."""
    return serving(
        folder, [str(SCRIPT)], port,
        MLFLOW_BACKEND_STORE_URI="postgresql+psycopg://", MLFLOW_WORKERS="1",
        MLFLOW_ARTIFACTS_DESTINATION=str(folder / "artifacts"),
        MLFLOW_SERVER_ALLOWED_HOSTS=f"mlflow:5000,127.0.0.1:{port}",
        PGHOST="127.0.0.1", PGPORT=str(server.port), PGDATABASE="postgres", PGUSER="trunkline",
        PGPASSWORD="of/no@use:in?a#URI",
    )  # fmt: skip


def _status(address: str, host: str) -> int:
    url = f"{address}/api/2.0/mlflow/registered-models/search"
    asked = urllib.request.Request(url, headers={"Host": host})  # noqa: S310
    try:
        with urllib.request.urlopen(asked, timeout=60) as answer:  # noqa: S310
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


@pytest.mark.e2e
def test_what_was_logged_is_there_after_a_restart(tmp_path: Path) -> None:
    """Tables are made in an empty database and kept in a full one; strange hosts are refused."""
    catalog = ROOT / "heads" / "catalog"
    track = ("heads", "track", "intent", "--catalog", str(catalog), "--tracking-uri")
    with postgres() as database:
        (port,) = free_ports(1)
        with _started(tmp_path, database, port) as address:
            assert "model version 1" in run(tmp_path, *track, address)
            assert _status(address, "mlflow:5000") == 200
            assert _status(address, "rebound.example.com") == 403
        with _started(tmp_path, database, port) as address:
            assert "model version 1, logged before" in run(tmp_path, *track, address)
    assert "of/no@use" not in (tmp_path / "server.log").read_text()


@pytest.mark.e2e
def test_a_schedule_makes_a_candidate_in_the_bucket_and_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """New rows become a version in MLflow, which the operator gates and makes the candidate.

    The task itself writes nothing to the bucket, and learns the same rows once, whether or not the
    operator has looked; production stays.
    """
    _topics(tmp_path / "t.jsonl", 90, 0)
    _topics(tmp_path / "fresh.jsonl", 150, 1000)
    with bucket_server() as bucket, mlflow_server(tmp_path) as uri:
        for name, value in bucket.items():
            monkeypatch.setenv(name, value)
        address = fresh_address()
        _learn_and_publish(tmp_path, address)
        catalog = open_catalog(address)
        _topics(tmp_path / "t.jsonl", 120, 0)
        task = (
            "heads", "retrain", "topic", "--if-changed", "--catalog", address, "--track",
            "--alias", "candidate", "--tracking-uri",
        )  # fmt: skip
        lost = _run(tmp_path, bucket, *task, "http://127.0.0.1:9", check=False)
        assert "[tracking_error]" in lost
        assert "topic: candidate is model version 1" in _run(tmp_path, bucket, *task, uri)
        _forget_alias(uri, "topic", "candidate")  # as a task that broke off before it gave it
        known = "nothing changed since model version 1 of topic was learnt"
        assert known in _run(tmp_path, bucket, *task, uri)
        assert versions(catalog, "topic") == ("1",)
        gate = ("--data", str(tmp_path / "fresh.jsonl"), "--label-column", "topic")
        operator = ("heads", "sync", "--once", "--catalog", address, "--tracking-uri", uri, *gate)
        assert "topic candidate: live topic/2" in _run(tmp_path, bucket, *operator)
        roles = aliases.read(catalog, "topic")[0]
        assert (roles.production, roles.version("candidate")) == ("1", "2")
        assert "nothing changed since topic/2 was learnt" in _run(tmp_path, bucket, *task, uri)


def _forget_alias(uri: str, name: str, alias: str) -> None:
    """Delete a registered model's alias."""
    body = json.dumps({"name": name, "alias": alias}).encode()
    asked = urllib.request.Request(  # noqa: S310
        f"{uri}/api/2.0/mlflow/registered-models/alias", body,
        {"Content-Type": "application/json"}, method="DELETE",
    )  # fmt: skip
    with urllib.request.urlopen(asked, timeout=60) as answer:  # noqa: S310
        assert answer.status == 200


def _run(folder: Path, bucket: Mapping[str, str], *command: str, check: bool = True) -> str:
    """Run a command that finds the bucket."""
    return run(
        folder, *command, check=check,
        AWS_ENDPOINT_URL=bucket["AWS_ENDPOINT_URL"],
        AWS_DEFAULT_REGION=bucket["AWS_DEFAULT_REGION"],
        AWS_ACCESS_KEY_ID=bucket["AWS_ACCESS_KEY_ID"],
        AWS_SECRET_ACCESS_KEY=bucket["AWS_SECRET_ACCESS_KEY"],
    )  # fmt: skip


def _learn_and_publish(folder: Path, address: str) -> None:
    """Train a head of topics and give it production in the bucket."""
    made, catalog = folder / "made", open_catalog(address)
    options = ["--label-column", "topic", "--members", "lexical", "--catalog", str(made)]
    data = str(folder / "t.jsonl")
    done = CliRunner().invoke(main, ["train", "topic", "--data", data, "--no-track", *options])
    assert done.exit_code == 0, done.output
    publish_to(catalog, read_folder(made / "topic" / "1"))
    promote(catalog, "topic", "1", "production", Author("ann"))


def _topics(file: Path, count: int, start: int) -> None:
    """Write rows of two topics, five by an author."""
    words = {"price": "What would it cost", "meeting": "Let us talk on"}
    rows = [
        {"text": f"{words[label]} {n}?", "topic": label, "author": f"p{n // 5}"}
        for n in range(start, start + count)
        for label in [tuple(words)[n % 2]]
    ]
    file.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
