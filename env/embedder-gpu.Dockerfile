# The embedder on an NVIDIA GPU (onnxruntime-gpu; CUDA from wheels): no torch. Built from the repository's root:
#   docker build -f env/embedder-gpu.Dockerfile -t trunkline/embedder-gpu .
# The digest is the tag's of that day; `docker buildx imagetools inspect python:3.11-slim-bookworm` prints today's.
ARG BASE=docker.io/library/python:3.11-slim-bookworm@sha256:a36c24f9cbdf4fd0f52d67f0823eeac19c2028c637cecc392d97f980d4fec56b

FROM ${BASE} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /src
RUN python3 -m venv /opt/venv
COPY env/gpu.txt env/encoder.txt env/docker/setuptools.txt env/
RUN /opt/venv/bin/pip install --require-hashes -r env/gpu.txt \
 && /opt/venv/bin/pip install --require-hashes --no-deps -r env/encoder.txt \
 && /opt/venv/bin/pip install --require-hashes -r env/setuptools.txt
COPY pyproject.toml README.md LICENSE ./
COPY protos protos
COPY trunkline trunkline
COPY embedder embedder
# What /version and the metric build_info show.
ARG COMMIT=unknown
# No build isolation: nothing without a hash is fetched.
RUN echo "$COMMIT" >trunkline/COMMIT \
 && /opt/venv/bin/pip install --no-deps --no-build-isolation .
# The encoder's graph (fp16, what the GPU runs) is built here, so that a task starts without building and may have a
# read-only file system. onnx only builds.
# The default encoder is merged of its base and the shipped adapter, if there is one; EMBEDDER_MODEL=frozen serves the base.
RUN /opt/venv/bin/python -m embedder merge \
 && /opt/venv/bin/python -c "from pathlib import Path; from embedder.checkpoint.folder import find_base, find_model; from embedder.runtime import prepared_graph; [prepared_graph(model, Path('/opt/graph'), half=True) for model in (find_model(), find_base())]" \
 && /opt/venv/bin/pip uninstall --yes onnx ml-dtypes setuptools pip

FROM ${BASE}
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 HOME=/tmp \
    EMBEDDER_HOST=0.0.0.0 EMBEDDER_PORT=50051 EMBEDDER_METRICS_HOST=0.0.0.0 EMBEDDER_METRICS_PORT=50052 EMBEDDER_ALLOW_OPEN=true \
    EMBEDDER_GRAPH_DIR=/opt/graph EMBEDDER_RUNTIME=cuda \
    NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,utility
COPY --from=build /opt/venv /opt/venv
COPY --from=build /opt/graph /opt/graph
USER 10001:10001
WORKDIR /tmp
# The one folder written to: the root file system may be read-only.
VOLUME ["/tmp"]
EXPOSE 50051 50052
HEALTHCHECK --interval=15s --timeout=5s --start-period=120s CMD ["python", "-m", "embedder", "check"]
ENTRYPOINT ["python", "-m", "embedder"]
CMD ["serve"]
