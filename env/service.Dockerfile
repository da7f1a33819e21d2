# The services without a model runtime, a stage each: gateway (REST in front) and heads (classifier heads over HTTP). Built from the
# repository's root:
#   docker build -f env/service.Dockerfile --target gateway -t trunkline/gateway .
# The digest is the tag's of that day; `docker buildx imagetools inspect python:3.11-slim-bookworm` prints today's.
ARG BASE=docker.io/library/python:3.11-slim-bookworm@sha256:a36c24f9cbdf4fd0f52d67f0823eeac19c2028c637cecc392d97f980d4fec56b

FROM ${BASE} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /src
RUN python3 -m venv /opt/venv
COPY env/base.txt env/docker/setuptools.txt env/
RUN /opt/venv/bin/pip install --require-hashes -r env/base.txt \
 && /opt/venv/bin/pip install --require-hashes -r env/setuptools.txt
COPY pyproject.toml README.md LICENSE ./
COPY protos protos
COPY trunkline trunkline
COPY embedder embedder
COPY heads heads
COPY gateway gateway
# What /version and the metric build_info show.
ARG COMMIT=unknown
# No build isolation: nothing without a hash is fetched.
RUN echo "$COMMIT" >trunkline/COMMIT \
 && /opt/venv/bin/pip install --no-deps --no-build-isolation . \
 && /opt/venv/bin/pip uninstall --yes setuptools pip
# Left out: tests of libraries, and what botocore knows of services other than S3 and the ways to sign in (44 MB).
RUN find /opt/venv -type d -name tests -prune -exec rm -rf {} + \
 && find /opt/venv/lib/python3.11/site-packages/botocore/data -mindepth 1 -maxdepth 1 -type d \
      ! -name s3 ! -name sts ! -name 'sso*' ! -name signin -exec rm -rf {} +

FROM ${BASE} AS runtime
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 HOME=/tmp
COPY --from=build /opt/venv /opt/venv
USER 10001:10001
WORKDIR /tmp
# The one folder written to: the root file system may be read-only.
VOLUME ["/tmp"]

# It listens on all addresses and asks callers for nothing (but for HEADS_TOKEN, where a candidate is taken back): for a private network.
FROM runtime AS heads
ENV HEADS_HOST=0.0.0.0 HEADS_PORT=8081 HEADS_ALLOW_OPEN=true
EXPOSE 8081
# `heads check` tests bundles, not a running service: readiness is asked of the service itself.
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8081/readyz', timeout=3)"]
ENTRYPOINT ["python", "-m", "heads"]
CMD ["serve"]

# It listens on all addresses, so it starts only with GATEWAY_API_KEYS or GATEWAY_API_KEYS_FILE; under SageMaker, which checks callers
# itself, with GATEWAY_SAGEMAKER=true.
FROM runtime AS gateway
# For `sslrootcert` of a log's database on RDS, whose certificates no system trusts by itself.
COPY env/docker/amazon-rds.pem /etc/ssl/amazon-rds.pem
# A volume mounted here is the gateway's own: the spool of the log outlives the container.
USER 0:0
RUN install --directory --owner=10001 --group=10001 --mode=700 /var/lib/trunkline
USER 10001:10001
# Without caches of freed blocks for each thread: see "A worker gives way" in gateway/README.md.
ENV GATEWAY_HOST=0.0.0.0 GATEWAY_PORT=8080 GLIBC_TUNABLES=glibc.malloc.tcache_count=0
EXPOSE 8080
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s CMD ["python", "-m", "gateway", "check"]
ENTRYPOINT ["python", "-m", "gateway"]
CMD ["serve"]
