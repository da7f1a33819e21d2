"""Counts one hour's rows into figures: the SQL of every figure, for SQLite and PostgreSQL."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, TextClause, bindparam, text

from gateway.prediction_log.models import UtcTime
from gateway.prediction_log.statistics.buckets import EDGES_MS
from gateway.prediction_log.statistics.query import HOUR

MOST_TAG_VALUES = 500
"""Values of one tag that are counted apart, of a tenant in an hour; the rarer ones count as ""."""


@dataclass(frozen=True, slots=True)
class Figure:
    """Rows with one value of one kind, and the sum and sum of squares of what they measure."""

    tenant: str
    kind: str
    name: str
    version: str
    role: str
    value: str
    rows: int
    total: float
    squares: float


_WHERE = "WHERE at >= :start AND at < :end"
_ANSWERS = f"""
WITH answers AS (
  SELECT tenant, COALESCE(decided_by, '') AS decided_by, COALESCE(intent, '') AS intent,
    COALESCE(opt_out, '') AS opt_out, CASE WHEN abstained THEN 'yes' ELSE 'no' END AS abstained,
    cache_path, CASE WHEN heads_asked = 0 THEN 'no_heads' WHEN heads_answered = heads_asked
      THEN 'full' WHEN heads_answered > 0 THEN 'partial' ELSE 'none' END AS coverage,
    COUNT(*) AS amount
  FROM prediction {_WHERE} GROUP BY 1, 2, 3, 4, 5, 6, 7
)
""" + " UNION ALL ".join(
    f"SELECT tenant, '{column}', '', '', '', {column}, CAST(SUM(amount) AS BIGINT), 0.0, 0.0 "
    f"FROM answers GROUP BY tenant, {column}"
    for column in ("decided_by", "intent", "opt_out", "abstained", "cache_path", "coverage")
)
# A head without a version is one that nobody serves, under a name that a caller made up.
_HEADS = f"""
WITH answers AS (
  SELECT tenant, CASE WHEN version = '' THEN 'unserved' ELSE head END AS head, version, role,
    status, COALESCE(label, '') AS label, abstained, COUNT(*) AS amount,
    COALESCE(SUM(probability), 0.0) AS total, COALESCE(SUM(probability * probability), 0.0)
      AS squares
  FROM head_answer {_WHERE} GROUP BY 1, 2, 3, 4, 5, 6, 7
)
SELECT tenant, 'status', head, version, role, status, CAST(SUM(amount) AS BIGINT), 0.0, 0.0
FROM answers GROUP BY tenant, head, version, role, status
UNION ALL
SELECT tenant, 'label', head, version, role, label, CAST(SUM(amount) AS BIGINT), SUM(total),
  SUM(squares)
FROM answers WHERE status = 'ok' GROUP BY tenant, head, version, role, label
UNION ALL
SELECT tenant, 'acted', head, version, role, label, CAST(SUM(amount) AS BIGINT), SUM(total),
  SUM(squares)
