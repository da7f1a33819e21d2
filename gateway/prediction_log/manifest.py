"""The erasure manifest: every place that holds something of a subject, and how it goes there.

Whoever adds a table, a cache or a file adds it here; a test compares the list with the tables.
"""

from dataclasses import dataclass
from typing import Literal

Match = Literal[
    "prediction", "prediction_id", "feedback_id", "answer", "item", "item_id", "none"
]  # fmt: skip
"""By which column a table's rows are found: the prediction's own id, its id in another table, that
of its feedback, that within a kept answer; a text to be labelled by its own subject or by its
prediction, and what hangs on it by its id; `none`: nothing there is a subject's."""


@dataclass(frozen=True)
class Table:
    """A table of the database; `why` where nothing in it is erased."""

    name: str
    match: Match
    why: str = ""


@dataclass(frozen=True)
class Place:
    """A place beside the tables, and how an erasure reaches it."""

    name: str
    holds: str
    erased: str


# In the order in which rows go: what leads to others last.
TABLES = (
    Table("annotation_label", "item_id"),
    Table("annotation_lease", "item_id"),
    Table("annotation_item", "item"),
    Table("idempotency_key", "answer"),
    Table("feedback_text", "feedback_id"),
    Table("feedback", "prediction_id"),
    Table("prediction_embedding", "prediction_id"),
    Table("prediction_text", "prediction_id"),
    Table("head_answer", "prediction_id"),
    Table("prediction", "prediction"),
    Table("erasure", "none", "a digest of the subject, so that nothing of it is taken in again"),
    Table("audit", "none", "a digest of the subject, numbers, ids that lead nowhere any more"),
    Table("cache_purge", "none", "sealed digests for the caches, removed after an hour"),
    Table("tenant_key", "none", "keys of tenants"),
    Table(
        "annotation_holdout", "none", "digests of texts that an operator chose to judge heads by"
    ),
    Table("hourly_figure", "none", "counts"),
    Table("hourly_state", "none", "times"),
    Table("drift_reference", "none", "figures of many answers"),
    Table("drift_window", "none", "figures of many answers"),
)
PLACES = (
    Place("spool", "records that wait for the database", "the drainer leaves them out"),
    Place("rejected", "records that the database refused", "the drainer writes the file anew"),
    Place("answer_cache", "answers in every worker, by digest", "within 5 s, by digest"),
    Place("clean_cache", "cleaned emails in every worker", "within 5 s, by digest"),
    Place("explanation_cache", "shares of words in every worker, no text", "within 5 s, whole"),
    Place("embedder_cache", "vectors in every embedder, by digest", "within 5 s, by digest"),
    Place("shared_cache", "vectors in a Redis that embedders share", "with the embedder's"),
    Place(
        "backtest", "counts; in its report ids of predictions, no words", "ids lead nowhere then"
    ),
    Place("shadow_log", "differing answers without text, subject or id", "nothing to erase"),
)
