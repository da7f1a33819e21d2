"""Imports keep the contracts of pyproject.toml, and what serves loads no training library."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TRAINING = ("matplotlib", "mlflow", "pandas", "pyarrow", "sklearn", "torch", "transformers")


def test_imports_keep_their_contracts() -> None:
    """Rooms import downwards only: every contract of import-linter in pyproject.toml is kept."""
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()"],
        capture_output=True, text=True, cwd=ROOT,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout + done.stderr
    assert " 0 broken" in done.stdout


@pytest.mark.parametrize(
    "module", ["embedder.server.server", "embedder.client", "heads.service.app", "gateway.app"]
)
def test_serving_loads_no_training_library(module: str) -> None:
    """Importing a service loads neither torch nor any other library that only training needs."""
    program = f"import sys, {module}; print(*set({TRAINING}) & set(sys.modules))"

    loaded = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    )

    assert loaded.stdout.strip() == ""
