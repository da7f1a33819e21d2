#!/bin/bash
# rollback.sh ENVIRONMENT [SERVICE...]: stops a running release with roll-back, or goes back to the task definition before the current
# one. Services: gateway heads embedder; without any, gateway and heads. Terraform's own record stays newer: deploy the older digests next.
set -euo pipefail
environment=$1; shift
cluster=trunkline-$environment
for service in "${@:-gateway heads}"; do for name in $service; do
  full=$cluster-$name
  running=$(aws ecs list-service-deployments --cluster "$cluster" --service "$full" --status PENDING IN_PROGRESS \
    --query 'serviceDeployments[0].serviceDeploymentArn' --output text 2>/dev/null || echo None)
  if [ "$running" != None ]; then
    echo "$full: stopping the running release"
    aws ecs stop-service-deployment --service-deployment-arn "$running" --stop-type ROLLBACK --output text >/dev/null
    continue
  fi
  current=$(aws ecs describe-services --cluster "$cluster" --services "$full" --query 'services[0].taskDefinition' --output text)
  # The greatest revision below the current one, whatever order they are listed in.
  previous=$(aws ecs list-task-definitions --family-prefix "$full" --status ACTIVE --query 'taskDefinitionArns' --output text |
    tr "\t" "\n" | awk -F: -v current="${current##*:}" '$NF + 0 < current + 0 && $NF + 0 > best + 0 { best = $NF; arn = $0 } END { print arn }')
  if [ -z "$previous" ]; then echo "$full: there is nothing before $current" >&2; exit 1; fi
  echo "$full: $current -> $previous"
  aws ecs update-service --cluster "$cluster" --service "$full" --task-definition "$previous" --output text >/dev/null
done; done
