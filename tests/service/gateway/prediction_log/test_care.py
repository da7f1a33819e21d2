"""The commands: retention, corrections that are accepted, and training rows made of them."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from pydantic import SecretStr
from sqlalchemy import insert, inspect, select

from gateway.__main__ import main
from gateway.prediction_log.database import add_partitions
from gateway.prediction_log.life_models import Feedback
from gateway.prediction_log.models import HeadAnswer, Prediction, PredictionText
from gateway.prediction_log.rows import Row
from heads.training.data.dataset import infer_task, make_dataset
from heads.training.data.tables import read_records
from tests.support.stored_gateway import TEXT_KEYS, StoredGateway
from trunkline.ulid import new_id

pytestmark = pytest.mark.service


def run(stored: StoredGateway, *words: str, **settings: str) -> Result:
    """Run a command over the gateway's log."""
    database = stored.settings.log_database
    assert isinstance(database, SecretStr)
    environ = {
        "GATEWAY_LOG_DIR": str(stored.settings.log_dir),
        "GATEWAY_LOG_DATABASE": database.get_secret_value(),
        "GATEWAY_LOG_TEXT": "full",
        "GATEWAY_LOG_TEXT_KEYS": TEXT_KEYS,
        **settings,
    }
    result = CliRunner().invoke(main, list(words), env=environ)
    assert result.exit_code in (0, 3), result.output
    return result


def proposed(stored: StoredGateway) -> list[dict[str, Any]]:
    """Return the corrections that wait to be decided on."""
    return [json.loads(line) for line in run(stored, "feedback", "list").output.splitlines()]


def test_accepted_corrections_become_rows_that_training_reads(
    stored: StoredGateway, tmp_path: Path
) -> None:
    """Proposals, rejected ones, disputed labels and texts of a frozen test set are left out."""
    texts = ("What would 20 seats cost?", "Who else?", "Not now.", "No budget.", "Call me.")
    ids = [stored.stored(text, subject_ref="s-1") for text in texts]
    for prediction_id, label in zip(ids, ("no", "yes", "no", "no", "no"), strict=True):
        stored.feedback(prediction_id, label)
    stored.feedback(ids[3], "yes", by="u-2")
    listed = proposed(stored)
    assert [entry["prediction_id"] for entry in listed] == [*ids, ids[3]]
    taken = [entry["id"] for entry in listed if entry["prediction_id"] != ids[4]]
    assert "accepted 5 of 5" in run(stored, "feedback", "accept", *taken).output
    (left,) = proposed(stored)
    run(stored, "feedback", "reject", left["id"])
    frozen = tmp_path / "test.jsonl"
    frozen.write_text(json.dumps({"text": " not  NOW. ", "intent": "no"}) + "\n")
    out = tmp_path / "rows.jsonl"

    result = run(stored, "export", str(out), "--frozen", str(frozen))

    assert "wrote 2 rows; left out: 0 without words, 1 of frozen test sets, 1 disputed" in (
        result.output
    )
    records = read_records([out])
    task = infer_task("intent", records, label_column="intent")
    dataset = make_dataset(task, records)
    assert dataset.texts == texts[:2]
    assert dataset.authors[0] == dataset.authors[1]
    assert [record.fields["intent"] for record in records] == ["no", "yes"]
    assert oct(out.stat().st_mode)[-3:] == "600"
    assert "3 entries" in run(stored, "audit", "verify").output


def test_words_that_are_not_kept_are_no_rows(stored: StoredGateway, tmp_path: Path) -> None:
    """Without the keys of the setting nothing can be read, and the command says how many."""
    stored.feedback(stored.stored("Hello."))
    run(stored, "feedback", "accept", proposed(stored)[0]["id"])
    out = tmp_path / "rows.jsonl"
    other = "k2:" + TEXT_KEYS.partition(":")[2]

    result = run(stored, "export", str(out), GATEWAY_LOG_TEXT_KEYS=other)

    assert "wrote 0 rows; left out: 1 without words" in result.output
    assert out.read_text() == ""


