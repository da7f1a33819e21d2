"""Configures gunicorn from the gateway's settings: threads, no preload, shared metrics."""

import sys
from typing import Any

import gateway.mail  # noqa: F401 - patterns are compiled here, once, before workers are forked
from gateway.api.door import door_options
from gateway.auth.keyring import open_keyring
from gateway.auth.rate_limit import share_cells
from gateway.config import PREFIX, load_settings, prepare_process, prepare_worker, retire_process
from gateway.prediction_log.checks import prepare_log
from gateway.rollout.shadow_log import prepare_shadow_folder
from gateway.routing.risks import check_risks
from trunkline import gunicorn as shared
from trunkline.logs import configure_logging, log_settings
from trunkline.memory import limit_arenas
from trunkline.otlp.turn import share_turn
from trunkline.serving.worker import worker_class as worker_with
from trunkline.settings import SettingsError, report_and_exit

try:
    _settings = load_settings()
    open_keyring(_settings)  # refuse now what every worker would refuse
    check_risks(_settings.multilingual_heads, _settings.language_risks)
    configure_logging("gateway", _settings.log_level, _settings.log_format)
    _metrics_folder = prepare_process(_settings)
    prepare_shadow_folder(_settings.shadow_dir, f"{PREFIX}SHADOW_DIR")
    prepare_log(_settings)
except SettingsError as error:
    report_and_exit("gateway", error)
limit_arenas()
share_cells()  # in the master: every worker finds it after its fork
share_turn()

wsgi_app = "gateway.wsgi:application()"
bind = f"{_settings.host}:{_settings.port}"
workers = _settings.worker_count
threads = _settings.threads
worker_class = worker_with(door_options(_settings))
# A gRPC channel made before a fork is dead after it: every worker builds its own application.
preload_app = False
max_requests = _settings.max_requests
max_requests_jitter = _settings.max_requests // 10  # workers that started together end apart
keepalive = _settings.keepalive_s
graceful_timeout = _settings.graceful_timeout_s
# Workers answer the arbiter from the thread that accepts, so this finds a hung process, not a slow
# request: those have deadlines.
timeout = 60
# The heartbeat file must not wait for a disk.
worker_tmp_dir = "/dev/shm"  # noqa: S108
control_socket_disable = True
proc_name = "gateway"
loglevel = "warning"
logger_class = shared.PrivateLogger


def on_starting(_server: Any) -> None:
    """Log the settings once, in the master."""
    log_settings(_settings)


def when_ready(server: Any) -> None:
    """Log where the gateway listens."""
    shared.log_listening(server)


def post_fork(_server: Any, _worker: Any) -> None:
    """Make room for the worker's metrics before it loads anything."""
    prepare_worker()


def post_worker_init(worker: Any) -> None:
    """Warm the worker before it takes connections."""
    sys.modules["gateway.wsgi"].join(worker.place)


def child_exit(server: Any, worker: Any) -> None:
    """Take a dead worker's gauges out of the totals, and no place for two."""
    worker.bury(server)
    _metrics_folder.forget_worker(worker.pid)


def worker_exit(_server: Any, worker: Any) -> None:
    """Close the worker's connections and threads, if it has any, and keep its counts."""
    wsgi = sys.modules.get("gateway.wsgi")
    if wsgi is not None:
        wsgi.close()
    retire_process(worker.pid)


def on_exit(_server: Any) -> None:
    """Remove the metrics of this run."""
    _metrics_folder.remove()
