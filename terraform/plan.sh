#!/bin/bash
# plan.sh ENVIRONMENT: plans the root with the release's digests, shows the plan, also to whoever approves it (GITHUB_STEP_SUMMARY), and
# keeps it for deploy.sh, which applies this plan and no other. Needs STATE_BUCKET, AWS_REGION and .run/images.ENVIRONMENT.tfvars.json,
# which push-images.sh writes.
set -euo pipefail
environment=$1
: "${STATE_BUCKET:?bucket of the state}" "${AWS_REGION:?region of the state}"
cd "$(dirname "$0")"
images=../.run/images.$environment.tfvars.json plan=../.run/$environment.tfplan
if [ ! -f "$images" ]; then echo "plan: $images is missing: make push-images writes it" >&2; exit 1; fi
terraform init -input=false -reconfigure -lockfile=readonly -backend-config=bucket="$STATE_BUCKET" \
  -backend-config=key="$environment.tfstate" -backend-config=region="$AWS_REGION"
terraform plan -input=false -out="$plan" -var-file="environments/$environment.tfvars" -var-file="$images"
if [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then
  { echo "### Plan of $environment"; echo '```'; terraform show -no-color "$plan"; echo '```'; } | head -c 900000 >>"$GITHUB_STEP_SUMMARY"
fi
