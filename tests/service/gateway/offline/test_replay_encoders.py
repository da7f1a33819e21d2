"""What the log shows of heads of two encoders that share name and version, and their replay."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from embedder.client import EmbedderClient
from embedder.testing.encoder import FakeEncoder
from embedder.testing.server import serve
from gateway.__main__ import main
from gateway.config import Settings
from gateway.offline.replay_heads import Catalogs, open_heads
from tests.support.pools import DIM, OTHER, write_head
from tests.support.routing import write_risks
from tests.support.stored_gateway import DIGEST_KEYS, TEXT_KEYS, StoredGateway, stored_gateway

pytestmark = pytest.mark.service

GERMAN = "Bitte nicht anrufen, wir haben dieses Jahr kein Budget mehr."
ENGLISH = "Please do not call, we have no budget left this year."
ELSEWHERE = "1@222222222222"


@dataclass
class Served:
    """A gateway over two encoders, each with a head `intent` in version 1."""

    stored: StoredGateway
    folder: Path
    environ: dict[str, str]

    def replay(self, *words: str) -> tuple[int, dict[str, Any]]:
        """Run the command; return its exit code and what it printed."""
        result = CliRunner().invoke(main, ["replay", *words, "--json"], env=self.environ)
        assert result.exit_code != 1, result.output
        return result.exit_code, json.loads(result.stdout)

    def shown(self, prediction_id: str) -> dict[str, Any]:
        """Return a stored prediction as the API shows it."""
        status, shown = self.stored.call("reader", "GET", f"/v1/predictions/{prediction_id}")
        assert status == 200, shown
        return shown


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """Serve both; the second encoder reads German."""
    write_head(tmp_path / "default", "intent", ["yes", "no"], seed=1)
    write_head(tmp_path / "other", "intent", ["yes", "no"], fingerprint=OTHER, seed=2)
    second = FakeEncoder(dim=DIM)
    second.identity = replace(second.identity, fingerprint=OTHER)
    database = f"sqlite:///{tmp_path / 'predictions.db'}"
    with serve(FakeEncoder(dim=DIM)) as one, serve(second) as two:
        given = {
            "catalog": str(tmp_path / "default"),
            "multilingual_catalog": str(tmp_path / "other"),
            "multilingual_heads": "local",
            "language_risks": str(write_risks(tmp_path / "risks.json", OTHER)),
            "embedders": f"a={one},b={two}",
        }
        settings = Settings.model_validate(given)
        embedders = {"a": EmbedderClient(one), "b": EmbedderClient(two)}
        pool, other = open_heads(settings, Catalogs.of(settings))
        with stored_gateway(tmp_path, database, embedders, pool, other, **given) as stored:
            environ = {
                **{f"GATEWAY_{name.upper()}": value for name, value in given.items()},
                "GATEWAY_LOG_DIR": str(tmp_path / "log"),
                "GATEWAY_LOG_DATABASE": database,
                "GATEWAY_LOG_TEXT": "full",
                "GATEWAY_LOG_TEXT_KEYS": TEXT_KEYS,
                "GATEWAY_LOG_DIGEST_KEYS": DIGEST_KEYS,
                "GATEWAY_LOG_LEVEL": "error",
            }
            yield Served(stored, tmp_path, environ)


def test_records_statistics_and_corrections_tell_the_heads_apart(served: Served) -> None:
    """Version 1 of either catalog is a version of its own wherever the log shows one."""
    german, english = served.stored.stored(GERMAN), served.stored.stored(ENGLISH)
    served.stored.stored(f"{ENGLISH} Thank you.")

    shown = {name: served.shown(name) for name in (german, english)}
    assert [shown[name]["heads"][0]["version"] for name in (german, english)] == [ELSEWHERE, "1"]
    assert [shown[name]["encoders"][0]["language"] for name in (german, english)] == ["de", "en"]

    status, corrected = served.stored.feedback(german, label="yes")
    assert (status, corrected["version"]) == (200, ELSEWHERE)

    assert _versions(served, "") == {"1": 2, ELSEWHERE: 1}
    assert _versions(served, f"&head=intent&version={ELSEWHERE}") == {ELSEWHERE: 1}
    status, problem = served.stored.call("reader", "GET", "/v1/statistics?head=intent&version=9")
    assert status == 422, problem


def test_a_served_version_of_the_second_encoder_is_known_without_answers(served: Served) -> None:
    """Statistics of it are empty, and no error."""
    assert _versions(served, f"&head=intent&version={ELSEWHERE}") == {}


def test_a_replay_asks_the_heads_of_the_encoder_that_answered(served: Served) -> None:
    """Then and now are the same for both, although the two heads answer with other scores."""
    for text in (GERMAN, ENGLISH):
        code, report = served.replay(served.stored.stored(text))
        assert (code, [entry["same"] for entry in report["replays"]]) == (0, [True, True]), report


def test_a_replay_names_another_encoder_where_versions_are_the_same(served: Served) -> None:
    """With the second encoder's heads gone, version 1 of the default ones is not what answered."""
    prediction_id = served.stored.stored(GERMAN)
    shutil.rmtree(served.folder / "other" / "intent")

    code, report = served.replay(prediction_id)

    then, now = report["replays"]
    assert code == 3
    assert f"head intent {ELSEWHERE} is not in the catalog" in then["missing"]
    assert any(line.startswith(f"encoder: {OTHER} then") for line in now["differences"])


def _versions(served: Served, query: str) -> dict[str, int]:
    """Return the answers of each version of `intent` by the statistics of the last day."""
    status, answer = served.stored.call("reader", "GET", f"/v1/statistics?tenant={query}")
    assert status == 200, answer
    (head,) = answer["heads"] or [{"versions": []}]
    return {version["version"]: version["volume"] for version in head["versions"]}
