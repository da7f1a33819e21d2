"""Refuses settings of the log that do not fit together, before any worker starts."""

import errno
import os

from pydantic import SecretStr

from gateway.config import PREFIX, Settings
from gateway.prediction_log.sealing import Keys, read_keys
from trunkline.settings import SettingsError

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)


def prepare_log(settings: Settings) -> None:
    """Make the log's folder; raise SettingsError for what no worker could record with.

    A disk that is only full is no reason not to serve: what finds no room is lost, or refused.
    """
    if settings.log_dir is None:
        return
    text_keys = keys_of(settings.log_text_keys, "LOG_TEXT_KEYS")
    keys_of(settings.log_digest_keys, "LOG_DIGEST_KEYS")
    if text_keys is None and (settings.log_embeddings or settings.log_text in ("redacted", "full")):
        raise SettingsError(f"{PREFIX}LOG_TEXT_KEYS: words and vectors are only kept encrypted")
    if settings.log_finish_s >= settings.graceful_timeout_s:
        raise SettingsError(
            f"{PREFIX}LOG_FINISH_S: must be below {PREFIX}GRACEFUL_TIMEOUT_S, which ends it"
        )
    try:
        settings.log_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not os.access(settings.log_dir, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except OSError as error:
        if error.errno not in _NO_ROOM:
            reason = os.strerror(error.errno or 0)
            raise SettingsError(f"{PREFIX}LOG_DIR: {reason}") from None


def keys_of(setting: SecretStr | None, name: str) -> Keys | None:
    """Return a setting's keys, None where it is absent; raise SettingsError for wrong ones."""
    if setting is None:
        return None
    try:
        return read_keys(setting.get_secret_value())
    except ValueError as error:
        raise SettingsError(f"{PREFIX}{name}: {error}") from None
