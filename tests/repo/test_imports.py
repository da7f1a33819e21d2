"""What serves loads no training library; `make lint` checks the contracts of imports."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TRAINING = ("matplotlib", "mlflow", "nncf", "pandas", "pyarrow", "sklearn", "torch", "transformers")


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
