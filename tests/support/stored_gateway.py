"""A gateway in this process over a real database, whose records are moved there on demand."""

import base64
import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from pydantic import SecretStr
from sqlalchemy import Engine

from embedder.client import Embedder
from embedder.testing.embedder import FakeEmbedder
from gateway.app import Gateway, OtherEncoder
from gateway.auth.keyring import Keyring
from gateway.auth.keys import Scope, new_key
from gateway.config import Settings
from gateway.prediction_log.checks import keys_of
from gateway.prediction_log.database import migrate, open_database
from gateway.prediction_log.drain_process import DrainProcess
from gateway.prediction_log.drainer import Drainer, TextDays
from gateway.prediction_log.recorder import SpoolRecorder
from gateway.prediction_log.records import RecordWriter
from gateway.prediction_log.segments import OPEN, READY
from gateway.prediction_log.spool import Spool
from gateway.prediction_log.statistics.reader import open_statistics
from heads.prediction import Pool
from tests.support.pools import FakePool, head_set, info
from tests.support.waiting import until

TEXT_KEYS = "k1:" + base64.b64encode(b"t" * 32).decode()
DIGEST_KEYS = "d1:" + base64.b64encode(b"d" * 32).decode()
KEYS: Mapping[str, tuple[list[Scope], list[str]]] = {
    "writer": (["classify", "feedback"], []),
    "reader": (["read"], []),
    "words": (["read", "read_text"], []),
    "eraser": (["erase"], []),
    "person": (["classify", "feedback", "read"], []),
    "ann": (["classify", "feedback", "read", "read_text"], []),
    "acme": (["classify", "feedback", "read", "read_text", "erase"], ["acme"]),
    "beta": (["classify", "feedback", "read", "read_text", "erase"], ["beta"]),
}
"""Keys by their ids: scopes and tenants."""
_MADE = {name: new_key(name, s, date(2026, 1, 2), tenants=t) for name, (s, t) in KEYS.items()}


def key_text(name: str) -> str:
    """Return the text of one of the KEYS."""
    return _MADE[name][0]


class _NoProcess(DrainProcess):
    def tick(self) -> None:
        """Start nothing."""

    def close(self) -> None:
        """End nothing."""


@dataclass
class StoredGateway:
    """The gateway's client, its settings and its database."""

    client: FlaskClient
    settings: Settings
    engine: Engine
    spool: Spool
    drainer: Drainer
    statuses: list[int] = field(default_factory=list)

    def store(self) -> None:
        """Move all that waits to the database.

        The recorder's own thread may hold a file in its hands that it brings to disk: it is waited
        for.
        """
        until(self._moved, "a file of the spool was never handed on")

    def _moved(self) -> bool:
        self.spool.tick()
        self.drainer.run_once()
        folder = self.settings.log_dir
        assert folder is not None
        waiting = [path for kind in (OPEN, READY) for path in folder.glob(f"*{kind}")]
        try:
            return not any(path.stat().st_size for path in waiting)
        except FileNotFoundError:  # handed on meanwhile
            return False

    def call(self, key: str, method: str, path: str, **given: Any) -> tuple[int, dict[str, Any]]:
        """Return status and JSON of a call with one of the KEYS."""
        headers = {"Authorization": f"Bearer {key_text(key)}", **given.pop("headers", {})}
        answer = self.client.open(path, method=method, headers=headers, **given)
        return answer.status_code, answer.get_json()

    def classify(self, text: str, key: str = "writer", **members: Any) -> str:
        """Classify a mail; return the id of its record."""
        status, answer = self.call(key, "POST", "/v1/classify", json={"text": text, **members})
        assert status == 200, answer
        return str(answer["prediction_id"])

    def stored(self, text: str, key: str = "writer", **members: Any) -> str:
        """Classify a mail and store its record; return its id."""
        prediction_id = self.classify(text, key, **members)
        self.store()
        return prediction_id

    def feedback(
        self, prediction_id: str, label: str = "no", key: str = "writer", **members: Any
    ) -> tuple[int, dict[str, Any]]:
        """Correct the head `intent`."""
        headers = members.pop("headers", {})
        sent = {"prediction_id": prediction_id, "head": "intent", "label": label, "by": "u-1"}
        return self.call(key, "POST", "/v1/feedback", json={**sent, **members}, headers=headers)


@contextlib.contextmanager
def stored_gateway(
    folder: Path,
    database: str,
    embedder: Embedder | Mapping[str, Embedder] | None = None,
    pool: Pool | None = None,
    other: OtherEncoder | None = None,
    **settings: Any,
) -> Iterator[StoredGateway]:
    """Yield a gateway with the KEYS over an empty database; words are kept in full.

    Without others its embedder and its two heads are stand-ins.
    """
    given = {
        "log_text": "full",
        "log_text_keys": SecretStr(TEXT_KEYS),
        "log_digest_keys": SecretStr(DIGEST_KEYS),
        "request_timeout_ms": 60_000,
        "heads_timeout_ms": 60_000,
        **settings,
    }
    log_dir = folder / "log"
    log_dir.mkdir()
    configured = Settings(
        encoder_refresh_s=60, log_dir=log_dir, log_database=SecretStr(database), **given
    )
    engine = open_database(database)
    migrate(engine)
    text_keys = keys_of(configured.log_text_keys, "LOG_TEXT_KEYS")
    digest_keys = keys_of(configured.log_digest_keys, "LOG_DIGEST_KEYS")
    spool = Spool(log_dir, 1 << 24, "refuse", lambda _: None)
    writer = RecordWriter("1.2.3", configured.log_text, digest_keys, text_keys)
    recorder = SpoolRecorder(writer, spool, _NoProcess(log_dir))
    days = TextDays(configured.log_text_days, configured.days_by_tenant())
    drainer = Drainer(log_dir, engine, text_keys, days)
    ring = Keyring("\n".join(key.line() for _, key in _MADE.values()))
    pool = pool or FakePool(head_set(info("intent"), info("has_referral"), generation=7))
    embedder = embedder or FakeEmbedder()
    statistics = open_statistics(configured)
    gateway = Gateway(
        configured, embedder, pool, keyring=ring, recorder=recorder, statistics=statistics,
        other=other,
    )  # fmt: skip
    try:
        until(lambda: _knows_encoders(gateway), "an encoder never answered")
        yield StoredGateway(gateway.app.test_client(), configured, engine, spool, drainer)
    finally:
        gateway.close()
        engine.dispose()


def _knows_encoders(gateway: Gateway) -> bool:
    """Whether every embedder answered its last look: without one, mails miss their encoder."""
    watches = gateway._pipeline.encoders._watches
    return all(watch.warmed and not watch.away for watch in watches)
