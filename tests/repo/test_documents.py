"""The documents say what the code says: settings, metrics, routes, links, commands."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md")


def _read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_generated_documents_are_fresh() -> None:
    """Settings, metrics and files stand in the documents as the code has them (`make docs`)."""
    done = subprocess.run(
        [sys.executable, "env/document.py", "--check"],
        cwd=ROOT, capture_output=True, text=True, env={"PYTHONPATH": str(ROOT)},
    )  # fmt: skip

    assert done.returncode == 0, done.stdout + done.stderr


def test_every_route_is_documented() -> None:
    """README names every route that the gateway answers."""
    from embedder.testing.embedder import FakeEmbedder
    from gateway.api.openapi import document
    from gateway.app import Gateway
    from gateway.config import Settings
    from tests.support.pools import FakePool, head_set

    gateway = Gateway(Settings(), FakeEmbedder(), FakePool(head_set()))
    gateway.close()
    missing = sorted(p for p in document(gateway.app)["paths"] if p not in _read("README.md"))

    assert not missing


def test_links_and_paths_in_documents_exist() -> None:
    """Every relative link of the documents points at a file of the repository."""
    broken = [
        f"{name}: {target}"
        for name in DOCS
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", _read(name))
        if not (ROOT / target).exists()
    ]

    assert not broken


def test_make_targets_in_documents_exist() -> None:
    """Every `make x` that a document names is a target of the Makefile."""
    targets = set(re.findall(r"^([a-z-]+):", _read("Makefile"), flags=re.MULTILINE))
    named = {t for name in DOCS for t in re.findall(r"`make ([a-z-]+)", _read(name))}

    assert named <= targets
