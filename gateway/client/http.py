"""The one HTTP client of every command that calls a gateway: bytes out, a JSON object back."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import urllib3

JSON: Mapping[str, str] = MappingProxyType({"Content-Type": "application/json"})
_NO_HEADERS: Mapping[str, str] = MappingProxyType({})
# A command reports a failure at once. It follows no redirect: another host would get the mail.
_ONCE = urllib3.Retry(
    connect=False,
    read=False,
    redirect=False,
    respect_retry_after_header=False,
)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: the status (0 where nothing did) and the JSON object of the body.

    Where there is no such object `content` is empty and `problem` says why, without the body.
    """

    status: int
    content: Mapping[str, Any]
    problem: str = ""

    @property
    def code(self) -> str:
        """The status with the problem's stable code, or with the reason why there is none."""
        code = self.content.get("code", self.problem)
        return f"{self.status or 'no answer'} {code}".strip()


class GatewayClient:
    """Calls the gateway at `url`; `key` is the header that shows a key, empty where none is needed.

    No call raises for what the network or the other side does: its Reply says so.
    """

    def __init__(
        self, url: str, key: Mapping[str, str] = _NO_HEADERS, timeout_s: float = 30.0
    ) -> None:
        self.url = url.rstrip("/")
        self._key = dict(key)
        self._http = urllib3.PoolManager(retries=_ONCE, timeout=timeout_s)

    @property
    def keyed(self) -> bool:
        """Whether a key is shown."""
        return bool(self._key)

    def get(self, path: str, headers: Mapping[str, str] = _NO_HEADERS) -> Reply:
        """Ask for `path`."""
        return self._send("GET", path, {**headers, **self._key})

    def post(
        self, path: str, body: bytes, headers: Mapping[str, str] = JSON, *, keyed: bool = True
    ) -> Reply:
        """Send `body`, with the key or without it."""
        return self._send("POST", path, {**headers, **(self._key if keyed else {})}, body)

    def close(self) -> None:
        """Give up connections."""
        self._http.clear()

    def _send(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None = None
    ) -> Reply:
        try:
            answer = self._http.request(method, self.url + path, headers=headers, body=body)
        except urllib3.exceptions.HTTPError as error:
            return Reply(0, {}, f"{type(error).__name__}: {error}")
        target = answer.get_redirect_location()
        if target:
            return Reply(answer.status, {}, f"points to {target!r}, which is not followed")
        return _parsed(answer.status, answer.data, answer.headers.get("Content-Type", ""))


def _parsed(status: int, body: bytes, media_type: str) -> Reply:
    try:
        content = json.loads(body)
    except ValueError:  # a load balancer's own page, say
        content = None
    if not isinstance(content, dict):
        return Reply(status, {}, f"not JSON but {len(body)} bytes of {media_type or 'no type'}")
    return Reply(status, content)