def old_rows(days: int, tenant: str = "") -> tuple[Row, Row, Row, Row]:
    """Return a prediction of so many days ago, its head, its words and a correction."""
    at = (datetime.now(UTC) - timedelta(days=days)).replace(microsecond=0)
    prediction_id = new_id(at.timestamp())
    own = {"at": at, "tenant": tenant}
    prediction = {
        **own, "id": prediction_id, "request_id": "r", "tags": {}, "gateway_version": "1",
        "cleaner_version": "1", "taxonomy_version": "1", "encoders": [], "disabled_rules": [],
        "abstained": False, "heads_asked": 1, "heads_answered": 1, "input_kind": "text",
        "scope": "newest", "kept_chars": 1, "cut_chars": 0, "thread_chars": 0, "flags": [],
        "cache_path": "miss", "clean_ms": 0, "embed_ms": 0, "heads_ms": 0, "total_ms": 0,
        "text_level": "full",
    }  # fmt: skip
    head = {
        **own, "prediction_id": prediction_id, "head": "intent", "role": "production",
        "version": "1", "status": "ok", "abstained": False, "scores": {}, "thresholds": {},
    }  # fmt: skip
    words = {
        **own, "prediction_id": prediction_id, "level": "full", "key_id": "k",
        "ciphertext": b"x", "expires_at": at + timedelta(days=4000),
    }  # fmt: skip
    feedback = {
        "id": new_id(), "at": at, "tenant": tenant, "prediction_id": prediction_id,
        "prediction_at": at, "head": "intent", "head_version": "1", "role": "production",
        "label": "no", "by": "u", "source": "api", "state": "proposed",
    }  # fmt: skip
    return prediction, head, words, feedback


def test_every_tenant_keeps_rows_and_words_for_its_own_days(stored: StoredGateway) -> None:
    """Rows, heads, words and corrections go by age; a month of PostgreSQL's as a whole."""
    kept: dict[tuple[int, str], tuple[bool, bool]] = {
        (2, ""): (True, True), (40, ""): (True, False), (200, ""): (False, False),
        (2, "acme"): (True, True), (40, "acme"): (False, False),
        (200, "beta"): (True, False), (420, "beta"): (False, False),
    }  # fmt: skip
    made = {which: old_rows(*which) for which in kept}
    tables = (Prediction, HeadAnswer, PredictionText, Feedback)
    with stored.engine.begin() as connection:
        add_partitions(connection, {rows[0]["at"].date().replace(day=1) for rows in made.values()})
        for rows in made.values():
            for table, row in zip(tables, rows, strict=True):
                connection.execute(insert(table), [row])
    days = {"GATEWAY_LOG_TENANT_DAYS": "acme=30/7,beta=365/30"}

    output = run(stored, "purge", **days).output

    with stored.engine.connect() as connection:
        left = [
            set(connection.execute(select(column)).scalars())
            for column in (
                Prediction.id, HeadAnswer.prediction_id, Feedback.prediction_id,
                PredictionText.prediction_id,
            )
        ]  # fmt: skip
    rows_left = {made[which][0]["id"] for which, (rows, _) in kept.items() if rows}
    words_left = {made[which][0]["id"] for which, (_, words) in kept.items() if words}
    assert left == [rows_left, rows_left, rows_left, words_left]
    assert "feedback 3" in output
    if stored.engine.dialect.name == "postgresql":
        month = f"prediction_{made[420, 'beta'][0]['at']:%Y_%m}"
        assert month not in inspect(stored.engine).get_table_names()
    assert "deleted nothing" in run(stored, "purge", **days).output


def test_an_audit_that_was_cut_off_is_found_by_a_hash_kept_elsewhere(
    stored: StoredGateway,
) -> None:
    """Exit code 3, as for an entry that was changed."""
    run(stored, "purge")
    last = run(stored, "audit", "verify").output.split()[-1]
    assert run(stored, "audit", "verify", "--expect", last).exit_code == 0
    assert run(stored, "audit", "verify", "--expect", "00" * 32).exit_code == 3
