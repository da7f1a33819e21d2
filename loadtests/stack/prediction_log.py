"""Switch a stack's prediction log on, as `make run` has it: SQLite, its schema up to date."""

from __future__ import annotations

import base64
import secrets
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from loadtests.stack.machine import ROOT
from loadtests.stack.processes import environment_of


def log_settings(folder: Path, text_level: str = "hash") -> dict[str, str]:
    """Return a gateway's settings for a log in `folder`, under keys of its own."""
    key = "k1:" + base64.b64encode(secrets.token_bytes(32)).decode()
    settings = {
        "GATEWAY_LOG_DIR": str(folder), "GATEWAY_LOG_TEXT": text_level,
        "GATEWAY_LOG_DIGEST_KEYS": key,
    }  # fmt: skip
    if text_level in ("redacted", "full"):
        settings["GATEWAY_LOG_TEXT_KEYS"] = key
    return settings


def migrate(settings: Mapping[str, str]) -> None:
    """Bring the log's schema up to date, which a gateway awaits before it is ready."""
    words = [sys.executable, "-m", "gateway", "migrate"]
    environment = environment_of("gateway", settings)
    subprocess.run(words, env=environment, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
