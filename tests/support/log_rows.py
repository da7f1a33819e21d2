"""Rows of a prediction log as a gateway would have made them, random and repeatable."""

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, insert

from gateway.prediction_log.database import add_partitions, default_url, migrate, open_database
from gateway.prediction_log.life_models import Feedback
from gateway.prediction_log.models import HeadAnswer, Prediction
from tests.support.databases import postgres

Row = dict[str, Any]
LABELS = ("positive", "objection", "other")
START = datetime(2026, 11, 2, 8, tzinfo=UTC)


@dataclass(frozen=True)
class Rows:
    """The rows of three tables."""

    predictions: Sequence[Row]
    heads: Sequence[Row]
    feedback: Sequence[Row]

    def insert(self, engine: Engine) -> None:
        """Put them into a database."""
        with engine.begin() as connection:
            add_partitions(connection, [START.date().replace(day=1)])
            for table, rows in (
                (Prediction, self.predictions),
                (HeadAnswer, self.heads),
                (Feedback, self.feedback),
            ):
                if rows:
                    connection.execute(insert(table), list(rows))


@contextmanager
def migrated(kind: str, folder: Path) -> Iterator[Engine]:
    """Yield a database of a kind, with the tables and nothing in them."""
    if kind == "sqlite":
        engine = open_database(default_url(folder))
        migrate(engine)
        yield engine
        engine.dispose()
        return
    with postgres() as server:
        engine = open_database(server.url)
        migrate(engine)
        yield engine


def random_rows(seed: int, count: int, hours: int = 6) -> Rows:
    """Return the rows of `count` answers over some hours from START, of three tenants."""
    chance = random.Random(seed)
    predictions: list[Row] = []
    heads: list[Row] = []
    feedback: list[Row] = []
    for number in range(count):
        at = START + timedelta(milliseconds=chance.randrange(hours * 3_600_000))
        prediction = prediction_row(number, at, chance)
        predictions.append(prediction)
        if prediction["decided_by"] == "rule":
            continue
        for head in ("intent", "has_opt_out"):
            answer = head_row(prediction, head, chance)
            heads.append(answer)
            if answer["status"] == "ok" and chance.random() < 0.2:
                feedback.append(feedback_row(len(feedback), answer, chance))
    return Rows(predictions, heads, feedback)


def prediction_row(number: int, at: datetime, chance: random.Random) -> Row:
    """Return one answer's row."""
    by_rule = chance.random() < 0.2
    intent = chance.choice([*LABELS, None])
    milliseconds = {f"{s}_ms": chance.lognormvariate(1, 1) for s in ("clean", "embed", "heads")}
    tags = {"variant": chance.choice("AB"), "rep": f"rep{chance.randrange(4)}"}
    return {
        "at": at, "id": f"{number:026d}", "request_id": "r", "batch_id": None,
        "tenant": chance.choice(["", "acme", "globex"]), "key_id": None, "subject_ref": None,
        "tags": tags if chance.random() < 0.8 else {}, "gateway_version": "1",
        "cleaner_version": "1", "taxonomy_version": "1", "encoder_model": None,
        "encoder_fingerprint": None, "encoders": [], "head_set_generation": None,
        "asked_heads": None, "disabled_rules": [], "decided_by": "rule" if by_rule else "model",
        "rule": None, "intent": intent, "objection_reason": None, "auto_kind": None,
        "opt_out": chance.choice(["yes", "no", "review", None]), "abstained": intent is None,
        "heads_asked": 0 if by_rule else 2,
        "heads_answered": 0 if by_rule else chance.choice([0, 1, 2]),
        "input_kind": "text", "scope": "newest", "kept_chars": 1, "cut_chars": 0,
        "thread_chars": 0, "flags": [], "tokens": None, "tokens_total": None,
        "unknown_tokens": None, "truncated": None,
        "cache_path": "none" if by_rule else chance.choice(["hit", "miss", "answer"]),
        **({**milliseconds, "embed_ms": 0.0} if by_rule else milliseconds),
        "total_ms": sum(milliseconds.values()), "text_level": "none", "digest": None,
        "digest_key": None, "cache_keys": None, "cache_keys_key": None, "erased_at": None,
    }  # fmt: skip


def head_row(prediction: Row, head: str, chance: random.Random) -> Row:
    """Return the row of one head's answer."""
    is_ok = chance.random() < 0.9
    return {
        "at": prediction["at"], "prediction_id": prediction["id"], "head": head,
        "role": chance.choice(["production", "candidate"]), "tenant": prediction["tenant"],
        "version": chance.choice("12"), "status": "ok" if is_ok else "error",
        "label": chance.choice(LABELS) if is_ok else None,
        "probability": chance.random() if is_ok else None, "threshold": 0.5, "margin": 0.1,
        "abstained": not is_ok or chance.random() < 0.3, "scores": {}, "thresholds": {},
        "given_head": None, "given_label": None, "given_probability": None,
    }  # fmt: skip


def feedback_row(number: int, answer: Row, chance: random.Random) -> Row:
    """Return the row of a correction, or of a confirmation, of a head's answer."""
    return {
        "id": f"{number:026d}", "at": answer["at"], "tenant": answer["tenant"],
        "prediction_id": answer["prediction_id"], "prediction_at": answer["at"],
        "head": answer["head"], "head_version": answer["version"], "role": answer["role"],
        "answered_label": answer["label"], "answered_probability": answer["probability"],
        "answered_abstained": answer["abstained"], "label": chance.choice(LABELS), "by": "someone",
        "key_id": None, "source": "api",
        "state": chance.choice(["proposed", "accepted", "rejected"]), "decided_by": None,
        "decided_at": None, "superseded_by": "x" if chance.random() < 0.1 else None,
        "exported_at": None,
    }  # fmt: skip
