"""The erasure manifest lists every table, so that none is added without a way to erase it."""

from gateway.prediction_log import (
    annotation_models,
    erasure_watch,
    forget_watch,
    life_models,
    manifest,
)
from gateway.prediction_log.models import Base


def test_the_manifest_lists_every_table_once() -> None:
    """A table that holds nothing of a subject says why."""
    listed = [table.name for table in manifest.TABLES]
    assert life_models.Feedback.__tablename__ in listed
    assert annotation_models.AnnotationItem.__tablename__ in listed
    assert sorted(listed) == sorted(Base.metadata.tables)
    assert all(table.why for table in manifest.TABLES if table.match == "none")


def test_every_column_of_a_subject_is_in_a_table_that_is_erased() -> None:
    """What names a subject, a person or a prediction is never in a table that erasures pass by."""
    kept = {table.name for table in manifest.TABLES if table.match == "none"}
    telling = {"subject_ref", "prediction_id", "request_id", "by", "ciphertext", "answer"}
    sealed_for_caches = {("cache_purge", "ciphertext")}
    found = {
        (name, column)
        for name in kept
        for column in telling & set(Base.metadata.tables[name].columns.keys())
    }
    assert found == sealed_for_caches


def test_the_looks_on_the_way_of_an_erasure_add_up_to_less_than_five_seconds() -> None:
    """The drainer's, then a worker's: what waits for neither a database nor an embedder."""
    assert erasure_watch.LOOK_S + forget_watch.LOOK_S < 5
