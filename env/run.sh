#!/bin/sh
# The steps of `make run`: start the Procfile's services, wait until they are ready, classify one email, stay until Ctrl-C.
set -eu
# Short lines for people, unless asked for otherwise.
export EMBEDDER_LOG_FORMAT="${EMBEDDER_LOG_FORMAT:-console}" HEADS_LOG_FORMAT="${HEADS_LOG_FORMAT:-console}" GATEWAY_LOG_FORMAT="${GATEWAY_LOG_FORMAT:-console}"
"$BIN/honcho" --procfile Procfile start &
supervisor=$!
trap 'kill -TERM $supervisor 2>/dev/null' TERM
trap ':' INT # Ctrl-C reaches every process of the group; wait for them to drain
"$BIN/python" -m gateway welcome || { kill -TERM $supervisor 2>/dev/null; wait $supervisor; exit 1; }
while kill -0 $supervisor 2>/dev/null; do wait $supervisor || true; done
