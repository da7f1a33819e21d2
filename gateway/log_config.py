"""The settings of the prediction log, a part of the gateway's."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field, SecretStr, ValidationInfo, field_validator

from trunkline.settings import FROZEN, WrongValueError

_TENANT_DAYS = re.compile(r"([A-Za-z0-9._:-]{1,128})=([1-9]\d{0,3})/([1-9]\d{0,3})")


class LogSettings(BaseModel):
    """What an operator may set of the prediction log; without `log_dir` there is none."""

    model_config = FROZEN

    log_dir: Path | None = Field(
        default=None,
        description="folder of the prediction log: every answer is recorded there before it is "
        "sent, and moved on to the database; absent: nothing is recorded",
    )
    log_database: SecretStr | None = Field(
        default=None,
        description="URL of the prediction log's database, `postgresql://user:password@host/name`; "
        "absent: a SQLite file in GATEWAY_LOG_DIR",
    )
    log_database_password: SecretStr | None = Field(
        default=None, description="password for GATEWAY_LOG_DATABASE, where its URL has none"
    )
    log_database_iam_region: str = Field(
        default="",
        pattern=r"^([a-z]{2}(-[a-z]+)+-\d)?$",
        description="region of a database of RDS that is entered with the task's role in the place "
        "of a password; GATEWAY_LOG_DATABASE then says `sslmode=verify-full`",
    )
    log_text: Literal["none", "hash", "redacted", "full"] = Field(
        default="hash",
        description="what is kept of an email's words: nothing, a keyed digest of the cleaned "
        "text, that text without what redaction finds, or all of it; the last two are encrypted",
    )
    log_embeddings: bool = Field(
        default=False,
        description="whether the vectors that heads read are kept, as fp16, encrypted",
    )
    log_digest_keys: SecretStr | None = Field(
        default=None,
        description="keys of the digests, `name:base64` between commas, 32 bytes or more each; the "
        "first is used, the others are older ones. Absent: no digest",
    )
    log_text_keys: SecretStr | None = Field(
        default=None,
        description="keys that wrap every tenant's own key, `name:base64` of 32 bytes between "
        "commas; the first is used, all can read. Needed to keep words, vectors or cache keys",
    )
    log_days: int = Field(
        default=180, ge=1, le=3650, description="days that a prediction's row is kept"
    )
    log_text_days: int = Field(
        default=30, ge=1, le=3650, description="days that words and vectors are kept"
    )
    log_tenant_days: str = Field(
        default="",
        description="other days for some tenants, `tenant=rows/words` between commas, such as "
        "`acme=30/7,beta=365/30`",
    )
    log_spool_max_bytes: int = Field(
        default=1 << 30,
        ge=1 << 20,
        le=1 << 40,
        description="most that waits in GATEWAY_LOG_DIR for the database",
    )
    log_full: Literal["drop_oldest", "refuse"] = Field(
        default="drop_oldest",
        description="where no more can wait: lose the oldest records, or answer 503 `log_full`",
    )

    log_finish_s: int = Field(
        default=0,
        ge=0,
        le=600,
        description="how long a gateway that stops goes on trying a database that is away; for "
        "tasks whose disk goes with them. Within GATEWAY_GRACEFUL_TIMEOUT_S",
    )
    log_purge: bool = Field(
        default=False,
        description="whether a gateway deletes what is too old once a day; else `gateway purge`",
    )

    @field_validator("log_database")
    @classmethod
    def _is_a_database(cls, value: SecretStr | None) -> SecretStr | None:
        kinds = ("postgresql://", "sqlite:///")
        if value is not None and not value.get_secret_value().startswith(kinds):
            raise WrongValueError("must be the URL of a database, postgresql:// or sqlite:///")
        return value

    @field_validator("log_database_iam_region")
    @classmethod
    def _is_entered_by_tls(cls, value: str, info: ValidationInfo) -> str:
        database = info.data.get("log_database")
        url = "" if database is None else database.get_secret_value()
        if value and "sslmode=verify-full" not in url.partition("?")[2].split("&"):
            raise WrongValueError("needs GATEWAY_LOG_DATABASE with sslmode=verify-full")
        return value

    @field_validator("log_tenant_days")
    @classmethod
    def _are_days(cls, value: str) -> str:
        _days_by_tenant(value)
        return value

    def days_by_tenant(self) -> Mapping[str, tuple[int, int]]:
        """Return the days of the tenants that have their own: those of rows, those of words."""
        return _days_by_tenant(self.log_tenant_days)


def _days_by_tenant(setting: str) -> dict[str, tuple[int, int]]:
    days: dict[str, tuple[int, int]] = {}
    for part in filter(None, (part.strip() for part in setting.split(","))):
        match = _TENANT_DAYS.fullmatch(part)
        if match is None or match[1] in days:
            raise WrongValueError("must be `tenant=rows/words` between commas, each tenant once")
        days[match[1]] = (int(match[2]), int(match[3]))
    return days
