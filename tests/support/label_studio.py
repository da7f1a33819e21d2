"""A real Label Studio in its own environment: a process on loopback, asked by its REST API."""

import json
import os
import shutil
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from loadtests.stack.processes import free_ports
from tests.support.waiting import until

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = Path(os.environ.get("LABEL_STUDIO", ROOT / ".venv-label-studio/bin/label-studio"))
TOKEN = "0123456789abcdef0123456789abcdef01234567"
TEMPLATE = PROGRAM.parents[1] / "template"
"""Data of a server whose migrations ran when it was set up: they take minutes."""
START_S = 900.0
_SETTINGS = {
    "COLLECT_ANALYTICS": "false", "LATEST_VERSION_CHECK": "false", "FEATURE_FLAGS_OFFLINE": "true",
    "SENTRY_DSN": "", "FRONTEND_SENTRY_DSN": "", "ML_BLOCK_LOCAL_IP": "false",
    "SSRF_PROTECTION_ENABLED": "false", "LABEL_STUDIO_ENABLE_LEGACY_API_TOKEN": "true",
    "SECRET_KEY": "for tests alone", "DEBUG": "false",
    # Its own patience with those that it calls, a second for most of it: a busy machine takes more.
    "WEBHOOK_TIMEOUT": "300", "ML_CONNECTION_TIMEOUT": "300", "ML_TIMEOUT_HEALTH": "300",
    "ML_TIMEOUT_SETUP": "300", "ML_TIMEOUT_PREDICT": "300", "ML_TIMEOUT_DELETE": "300",
}  # fmt: skip


@dataclass
class LabelStudio:
    """A server with data of its own; it can be stopped and started again."""

    folder: Path
    port: int = field(default_factory=lambda: free_ports(1)[0])
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Return its address."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        environ = {
            **_SETTINGS, "PATH": os.environ["PATH"], "HOME": str(self.folder),
            "LABEL_STUDIO_BASE_DATA_DIR": str(self.folder / "data"),
        }  # fmt: skip
        if not (self.folder / "data").exists():
            shutil.copytree(TEMPLATE, self.folder / "data")
        with (self.folder / "label-studio.log").open("ab") as log:
            self.process = subprocess.Popen(
                [
                    PROGRAM, "start", "--no-browser", "--internal-host", "127.0.0.1",
                    "--host", self.url, "--port", str(self.port), "--username", "ann@example.com",
                    "--password", "for-tests-alone", "--user-token", TOKEN,
                ],
                env=environ, cwd=self.folder, stdout=log, stderr=subprocess.STDOUT,
            )  # fmt: skip
        until(self._answers, "Label Studio did not start", seconds=START_S)

    def stop(self) -> None:
        """End it."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(START_S)
            self.process = None

    def call(self, method: str, path: str, content: Any = None) -> Any:
        """Return what it answers as JSON; raise AssertionError for a refusal."""
        request = urllib.request.Request(  # noqa: S310 - loopback
            self.url + path,
            None if content is None else json.dumps(content).encode(),
            {"Authorization": f"Token {TOKEN}", "Content-Type": "application/json"},
            method=method,
        )
        try:
            with urllib.request.urlopen(request, timeout=START_S) as answer:  # noqa: S310
                body = answer.read()
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{method} {path}: {error.code} {error.read()[:500]!r}") from None
        return json.loads(body) if body else None

    def _answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, (self.folder / "label-studio.log").read_text()[-2000:]
        try:
            self.call("GET", "/api/projects")
        except (OSError, AssertionError):
            return False
        return True


@contextmanager
def label_studio(folder: Path) -> Iterator[LabelStudio]:
    """Yield a server that runs."""
    server = LabelStudio(folder)
    try:
        server.start()
        yield server
    finally:
        server.stop()