FROM answers WHERE status = 'ok' AND NOT abstained GROUP BY tenant, head, version, role, label
"""
_LATENCY = f"""
WITH spent AS (
  SELECT tenant, stage, CASE stage WHEN 'clean' THEN clean_ms WHEN 'embed' THEN embed_ms
    WHEN 'heads' THEN heads_ms ELSE total_ms END AS ms
  FROM prediction CROSS JOIN (SELECT 'clean' AS stage UNION ALL SELECT 'embed' UNION ALL
    SELECT 'heads' UNION ALL SELECT 'total') AS stages
  {_WHERE}
), counted AS (SELECT tenant, stage, {{bucket}} AS bucket, ms FROM spent WHERE ms > 0)
SELECT tenant, 'latency', stage, '', '', CAST(bucket AS VARCHAR(8)), COUNT(*), SUM(ms), SUM(ms * ms)
FROM counted GROUP BY tenant, stage, bucket
"""
_TAGS = f"""
WITH tagged AS (
  SELECT prediction.tenant AS tenant, pair.key AS name, pair.value AS value,
    COALESCE(intent, '') AS intent, COUNT(*) AS amount
  FROM prediction CROSS JOIN {{each}} {_WHERE}{{wanted}} GROUP BY 1, 2, 3, 4
), totals AS (
  SELECT tenant, name, value, SUM(amount) AS amount FROM tagged GROUP BY tenant, name, value
), ranked AS (
  SELECT tenant, name, value,
    ROW_NUMBER() OVER (PARTITION BY tenant, name ORDER BY amount DESC, value) AS place
  FROM totals
), kept AS (
  SELECT tagged.tenant AS tenant, tagged.name AS name, tagged.intent AS intent,
    CASE WHEN place <= {MOST_TAG_VALUES} THEN tagged.value ELSE '' END AS value, amount
  FROM tagged JOIN ranked ON ranked.tenant = tagged.tenant AND ranked.name = tagged.name
    AND ranked.value = tagged.value
)
SELECT tenant, 'tag', name, intent, '', value, CAST(SUM(amount) AS BIGINT), 0.0, 0.0
FROM kept GROUP BY tenant, name, intent, value
"""
_BUCKETS = {
    "postgresql": f"width_bucket(ms, ARRAY[{', '.join(map(str, EDGES_MS))}]::double precision[])",
    "sqlite": "CASE "
    + " ".join(f"WHEN ms < {edge} THEN {number}" for number, edge in enumerate(EDGES_MS))
    + f" ELSE {len(EDGES_MS)} END",
}
_EACH = {
    "postgresql": "LATERAL jsonb_each_text(CASE jsonb_typeof(tags) WHEN 'object' THEN tags "
    "ELSE '{}' END) AS pair",
    "sqlite": "json_each(CASE json_type(tags) WHEN 'object' THEN tags ELSE '{}' END) AS pair",
}
_COLUMNS = 'hour, tenant, kind, name, version, role, value, "rows", total, squares'


def count_hour(
    connection: Connection, hour: datetime, tags: Sequence[str] | None = None
) -> Iterator[Figure]:
    """Return an hour's figures, counted from its rows; None asks for those of all tags."""
    for query in _queries(connection.dialect.name, tags):
        bounds = {"start": hour, "end": hour + HOUR}
        named = {"tags": list(tags)} if tags and ":tags" in query else {}
        result = connection.execute(_typed(query), {**bounds, **named})
        for tenant, kind, name, version, role, value, *sums in result:
            key = (tenant, kind, name, version, role, value)
            yield Figure(*key, int(sums[0]), float(sums[1]), float(sums[2]))


def store_hour(connection: Connection, hour: datetime) -> None:
    """Put an hour's figures, counted from its rows, in the place of those that are stored."""
    bounds = {"start": hour, "end": hour + HOUR}
    stored = "DELETE FROM hourly_figure WHERE hour >= :start AND hour < :end"
    connection.execute(_typed(stored), bounds)
    for query in _queries(connection.dialect.name, None):
        insert = f"INSERT INTO hourly_figure ({_COLUMNS}) SELECT :hour, counted.* FROM ({query})"
        connection.execute(_typed(f"{insert} AS counted"), {**bounds, "hour": hour})


def _queries(dialect: str, tags: Sequence[str] | None) -> Sequence[str]:
    counted = [_ANSWERS, _HEADS, _LATENCY.format(bucket=_BUCKETS[dialect])]
    if tags is None or tags:
        wanted = "" if tags is None else " AND pair.key IN :tags"
        counted.append(_TAGS.format(each=_EACH[dialect], wanted=wanted))
    return counted


def _typed(query: str) -> TextClause:
    clause = text(query)
    names = [name for name in ("start", "end", "hour") if f":{name}" in query]
    clause = clause.bindparams(*(bindparam(name, type_=UtcTime()) for name in names))
    return clause.bindparams(bindparam("tags", expanding=True)) if ":tags" in query else clause
