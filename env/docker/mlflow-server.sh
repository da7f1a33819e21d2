#!/bin/sh
# mlflow-server [options]: serves the store MLFLOW_BACKEND_STORE_URI after bringing its tables to this MLflow's schema: it refuses an older one.
# Settings are MLflow's own variables. Of PostgreSQL the URI is `postgresql+psycopg://` alone: host, name, user and password are libpq's (PGHOST,
# PGDATABASE, PGUSER, PGPASSWORD), so that no password has to be fit for a URI, or stands in a list of processes.
set -eu
python -m mlflow db upgrade "${MLFLOW_BACKEND_STORE_URI:?sqlite:////FOLDER/mlflow.db, or postgresql+psycopg://}"
exec python -m mlflow server "$@"
