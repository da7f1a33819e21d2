"""Imports run one way, and nothing that serves on CPU loads a training library."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("embedder", "heads", "gateway", "trunkline")
RUNTIMES = {"openvino", "onnxruntime"}
TRAINING = {"torch", "transformers", "sklearn", "pandas", "matplotlib", "mlflow", "pyarrow"}
OFFLINE = "gateway/offline/"  # what composes the whole pipeline without services


def _modules() -> list[str]:
    files = (path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py")))
    return [str(path.relative_to(ROOT)) for path in files]


def _imports(file: str) -> Iterator[tuple[str, int]]:
    """Every absolute module name that `file` imports, also inside functions."""
    for node in ast.walk(ast.parse((ROOT / file).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}:{node.lineno}: relative import"
            yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)


def _allowed(file: str, module: str) -> bool:
    """Whether the house rules let `file` import `module`."""
    top = module.split(".")[0]
    if top in RUNTIMES:
        return file.startswith("embedder/runtime/")
    if top in TRAINING:
        return file.startswith("heads/training/")
    if file.startswith("trunkline/"):
        return top not in {*PACKAGES, "protos"} or top == "trunkline"
    if file.startswith("embedder/"):
        return top not in {"heads", "gateway"}
    if file.startswith("heads/training/"):
        return top != "gateway"
    if file.startswith("heads/"):
        inside = {"heads/__main__.py": {"heads.training"}}.get(file, set())
        lazily = any(module.startswith(name) for name in inside)
        return top not in {"embedder", "gateway"} and (
            lazily or not module.startswith("heads.training")
        )
    if file.startswith(OFFLINE):
        return True
    if module.startswith("heads.training"):
        return False
    return top != "embedder" or module.split(".")[1] in {"client", "errors"}


@pytest.mark.parametrize("file", _modules())
def test_imports_run_one_way(file: str) -> None:
    """Imports point from the gateway to heads and the embedder's client, never the other way."""
    wrong = [f"{file}:{line}: {name}" for name, line in _imports(file) if not _allowed(file, name)]

    assert not wrong


@pytest.mark.parametrize(
    "module", ["embedder.server.server", "embedder.client", "heads.service.app", "gateway.app"]
)
def test_serving_loads_no_training_library(module: str) -> None:
    """Importing a service loads neither torch nor any other library that only training needs."""
    program = f"import sys, {module}; print(*set({sorted(TRAINING)}) & set(sys.modules))"

    loaded = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    )

    assert loaded.stdout.strip() == ""
