"""Holds the keys in force, read from a setting and a file that is followed while running."""

import hmac
import os
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import structlog

from gateway.auth.keys import Key, KeysError, digest, read_keys
from gateway.config import Settings
from trunkline.logs import audit
from trunkline.settings import SettingsError

log = structlog.get_logger("gateway")

_CHECK_EVERY_S = 1.0
_SETTLE_S = 0.1  # a file that changed within this time may be half written
_Stamp = tuple[int, int, int]


class Keyring:
    """Finds keys by their text; thread-safe. Those in `text` last as long as the process.

    Those in the `file` follow it within about a second, once it lies still. A file that is gone
    or cannot be read changes nothing: keys neither appear nor vanish by accident. `wall` is the
    clock of files' stamps. Raises KeysError, OSError and UnicodeDecodeError when made.
    """

    def __init__(
        self,
        text: str = "",
        file: Path | None = None,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._fixed = read_keys(text)
        self._file = file
        self._clock = clock
        self._wall = wall
        self._checking = threading.Lock()
        self._next_check = clock() + _CHECK_EVERY_S
        self._stamp: _Stamp | None = None
        self._last_seen: _Stamp | None = None
        self._keys: Mapping[str, Key] = {}
        self._hashes: tuple[tuple[bytes, Key], ...] = ()
        if file is not None:
            self._stamp = _stamp(file)
        self._use(self._read())

    def __len__(self) -> int:
        return len(self._keys)

    @property
    def is_due(self) -> bool:
        """Whether `find` would look at the file first."""
        return self._file is not None and self._clock() >= self._next_check

    def find(self, shown: str) -> Key | None:
        """Return the key that was shown, None where it is none of these.

        Every hash is compared, each in constant time: how long it takes reveals nothing about them.
        """
        if self._file is not None:
            self._follow(self._file)
        given = digest(shown).encode()
        match = None
        for known, key in self._hashes:
            if hmac.compare_digest(known, given):
                match = key
        return match

    def _follow(self, file: Path) -> None:
        if self._clock() < self._next_check:
            return
        with self._checking:
            now = self._clock()
            if now < self._next_check:
                return
            self._next_check = now + _CHECK_EVERY_S
            try:
                stamp = _stamp(file)
                if stamp == self._stamp:
                    return
                keys = self._read() if self._is_settled(stamp) else None
                if keys is None or _stamp(file) != stamp:
                    self._next_check = now + _SETTLE_S
                    return
            except (OSError, UnicodeDecodeError, KeysError) as error:
                log.error("keys_not_reloaded", error=type(error).__name__)
                return
            before, self._stamp = self._keys, stamp
            self._use(keys)
            _audit_change(before, self._keys)

    def _is_settled(self, stamp: _Stamp) -> bool:
        """Whether the file is whole: its last change is old enough, or was seen a check ago.

        The latter is for files whose stamps come from another machine, with a clock of its own.
        """
        known, self._last_seen = self._last_seen, stamp
        return stamp == known or self._wall() - stamp[0] / 1e9 >= _SETTLE_S

    def _read(self) -> tuple[Key, ...]:
        if self._file is None:
            return self._fixed
        followed = read_keys(self._file.read_text(encoding="utf-8"))
        if {k.id for k in followed} & {k.id for k in self._fixed}:
            raise KeysError("a key of the file has the id of one in the setting")
        return self._fixed + followed

    def _use(self, keys: tuple[Key, ...]) -> None:
        self._keys = {key.id: key for key in keys}
        self._hashes = tuple((key.sha256.encode(), key) for key in keys)


def open_keyring(settings: Settings) -> Keyring | None:
    """Return the keys that callers need, None where they need none: on loopback, with none set.

    Raises SettingsError where a public address is to be served without a single key.
    """
    given, file = settings.api_keys, settings.api_keys_file
    if given is None and file is None and settings.loopback:
        return None
    try:
        keyring = Keyring("" if given is None else given.get_secret_value(), file)
    except KeysError as error:
        name = "GATEWAY_API_KEYS" if file is None else "GATEWAY_API_KEYS_FILE"
        raise SettingsError(f"{name}: {error}") from None
    except (OSError, UnicodeDecodeError) as error:
        why = os.strerror(error.errno or 0) if isinstance(error, OSError) else "not UTF-8"
        raise SettingsError(f"GATEWAY_API_KEYS_FILE: {why}") from None
    if not len(keyring) and not settings.loopback and not settings.sagemaker:
        raise SettingsError(
            f"GATEWAY_HOST: {settings.host} can be reached from elsewhere, so callers need keys: "
            "set GATEWAY_API_KEYS_FILE or GATEWAY_API_KEYS (`gateway keys new` makes one), or "
            "listen on 127.0.0.1"
        )
    return keyring


def _stamp(file: Path) -> _Stamp:
    stat = file.stat()
    return stat.st_mtime_ns, stat.st_size, stat.st_ino


def _audit_change(before: Mapping[str, Key], after: Mapping[str, Key]) -> None:
    audit(
        "keys_changed",
        added=sorted(after.keys() - before.keys()),
        removed=sorted(before.keys() - after.keys()),
        changed=sorted(i for i in after.keys() & before.keys() if after[i] != before[i]),
    )
