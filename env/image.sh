#!/bin/bash
# image.sh SERVICE: lints the service's Dockerfile, builds it with Docker and starts it, or with buildah where there is no daemon
# (env/build-image.sh, which also runs it). A service without a Dockerfile of its own is a stage of env/service.Dockerfile.
set -euo pipefail
service=${1:?gateway, heads, embedder-cpu, embedder-gpu or training}
cd "$(dirname "$0")/.."
recipe=(--file "env/$service.Dockerfile")
test -f "${recipe[1]}" || recipe=(--file env/service.Dockerfile --target "$service")
hadolint=$(command -v hadolint || echo .venv-lint/bin/hadolint)
if [ -x "$hadolint" ]; then "$hadolint" "${recipe[1]}"; else echo "$service: no hadolint here (make setup-lint)" >&2; exit 1; fi
commit=$(git describe --always --dirty --abbrev=40 --exclude '*' 2>/dev/null || echo unknown)
labels=(--label "org.opencontainers.image.revision=$commit" --label "org.opencontainers.image.version=${TAG:-$commit}"
  --label org.opencontainers.image.title="trunkline/$service" --label org.opencontainers.image.licenses=Apache-2.0)
if docker info >/dev/null 2>&1; then
  build=(docker build --platform linux/amd64 --build-arg "COMMIT=$commit" "${labels[@]}" "${recipe[@]}" --tag "trunkline/$service")
  "${build[@]}" .
  encoder=$(env/start-image.sh "$service")
  # The fingerprint can be told only by the encoder itself: the same layers again, with one label more.
  if [ -n "$encoder" ]; then "${build[@]}" --label "trunkline.encoder=$encoder" .; fi
  echo "$service: starts, $(($(docker image inspect --format '{{.Size}}' "trunkline/$service") / 1000000)) MB"
elif command -v buildah >/dev/null; then
  exec env/build-image.sh "$service" --build-arg "COMMIT=$commit" ${BUILDAH_OPTIONS:-}
else
  echo "$service: neither a Docker daemon nor buildah here, not built" >&2; exit 1
fi
