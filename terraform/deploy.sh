#!/bin/bash
# deploy.sh ENVIRONMENT: applies the plan that plan.sh made, and waits until ECS has promoted the release. Begins only with quiet alarms and
# the running encoder, and after the prediction log's schema is the release's (a log that this plan turns on comes after it: its records
# wait so long). With URL (and GATEWAY_API_KEY) the deployment is tried while the old tasks still run; whatever fails, the release is
# taken back. Needs STATE_BUCKET, AWS_REGION, .run/ENVIRONMENT.tfplan and .run/images.ENVIRONMENT.tfvars.json; PYTHON has boto3.
set -euo pipefail
environment=$1
: "${STATE_BUCKET:?bucket of the state}" "${AWS_REGION:?region of the state}" "${PYTHON:?python that has boto3}"
cd "$(dirname "$0")/.."
plan=.run/$environment.tfplan
if [ ! -f "$plan" ]; then echo "deploy: $plan is missing: make plan writes and shows it" >&2; exit 1; fi
export AWS_DEFAULT_REGION=$AWS_REGION
release=.run/images.$environment.tfvars.json
"$PYTHON" -m terraform.deploy check "$environment" "$release"
migrated=0; "$PYTHON" -m terraform.deploy migrate "$environment" "$release" || migrated=$?
if [ "$migrated" != 0 ] && [ "$migrated" != 3 ]; then exit "$migrated"; fi
terraform -chdir=terraform init -input=false -reconfigure -lockfile=readonly -backend-config=bucket="$STATE_BUCKET" \
  -backend-config=key="$environment.tfstate" -backend-config=region="$AWS_REGION"
smoke=()
if [ -n "${URL:-}" ]; then smoke=(-- make smoke "URL=$URL"); else echo "deploy: no URL, so nothing tries the release in its bake"; fi
"$PYTHON" -m terraform.deploy apply "$environment" "$plan" "${smoke[@]}"
if [ "$migrated" = 3 ]; then
  migrated=0; "$PYTHON" -m terraform.deploy migrate "$environment" "$release" || migrated=$?
  if [ "$migrated" != 3 ]; then exit "$migrated"; fi
fi
