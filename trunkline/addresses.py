"""Follows the addresses behind a DNS name, so that replicas that come and go are noticed."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Sequence
from typing import Final

import structlog

from trunkline.background import Background

log = structlog.get_logger("trunkline")

INTERVAL_S: Final = 5.0
_UNKNOWN_S: Final = 0.5

Address = tuple[str, int]
Resolve = Callable[[str, int], Sequence[Address]]


def resolve(host: str, port: int) -> Sequence[Address]:
    """Return every address of `host`, sorted; raise OSError where it has none."""
    infos = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return sorted({(str(info[4][0]), port) for info in infos})


def is_literal(host: str) -> bool:
    """Whether `host` is an IP address already, in brackets or not."""
    bare = host.strip("[]")
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            socket.inet_pton(family, bare)
        except OSError:
            continue
        return True
    return False


class AddressWatch:
    """Looks a name up every INTERVAL_S in a thread and hands over what differs.

    What is known is kept while a look-up fails, and an address until two look-ups in a row lack it:
    some servers answer with a part of the addresses, in turn. `known` is set once the name was
    resolved.
    """

    def __init__(
        self,
        host: str,
        port: int,
        changed: Callable[[Sequence[Address]], None],
        resolve: Resolve = resolve,
    ) -> None:
        self.known = threading.Event()
        self._host, self._port = host, port
        self._changed = changed
        self._resolve = resolve
        self._addresses: Sequence[Address] = ()
        self._latest: Sequence[Address] = ()  # what the last look-up found
        self._background = Background("addresses", self.look, self._interval_s)

    def ensure(self) -> None:
        """Start to look, unless that was done."""
        self._background.ensure()

    def stop(self) -> None:
        """End the thread after its present look-up; nothing is handed over from now on."""
        self._background.stop()

    def look(self) -> None:
        """Look the name up once."""
        try:
            found = self._resolve(self._host, self._port)
        except OSError as error:
            log.warning("name_not_resolved", host=self._host, error=type(error).__name__)
            return
        if not found:
            return
        addresses = sorted({*found, *self._latest})
        self._latest = found
        if addresses != self._addresses and not self._background.stopped:
            self._addresses = addresses
            self._changed(addresses)
            self.known.set()

    def _interval_s(self) -> float:
        return INTERVAL_S if self.known.is_set() else _UNKNOWN_S
