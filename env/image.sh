#!/bin/bash
# image.sh SERVICE: lints the service's Dockerfile where there is hadolint, then builds it with Docker, or with buildah where there is no
# daemon (env/build-image.sh, which also runs it). A service without a Dockerfile of its own is a stage of env/service.Dockerfile.
set -euo pipefail
service=${1:?gateway, heads, embedder-cpu or embedder-gpu}
cd "$(dirname "$0")/.."
recipe=(--file "env/$service.Dockerfile")
test -f "${recipe[1]}" || recipe=(--file env/service.Dockerfile --target "$service")
if command -v hadolint >/dev/null; then hadolint "${recipe[1]}"; else echo "$service: no hadolint here, not linted"; fi
commit=$(git describe --always --dirty --abbrev=40 --exclude '*' 2>/dev/null || echo unknown)
if docker info >/dev/null 2>&1; then
  docker build --build-arg "COMMIT=$commit" "${recipe[@]}" --tag "trunkline/$service" .
  echo "$service: $(($(docker image inspect --format '{{.Size}}' "trunkline/$service") / 1000000)) MB"
elif command -v buildah >/dev/null; then
  exec env/build-image.sh "$service" --build-arg "COMMIT=$commit" ${BUILDAH_OPTIONS:-}
else
  echo "$service: neither a Docker daemon nor buildah here, not built" >&2; exit 1
fi
