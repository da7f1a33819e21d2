"""Alembic's entry: run the migrations on the connection that the caller has opened."""

from alembic import context

from gateway.prediction_log import life_models
from gateway.prediction_log.models import Base

assert life_models.Feedback.metadata is Base.metadata  # noqa: S101 - all tables are registered

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
