#!/bin/bash
# check.sh: formatting, then validation and tests of the root, with no account. Needs terraform >= 1.9 and, from the registry or a mirror
# that your CLI configuration names, the AWS provider that versions.tf asks for.
set -euo pipefail
cd "$(dirname "$0")"
if ! command -v terraform >/dev/null; then echo "terraform is not installed: nothing was checked" >&2; exit 1; fi
terraform fmt -check -recursive -diff
echo "formatting: ok"
export TF_DATA_DIR; TF_DATA_DIR=$(mktemp -d); log=$TF_DATA_DIR/init.log
trap 'rm -rf "$TF_DATA_DIR"' EXIT
# The lock file stays as it is: another provider than the one it names is refused.
if ! terraform init -backend=false -lockfile=readonly -input=false -no-color >"$log" 2>&1; then
  echo "The AWS provider cannot be had here, so only the formatting was checked. Terraform says:" >&2
  grep -v '^[[:space:]]*$' "$log" | tail -n 12 >&2
  exit 1
fi
terraform validate
terraform test
