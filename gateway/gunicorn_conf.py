"""gunicorn's configuration, out of the gateway's settings: threads, no preload, shared metrics."""

import socket
import struct
import sys
from typing import Any

from gateway.config import (
    SettingsError,
    load_settings,
    log_settings,
    prepare_process,
    remove_metrics_folder,
)
from gateway.events import configure_logging
from gateway.keyring import open_keyring
from gateway.rate import Rate  # noqa: F401  # makes the memory that workers will share
from heads.memory import share_arenas
from heads.server_log import PrivateLogger

try:
    _settings = load_settings()
    open_keyring(_settings)  # says now what every worker would say
except SettingsError as error:
    raise SystemExit(f"gateway: settings are wrong\n{error}") from None
configure_logging(_settings.log_level)
share_arenas()
_metrics_folder = prepare_process(_settings)

wsgi_app = "gateway.wsgi:application()"
bind = f"{_settings.host}:{_settings.port}"
workers = _settings.workers
threads = _settings.threads
worker_class = "gthread"
# A gRPC channel made before a fork is dead after it: every worker builds its own application.
preload_app = False
keepalive = _settings.keepalive_s
graceful_timeout = _settings.graceful_timeout_s
# gthread workers answer the arbiter from their accept loop, so this finds a hung process, not a
# slow request: those have deadlines.
timeout = 60
# The heartbeat file must not wait for a disk.
worker_tmp_dir = "/dev/shm"  # noqa: S108
control_socket_disable = True
proc_name = "gateway"
logger_class = PrivateLogger

# A caller that stops in the middle of a request, or of reading its answer, would hold a thread for
# ever: gthread sets no timeout of its own once the first byte is there.
_STALL_S = 10


def on_starting(_server: Any) -> None:
    """Log the settings once, in the master."""
    log_settings(_settings)


def when_ready(server: Any) -> None:
    """Bound every wait for a caller's next bytes; connections inherit it from their listener.

    A socket option, because gunicorn resets Python's own timeout with each request.
    """
    limit = struct.pack("ll", _STALL_S, 0)
    for listener in server.LISTENERS:
        for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
            listener.sock.setsockopt(socket.SOL_SOCKET, option, limit)


def worker_exit(_server: Any, _worker: Any) -> None:
    """Close the worker's connections and threads; one that failed to start has none."""
    wsgi = sys.modules.get("gateway.wsgi")
    if wsgi is not None:
        wsgi.close()


def child_exit(_server: Any, worker: Any) -> None:
    """Take a dead worker's gauges out of the totals."""
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def on_exit(_server: Any) -> None:
    """Remove the metrics of this run."""
    remove_metrics_folder(_settings, _metrics_folder)
