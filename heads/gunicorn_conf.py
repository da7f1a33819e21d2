"""gunicorn's settings for the heads service, from ours; `heads serve` starts it with this file."""

from __future__ import annotations

import shutil
from typing import Any

import structlog

from heads.config import load, prepare_process
from heads.logs import configure
from heads.memory import share_arenas
from heads.server_log import PrivateLogger

_settings = load()
_metrics_folder = prepare_process()
configure(_settings.log_level)
share_arenas()

wsgi_app = "heads.wsgi:application()"
bind = f"{_settings.host}:{_settings.port}"
workers = _settings.workers
# gthread keeps connections open between requests; a sync worker closes each one.
worker_class = "gthread"
threads = _settings.threads
keepalive = 75
graceful_timeout = _settings.graceful_timeout_s
timeout = 60
preload_app = False
proc_name = "heads"
loglevel = "warning"
control_socket_disable = True
logger_class = PrivateLogger


def when_ready(server: Any) -> None:
    """Say once where the service listens and with what settings."""
    addresses = [
        ":".join(str(part) for part in sock.sock.getsockname()) for sock in server.LISTENERS
    ]
    structlog.get_logger("heads").info(
        "heads_listening", addresses=addresses, settings=_settings.model_dump(mode="json")
    )


def child_exit(_server: Any, worker: Any) -> None:
    """Take a dead worker's gauges out of the sums."""
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def on_exit(_server: Any) -> None:
    """Leave no metrics folder behind."""
    shutil.rmtree(_metrics_folder, ignore_errors=True)
