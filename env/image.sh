#!/bin/bash
# image.sh SERVICE: lints env/SERVICE.Dockerfile where there is hadolint, then builds it with Docker, or with buildah where there is no
# daemon (env/build-image.sh, which also runs it).
set -euo pipefail
service=${1:?gateway, heads, embedder-cpu or embedder-gpu}
cd "$(dirname "$0")/.."
if command -v hadolint >/dev/null; then hadolint "env/$service.Dockerfile"; else echo "$service: no hadolint here, not linted"; fi
if docker info >/dev/null 2>&1; then
  docker build --file "env/$service.Dockerfile" --tag "trunkline/$service" .
  echo "$service: $(($(docker image inspect --format '{{.Size}}' "trunkline/$service") / 1000000)) MB"
elif command -v buildah >/dev/null; then
  exec env/build-image.sh "$service" ${BUILDAH_OPTIONS:-}
else
  echo "$service: neither a Docker daemon nor buildah here, not built" >&2; exit 1
fi
