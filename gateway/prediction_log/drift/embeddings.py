"""How far the mean of logged vectors has moved, for each view of each encoder."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from sqlalchemy import Connection, select

from gateway.prediction_log import sealing, tenant_keys
from gateway.prediction_log.drift import references
from gateway.prediction_log.drift.measures import (
    Array,
    Distance,
    cosine_distance,
    embedding_thresholds,
)
from gateway.prediction_log.drift.references import HeadVersion
from gateway.prediction_log.models import PredictionEmbedding
from gateway.prediction_log.sealing import Keys, UnsealError
from gateway.prediction_log.statistics.query import HOUR, Window

AN_HOUR = 25
"""Vectors that are read of an hour, of each view: enough for a mean, and quick."""
SIZES = (200, 300, 400, 500, 600)
"""Numbers of vectors for which a reference knows how far chance takes their mean."""
LEAST_HOURS = 8
_TABLE = PredictionEmbedding.__table__
_SEEN = 4000


def measured(
    connection: Connection,
    window: Window,
    known: Mapping[HeadVersion, Mapping[str, Any]],
    keys: Keys,
) -> Iterator[tuple[HeadVersion, int, Distance]]:
    """Yield each view's rows and cosine distance from its reference; make one that is due.

    The view takes the place of the head, the encoder's fingerprint that of its version.
    """
    for which, hours in _vectors(connection, window, keys).items():
        rows = sum(map(len, hours))
        if rows < SIZES[0] or len(hours) < LEAST_HOURS:
            continue
        if which not in known:
            references.store(connection, which, _figures(hours), window.end)
            continue
        figures = known[which]
        size = max(size for size in SIZES if size <= rows)
        mean = np.concatenate(hours).mean(axis=0)
        value = cosine_distance(mean, np.array(figures["mean"]))
        yield which, rows, Distance(value, figures["thresholds"][str(size)])


def _figures(hours: list[Array]) -> dict[str, Any]:
    thresholds = embedding_thresholds(hours, SIZES)
    return {
        "chosen": "first",
        "rows": sum(map(len, hours)),
        "mean": np.concatenate(hours).mean(axis=0).round(6).tolist(),
        "thresholds": {str(size): value for size, value in thresholds.items()},
    }


def _vectors(connection: Connection, window: Window, keys: Keys) -> dict[HeadVersion, list[Array]]:
    """Return up to AN_HOUR vectors of each hour and view, each hour's as (n, dim)."""
    by_id: dict[str, bytes | None] = {}
    found: dict[HeadVersion, list[Array]] = {}
    for hour in window.hours():
        own: dict[HeadVersion, list[Array]] = {}
        query = select(_TABLE).where(_TABLE.c.at >= hour, _TABLE.c.at < hour + HOUR)
        for row in connection.execute(query.order_by(_TABLE.c.at).limit(_SEEN)):
            vectors = own.setdefault(HeadVersion(row.view, row.fingerprint), [])
            if len(vectors) < AN_HOUR:
                vector = _unsealed(connection, row, keys, by_id)
                if vector is not None:
                    vectors.append(vector)
        for which, vectors in own.items():
            if vectors:
                found.setdefault(which, []).append(np.array(vectors))
    return found


def _unsealed(
    connection: Connection, row: Any, keys: Keys, by_id: dict[str, bytes | None]
) -> Array | None:
    """Return a row's vector, None where its key is gone."""
    if row.key_id not in by_id:
        try:
            by_id[row.key_id] = tenant_keys.key_by_id(connection, row.key_id, keys)
        except UnsealError:
            by_id[row.key_id] = None
    key = by_id[row.key_id]
    if key is None:
        return None
    context = f"{row.prediction_id}/{row.fingerprint}/{row.view}"
    try:
        content = sealing.unseal(key, row.ciphertext, context)
    except UnsealError:
        return None
    return np.frombuffer(content, np.float16).astype(np.float64)
