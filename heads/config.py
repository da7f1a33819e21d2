"""Settings of the heads service: HEADS_* environment variables, read here and nowhere else."""

from __future__ import annotations

import difflib
import getpass
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from heads.errors import SettingsError

PREFIX = "HEADS_"


class Settings(BaseSettings):
    """Frozen. Make it with `load()`, which tells all that is wrong at once."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    catalog: str = Field(
        str(Path(__file__).parent / "catalog"),
        min_length=1,
        description="Where the heads are: a folder with a folder a head, or s3://bucket/prefix.",
    )
    host: str = Field("127.0.0.1", min_length=1, description="Address to listen on.")
    port: int = Field(8081, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    workers: int = Field(1, ge=1, le=256, description="gunicorn worker processes.")
    threads: int = Field(8, ge=1, le=256, description="Threads (and open connections) a worker.")
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
    graceful_timeout_s: int = Field(
        30, ge=1, le=3600, description="How long a stopping worker finishes what it has."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Least level that is logged."
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what `load()` hands over, so that it sees unknown names and tests can choose."""
        return (init_settings,)


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """The settings. Raises SettingsError listing every bad value and every unknown HEADS_ name."""
    found = os.environ if environ is None else environ
    names = {PREFIX + name.upper(): name for name in Settings.model_fields}
    given = {key: value for key, value in found.items() if key.upper().startswith(PREFIX)}
    problems = [_unknown(key, list(names)) for key in given if key not in names]
    settings = None
    try:
        settings = Settings.model_validate(
            {names[key]: value for key, value in given.items() if key in names}
        )
    except ValidationError as error:
        problems += [
            f"{PREFIX}{str(one['loc'][0]).upper()}: {one['msg']} (got {one['input']!r})"
            for one in error.errors(include_url=False)
        ]
    if problems or settings is None:
        raise SettingsError("; ".join(problems))
    return settings


def user() -> str:
    """Who is at the keyboard, for the record; "unknown" where nobody can tell."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def prepare_process() -> str:
    """Set what libraries read from the environment; call before numpy and prometheus load.

    One BLAS thread a worker (more only fight over the cores), and a fresh folder for the
    metrics that workers share, which is returned.
    """
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    folder = tempfile.mkdtemp(prefix="heads-metrics-")
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
    return folder


def shared_metrics() -> bool:
    """Whether several processes write this service's metrics."""
    return "PROMETHEUS_MULTIPROC_DIR" in os.environ


def _unknown(name: str, known: list[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    return f"{name}: no such setting" + (f", did you mean {close[0]}?" if close else "")
