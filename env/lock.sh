#!/bin/sh
# Resolves the extras and groups of pyproject.toml into hash-pinned locks, one per kind of machine; run by `make locks`.
set -eu
compile="$BIN/uv pip compile --quiet --generate-hashes --no-header --no-annotate --python-version 3.11 --python-platform x86_64-manylinux_2_28"
$compile pyproject.toml --extra heads --extra gateway --extra s3 -o env/base.txt
$compile pyproject.toml --extra embedder -c env/base.txt -o env/cpu.txt
$compile pyproject.toml --extra gpu -c env/cpu.txt -o env/gpu.txt
$compile pyproject.toml --extra embedder --extra heads --extra gateway -c env/base.txt -c env/cpu.txt -o env/local.txt
$compile pyproject.toml --extra embedder --extra heads --extra gateway --extra s3 --extra bulk --extra train --extra study --extra loadtest --extra dev -c env/local.txt -o env/build.txt
$compile pyproject.toml --extra embedder --extra heads --extra gateway --extra s3 --extra train --extra tracking -c env/cpu.txt -o env/tracking.txt
$compile pyproject.toml --extra embedder --extra quantize -c env/cpu.txt -o env/quantize.txt
$compile pyproject.toml --extra embedder --extra heads --extra gateway --extra ray -c env/local.txt -o env/ray.txt
$compile pyproject.toml --extra pages -c env/build.txt -o env/pages.txt
for group in clients deploy label-studio lint; do $compile --group $group -o env/$group.txt; done
cluster="$BIN/uv pip compile --quiet --generate-hashes --no-header --no-annotate --no-deps --python-version 3.11 --python-platform x86_64-manylinux_2_31"
$cluster --group cluster -o env/cluster.txt
