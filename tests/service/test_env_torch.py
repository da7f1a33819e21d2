"""env/torch.sh by a real pip over tiny wheels: which torch a machine gets for its tests."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.service

SCRIPT = Path(__file__).resolve().parents[2] / "env" / "torch.sh"
WHICH = "import torch; print(torch.KIND)"


def wheel(folder: Path, name: str, version: str, code: str, needs: str = "") -> None:
    """Write a wheel of one module into its package's page of an index."""
    page = folder / name
    page.mkdir(parents=True, exist_ok=True)
    module = name.replace("-", "_")
    facts = f"{module}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    if needs:
        metadata += f"Requires-Dist: {needs}\n"
    with zipfile.ZipFile(page / f"{module}-{version}-py3-none-any.whl", "w") as made:
        made.writestr(f"{module}.py", code)
        made.writestr(f"{facts}/METADATA", metadata)
        made.writestr(f"{facts}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        made.writestr(f"{facts}/RECORD", "")
    links = [f'<a href="{file.name}">{file.name}</a>' for file in page.glob("*.whl")]
    (page / "index.html").write_text("\n".join(links))


def cpu_build(folder: Path) -> None:
    """Offer the CPU build, which imports alone."""
    wheel(folder, "torch", "2.13.0+cpu", "KIND = 'cpu'\n")


def cuda_build(folder: Path) -> None:
    """Offer the build that needs libraries, as PyPI does, and the libraries."""
    code = "import cuda_libraries\nKIND = 'cuda'\n"
    wheel(folder, "torch", "2.13.0", code, needs="cuda-libraries")
    wheel(folder, "cuda-libraries", "1.0", "")


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make an environment of its own, with nothing but pip."""
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    return folder / "bin" / "python"


def installed(python: Path, main: Path, cpu: Path) -> tuple[str, str]:
    """Run the script where pip looks at `main` and PyTorch's index is `cpu`: torch, and output."""
    subprocess.run([python, "-m", "pip", "uninstall", "-qy", "torch", "cuda-libraries"], check=True)
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("PIP_")}
    environment = inherited | {
        "BIN": str(python.parent),
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_INDEX_URL": main.as_uri(),
        "TORCH_CPU_INDEX": cpu.as_uri(),
    }
    environment.pop("PYTHONPATH", None)
    done = subprocess.run(
        [SCRIPT], env=environment, capture_output=True, text=True, check=True, cwd=python.parent
    )
    found = subprocess.run(
        [python, "-c", WHICH], env=environment, capture_output=True, text=True, check=True
    )
    return found.stdout.strip(), done.stdout


def test_a_cpu_build_where_pip_looks_is_taken(python: Path, tmp_path: Path) -> None:
    """It is preferred to the CUDA build beside it, without libraries and without a word."""
    cpu_build(tmp_path)
    cuda_build(tmp_path)
    assert installed(python, tmp_path, tmp_path / "empty") == ("cpu", "")


def test_else_pytorchs_own_index_is_asked(python: Path, tmp_path: Path) -> None:
    """Where PyPI has the CUDA build alone, as it does, the CPU build comes from PyTorch."""
    cuda_build(tmp_path / "pypi")
    cpu_build(tmp_path / "pytorch")
    kind, said = installed(python, tmp_path / "pypi", tmp_path / "pytorch")
    assert (kind, "asking" in said) == ("cpu", True)


def test_else_torch_comes_with_its_own_libraries(python: Path, tmp_path: Path) -> None:
    """With no CPU build anywhere the build that is there is made to import."""
    cuda_build(tmp_path)
    kind, said = installed(python, tmp_path, tmp_path / "empty")
    assert (kind, "with its own libraries" in said) == ("cuda", True)


def test_no_torch_at_all_is_an_error(python: Path, tmp_path: Path) -> None:
    """The set-up ends there, rather than in the first test that imports it."""
    with pytest.raises(subprocess.CalledProcessError):
        installed(python, tmp_path / "empty", tmp_path / "empty")
