"""The gateway keeps what its OpenAPI document promises, as schemathesis asks it."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from embedder.config import Settings as EmbedderSettings
from embedder.testing.encoder import FakeEncoder
from embedder.testing.server import serve_server
from loadtests.config import inherited_environment
from loadtests.stack.processes import ROOT
from loadtests.stack.stack import Stack
from tests.support.pools import DIM, write_head
from tests.support.stored_gateway import TEXT_KEYS
from tests.support.waiting import PATIENT

pytestmark = pytest.mark.service

CONFIG = ROOT / "tests" / "schema" / "schemathesis.toml"
EXAMPLES = os.environ.get("SCHEMA_EXAMPLES", "40")  # of each operation; `make schema` asks for more
SEED = os.environ.get("SCHEMA_SEED", "1")


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """Yield the address of a gateway with a log, whose heads are those that hooks.py names."""
    catalog = tmp_path / "catalog"
    write_head(catalog, "intent", ["positive", "objection", "other"])
    write_head(catalog, "has_opt_out", ["yes", "no"])  # of the statistics in the document
    write_head(catalog, "objection_reason", ["budget", "timing"], ("intent", "objection"))
    with serve_server(FakeEncoder(dim=DIM), EmbedderSettings(port=0, metrics_port=0)) as server:
        settings = {
            "GATEWAY_EMBEDDER": f"127.0.0.1:{server.port}",
            "GATEWAY_HEADS": "local",
            "GATEWAY_CATALOG": str(catalog),
            "GATEWAY_WORKERS": "1",
            "GATEWAY_LOG_DIR": str(tmp_path / "log"),
            "GATEWAY_LOG_DAYS": "3650",  # as long as the document's example is to be answered
            "GATEWAY_LOG_TEXT": "full",
            "GATEWAY_LOG_TEXT_KEYS": TEXT_KEYS,
            **PATIENT,
        }
        migrate = [sys.executable, "-m", "gateway", "migrate"]
        subprocess.run(migrate, env={**inherited_environment(), **settings}, cwd=ROOT, check=True)
        stack = Stack(tmp_path, settings)
        try:
            stack.start("gateway")
            yield stack.gateway_url
        finally:
            stack.stop()


@pytest.mark.timeout(900)
def test_every_request_gets_what_the_document_promises(url: str, tmp_path: Path) -> None:
    """What the schema allows is answered in its shape, what it forbids is refused, nothing fails.

    All checks of schemathesis, on examples, on every limit, and on random requests.
    """
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIG), "run"]
    options = ["--checks", "all", "--max-examples", EXAMPLES, "--seed", SEED]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [*command, f"{url}/openapi.json", *options],
        cwd=tmp_path, env=env, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    passed = re.search(r"(\d+) generated, \1 passed", done.stdout)
    assert passed is not None, done.stdout
    assert int(passed[1]) >= 500
    assert re.search(r"Selected: (\d+)/\1\s+Tested: \1\s", done.stdout), done.stdout
