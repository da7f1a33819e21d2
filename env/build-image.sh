#!/bin/bash
# build-image.sh SERVICE [buildah options]: builds env/SERVICE.Dockerfile without a Docker daemon, runs it, prints its size.
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
    mmdebstrap --variant=minbase --include=python3,python3-venv,ca-certificates bookworm "$tar"
    empty=$(buildah from scratch); buildah add --quiet "$empty" "$tar" / >/dev/null
    buildah run --isolation chroot "$empty" -- ln -sf python3 /usr/bin/python
    buildah commit --quiet "$empty" "$base" >/dev/null; buildah rm "$empty" >/dev/null
  fi
  build+=(--pull=never --build-arg "BASE=$base")
fi
"${build[@]}" --file "env/$service.Dockerfile" --tag "trunkline/$service" .

container=$(buildah from --pull=never "trunkline/$service"); trap 'buildah rm "$container" >/dev/null' EXIT
root=$(buildah mount "$container")
module=${service%%-*}
test "$(buildah inspect --type image --format '{{.Docker.Config.User}}' "trunkline/$service")" = 10001:10001
buildah run --isolation chroot "$container" -- python -m "$module" --help >/dev/null
if find "$root" -type d -path '*site-packages/torch' | grep -q .; then echo "torch is in the image" >&2; exit 1; fi
echo "$service: $(du -sm --exclude=proc --exclude=sys --exclude=dev "$root" | cut -f1) MB unpacked," \
  "of them $(du -sm "$root"/opt/venv | cut -f1) MB packages$([ -d "$root/opt/graph" ] && echo " and $(du -sm "$root"/opt/graph | cut -f1) MB encoder graph")"
