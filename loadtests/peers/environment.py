"""Make a virtual environment for each peer under .cache/peers; where needed, torch first."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from loadtests.config import inherited_environment
from loadtests.peers.catalog import HERE, ROOT, Peer, own_python

ENVIRONMENTS = ROOT / ".cache" / "peers"
REQUIREMENTS = HERE / "requirements"
TORCH = "torch==2.13.0"
_WITHOUT_TORCH = frozenset({"fastapi"})


class NotInstalledError(Exception):
    """A peer could not be installed; the message is the end of pip's output."""


def python_of(peer: Peer, show: Callable[[str], None]) -> Path:
    """Return the peer's interpreter, installed the first time. Raises NotInstalledError."""
    if not peer.requirements:
        return own_python()
    folder = ENVIRONMENTS / peer.requirements
    done = folder / ".ready"
    if not done.exists():
        show(f"  installing {peer.name} (once, up to 1.5 GB)")
        shutil.rmtree(folder, ignore_errors=True)
        _run(sys.executable, "-m", "venv", str(folder))
        limits = ("-c", str(REQUIREMENTS / "constraints.txt"))
        wanted = ("-r", str(REQUIREMENTS / f"{peer.requirements}.txt"))
        pip = (str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", *limits)
        if peer.requirements not in _WITHOUT_TORCH:
            _run(*pip, TORCH)
        _run(*pip, *wanted)
        done.touch()
    return folder / "bin" / "python"


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, env=inherited_environment())
    if done.returncode:
        raise NotInstalledError(done.stderr.strip().splitlines()[-1][:200] if done.stderr else "")
