#!/bin/sh
# Installs env/torch.txt's torch: a CPU build where pip finds one, else what pip takes, with its own libraries; run by `make`. Arguments are options of pip.
set -eu
wanted=$(grep '^torch==' "$(dirname "$0")/torch.txt")
cpu_index=${TORCH_CPU_INDEX:-https://download.pytorch.org/whl/cpu}
options=$*
# shellcheck disable=SC2086 # options are words
install() { "$BIN/python" -m pip install --disable-pip-version-check --quiet $options "$@"; }
imports() { "$BIN/python" -c "import torch" 2>/dev/null; }

# A CPU build needs nothing beside build.txt. PyPI's CUDA build has the same version without "+cpu", and does not import alone.
if ! install --no-deps "$wanted+cpu" 2>/dev/null; then
  echo "trunkline: no CPU build of torch where pip looks; asking $cpu_index"
  install --no-deps --retries 1 --index-url "$cpu_index" "$wanted+cpu" 2>/dev/null || true
fi
if ! imports; then
  echo "trunkline: torch does not import alone; installing $wanted with its own libraries (those of CUDA are gigabytes)"
  install "$wanted"
fi
"$BIN/python" -c "import torch"
