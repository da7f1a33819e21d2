#!/bin/bash
# start-image.sh SERVICE: starts the image that Docker has as trunkline/SERVICE as ECS would, with a read-only file system and without
# capabilities, and waits until it answers. Of an embedder it prints the encoder's fingerprint; `training` logs a head to its own MLflow server.
set -euo pipefail
service=$1; module=${service%%-*}
confined=(--read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges)
# The GPU embedder needs a GPU to serve.
if [ "$service" = embedder-gpu ]; then docker run --rm "${confined[@]}" "trunkline/$service" --help >/dev/null; exit; fi
how=(--env GATEWAY_HOST=127.0.0.1 --env GATEWAY_EMBEDDER=127.0.0.1:1)
if [ "$service" = training ]; then how=(--entrypoint mlflow-server --env MLFLOW_BACKEND_STORE_URI=sqlite:////tmp/mlflow.db); fi
container=$(docker run --detach "${confined[@]}" "${how[@]}" "trunkline/$service")
trap 'docker rm --force "$container" >/dev/null' EXIT
case $module in
  embedder) ask=(python -m embedder check) ;;
  heads) ask=(python -c "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8081/readyz', timeout=3)") ;;
  gateway) ask=(python -c "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/livez', timeout=3)") ;;
  training) ask=(python -m heads track intent --tracking-uri http://127.0.0.1:5000) ;;
esac
for _ in $(seq 60); do
  if docker exec "$container" "${ask[@]}" >/dev/null 2>&1; then
    if [ "$module" = embedder ]; then
      docker exec "$container" python -m embedder info | python3 -c 'import json, sys; print(json.load(sys.stdin)["fingerprint"])'
    fi
    exit
  fi
  if [ "$(docker container inspect --format '{{.State.Running}}' "$container")" != true ]; then break; fi
  sleep 2
done
echo "$service does not serve:" >&2; docker logs "$container" >&2; exit 1
