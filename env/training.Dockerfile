# What trains heads and what keeps their runs, of one commit: `heads train|retrain|track|sync`, and, entered by `mlflow-server`, the MLflow
# server, so that client and server are one version. Packages by hash; code, labelled rows and encoder lie in it, and nothing is fetched when
# it runs. Built from the repository's root:
#   docker build -f env/training.Dockerfile -t trunkline/training .
# The digest is the tag's of that day; `docker buildx imagetools inspect python:3.11-slim-bookworm` prints today's.
ARG BASE=docker.io/library/python:3.11-slim-bookworm@sha256:a36c24f9cbdf4fd0f52d67f0823eeac19c2028c637cecc392d97f980d4fec56b

FROM ${BASE} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /opt/trunkline
RUN python3 -m venv /opt/venv
COPY env/tracking.txt env/encoder.txt env/docker/setuptools.txt env/docker/torch-cpu.txt env/
RUN /opt/venv/bin/pip install --require-hashes -r env/tracking.txt \
 && /opt/venv/bin/pip install --require-hashes --no-deps -r env/torch-cpu.txt \
 && /opt/venv/bin/pip install --require-hashes --no-deps -r env/encoder.txt \
 && /opt/venv/bin/pip install --require-hashes -r env/setuptools.txt
COPY pyproject.toml README.md LICENSE ./
COPY protos protos
COPY trunkline trunkline
COPY embedder embedder
COPY heads heads
# What runs and bundles are tagged with.
ARG COMMIT=unknown
# The folder itself is installed: a bundle's record names sources and rows by their place in the project, and a wheel holds no rows.
RUN echo "$COMMIT" >trunkline/COMMIT \
 && /opt/venv/bin/pip install --no-deps --editable --no-build-isolation . \
 && /opt/venv/bin/python -m embedder merge \
 && /opt/venv/bin/pip uninstall --yes setuptools pip \
 && find /opt/venv -type d -name tests -prune -exec rm -rf {} + \
 && install -d -o 10001 -g 10001 /mlflow

FROM ${BASE}
# MLflow tells nobody of its use, and starts none of its job runners, which take a gigabyte.
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 HOME=/tmp LOGNAME=trunkline \
    MLFLOW_DISABLE_TELEMETRY=true DO_NOT_TRACK=true MLFLOW_SERVER_ENABLE_JOB_EXECUTION=false MLFLOW_WORKERS=1 GIT_PYTHON_REFRESH=quiet
COPY --from=build /opt/venv /opt/venv
COPY --from=build /opt/trunkline /opt/trunkline
# A volume that is mounted there is the user's, as the folder is.
COPY --from=build --chown=10001:10001 /mlflow /mlflow
COPY env/docker/mlflow-server.sh /usr/local/bin/mlflow-server
# Whom to believe that it is RDS: PGSSLROOTCERT.
COPY env/docker/amazon-rds.pem /etc/ssl/amazon-rds.pem
USER 10001:10001
WORKDIR /tmp
# The one folder written to beside those that are mounted: the root file system may be read-only.
VOLUME ["/tmp"]
EXPOSE 5000
# Most of its commands end by themselves; who starts the server asks /health of it.
HEALTHCHECK NONE
ENTRYPOINT ["python", "-m", "heads"]
CMD ["--help"]
