"""The settings of what is sent to a collector, a part of every service's."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, SecretStr, field_validator

from trunkline.settings import FROZEN, WrongValueError


class OtlpSettings(BaseModel):
    """What an operator may set of OTLP; without `otlp_endpoint` nothing is sent."""

    model_config = FROZEN

    otlp_endpoint: str = Field(
        default="",
        description="address of an OTLP/HTTP collector, such as `http://127.0.0.1:4318`, to which "
        "traces and metrics are sent; empty: none are",
    )
    otlp_headers: SecretStr | None = Field(
        default=None,
        description="headers for the collector, `name=value` between commas, such as its key",
    )
    otlp_traces: bool = Field(
        default=True, description="whether traces are sent, where there is a collector"
    )
    otlp_metrics_interval_s: float = Field(
        default=0, ge=0, le=3600, description="how often metrics are sent to it; 0: never"
    )

    @field_validator("otlp_endpoint")
    @classmethod
    def _is_address(cls, value: str) -> str:
        if value:
            try:
                parts = urlsplit(value)
                wrong = (
                    parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0
                )
            except ValueError:
                wrong = True
            if wrong or "@" in parts.netloc or parts.query or parts.fragment:
                raise WrongValueError("must be an http(s) address without a user or a query")
        return value.rstrip("/")

    @field_validator("otlp_headers")
    @classmethod
    def _are_headers(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            header_pairs(value.get_secret_value())
        return value

    def otlp_header_pairs(self) -> Mapping[str, str]:
        """Return the collector's headers by name."""
        secret = self.otlp_headers
        return {} if secret is None else header_pairs(secret.get_secret_value())


class OtlpRootSettings(OtlpSettings):
    """The same of a service where traces may begin."""

    otlp_trace_share: float = Field(
        default=0.01,
        ge=0,
        le=1,
        description="share of requests that are traced, of those whose caller sends no trace "
        "context; a caller's own decides for itself",
    )


def header_pairs(setting: str) -> Mapping[str, str]:
    """Read `name=value` between commas; raise WrongValueError where it is something else."""
    pairs: dict[str, str] = {}
    for part in filter(None, map(str.strip, setting.split(","))):
        name, equals, value = part.partition("=")
        if not equals or not name.isascii() or not name.replace("-", "").isalnum():
            raise WrongValueError("must be `name=value` between commas")
        if not value.isascii() or not value.isprintable():
            raise WrongValueError("must have values that may stand in a header")
        pairs[name] = value
    return pairs
