"""The log's migrations: `env.py` is Alembic's entry, `versions/` the steps, applied in order."""
