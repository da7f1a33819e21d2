"""Makes the tokens that RDS and ElastiCache take from a task's role in the place of a password."""

import hashlib
import hmac
import json
import threading
import time
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from urllib.parse import quote

_ECS: Final = "http://169.254.170.2"
"""Where ECS tells a task who it is; nothing outside the task's machine can be reached there."""
_VALID_S: Final = 900
_TIMEOUT_S: Final = 2.0
_DIRECT: Final = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""Goes by no proxy: who holds the role is reached from this machine alone."""
_KEPT_S: Final = 300.0
_EMPTY_BODY: Final = hashlib.sha256(b"").hexdigest()


class NoRoleError(OSError):
    """The process has no role, or who holds it does not answer; the text quotes no credential."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a role signs with, for some hours."""

    key_id: str
    secret: str = field(repr=False)
    session_token: str = field(repr=False)


class TaskRole:
    """The role of this task; thread-safe. ECS renews its credentials hours before they end.

    It answers only so many questions a second, so that they are kept for some minutes. Outside ECS
    the variables count that every tool of AWS reads.
    """

    def __init__(
        self, environ: Mapping[str, str], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._environ = environ
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: Credentials | None = None
        self._ask_at = 0.0

    def credentials(self) -> Credentials:
        """Return what the role signs with. Raises NoRoleError."""
        with self._lock:
            if self._kept is None or self._clock() >= self._ask_at:
                self._kept = self._asked()
                self._ask_at = self._clock() + _KEPT_S
            return self._kept

    def _asked(self) -> Credentials:
        path = self._environ.get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")
        url = f"{_ECS}{path}" if path else self._environ.get("AWS_CONTAINER_CREDENTIALS_FULL_URI")
        if url is None:
            return _of_environment(self._environ)
        try:
            request = urllib.request.Request(url, headers=self._authorization())  # noqa: S310
            with _DIRECT.open(request, timeout=_TIMEOUT_S) as response:
                given = json.load(response)
            return Credentials(given["AccessKeyId"], given["SecretAccessKey"], given["Token"])
        except (OSError, ValueError, KeyError) as error:
            reason = type(error).__name__
            raise NoRoleError(f"the task's role cannot be had: {reason}") from None

    def _authorization(self) -> Mapping[str, str]:
        """Return the header that is asked for outside ECS (on EKS), none where none is set.

        A file is read each time: it is exchanged. Raises OSError and UnicodeDecodeError.
        """
        path = self._environ.get("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")
        token = self._environ.get("AWS_CONTAINER_AUTHORIZATION_TOKEN", "")
        if path:
            token = Path(path).read_text(encoding="utf-8")
        return {"Authorization": token.strip()} if token.strip() else {}


def database_token(
    host: str, port: int, user: str, region: str, credentials: Credentials, now: datetime
) -> str:
    """Return what a user of RDS enters a database with: a signed address, for 15 minutes."""
    query = {"Action": "connect", "DBUser": user}
    return _signed(f"{host}:{port}", query, f"{region}/rds-db", credentials, now)


def cache_token(name: str, user: str, region: str, credentials: Credentials, now: datetime) -> str:
    """Return what a user of ElastiCache enters the replication group `name` with, likewise."""
    query = {"Action": "connect", "User": user}
    return _signed(name, query, f"{region}/elasticache", credentials, now)


def _of_environment(environ: Mapping[str, str]) -> Credentials:
    try:
        return Credentials(
            environ["AWS_ACCESS_KEY_ID"],
            environ["AWS_SECRET_ACCESS_KEY"],
            environ.get("AWS_SESSION_TOKEN", ""),
        )
    except KeyError:
        raise NoRoleError("there is no role: this is no task, and no AWS_ACCESS_KEY_ID") from None


def _signed(
    host: str, query: Mapping[str, str], place: str, credentials: Credentials, now: datetime
) -> str:
    """Return the address of a GET, signed in its query by Signature Version 4, without scheme."""
    time = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    scope = f"{time[:8]}/{place}/aws4_request"
    parameters = {
        **query,
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
        "X-Amz-Credential": f"{credentials.key_id}/{scope}",
        "X-Amz-Date": time,
        "X-Amz-Expires": str(_VALID_S),
        "X-Amz-SignedHeaders": "host",
    }
    if credentials.session_token:
        parameters["X-Amz-Security-Token"] = credentials.session_token
    encoded = "&".join(
        f"{quote(name, safe='')}={quote(value, safe='')}"
        for name, value in sorted(parameters.items())
    )
    request = "\n".join(("GET", "/", encoded, f"host:{host}", "", "host", _EMPTY_BODY))
    digest = hashlib.sha256(request.encode()).hexdigest()
    to_sign = "\n".join(("AWS4-HMAC-SHA256", time, scope, digest))
    signature = _key(credentials.secret, scope, to_sign).hex()
    return f"{host}/?{encoded}&X-Amz-Signature={signature}"


def _key(secret: str, scope: str, to_sign: str) -> bytes:
    """Sign with the key that the secret has for this day, region and service."""
    key = f"AWS4{secret}".encode()
    for part in (*scope.split("/"), to_sign):
        key = hmac.digest(key, part.encode(), "sha256")
    return key
