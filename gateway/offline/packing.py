"""Packs the wrapped pipeline as a folder that needs no checkout: code, encoder, heads, versions."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from embedder.checkpoint.folder import find_model
from gateway.offline import packed
from heads.lifecycle import aliases, switches
from heads.storage.folder import FolderCatalog
from trunkline.disk import file_sha256

REQUIREMENTS = "requirements.txt"
DIRECT = (
    "cachetools", "click", "lxml", "numpy", "onnx", "onnxruntime", "openvino",
    "prometheus-client", "pydantic", "safetensors", "scikit-learn", "scipy", "structlog",
    "tokenizers", "tomli-w",
)  # fmt: skip
"""What the packed code imports; what these need is found from them."""

_ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Pack:
    """A packed pipeline: its folder, its digest over all files, and the heads in it."""

    folder: Path
    digest: str
    heads: Sequence[str]

    @property
    def module(self) -> str:
        """The name of its loader, which no other pack has."""
        return f"trunkline_{self.digest.removeprefix('sha256:')[:16]}"


def pack(catalog: Path, out: Path, model: Path | None = None) -> Pack:
    """Write code, encoder and the heads in production to the new folder `out`.

    The same heads, encoder and code give the same digest. Raises FileExistsError.
    """
    out.mkdir(parents=True)
    for package in packed.PACKAGES:
        _copy_code(package, out / packed.CODE)
    found = find_model(model)
    shutil.copytree(found.folder, out / packed.ENCODER / found.folder.name)
    heads = _copy_heads(catalog, out / packed.CATALOG)
    return Pack(out, _digest(out), heads)


def _copy_code(package: str, target: Path) -> None:
    """Copy sources, and the small files that they read; no training data and no shipped heads."""
    left_out = shutil.ignore_patterns(
        "__pycache__", "catalog", "data", "adapters", "web", "service", "*.safetensors"
    )
    shutil.copytree(_ROOT / package, target / package, ignore=left_out)


def _copy_heads(catalog: Path, target: Path) -> tuple[str, ...]:
    """Copy each version in production with aliases that name no other, and the switches."""
    source, names = FolderCatalog(catalog), []
    for file in sorted(catalog.glob(f"*/{aliases.FILE}")):
        name = file.parent.name
        version = aliases.read(source, name)[0].production
        if version is None:
            continue
        shutil.copytree(catalog / name / version, target / name / version)
        alone = aliases.with_role(
            FolderCatalog(target), name, aliases.Aliases(), "production", version
        )
        aliases.write(FolderCatalog(target), name, alone, "")
        names.append(name)
    if (catalog / switches.FILE).is_file():
        shutil.copy(catalog / switches.FILE, target)
    return tuple(names)


def _digest(folder: Path) -> str:
    total = hashlib.sha256()
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        total.update(f"{file.relative_to(folder)}\0{file_sha256(file)}\n".encode())
    return f"sha256:{total.hexdigest()}"
