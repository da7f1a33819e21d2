"""Settings of the heads service: HEADS_* environment variables, read here and nowhere else."""

from __future__ import annotations

import getpass
import os
from collections.abc import Mapping
from pathlib import Path

from pydantic import Field, SecretStr

from trunkline import exposition
from trunkline.exposition import MetricsFolder
from trunkline.listening import refuse_open
from trunkline.logs import Format, Level
from trunkline.memory import limit_blas_threads
from trunkline.otlp.config import OtlpSettings
from trunkline.settings import FROZEN, load

PREFIX = "HEADS_"
TRACKING_STORE = "sqlite:///.mlflow/mlflow.db"


class Settings(OtlpSettings):
    """Everything an operator may set, each read from HEADS_ and its name in capitals."""

    model_config = FROZEN

    catalog: str = Field(
        str(Path(__file__).parent / "catalog"),
        min_length=1,
        description="Where the heads are: a folder with a folder a head, or s3://bucket/prefix.",
    )
    host: str = Field("127.0.0.1", min_length=1, description="Address to listen on.")
    port: int = Field(8081, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    workers: int = Field(1, ge=1, le=256, description="gunicorn worker processes.")
    threads: int = Field(
        8, ge=1, le=256, description="Most requests served at once by a worker; fewer if all slow."
    )
    max_waiting: int = Field(
        128,
        ge=1,
        le=10_000,
        description="Requests that wait for a thread of a worker; more are answered 503.",
    )
    max_wait_ms: int = Field(
        1_000,
        ge=10,
        le=60_000,
        description="Longest wait of a request for a thread; then it is answered 503. While a "
        "queue stands, half of it.",
    )
    poll_interval_s: float = Field(
        0.25, ge=0.05, le=60, description="How often a worker looks for changed aliases."
    )
    retain_s: float = Field(
        60.0, ge=1, le=3600, description="How long a replaced version still answers pinned calls."
    )
    max_body_bytes: int = Field(
        16 * 2**20, ge=1024, le=2**30, description="Largest request body; more is answered 413."
    )
    max_rows: int = Field(256, ge=1, le=65536, description="Most rows in one request.")
    max_heads: int = Field(512, ge=1, le=65536, description="Most heads in one request.")
    token: SecretStr | None = Field(
        None, description="Shown by gateways that take back candidates; absent: only from here."
    )
    allow_open: bool = Field(
        False,
        description="Whether it may listen where other machines reach it without HEADS_TOKEN: for "
        "private networks.",
    )
    graceful_timeout_s: int = Field(
        30, ge=1, le=3600, description="How long a stopping worker finishes what it has."
    )
    log_level: Level = Field("info", description="Least level that is logged.")
    log_format: Format = Field(
        "json", description="`json`, or `console`: short lines for people to read."
    )


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the environment; raise SettingsError naming every wrong or unknown variable."""
    return load(Settings, PREFIX, os.environ if environ is None else environ)


def refuse_open_address(settings: Settings) -> None:
    """Raise SettingsError for an address that strangers may reach, if nothing allows that."""
    remedies = "set HEADS_TOKEN, or HEADS_ALLOW_OPEN=true where the network keeps strangers out"
    allowed = settings.allow_open or settings.token is not None
    refuse_open("HEADS_HOST", settings.host, remedies, allowed=allowed)


def user() -> str:
    """Return the name of the user who runs this process, for the audit, or "unknown"."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def tracking_uri() -> str:
    """Return where MLflow keeps runs: MLFLOW_TRACKING_URI, or a local store of one's own."""
    return os.environ.get("MLFLOW_TRACKING_URI") or TRACKING_STORE


def tracking_run() -> str | None:
    """Return the run that `mlflow run` has begun for this process, if it has."""
    return os.environ.get("MLFLOW_RUN_ID") or None


def prepare_tracking() -> None:
    """Keep MLflow from telling anybody of its use; call before mlflow is imported."""
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    os.environ["DO_NOT_TRACK"] = "true"
    os.environ["MLFLOW_RECORD_ENV_VARS_IN_MODEL_LOGGING"] = "false"
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")
    os.environ.setdefault("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")


def prepare_process(settings: Settings) -> MetricsFolder:
    """Set what libraries read from the environment; call before numpy and prometheus_client load.

    Returns the folder where workers share their metrics.
    """
    limit_blas_threads(os.environ)
    return exposition.share_metrics(os.environ, workers=settings.workers)


def prepare_worker() -> None:
    """Make room for this worker's metrics; call after the fork, before prometheus_client loads."""
    exposition.reserve_worker_files(os.environ, os.getpid())


def shares_metrics() -> bool:
    """Whether this process keeps its metrics where its sibling workers' are."""
    return exposition.shares_metrics(os.environ)
