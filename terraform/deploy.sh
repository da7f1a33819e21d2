#!/bin/bash
# deploy.sh ENVIRONMENT: applies the root with the release's digests, and waits until ECS has promoted them. Needs STATE_BUCKET,
# AWS_REGION and .run/images.ENVIRONMENT.tfvars.json, which push-images.sh writes.
set -euo pipefail
environment=$1
: "${STATE_BUCKET:?bucket of the state}" "${AWS_REGION:?region of the state}"
cd "$(dirname "$0")"
images=../.run/images.$environment.tfvars.json
if [ ! -f "$images" ]; then echo "deploy: $images is missing: make push-images writes it" >&2; exit 1; fi
terraform init -input=false -reconfigure -backend-config=bucket="$STATE_BUCKET" -backend-config=key="$environment.tfstate" \
  -backend-config=region="$AWS_REGION"
terraform apply -input=false -auto-approve -var-file="environments/$environment.tfvars" -var-file="$images"
