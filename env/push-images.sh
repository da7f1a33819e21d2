#!/bin/bash
# push-images.sh: builds every image, pushes it to $REGISTRY/trunkline under $TAG, and writes .run/images.<environment>.tfvars.json with
# the digests: what a release deploys. METRICS_AGENT_DIGEST is the mirrored CloudWatch agent's, if it is not tagged `current`.
set -euo pipefail
cd "$(dirname "$0")/.."
: "${REGISTRY:?<account>.dkr.ecr.<region>.amazonaws.com}" "${TAG:?like v1.2.3}"
region=$(cut -d. -f4 <<<"$REGISTRY")
aws ecr get-login-password --region "$region" | docker login --username AWS --password-stdin "$REGISTRY"
mkdir -p .run
declare -A digest
commit=$(git describe --always --dirty --abbrev=40 --exclude '*')
for service in embedder-cpu embedder-gpu gateway heads; do
  recipe=(--file "env/$service.Dockerfile")
  test -f "${recipe[1]}" || recipe=(--file env/service.Dockerfile --target "$service")
  docker buildx build --platform linux/amd64 --provenance=false --push --metadata-file ".run/$service.json" \
    --build-arg "COMMIT=$commit" "${recipe[@]}" --tag "$REGISTRY/trunkline/$service:$TAG" .
  digest[$service]=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["containerimage.digest"])' ".run/$service.json")
done
agent=${METRICS_AGENT_DIGEST:-$(aws ecr describe-images --region "$region" --repository-name trunkline/metrics-agent \
  --image-ids imageTag=current --query 'imageDetails[0].imageDigest' --output text)}
for environment in dev staging prod; do
  if [ "$environment" = dev ]; then embedder="embedder-cpu"; else embedder="embedder-gpu"; fi
  cat >".run/images.$environment.tfvars.json" <<JSON
{"images": {
  "embedder": "$REGISTRY/trunkline/$embedder@${digest[$embedder]}",
  "gateway": "$REGISTRY/trunkline/gateway@${digest[gateway]}",
  "heads": "$REGISTRY/trunkline/heads@${digest[heads]}",
  "metrics_agent": "$REGISTRY/trunkline/metrics-agent@$agent"
}}
JSON
done
