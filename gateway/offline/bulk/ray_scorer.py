"""The bulk scorer as an actor class of Ray Data: Arrow batches of mail in, answers out."""

from collections.abc import Mapping

import pyarrow as pa

from gateway.offline.bulk.errors import BulkError
from gateway.offline.bulk.rows import read_row
from gateway.offline.bulk.scoring import BulkScorer, ScorerOptions, current_heads
from gateway.offline.bulk.shards import answer_table, shard_schema
from gateway.offline.bulk.sources import arrow_rows

BATCH_ROWS = 2048
"""Rows a call, unless others are asked for: sorted by length, each distinct text once."""


class RayScorer:
    """Answers batches; for `map_batches(RayScorer, batch_format="pyarrow", ...)`.

    Each actor loads the encoder once. `expected` are the heads that the job began with: an actor
    that finds others ends the job instead of mixing them.
    """

    def __init__(
        self, options: ScorerOptions, expected: Mapping[str, str], id_column: str = "id"
    ) -> None:
        """Load encoder and heads. Raises BulkError."""
        self._scorer = BulkScorer(options)
        changed = [
            name for name, text in self._scorer.versions.heads.items() if expected.get(name) != text
        ]
        if changed:
            self._scorer.close()
            raise BulkError(f"heads changed since the job began: {', '.join(changed)}")
        self._id_column = id_column
        self._schema = shard_schema(self._scorer.plan, self._scorer.columns)

    def __call__(self, batch: pa.Table) -> pa.Table:
        """Answer a batch's rows, in order, without their numbers: those mean nothing here."""
        rows = [
            read_row(number, fields, self._id_column)
            for number, fields in enumerate(arrow_rows(batch))
        ]
        outcomes = self._scorer.answer_directly(self._scorer.clean(rows))
        return answer_table(rows, outcomes, self._schema).drop_columns(["row"])


def heads_now(catalog: str) -> dict[str, str]:
    """Return what production serves at this moment, "version digest" by name. Raises BulkError."""
    production = current_heads(catalog).production
    return {
        name: f"{state.head.version} {state.head.digest}"
        for name, state in production.items()
        if state.head is not None
    }
