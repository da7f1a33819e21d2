#!/bin/sh
# Puts promtool at the path given: PROMTOOL's, one on PATH, or the one in Debian's package, which is fetched and not installed.
set -eu
target=$1
found=${PROMTOOL:-$(command -v promtool || true)}
if [ -n "$found" ]; then
  ln -sf "$found" "$target"
  exit 0
fi
command -v apt-get >/dev/null || { echo "no promtool: install Prometheus, or set PROMTOOL to its path" >&2; exit 1; }
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
echo "trunkline: fetching promtool (19 MB, once)"
(cd "$scratch" && apt-get download --quiet prometheus >/dev/null 2>&1) ||
  { echo "apt-get has no package prometheus: run apt-get update, or set PROMTOOL to a promtool" >&2; exit 1; }
dpkg-deb --fsys-tarfile "$scratch"/prometheus_*.deb | tar -x -C "$scratch" ./usr/bin/promtool
mv "$scratch/usr/bin/promtool" "$target"
