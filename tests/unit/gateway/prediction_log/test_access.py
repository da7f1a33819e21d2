"""The log's routes where no log is kept, or its database does not answer."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from pydantic import SecretStr

from embedder.testing.embedder import FakeEmbedder
from gateway.app import Gateway
from gateway.config import Settings
from tests.support.pools import FakePool, head_set, info
from trunkline.ulid import new_id

CALLS = (
    ("GET", "/v1/predictions", None),
    ("GET", "/v1/predictions/01M8KY448XFMWQ71XWAE0AS4JQ", None),
    ("GET", "/v1/subjects/s-1", None),
    ("DELETE", "/v1/subjects/s-1", None),
    (
        "POST",
        "/v1/feedback",
        {"prediction_id": new_id(), "head": "intent", "label": "no", "by": "u-1"},
    ),
)


@contextmanager
def client(**settings: Any) -> Iterator[FlaskClient]:
    """Yield a client of a gateway without keys."""
    configured = Settings(encoder_refresh_s=60, **settings)
    gateway = Gateway(configured, FakeEmbedder(), FakePool(head_set(info("intent"))))
    try:
        yield gateway.app.test_client()
    finally:
        gateway.close()


@pytest.mark.parametrize(("method", "path", "body"), CALLS)
def test_without_a_log_every_route_of_it_says_so(method: str, path: str, body: Any) -> None:
    """501 and a code: a caller need not come back."""
    with client() as gateway:
        answer = gateway.open(path, method=method, json=body)
    assert (answer.status_code, answer.get_json()["code"]) == (501, "no_prediction_log")


@pytest.mark.parametrize(("method", "path", "body"), CALLS)
def test_while_the_database_is_away_callers_are_told_when_to_come_back(
    method: str, path: str, body: Any, tmp_path: Path
) -> None:
    """503 with Retry-After, also where its schema was never made."""
    for database in (tmp_path / "nowhere" / "p.db", tmp_path / "empty.db"):
        log = SecretStr(f"sqlite:///{database}")
        with client(log_dir=tmp_path, log_database=log) as gateway:
            answer = gateway.open(path, method=method, json=body)
        assert (answer.status_code, answer.get_json()["code"]) == (503, "log_unavailable")
        assert int(answer.headers["Retry-After"]) > 0


def test_a_worker_loads_no_databases_library_before_it_is_asked() -> None:
    """Who records only needs the spool: megabytes of every worker."""
    look = "import gateway.wsgi, sys; sys.exit('sqlalchemy' in sys.modules)"
    subprocess.run([sys.executable, "-c", look], check=True)
