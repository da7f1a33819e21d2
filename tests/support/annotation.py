"""A queue over a stored gateway: texts in it, and annotators who label."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result
from pydantic import SecretStr
from sqlalchemy import Connection

from gateway.__main__ import main
from gateway.annotation import adjudication, labelling
from gateway.annotation.final import ANNOTATOR
from gateway.annotation.values import Dispute, Given, Task
from gateway.prediction_log.checks import keys_of
from gateway.prediction_log.values import Reader
from tests.support.stored_gateway import TEXT_KEYS, StoredGateway, stored_gateway

LABELS = ("no", "yes")
ALL = Reader(None)


def labels_of(head: str) -> Sequence[str]:
    """Return the labels of the heads that are served."""
    return LABELS if head in ("intent", "has_referral") else ()


@dataclass
class Queue:
    """The queue of a stored gateway."""

    stored: StoredGateway
    folder: Path

    def run(self, *words: str, code: int = 0) -> Result:
        """Run `gateway queue` with these words."""
        return self.command("queue", *words, code=code)

    def command(self, *words: str, code: int = 0) -> Result:
        """Run `gateway` with these words."""
        database = self.stored.settings.log_database
        assert isinstance(database, SecretStr)
        environ = {
            "GATEWAY_LOG_DIR": str(self.stored.settings.log_dir),
            "GATEWAY_LOG_DATABASE": database.get_secret_value(),
            "GATEWAY_LOG_TEXT": "full",
            "GATEWAY_LOG_TEXT_KEYS": TEXT_KEYS,
        }
        result = CliRunner().invoke(main, list(words), env=environ)
        assert result.exit_code == code, result.output
        return result

    def write(self, *rows: dict[str, Any], name: str = "texts.jsonl") -> str:
        """Write rows as JSON lines; return the file's path."""
        path = self.folder / name
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        return str(path)

    def add(self, *texts: str, **options: Any) -> None:
        """Put texts into the queue, in this order."""
        rows = [{"text": text, "score": number} for number, text in enumerate(texts)]
        words = [f"--{name}={value}" for name, value in options.items()]
        self.run("add", self.write(*rows), *words)

    def next(self, by: str, reader: Reader = ALL) -> Task | None:
        """Return the text that an annotator gets."""
        keys = keys_of(self.stored.settings.log_text_keys, "LOG_TEXT_KEYS")
        with self.stored.engine.begin() as connection:
            return labelling.next_task(connection, by, reader, labels_of, keys)

    def give(self, task: Task | Dispute, by: str, label: str, head: str = "intent") -> None:
        """Label a text."""
        given = Given(task.id, head, label, by)
        act = adjudication.adjudicate if isinstance(task, Dispute) else labelling.give
        with self.stored.engine.begin() as connection:
            act(connection, given, ALL, labels_of)

    def label(self, by: str, label: str = "yes") -> str:
        """Take the next text and label it; return its words."""
        task = self.next(by)
        assert task is not None
        self.give(task, by, label)
        return str(task.text)

    def dispute(self) -> Dispute | None:
        """Return the first dispute."""
        keys = keys_of(self.stored.settings.log_text_keys, "LOG_TEXT_KEYS")
        with self.stored.engine.begin() as connection:
            return adjudication.next_dispute(connection, ALL, labels_of, keys)

    def exported(self, *words: str) -> list[dict[str, Any]]:
        """Return the rows that an export writes."""
        out = self.folder / "rows.jsonl"
        self.run("export", str(out), *words)
        return [json.loads(line) for line in out.read_text().splitlines()]

    def undo(self, by: str, role: str = ANNOTATOR) -> bool:
        """Take back what somebody did last."""
        with self.stored.engine.begin() as connection:
            return labelling.undo(connection, by, ALL, role)

    def judgements(self, prediction_id: str) -> list[dict[str, Any]]:
        """Return what is held of a recorded answer and was neither rejected nor replaced."""
        status, shown = self.stored.call("reader", "GET", f"/v1/predictions/{prediction_id}")
        assert status == 200
        return [
            each
            for each in shown["feedback"]
            if each["state"] != "rejected" and each["superseded_by"] is None
        ]

    def connect(self) -> Connection:
        """Return a connection of the queue's database."""
        return self.stored.engine.connect()


@contextmanager
def open_queue(folder: Path, database: str | None = None) -> Iterator[Queue]:
    """Yield an empty queue over SQLite in the folder, or over another empty database."""
    url = database or f"sqlite:///{folder / 'predictions.db'}"
    with stored_gateway(folder, url) as stored:
        yield Queue(stored, folder)
