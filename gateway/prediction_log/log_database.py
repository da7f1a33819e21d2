"""The log's database as the API uses it: a transaction each call, and failures as problems."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError

from gateway.config import Settings
from gateway.prediction_log import feedback, reading, subjects
from gateway.prediction_log.checks import keys_of
from gateway.prediction_log.erasure_watch import settle
from gateway.prediction_log.errors import LogUnavailableError
from gateway.prediction_log.feedback import Words
from gateway.prediction_log.log_engine import open_log_engine
from gateway.prediction_log.queries import audit
from gateway.prediction_log.queries.audit import Act
from gateway.prediction_log.retention import Retention
from gateway.prediction_log.values import (
    Correction,
    Erased,
    Filters,
    Json,
    LabelsOf,
    Reader,
    Subject,
)
from trunkline.logs import whereabouts

log = structlog.get_logger("gateway.prediction_log")

Result = TypeVar("Result")


class LogDatabase:
    """Reads, corrects and erases what is stored; thread-safe. Raises LogUnavailableError."""

    def __init__(self, settings: Settings) -> None:
        self._engine = open_log_engine(settings)
        self.keys = keys_of(settings.log_text_keys, "LOG_TEXT_KEYS")
        self._digest_keys = keys_of(settings.log_digest_keys, "LOG_DIGEST_KEYS")
        self.retention = Retention.of(settings)

    def give_feedback(
        self,
        correction: Correction,
        reader: Reader,
        idempotency_key: str | None,
        labels_of: LabelsOf,
    ) -> Json | None:
        """Store a correction, see `feedback.take`."""
        words = Words(self.keys, self.retention.text_days)

        def take(connection: Connection) -> Json | None:
            return feedback.take(connection, correction, reader, idempotency_key, labels_of, words)

        try:
            return self.run(take)
        except IntegrityError:  # the same key came twice at once: now the first answer is there
            return self.run(take)

    def prediction(self, prediction_id: str, reader: Reader, *, words: bool) -> Json | None:
        """Return one prediction, see `reading.prediction`; reading words is put into the audit."""

        def read(connection: Connection) -> Json | None:
            shown = reading.prediction(connection, prediction_id, reader, self.keys, words=words)
            if shown is not None and words:
                actor = f"key:{reader.key_id or ''}"
                detail = {"prediction_id": prediction_id}
                audit.append(connection, Act("read_text", actor, shown["tenant"], detail=detail))
            return shown

        return self.run(read)

    def is_text_of(self, prediction_id: str, text: str) -> bool | None:
        """Whether a cleaned text is the recorded one; None where no digest can tell."""
        return self.run(lambda c: reading.is_text_of(c, prediction_id, text, self._digest_keys))

    def page(self, filters: Filters, reader: Reader) -> Json:
        """Return a page of predictions, see `reading.page`."""
        return self.run(lambda c: reading.page(c, filters, reader))

    def erase(self, subject: Subject, actor: str) -> Erased:
        """Erase a subject, see `subjects.erase`; what was deleted leaves SQLite's files at once."""
        erased = self.run(lambda c: subjects.erase(c, subject, actor, self.keys))
        if self._engine.dialect.name == "sqlite":
            with _as_problems():
                settle(self._engine)
        return erased

    def held(self, subject: Subject, actor: str) -> Json:
        """Return all that is held of a subject, see `subjects.held`."""
        return self.run(lambda c: subjects.held(c, subject, actor, self.keys))

    def run(self, act: Callable[[Connection], Result]) -> Result:
        """Return what `act` makes of a transaction of its own; raise LogUnavailableError."""
        with _as_problems(), self._engine.begin() as connection:
            return act(connection)


@contextmanager
def _as_problems() -> Iterator[None]:
    try:
        yield
    except IntegrityError:
        raise
    except SQLAlchemyError as error:
        if not isinstance(error, DBAPIError) or error.orig is None:
            raise
        log.error("prediction_log_unreadable", **whereabouts(error.orig))
        raise LogUnavailableError from None
