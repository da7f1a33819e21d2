"""The embedder's settings: read once from the environment, checked all together."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from trunkline.aws_sign_in import TaskRole
from trunkline.listening import is_loopback, refuse_open
from trunkline.logs import Format, Level
from trunkline.otlp.config import OtlpSettings
from trunkline.redis_address import parse_address
from trunkline.settings import FROZEN, SettingsError, WrongValueError, load

PREFIX: Final = "EMBEDDER_"

Truncation = Literal["head_tail", "windows", "sentences"]
# In serving and in training alike. It is part of the fingerprint: with another one all heads are
# to be trained anew.
DEFAULT_TRUNCATION: Final[Truncation] = "head_tail"

Port = Annotated[int, Field(ge=0, le=65535)]
Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Settings(OtlpSettings):
    """All settings of the embedder. Each is read from `EMBEDDER_` and its name in capitals."""

    model_config = FROZEN

    host: str = Field(default="127.0.0.1", description="address of the gRPC port")
    port: Port = Field(default=50051, description="gRPC port; 0 takes a free one")
    metrics_host: str = Field(default="127.0.0.1", description="address of the metrics port")
    metrics_port: Port = Field(
        default=50052, description="HTTP port of /metrics; 0 takes a free one"
    )

    allow_open: bool = Field(
        default=False,
        description="whether it may listen where other machines reach it: for private networks",
    )
    reflection: bool | None = Field(
        default=None,
        description="whether it lists its methods to tools such as grpcurl; empty: only where "
        "EMBEDDER_HOST is this machine's own",
    )

    model: Literal["default", "frozen"] = Field(
        default="default",
        description="the tuned encoder that is shipped, or `frozen`: its base as it was published",
    )
    model_dir: Path | None = Field(
        default=None,
        description="folder of a BERT checkpoint; empty takes EMBEDDER_MODEL",
    )
    runtime: Literal["auto", "openvino", "onnxruntime", "cuda", "torch_packed"] = Field(
        default="auto", description="what runs the encoder"
    )
    precision: Literal["auto", "fp32", "bf16", "fp16"] = Field(
        default="auto", description="number format of the encoder"
    )
    streams: int = Field(
        default=0, ge=0, le=256, description="forwards at once, one thread each; 0 takes one a core"
    )
    max_tokens: int | None = Field(
        default=None,
        ge=8,
        description="tokens the encoder sees of a text; empty takes the model's own",
    )
    truncation: Truncation = Field(
        default=DEFAULT_TRUNCATION,
        description="what is done with a longer text: head_tail, windows or sentences",
    )
    graph_dir: Path = Field(
        default=Path.home() / ".cache" / "trunkline", description="where built graphs are kept"
    )

    cache_maxsize_bytes: int = Field(
        default=32 * 2**20, ge=0, description="bound of the embedding cache; 0 turns it off"
    )
    cache_secret: SecretStr | None = Field(
        default=None,
        min_length=32,
        description="secret of the shared cache, 32 characters or more, the same for all replicas",
    )
    cache_ttl_s: int | None = Field(
        default=None,
        ge=1,
        le=31_536_000,
        description="how long the shared cache keeps a text's vectors",
    )
    cache_timeout_ms: float = Field(
        default=10.0, gt=0, le=10_000, description="longest that a text waits for the shared cache"
    )
    cache_url: SecretStr | None = Field(
        default=None,
        description="a Redis or Valkey server that replicas share behind their own caches, "
        "`rediss://user:password@host:6379/0`; needs EMBEDDER_CACHE_SECRET, EMBEDDER_CACHE_TTL_S",
    )
    cache_iam: str = Field(
        default="",
        pattern=r"^([a-z]{2}(-[a-z]+)+-\d/[a-z][a-z0-9-]{0,39})?$",
        description="region and name of a cache of ElastiCache, `eu-central-1/name`, which is "
        "entered with the task's role in the place of a password; EMBEDDER_CACHE_URL then names "
        "the user, by TLS",
    )
    cache_max_age_s: int = Field(
        default=86_400,
        ge=1,
        le=31_536_000,
        description="longest time that the embedding cache holds a text's vectors",
    )
    max_batch_tokens: int = Field(
        default=4096, ge=8, description="longest text times texts of a batch, at most"
    )
    max_batch_size: int = Field(default=64, ge=1, description="texts of a batch, at most")
    batch_window_texts: int = Field(
        default=64, ge=1, le=1024, description="oldest waiting texts that a batch is chosen from"
    )
    batch_max_age_ms: float = Field(
        default=20.0, ge=0, description="a text that waited longer goes before cheaper ones"
    )
    max_queue_size: int = Field(
        default=1024,
        ge=1,
        description="texts that may wait; beyond it requests are refused at once",
    )
    max_texts: int = Field(default=256, ge=1, description="texts of one request, at most")
    max_text_chars: int = Field(
        default=200_000, ge=1, description="characters of one text or context, at most"
    )
    request_timeout_s: Seconds = Field(
        default=30.0, description="longest time a request may take, whatever its own deadline"
    )
    tokenizer_threads: int = Field(default=1, ge=1, le=64, description="threads for long texts")

    probe_after_s: Seconds = Field(
        default=30.0, description="without a successful forward for so long, one is tried"
    )
    probe_timeout_s: Seconds = Field(default=5.0, description="how long such a trial may take")
    max_queue_age_s: Seconds = Field(
        default=15.0, description="a text waiting longer turns health to NOT_SERVING"
    )
    forward_timeout_s: Seconds = Field(
        default=60.0, description="a forward running longer ends the process"
    )
    drain_timeout_s: Seconds = Field(
        default=20.0, description="time to finish accepted work after SIGTERM"
    )
    max_connection_age_s: Seconds = Field(
        default=300.0,
        description="connections are renewed after this, so that new replicas get traffic",
    )
    max_connection_age_grace_s: Seconds = Field(
        default=30.0, description="time for calls on a connection that is being renewed"
    )
    log_level: Level = Field(default="info", description="least level that is logged")
    log_format: Format | Literal["text"] = Field(
        default="json",
        description="`json`, or `console`: short lines for people to read (`text` is the same)",
    )

    @field_validator("cache_url")
    @classmethod
    def _is_complete(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if value is None:
            return None
        if not info.data.get("cache_secret") or not info.data.get("cache_ttl_s"):
            raise WrongValueError("needs EMBEDDER_CACHE_SECRET and EMBEDDER_CACHE_TTL_S")
        try:
            parse_address(value.get_secret_value())
        except ValueError as error:
            raise WrongValueError(str(error)) from None
        return value

    @field_validator("cache_iam")
    @classmethod
    def _names_a_user(cls, value: str, info: ValidationInfo) -> str:
        url = info.data.get("cache_url")
        address = None if url is None else parse_address(url.get_secret_value())
        if value and (address is None or not (address.tls and address.user)):
            raise WrongValueError("needs EMBEDDER_CACHE_URL as rediss://user@host")
        return value

    @property
    def reflects(self) -> bool:
        """Whether the server lists its methods."""
        return is_loopback(self.host) if self.reflection is None else self.reflection


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the environment; raise SettingsError naming every wrong or unknown variable."""
    return load(Settings, PREFIX, os.environ if environ is None else environ)


def task_role() -> TaskRole:
    """Return the role of this task, which signs in where there is no password."""
    return TaskRole(os.environ)


def refuse_open_addresses(settings: Settings) -> None:
    """Raise SettingsError for an address that strangers may reach, if nothing allows that."""
    remedies = "set EMBEDDER_ALLOW_OPEN=true where the network keeps strangers out"
    for name, host in (("HOST", settings.host), ("METRICS_HOST", settings.metrics_host)):
        refuse_open(f"{PREFIX}{name}", host, remedies, allowed=settings.allow_open)
    cache_url = settings.cache_url
    address = None if cache_url is None else parse_address(cache_url.get_secret_value())
    if address is not None and not (
        address.tls or is_loopback(address.host) or settings.allow_open
    ):
        raise SettingsError(
            f"{PREFIX}CACHE_URL: without TLS, whoever is on the way reads vectors and password: "
            f"write rediss://, or {remedies}"
        )


def limit_native_threads() -> None:
    """Keep the tokenizer to the thread it is called from, unless the operator says otherwise.

    Its own pool costs a third more CPU on single texts, and wakes threads that the encoder needs.
    """
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
