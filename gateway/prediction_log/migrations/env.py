"""Alembic's entry: run the migrations on the connection that the caller has opened."""

from alembic import context

from gateway.prediction_log import annotation_models, life_models
from gateway.prediction_log.models import Base

for known in (life_models.Feedback, annotation_models.AnnotationItem):
    assert known.metadata is Base.metadata  # noqa: S101 - all tables are registered

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
