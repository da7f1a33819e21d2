"""`gateway backtest`: recorded mail answered by another version, over a real log and embedder."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select, update

from embedder.client import EmbedderClient
from embedder.testing.encoder import FakeEncoder
from embedder.testing.server import serve
from gateway.__main__ import main
from gateway.prediction_log.life_models import AuditEntry, Feedback
from gateway.prediction_log.models import Prediction, PredictionEmbedding
from heads.pools.local import LocalPool
from heads.registry.registry import Registry
from tests.support.annotation import Queue
from tests.support.pools import DIM, write_head
from tests.support.roles import point
from tests.support.stored_gateway import TEXT_KEYS, StoredGateway, stored_gateway
from tests.support.waiting import until

pytestmark = pytest.mark.service

MAILS = [f"What would {n} seats cost? Mail {n * n} of the week." for n in range(12)]
SINCE = f"{datetime.now(UTC) - timedelta(days=2):%Y-%m-%d}"


@dataclass
class Served:
    """A gateway that keeps words and vectors, over a catalog of two versions of one head."""

    stored: StoredGateway
    catalog: Path
    folder: Path
    environ: dict[str, str]

    def run(self, *words: str, version: str = "2", **changes: str) -> Result:
        """Run the command over all that is stored."""
        out, report = self.folder / "out.json", self.folder / "out.md"
        command = ["backtest", "intent", version, "--since", SINCE, "--out", str(out)]
        return CliRunner().invoke(
            main, [*command, "--report", str(report), *words], env=self.environ | changes
        )

    def backtest(self, *words: str, version: str = "2") -> dict[str, Any]:
        """Run the command; return its figures."""
        result = self.run(*words, version=version)
        assert result.exit_code == 0, result.output
        figures: dict[str, Any] = json.loads((self.folder / "out.json").read_text())
        return figures


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """Serve version 1 of a head of two labels; version 2 has other weights and no role."""
    catalog = tmp_path / "catalog"
    write_head(catalog, "intent", ["yes", "no"])
    write_head(catalog, "intent", ["yes", "no"], version="2", seed=99, role=None)
    database = f"sqlite:///{tmp_path / 'predictions.db'}"
    with serve(FakeEncoder(dim=DIM)) as target:
        client, pool = EmbedderClient(target), LocalPool(Registry(catalog))
        with stored_gateway(tmp_path, database, client, pool, log_embeddings=True) as stored:
            environ = {
                "GATEWAY_LOG_DIR": str(tmp_path / "log"),
                "GATEWAY_LOG_DATABASE": database,
                "GATEWAY_LOG_TEXT": "full",
                "GATEWAY_LOG_TEXT_KEYS": TEXT_KEYS,
                "GATEWAY_CATALOG": str(catalog),
                "GATEWAY_EMBEDDER": target,
                "GATEWAY_LOG_LEVEL": "error",
            }
            yield Served(stored, catalog, tmp_path, environ)


def record(
    stored: StoredGateway, mails: Sequence[str], key: str = "writer", **more: Any
) -> list[str]:
    """Classify mails; return their ids once all are stored."""
    ids = [stored.classify(mail, key, **more) for mail in mails]

    def all_stored() -> bool:
        stored.store()
        with stored.engine.connect() as connection:
            known = set(connection.execute(select(Prediction.id)).scalars())
        return known.issuperset(ids)

    until(all_stored, "never stored")
    return ids


def labels(stored: StoredGateway, ids: list[str]) -> list[str]:
    """Return what `intent` answered, as it is recorded."""
    found = []
    for which in ids:
        _, answer = stored.call("reader", "GET", f"/v1/predictions/{which}")
        found.append(answer["heads"][0]["label"])
    return found


def test_the_version_that_answered_decides_the_same_again(served: Served) -> None:
    """From stored vectors, and from words encoded anew: every answer is its own."""
    record(served.stored, MAILS)
    for words in ((), ("--encode",)):
        figures = served.backtest(*words, version="1")
        assert (figures["answers"], figures["scored"]) == (12, 12)
        assert (figures["otherwise"]["rows"], figures["answered_by"]) == (0, {"1": 12})


def test_another_version_moves_what_it_would_have_moved(served: Served) -> None:
    """The mails' labels under version 2 are those that it gives them once it is in production."""
    ids = record(served.stored, MAILS)
    before = labels(served.stored, ids)
    figures = served.backtest()
    for which, label in zip(ids[:6], before, strict=False):
        served.stored.feedback(which, label)
    with_feedback = served.backtest()
    point(served.catalog / "intent", "production", "2")
    pool = LocalPool(Registry(served.catalog))
    with stored_gateway(
        _made(served.folder / "later"), f"sqlite:///{served.folder / 'later.db'}",
        EmbedderClient(served.environ["GATEWAY_EMBEDDER"]), pool,
    ) as later:  # fmt: skip
        after = labels(later, record(later, MAILS))

    moved = sum(old != new for old, new in zip(before, after, strict=True))
    assert moved > 0
    assert figures["otherwise"]["rows"] == moved
    assert figures["feedback"] == {}
    own = with_feedback["feedback"]["1"]
    kept = sum(old == new for old, new in zip(before[:6], after[:6], strict=True))
    assert (own["rows"], own["old"]["rows"], own["new"]["rows"]) == (6, 6, kept)


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def test_erased_and_other_tenants_rows_are_not_read(served: Served) -> None:
    """Nor what is due to be deleted; the files hold no word, and no id of these."""
    (gone,) = record(served.stored, MAILS[:1], "acme", subject_ref="s-1")
    acme = record(served.stored, MAILS[1:4], "acme")
    beta = record(served.stored, MAILS[4:9], "beta")
    assert served.backtest()["scored"] == 9
    assert served.stored.call("acme", "DELETE", "/v1/subjects/s-1")[0] == 200
    with served.stored.engine.begin() as connection:
        old = update(PredictionEmbedding).where(PredictionEmbedding.prediction_id == acme[0])
        connection.execute(old.values(expires_at=datetime.now(UTC) - timedelta(seconds=1)))

    result = served.run("--tenant", "acme", "--words", "--examples", "99")

    figures = json.loads((served.folder / "out.json").read_text())
    assert (figures["answers"], figures["scored"], figures["not_kept"]) == (3, 2, 1)
    assert not any(which in result.output for which in (gone, acme[0], *beta))
    files = (served.folder / "out.json").read_text() + (served.folder / "out.md").read_text()
    assert not any(mail in files for mail in MAILS)
    assert not any(mail in result.output for mail in (MAILS[0], *MAILS[4:]))


