#!/bin/bash
# build-image.sh SERVICE [buildah options]: builds the service's Dockerfile, its own or a stage of env/service.Dockerfile, without a Docker
# daemon, runs it, prints its size.
# Needs root and, once: apt-get install --no-install-recommends buildah crun mmdebstrap. Where no registry can be reached, the base
# image is a stand-in made from Debian's packages (BASE=debootstrap): it proves the steps, not the exact image.
set -euo pipefail
service=$1; shift
cd "$(dirname "$0")/.."
export STORAGE_DRIVER=${STORAGE_DRIVER:-vfs}
build=(buildah build --isolation chroot --network host --format docker "$@")
if [ "${BASE:-}" = debootstrap ]; then
  base=localhost/trunkline-base:bookworm
  if ! buildah inspect --type image "$base" >/dev/null 2>&1; then
    tar=$(mktemp --suffix=.tar); trap 'rm -f "$tar"' EXIT
    mmdebstrap --variant=minbase --include=python3,python3-venv,ca-certificates \
      --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/locale/*' bookworm "$tar"
    empty=$(buildah from scratch); buildah add --quiet "$empty" "$tar" / >/dev/null
    buildah run --isolation chroot "$empty" -- ln -sf python3 /usr/bin/python
    buildah commit --quiet "$empty" "$base" >/dev/null; buildah rm "$empty" >/dev/null
  fi
  build+=(--pull=never --build-arg "BASE=$base")
fi
recipe=(--file "env/$service.Dockerfile")
test -f "${recipe[1]}" || recipe=(--file env/service.Dockerfile --target "$service")
"${build[@]}" "${recipe[@]}" --tag "trunkline/$service" .

container=$(buildah from --pull=never "trunkline/$service")
port=$((20000 + RANDOM % 10000)); running=
trap 'test -z "$running" || kill "$running" 2>/dev/null || true; wait; buildah rm "$container" >/dev/null' EXIT
in_image() { buildah run --isolation chroot --env EMBEDDER_HOST=127.0.0.1 --env EMBEDDER_PORT=$port --env EMBEDDER_METRICS_PORT=0 \
  --env HEADS_PORT=$port --env GATEWAY_PORT=$port --env GATEWAY_HOST=${gateway_host:-127.0.0.1} --env MLFLOW_PORT=$port \
  --env MLFLOW_BACKEND_STORE_URI=sqlite:////tmp/mlflow.db "$container" -- "$@"; }
root=$(buildah mount "$container"); module=${service%%-*}
test "$(buildah inspect --type image --format '{{.Docker.Config.User}}' "trunkline/$service")" = 10001:10001
if [ "$service" != training ] && find "$root" -type d -path '*site-packages/torch' | grep -q .; then echo "torch is in the image" >&2; exit 1; fi
echo "$service: $(du -sm --exclude=proc --exclude=sys --exclude=dev "$root" | cut -f1) MB unpacked," \
  "of them $(du -sm "$root/opt" | cut -f1) MB beside the base image"

# The GPU embedder needs a GPU to serve; the others are started and asked until they answer.
if [ "$service" = embedder-gpu ]; then in_image python -m embedder --help >/dev/null; echo "$service: starts"; exit; fi
if [ "$module" = gateway ] && gateway_host=0.0.0.0 in_image python -m gateway serve 2>/dev/null; then
  echo "gateway: serves a public address without keys" >&2; exit 1
fi
serve=(python -m "$module" serve)
if [ "$service" = training ]; then serve=(mlflow-server); fi
in_image "${serve[@]}" >"$root/tmp/serve.log" 2>&1 & running=$!
case $module in
  embedder) ask=(python -m embedder check) ;;
  heads) ask=(python -c "import urllib.request; urllib.request.urlopen('http://127.0.0.1:$port/readyz', timeout=3)") ;;
  gateway) ask=(python -c "import urllib.request; urllib.request.urlopen('http://127.0.0.1:$port/livez', timeout=3)") ;;
  training) ask=(python -m heads track intent --tracking-uri "http://127.0.0.1:$port") ;;
esac
for _ in $(seq 60); do
  if in_image "${ask[@]}" >/dev/null 2>&1; then echo "$service: serves as user 10001"; exit; fi
  kill -0 "$running" 2>/dev/null || break
done
echo "$service does not serve:" >&2; cat "$root/tmp/serve.log" >&2; exit 1
