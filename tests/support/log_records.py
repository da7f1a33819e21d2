"""Records as workers write them, put into a spool, and the ids that became rows."""

import base64
from pathlib import Path

from pydantic_core import to_json
from sqlalchemy import Engine, func, select

from gateway.api.ids import new_id
from gateway.prediction_log import sealing
from gateway.prediction_log.models import HeadAnswer, Prediction
from gateway.prediction_log.sealing import read_keys
from gateway.prediction_log.segments import Segment, framed

KEYS = read_keys("k1:" + base64.b64encode(b"m" * 32).decode())


def record(
    tenant: str = "",
    subject: str | None = None,
    at: float | None = None,
    text: str = "",
    **more: object,
) -> tuple[str, bytes]:
    """Return an id and its record, as a worker writes it."""
    name = new_id(at)
    answer = {
        "status": "ok", "label": "yes", "probability": 0.9, "threshold": 0.5, "margin": 0.8,
        "abstained": False, "scores": {"yes": 0.9, "no": 0.1}, "version": "1",
    }  # fmt: skip
    decision = {
        "intent": "yes", "objection_reason": None, "abstained": False, "decided_by": "model",
        "rule": None, "opt_out": None,
    }  # fmt: skip
    sealed = {}
    if text:
        private = to_json({"words": "00" * 16, "vectors": [], "text": text})
        content = sealing.seal(sealing.spool_key(KEYS.by_name["k1"]), private, name)
        sealed = {"sealed_key": "k1", "sealed": base64.b64encode(content).decode()}
    members = {
        "id": name, "request_id": "r", "batch_id": None, "tenant": tenant, "key_id": None,
        "subject_ref": subject, "tags": {"rep": "r-1"}, "gateway_version": "1",
        "cleaner_version": "2", "taxonomy_version": "1", "encoders": [],
        "head_set_generation": "1", "asked_heads": None, "disabled_rules": [], "auto_kind": None,
        "input_kind": "text", "scope": "newest", "kept_chars": 1, "cut_chars": 0,
        "thread_chars": 0, "flags": [], "cache_path": "miss", "text_level": "full",
        "decision": decision, "heads": {"intent": answer},
        "timings_ms": {"clean": 1.0, "embed": 1.0, "heads": 1.0, "total": 3.0},
        **sealed, **more,
    }  # fmt: skip
    return name, to_json(members)


def put(folder: Path, *payloads: bytes, began_ms: int = 1) -> None:
    """Put a ready file into the spool."""
    content = b"".join(map(framed, payloads))
    segment = Segment(began_ms, "1.a", len(payloads), len(content))
    (folder / segment.name).write_bytes(content)


def ids(engine: Engine) -> set[str]:
    """Return the recorded ids; each is there once."""
    with engine.connect() as connection:
        found = list(connection.execute(select(Prediction.id)).scalars())
        heads = connection.execute(select(func.count()).select_from(HeadAnswer)).scalar_one()
    assert len(found) == len(set(found)) == heads
    return set(found)
