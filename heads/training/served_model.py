"""Writes a model for MLflow's own server that needs nothing but its pinned requirements."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from heads.training.tracking import open_mlflow

_COLUMNS = ("text", "html", "raw_base64", "subject", "last_outbound", "date", "scope")
"""Of the table that a served model takes, each of them optional."""


@dataclass(frozen=True)
class ServedModel:
    """What a model for MLflow's own server is made of.

    `module` is its loader's name, of the file `loader`; `data` a folder; `libraries` the installed
    distributions that it needs, pinned with what they need in turn.
    """

    name: str
    module: str
    loader: Path
    data: Path
    libraries: Sequence[str]
    tags: Mapping[str, str]


def save_model(model: ServedModel, folder: Path) -> None:
    """Write an MLflow model that needs its own requirements alone. Raises TrackingError."""
    mlflow = open_mlflow()
    types = mlflow.types
    columns = [types.ColSpec(types.DataType.string, name, required=False) for name in _COLUMNS]
    signature = mlflow.models.ModelSignature(inputs=types.Schema(columns))
    with tempfile.TemporaryDirectory(prefix="heads-model-") as scratch:
        code = Path(scratch) / model.module
        code.mkdir()
        (code / "__init__.py").write_bytes(model.loader.read_bytes())
        mlflow.pyfunc.save_model(
            str(folder),
            loader_module=model.module,
            data_path=str(model.data),
            code_paths=[str(code)],
            pip_requirements=pinned(["mlflow", *model.libraries]),
            signature=signature,
            metadata=dict(model.tags),
        )


def pinned(libraries: Sequence[str]) -> list[str]:
    """Return `name==version` of the installed libraries and of all that they need here."""
    from packaging.requirements import Requirement

    pins: dict[str, str] = {}
    waiting = list(libraries)
    while waiting:
        name = re.sub(r"[-_.]+", "-", waiting.pop()).lower()
        if name in pins:
            continue
        try:
            found = distribution(name)
        except PackageNotFoundError:
            continue  # an alternative that is not used here
        pins[name] = found.version
        needs = [Requirement(text) for text in found.requires or ()]
        waiting += [r.name for r in needs if r.marker is None or r.marker.evaluate({"extra": ""})]
    return [f"{name}=={version}" for name, version in sorted(pins.items())]
