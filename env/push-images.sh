#!/bin/bash
# push-images.sh: builds and starts every image (training with LABORATORY=true alone), pushes what $REGISTRY does not have under $TAG yet (tags
# are immutable: a release that broke off half-way is run again), refuses critical findings of the registry's scan, and writes
# .run/images.<environment>.tfvars.json: what a release deploys, by digest, with the fingerprint of its encoder. METRICS_AGENT_DIGEST is the
# mirrored CloudWatch agent's.
set -euo pipefail
cd "$(dirname "$0")/.."
: "${REGISTRY:?<account>.dkr.ecr.<region>.amazonaws.com}" "${TAG:?like v1.2.3}" "${METRICS_AGENT_DIGEST:?sha256:<64 hex>}"
region=$(cut -d. -f4 <<<"$REGISTRY")
aws ecr get-login-password --region "$region" | docker login --username AWS --password-stdin "$REGISTRY"
mkdir -p .run
declare -A digest

# Prints the digest that the registry has under the tag; nothing where it has none. Any other answer is an error.
digest_of() {
  local answer
  if answer=$(aws ecr describe-images --region "$region" --repository-name "trunkline/$1" --image-ids "imageTag=$TAG" \
    --query 'imageDetails[0].imageDigest' --output text 2>&1); then echo "$answer"; return; fi
  if grep -q ImageNotFoundException <<<"$answer"; then return; fi
  echo "$answer" >&2; return 1
}

# Builds, starts, pushes and looks through one image; its digest is then in `digest`, and in the outputs of a job.
release() {
  local service=$1 critical
  env/image.sh "$service"
  digest[$service]=$(digest_of "$service")
  if [ -z "${digest[$service]}" ]; then
    docker tag "trunkline/$service" "$REGISTRY/trunkline/$service:$TAG"
    docker push --quiet "$REGISTRY/trunkline/$service:$TAG"
    digest[$service]=$(digest_of "$service")
  fi
  aws ecr wait image-scan-complete --region "$region" --repository-name "trunkline/$service" --image-id "imageDigest=${digest[$service]}"
  critical=$(aws ecr describe-image-scan-findings --region "$region" --repository-name "trunkline/$service" \
    --image-id "imageDigest=${digest[$service]}" --query 'imageScanFindings.findingSeverityCounts.CRITICAL || `0`' --output text)
  if [ "$critical" != 0 ]; then echo "$service: $critical critical findings, not released" >&2; exit 1; fi
  if [ -n "${GITHUB_OUTPUT:-}" ]; then echo "$service=${digest[$service]}" >>"$GITHUB_OUTPUT"; fi
}

for service in embedder-cpu embedder-gpu gateway heads; do
  release "$service"
done
training=null
if [ "${LABORATORY:-}" = true ]; then
  release training
  training="\"$REGISTRY/trunkline/training@${digest[training]}\""
fi

# Of the image that is deployed, whether it was built now or by the run before.
docker pull --quiet "$REGISTRY/trunkline/embedder-cpu@${digest[embedder-cpu]}"
encoder=$(docker image inspect --format '{{index .Config.Labels "trunkline.encoder"}}' "$REGISTRY/trunkline/embedder-cpu@${digest[embedder-cpu]}")
for environment in dev staging prod; do
  cat >".run/images.$environment.tfvars.json" <<JSON
{"encoder_fingerprint": "$encoder", "images": {
  "embedder_cpu": "$REGISTRY/trunkline/embedder-cpu@${digest[embedder-cpu]}",
  "embedder_gpu": "$REGISTRY/trunkline/embedder-gpu@${digest[embedder-gpu]}",
  "gateway": "$REGISTRY/trunkline/gateway@${digest[gateway]}",
  "heads": "$REGISTRY/trunkline/heads@${digest[heads]}",
  "training": $training,
  "metrics_agent": "$REGISTRY/trunkline/metrics-agent@$METRICS_AGENT_DIGEST"
}}
JSON
done
