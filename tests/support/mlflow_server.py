"""A real MLflow server on a free port, in the environment of `make setup-tracking`."""

from __future__ import annotations

import os
import signal
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from loadtests.stack.processes import free_ports
from tests.support.waiting import until

ROOT = Path(__file__).resolve().parents[2]
BIN = ROOT / ".venv-tracking" / "bin"
PYTHON = BIN / "python"
_START_S = 900.0  # its tables are made, and much is imported, on a machine that may be busy
# A finding of every test: what any of its processes connects to is written down.
_WATCH = """
import os, sys
def watch(event, args):
    if event == "socket.connect" and isinstance(args[1], tuple):
        with open(os.environ["CONNECTIONS"], "a") as file:
            file.write(f"{args[1][0]}\\n")
    elif event == "socket.getaddrinfo":
        with open(os.environ["CONNECTIONS"], "a") as file:
            file.write(f"{args[0]}\\n")
sys.addaudithook(watch)
"""


def environment(folder: Path, **more: str) -> dict[str, str]:
    """Return the environment of a command whose connections are written to a file in `folder`."""
    watch = folder / "watch"
    watch.mkdir(exist_ok=True)
    (watch / "sitecustomize.py").write_text(_WATCH)
    kept = {name: os.environ[name] for name in ("HOME", "LANG") if name in os.environ}
    return {
        **kept,
        "PATH": f"{BIN}:/usr/local/bin:/usr/bin:/bin",
        "PYTHONPATH": f"{watch}:{ROOT}",
        "CONNECTIONS": str(folder / "connections"),
        "GIT_PYTHON_REFRESH": "quiet",
        **more,
    }


def connections(folder: Path) -> set[str]:
    """Return every host that commands of this folder connected to or looked up."""
    file = folder / "connections"
    return set(file.read_text().split()) if file.exists() else set()


def run(folder: Path, *command: str, check: bool = True, **more: str) -> str:
    """Run a Python module in the environment with MLflow; return what it printed."""
    done = subprocess.run(
        [PYTHON, "-m", *command], env=environment(folder, **more), cwd=folder, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
    )  # fmt: skip
    assert not check or done.returncode == 0, done.stdout
    return done.stdout


@contextmanager
def mlflow_server(folder: Path) -> Iterator[str]:
    """Serve MLflow over a SQLite store in `folder`; yield its address."""
    command = [
        str(PYTHON), "-m", "mlflow", "server", "--backend-store-uri", f"sqlite:///{folder}/server.db",
        "--artifacts-destination", str(folder / "artifacts"), "--workers", "1",
    ]  # fmt: skip
    (port,) = free_ports(1)
    with serving(folder, command, port) as address:
        yield address


@contextmanager
def serving(folder: Path, command: list[str], port: int, **more: str) -> Iterator[str]:
    """Run a command that serves MLflow on a port until the block ends; yield its address."""
    env = environment(
        folder, MLFLOW_DISABLE_TELEMETRY="true", MLFLOW_SERVER_ENABLE_JOB_EXECUTION="false",
        MLFLOW_HOST="127.0.0.1", MLFLOW_PORT=str(port), **more,
    )  # fmt: skip
    with (folder / "server.log").open("a") as log:
        server = subprocess.Popen(
            command, env=env, cwd=folder, stdout=log, stderr=log, start_new_session=True
        )
    address = f"http://127.0.0.1:{port}"
    try:
        until(lambda: _answers(address, server), "MLflow did not start", _START_S)
        yield address
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(_START_S)


def _answers(address: str, server: subprocess.Popen[bytes]) -> bool:
    assert server.poll() is None, "the MLflow server ended"
    try:
        with urllib.request.urlopen(f"{address}/health", timeout=5) as answer:  # noqa: S310
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