def test_words_are_printed_where_they_are_asked_for(served: Served) -> None:
    """Only then, never into the files; each reading is in the audit, as the backtest itself is."""
    record(served.stored, MAILS)
    plain, shown = served.run(), served.run("--words", "--examples", "99")
    assert not any(mail in plain.output for mail in MAILS)
    printed = sum(mail in shown.output for mail in MAILS)
    figures = json.loads((served.folder / "out.json").read_text())
    assert printed == figures["otherwise"]["rows"] > 0
    assert not any(mail in (served.folder / "out.md").read_text() for mail in MAILS)
    with served.stored.engine.connect() as connection:
        acts = list(connection.execute(select(AuditEntry.act)).scalars())
    assert acts.count("backtest") == 2
    assert len(acts) == 2 + printed


def test_corrections_that_became_training_rows_prove_nothing(served: Served) -> None:
    """A version may have learnt them by heart; rejected ones do not count either."""
    ids = record(served.stored, MAILS[:3])
    for which in ids:
        served.stored.feedback(which, "no")
    with served.stored.engine.begin() as connection:
        one = update(Feedback).where(Feedback.prediction_id == ids[0])
        connection.execute(one.values(exported_at=datetime.now(UTC)))
        two = update(Feedback).where(Feedback.prediction_id == ids[1])
        connection.execute(two.values(state="rejected"))
    figures = served.backtest()
    assert (figures["feedback"]["1"]["rows"], figures["exported"]) == (1, 1)


def test_what_annotators_settled_is_what_people_hold(served: Served) -> None:
    """Labels of the queue stand beside both answers until they are exported to train with."""
    record(served.stored, MAILS[:3])
    queue = Queue(served.stored, served.folder)
    queue.run("fill", "--annotators=1")
    for _ in range(3):
        queue.label("ann", "no")
    before = served.backtest()
    queue.exported()
    after = served.backtest()

    assert (before["feedback"]["1"]["rows"], before["exported"]) == (3, 0)
    assert (after["feedback"], after["exported"]) == ({}, 3)


def test_what_was_learnt_proves_nothing_after_it_was_corrected(served: Served) -> None:
    """A label that changes after an export, or is taken back: the text was learnt all the same."""
    ids = record(served.stored, MAILS[:3])
    for which in ids:
        served.stored.feedback(which, "no")
    with served.stored.engine.begin() as connection:
        learnt = update(Feedback).where(Feedback.prediction_id != ids[2])
        connection.execute(learnt.values(exported_at=datetime.now(UTC)))
        back = update(Feedback).where(Feedback.prediction_id == ids[1])
        connection.execute(back.values(state="rejected"))
    served.stored.feedback(ids[0], "yes")
    served.stored.feedback(ids[1], "yes", by="another")
    figures = served.backtest()
    assert (figures["feedback"]["1"]["rows"], figures["exported"]) == (1, 2)


def test_what_is_missing_is_said_in_one_line(served: Served) -> None:
    """A version that does not exist, keys that are not set, an encoder that nobody serves."""
    assert "cannot load intent 7" in served.run(version="7").output
    write_head(
        served.catalog, "intent", ["yes", "no"], version="3", role=None,
        fingerprint="sha256:" + "3" * 64,
    )  # fmt: skip
    assert "no embedder of the settings serves" in served.run("--encode", version="3").output
    other = "k2:" + TEXT_KEYS.partition(":")[2]
    record(served.stored, MAILS[:1])
    assert "1 that cannot be read" in served.run(GATEWAY_LOG_TEXT_KEYS=other).output
    assert served.backtest(version="3")["not_kept"] == 1
