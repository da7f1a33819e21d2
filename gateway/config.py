"""The gateway's settings: environment variables with prefix GATEWAY_, checked all at once."""

import os
import re
from collections.abc import Mapping
from pathlib import Path

from pydantic import Field, SecretStr, field_validator

from gateway.client_key import CLIENT_KEY
from gateway.log_config import LogSettings
from gateway.targets import addresses_by_name, listed_names
from trunkline import exposition
from trunkline.aws_sign_in import TaskRole
from trunkline.cores import available_cores
from trunkline.exposition import MetricsFolder
from trunkline.listening import is_loopback
from trunkline.logs import Format, Level
from trunkline.memory import limit_blas_threads
from trunkline.otlp.config import OtlpRootSettings
from trunkline.settings import WrongValueError, load

PREFIX = "GATEWAY_"
LOCAL = "local"
ANY_ORIGIN = "*"
TASK_ROLE = TaskRole(os.environ)
_ORIGIN = re.compile(r"https?://(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(:\d{1,5})?")
_PACKAGE = Path(__file__).resolve().parent
_HEADS = _PACKAGE.parent / "heads"


class Settings(LogSettings, OtlpRootSettings):
    """Everything an operator may set; the defaults run the whole stack on one machine."""

    host: str = Field(default="127.0.0.1", min_length=1, description="address to listen on")
    hosts: str = Field(
        default="", description="names with a point by which one without keys may be called"
    )
    port: int = Field(
        default=8080, ge=0, le=65535, description="port to listen on; 0 takes a free one"
    )
    api_keys_file: Path | None = Field(
        default=None,
        description="file of keys that callers need, one JSON line each (`gateway keys new`); "
        "followed while running",
    )
    api_keys: SecretStr | None = Field(
        default=None, description="the same lines, or a JSON list of them, as a secret's value"
    )
    requests_per_minute: int = Field(
        default=0, ge=0, le=1_000_000, description="requests of one key a minute; 0: no limit"
    )
    request_burst: int = Field(
        default=60, ge=1, le=100_000, description="requests of one key at once, before that counts"
    )
    metrics_open: bool = Field(
        default=False,
        description="whether /metrics needs no key where the rest does: for private networks",
    )
    sagemaker: bool = Field(
        default=False,
        description="whether /invocations needs no key, because SageMaker has checked its callers",
    )
    cors_origins: str = Field(
        default="",
        description="origins between commas whose pages may call `/v1` from a browser, such as "
        "`https://app.example.com`, or `*` for any; empty: none",
    )
    embedder: str = Field(
        default="127.0.0.1:50051",
        description="gRPC target of the embedder: `host:port`, every address of a DNS name being a "
        "replica, or a list of replicas `ipv4:10.0.0.1:50051,10.0.0.2:50051`",
    )
    embedder_watch_health: bool = Field(
        default=True,
        description="whether a connection to an embedder follows its health; false behind a proxy "
        "that balances requests (Service Connect), where it would follow one of many",
    )
    embedders: str = Field(
        default="",
        description="several embedders, e.g. while heads move to a new encoder: "
        "`a=host:port,b=host:port`; takes the place of GATEWAY_EMBEDDER. Replicas of one encoder "
        "are better one DNS name",
    )
    heads: str = Field(
        default="http://127.0.0.1:8081",
        description="address of the heads service, every address of a DNS name being a replica, or "
        "`local`; several with their own heads: "
        "`http://a:8081,http://b:8081`, named or not (`fast=http://a:8081`)",
    )
    heads_timeout_ms: int = Field(
        default=2_000, ge=1, le=60_000, description="longest time the heads may take of a request"
    )
    heads_token: SecretStr | None = Field(
        default=None, description="HEADS_TOKEN of the heads services, to take back bad candidates"
    )
    multilingual_heads: str = Field(
        default="",
        description="heads of the same names on a second encoder of GATEWAY_EMBEDDERS, for mails "
        "whose language that one reads better: address of their service, or `local`; empty: none",
    )
    multilingual_catalog: str = Field(
        default=str(_HEADS / "multilingual_catalog"),
        min_length=1,
        description="their catalog, read when GATEWAY_MULTILINGUAL_HEADS=local",
    )
    language_risks: Path = Field(
        default=_PACKAGE / "routing" / "data" / "risks.json",
        description="what mistakes cost by language and encoder, as `heads risks` writes it",
    )
    fail_closed_heads: str = Field(
        default="",
        description="heads between commas without whose answer nothing is decided; any other "
        "head that is away costs only its own answer",
    )
    shadow_dir: Path | None = Field(
        default=None, description="folder for what shadow versions answer otherwise, without text"
    )
    shadow_max_bytes: int = Field(
        default=64 << 20, ge=64 << 10, le=16 << 30, description="most that is kept there"
    )
    catalog: str = Field(
        default=str(_HEADS / "catalog"),
        min_length=1,
        description="heads catalog, read when GATEWAY_HEADS=local: a folder or s3://bucket/prefix",
    )
    workers: int = Field(default=0, ge=0, le=256, description="workers; 0: half the cores, but two")
    threads: int = Field(
        default=16,
        ge=1,
        le=512,
        description="most requests served at once by a worker; fewer while all are slow",
    )
    max_requests: int = Field(
        default=500_000,
        ge=0,
        le=1 << 40,
        description="requests after which a worker gives way to a new one, and up to a tenth more; "
        "0: never",
    )
    max_waiting: int = Field(
        default=64,
        ge=1,
        le=10_000,
        description="requests that wait for a thread of a worker; more get 503 `overloaded`",
    )
    max_wait_ms: int = Field(
        default=1_000,
        ge=10,
        le=60_000,
        description="longest wait of a request for a thread; then it gets 503 `overloaded`. While "
        "a queue stands, half of it",
    )
    keepalive_s: int = Field(
        default=30, ge=0, le=3600, description="idle time of a kept connection"
    )
    graceful_timeout_s: int = Field(
        default=30, ge=1, le=600, description="time for running requests to end after SIGTERM"
    )
    request_timeout_ms: int = Field(
        default=10_000, ge=1, le=600_000, description="deadline of a request that names none"
    )
    max_request_timeout_ms: int = Field(
        default=60_000, ge=1, le=600_000, description="longest deadline a request may ask for"
    )
    max_body_bytes: int = Field(
        default=2 << 20, ge=1024, le=64 << 20, description="largest body of one email"
    )
    max_raw_bytes: int = Field(
        default=25 << 20,
        ge=1024,
        le=64 << 20,
        description="largest email sent as `message/rfc822`, attachments and all",
    )
    large_bodies: int = Field(
        default=2,
        ge=1,
        le=64,
        description="bodies over GATEWAY_MAX_BODY_BYTES that a worker reads at once",
    )
    costly_mail_bytes: int = Field(
        default=256 << 10,
        ge=1024,
        le=1 << 30,
        description="size of HTML or of a message, four times that of a text, from which a worker "
        "cleans one email after the other",
    )
    max_batch_body_bytes: int = Field(
        default=16 << 20, ge=1024, le=256 << 20, description="largest body of a batch"
    )
    clean_cache_bytes: int = Field(
        default=8 << 20,
        ge=0,
        le=1 << 30,
        description="size of a worker's memory of cleaned mails; 0 turns it off",
    )
    answer_cache_bytes: int = Field(
        default=16 << 20, ge=0, le=4 << 30, description="size of a worker's answer cache; 0: none"
    )
    cache_max_age_s: int = Field(
        default=86_400, ge=60, le=31_536_000, description="longest time that a worker caches"
    )
    encoder_refresh_s: float = Field(
        default=2.0, gt=0, le=300, description="how often a worker asks who is encoding"
    )
    metrics_dir: Path | None = Field(
        default=None,
        description="folder for the workers' metrics, new or empty at first; those of a former run "
        "are deleted there at start; absent: a temporary one",
    )
    log_level: Level = Field(default="info", description="least severe event that is logged")
    log_format: Format = Field(
        default="json", description="`json`, or `console`: short lines for people to read"
    )

    @field_validator("heads")
    @classmethod
    def _are_addresses_or_local(cls, value: str) -> str:
        if value == LOCAL:
            return value
        addresses = addresses_by_name(value).values()
        if not all(address.startswith(("http://", "https://")) for address in addresses):
            raise WrongValueError("must be http(s) addresses or `local`")
        return value

    @field_validator("multilingual_heads")
    @classmethod
    def _is_one_address_or_local(cls, value: str) -> str:
        if value in ("", LOCAL) or ("," not in value and value.startswith(("http://", "https://"))):
            return value
        raise WrongValueError("must be an http(s) address or `local`")

    @field_validator("cors_origins")
    @classmethod
    def _are_origins(cls, value: str) -> str:
        origins = listed_names(value)
        if origins != (ANY_ORIGIN,) and not all(map(_ORIGIN.fullmatch, origins)):
            raise WrongValueError(
                "must be origins in small letters, such as https://app.example.com, or `*` alone"
            )
        return value

    @field_validator("embedders")
    @classmethod
    def _are_addresses(cls, value: str) -> str:
        if value:
            addresses_by_name(value)
        return value

    @property
    def loopback(self) -> bool:
        """Whether only this machine can call."""
        return is_loopback(self.host)

    @property
    def worker_count(self) -> int:
        """Return how many workers to run."""
        return self.workers or min(cores := available_cores(), max(2, cores // 2))

    def embedder_targets(self) -> Mapping[str, str]:
        """Return every embedder's gRPC target by its name."""
        return addresses_by_name(self.embedders) if self.embedders else {"embedder": self.embedder}


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the environment; raise SettingsError naming every wrong or unknown variable."""
    return load(Settings, PREFIX, os.environ if environ is None else environ, (CLIENT_KEY,))


def named_secret(name: str) -> str:
    """Return the environment variable that a command's option names, or ""."""
    return os.environ.get(name, "")


def prepare_process(settings: Settings) -> MetricsFolder:
    """Set what libraries read from the environment; call before numpy and prometheus_client load.

    Returns the folder where workers share their metrics; raises SettingsError where it is not ours.
    """
    limit_blas_threads(os.environ)
    return exposition.share_metrics(
        os.environ, settings.metrics_dir, f"{PREFIX}METRICS_DIR", settings.worker_count
    )


def prepare_worker() -> None:
    """Make room for this worker's metrics; call after the fork, before prometheus_client loads."""
    exposition.reserve_worker_files(os.environ, os.getpid())


def retire_process(pid: int) -> None:
    """Keep what a process has counted, not its gauges; call when it writes no more metrics."""
    exposition.forget_process(os.environ, pid)
    exposition.retire_worker_files(os.environ, pid)


def shares_metrics() -> bool:
    """Whether this process keeps its metrics where its sibling workers' are."""
    return exposition.shares_metrics(os.environ)
