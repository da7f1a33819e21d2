"""Configures gunicorn from the heads service's settings; `heads serve` starts it with this file."""

from __future__ import annotations

from typing import Any

from heads.config import load_settings, prepare_process, prepare_worker, refuse_open_address
from heads.service.door import door_options
from trunkline import gunicorn as shared
from trunkline.logs import configure_logging, log_settings
from trunkline.memory import limit_arenas
from trunkline.serving.worker import worker_class as worker_with
from trunkline.settings import SettingsError, report_and_exit

try:
    _settings = load_settings()
    refuse_open_address(_settings)
    configure_logging("heads", _settings.log_level, _settings.log_format)
    _metrics_folder = prepare_process(_settings)
except SettingsError as error:
    report_and_exit("heads", error)
limit_arenas()

wsgi_app = "heads.service.wsgi:application()"
bind = f"{_settings.host}:{_settings.port}"
workers = _settings.workers
worker_class = worker_with(door_options(_settings))
threads = _settings.threads
keepalive = 75
graceful_timeout = _settings.graceful_timeout_s
timeout = 60
# The heartbeat file must not wait for a disk, nor need a folder for temporary files.
worker_tmp_dir = "/dev/shm"  # noqa: S108
preload_app = False
proc_name = "heads"
loglevel = "warning"
control_socket_disable = True
logger_class = shared.PrivateLogger


def on_starting(_server: Any) -> None:
    """Log the settings once, in the master."""
    log_settings(_settings)


def when_ready(server: Any) -> None:
    """Log where the service listens."""
    shared.log_listening(server)


def post_fork(_server: Any, _worker: Any) -> None:
    """Make room for the worker's metrics before it loads anything."""
    prepare_worker()


def child_exit(server: Any, worker: Any) -> None:
    """Take a dead worker's gauges out of the totals, and no place for two."""
    worker.bury(server)
    _metrics_folder.forget_worker(worker.pid)


def on_exit(_server: Any) -> None:
    """Leave no metrics folder behind."""
    _metrics_folder.remove()
