"""The embedder's settings: read once from the environment, checked all together."""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from embedder.errors import InvalidSettings

PREFIX: Final = "EMBEDDER_"

Port = Annotated[int, Field(ge=0, le=65535)]
Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Settings(BaseSettings):
    """All settings of the embedder. Each is read from `EMBEDDER_` and its name in capitals."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    host: str = Field(default="127.0.0.1", description="address of the gRPC port")
    port: Port = Field(default=50051, description="gRPC port; 0 takes a free one")
    metrics_host: str = Field(default="127.0.0.1", description="address of the metrics port")
    metrics_port: Port = Field(
        default=50052, description="HTTP port of /metrics; 0 takes a free one"
    )

    model_dir: Path | None = Field(
        default=None,
        description="folder of a BERT checkpoint; empty takes the installed default model",
    )
    runtime: Literal["auto", "openvino", "onnxruntime", "cuda"] = Field(
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
    truncation: Literal["head_tail", "windows"] = Field(
        default="head_tail", description="what is done with a longer text"
    )
    graph_dir: Path = Field(
        default=Path.home() / ".cache" / "trunkline", description="where built graphs are kept"
    )

    cache_maxsize_bytes: int = Field(
        default=32 * 2**20, ge=0, description="bound of the embedding cache; 0 turns it off"
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
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="least level that is logged"
    )
    log_format: Literal["json", "text"] = Field(default="json", description="how log lines look")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take values from the constructor only; `load_settings` reads the environment once."""
        return (init_settings,)


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from the environment.

    Raises InvalidSettings naming every bad value and every unknown `EMBEDDER_` name at once.
    """
    environment = os.environ if environment is None else environment
    given = {
        name[len(PREFIX) :].lower(): value
        for name, value in environment.items()
        if name.startswith(PREFIX) and value != ""
    }
    problems = [_unknown(name) for name in sorted(given) if name not in Settings.model_fields]
    known = {name: value for name, value in given.items() if name in Settings.model_fields}
    try:
        settings = Settings(**known)  # type: ignore[arg-type]
    except ValidationError as error:
        for detail in error.errors():
            name = ".".join(str(part) for part in detail["loc"])
            problems.append(f"{PREFIX}{name.upper()}: {detail['msg']}")
        raise InvalidSettings(problems) from None
    if problems:
        raise InvalidSettings(problems)
    return settings


def limit_native_threads() -> None:
    """Keep the tokenizer to the thread it is called from, unless the operator says otherwise.

    Its own pool costs a third more CPU on single texts, and wakes threads that the encoder needs.
    """
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")


def _unknown(name: str) -> str:
    close = difflib.get_close_matches(name, Settings.model_fields, n=1)
    hint = f", did you mean {PREFIX}{close[0].upper()}?" if close else ""
    return f"{PREFIX}{name.upper()}: unknown setting{hint}"
