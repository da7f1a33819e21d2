"""`gateway replay`: a recorded answer given again, with what ran then and with what runs now."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from embedder.client import EmbedderClient
from embedder.testing.encoder import FakeEncoder
from embedder.testing.server import serve
from gateway.__main__ import main
from heads.pools.local import LocalPool
from heads.registry.registry import Registry
from tests.support.pools import DIM, write_head
from tests.support.stored_gateway import (
    DIGEST_KEYS,
    TEXT_KEYS,
    StoredGateway,
    stored_gateway,
)

pytestmark = pytest.mark.service

MAIL = "What would 20 seats cost?\n\nOn Monday Ann Lee wrote:\n> Would you have 15 minutes?"


@dataclass
class Served:
    """A gateway over a catalog and a server of a stand-in encoder."""

    stored: StoredGateway
    catalog: Path
    environ: dict[str, str]

    def replay(self, *words: str) -> tuple[int, dict[str, Any]]:
        """Run the command; return its exit code and what it printed."""
        result = CliRunner().invoke(main, ["replay", *words, "--json"], env=self.environ)
        return result.exit_code, json.loads(result.stdout) if result.exit_code != 1 else {}


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """Serve one head, version 1."""
    catalog = tmp_path / "catalog"
    write_head(catalog, "intent", ["yes", "no"])
    database = f"sqlite:///{tmp_path / 'predictions.db'}"
    with serve(FakeEncoder(dim=DIM)) as target:
        client, pool = EmbedderClient(target), LocalPool(Registry(catalog))
        with stored_gateway(tmp_path, database, client, pool) as stored:
            environ = {
                "GATEWAY_LOG_DIR": str(tmp_path / "log"),
                "GATEWAY_LOG_DATABASE": database,
                "GATEWAY_LOG_TEXT": "full",
                "GATEWAY_LOG_TEXT_KEYS": TEXT_KEYS,
                "GATEWAY_LOG_DIGEST_KEYS": DIGEST_KEYS,
                "GATEWAY_CATALOG": str(catalog),
                "GATEWAY_EMBEDDER": target,
                "GATEWAY_LOG_LEVEL": "error",
            }
            yield Served(stored, catalog, environ)


def test_what_has_not_changed_answers_the_same(served: Served, tmp_path: Path) -> None:
    """From the stored words, and from the email as it came; the digest says that it is that."""
    prediction_id = served.stored.stored(MAIL)
    file = tmp_path / "mail.txt"
    file.write_text(MAIL)

    for words in ((), ("--text-file", str(file))):
        code, report = served.replay(prediction_id, *words)
        assert (code, report["digest"]) == (0, "same"), report
        assert [(r["when"], r["same"]) for r in report["replays"]] == [
            ("then", True),
            ("now", True),
        ]


def test_a_version_promoted_since_answers_beside_the_recorded_one(served: Served) -> None:
    """Then is the same still, now says which version answers instead."""
    prediction_id = served.stored.stored(MAIL)
    write_head(served.catalog, "intent", ["yes", "no"], version="2", seed=99)

    code, report = served.replay(prediction_id)

    then, now = report["replays"]
    assert (code, then["same"], now["same"]) == (0, True, False)
    assert "intent.version: 1 then, 2 again" in now["differences"]


def test_a_version_that_is_gone_is_named(served: Served) -> None:
    """Exit code 3: the answer of then cannot be given again."""
    prediction_id = served.stored.stored(MAIL)
    write_head(served.catalog, "intent", ["yes", "no"], version="2", seed=99)
    shutil.rmtree(served.catalog / "intent" / "1")

    code, report = served.replay(prediction_id)

    assert code == 3
    assert "head intent 1 is not in the catalog" in report["replays"][0]["missing"]


def test_another_email_is_told_by_its_digest(served: Served, tmp_path: Path) -> None:
    """Whatever it is answered: it is not the one that was recorded."""
    prediction_id = served.stored.stored(MAIL)
    file = tmp_path / "mail.txt"
    file.write_text("Something else?")

    code, report = served.replay(prediction_id, "--text-file", str(file))

    assert (code, report["digest"]) == (3, "differs")


def test_an_unknown_id_is_an_error(served: Served) -> None:
    """Exit code 1, and one line."""
    assert served.replay("01HF7YAT00" + "0" * 16)[0] == 1
