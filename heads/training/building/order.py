"""Records what was asked of a training and what it stood on, so that it can be asked again."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Literal

from heads.bundle.facts import METRICS_FILE
from heads.bundle.reading import BundleFiles
from heads.storage.atomic_files import digest
from heads.training.data.tables import CONTEXT_COLUMN
from heads.training.errors import DataError
from trunkline.build import UNKNOWN, current_build

FACT = "training"
"""Under which metrics.json holds what a training was asked for and what it stood on."""

_ROOT = Path(__file__).parents[3]
_GUIDE = _ROOT / "heads" / "data" / "GUIDE.md"
# What decides on a head's numbers: from a text to vectors, and from vectors to a bundle.
_CODE = (
    "embedder/checkpoint", "embedder/encoder.py", "embedder/framing.py", "embedder/runtime",
    "embedder/tokenizer.py", "embedder/views.py", "heads/bundle", "heads/inference",
    "heads/manifest.py", "heads/training/behaviour", "heads/training/building",
    "heads/training/data", "heads/training/evaluation", "heads/training/fitting",
    "heads/training/metrics.py", "trunkline/reply_context.py",
)  # fmt: skip
_LIBRARIES = ("numpy", "torch", "openvino", "onnxruntime", "onnxruntime-gpu", "tokenizers")
_SHORT = 12


@dataclass(frozen=True)
class Order:
    """What `heads train` or `heads new` was asked for.

    `head` is the name given: a table of several labels makes heads of longer names. `files` as
    given, none for the shipped corpus; addresses of PostgreSQL, without a password, are among them,
    of which `query` gives the rows. `model`: None for the default encoder, "frozen", or a
    folder; `fold_models` are folders. The other fields are options of the same names.
    """

    head: str
    command: Literal["train", "new"] = "train"
    files: tuple[str, ...] = ()
    text_column: str = "text"
    context_column: str = CONTEXT_COLUMN
    label_column: str | None = None
    group_column: str = "author"
    labels: tuple[str, ...] = ()
    description: str = ""
    members: str | None = None
    tune: bool = False
    precision: float | None = None
    targets: tuple[tuple[str, float], ...] = ()
    group_by: str = "author"
    thresholds_by: str = "source"
    seed: int = 0
    model: str | None = None
    fold_models: tuple[str, ...] = ()
    query: str | None = None
    settings: Mapping[str, Any] | None = None

    @property
    def columns(self) -> dict[str, str]:
        """Return the columns of text, context and author, as `make_dataset` takes them."""
        return {
            "text_column": self.text_column,
            "context_column": self.context_column,
            "group_column": self.group_column,
        }


@dataclass(frozen=True)
class State:
    """What a training stood on beside its order; all but `commit` are compared.

    `data`: the digest of each file by its name; `code`: of the sources that decide on a head's
    numbers; `guide`: of the annotators' guide; `libraries`: versions of those that compute.
    """

    data: Mapping[str, str]
    encoders: tuple[str, ...]
    code: str
    guide: str
    libraries: Mapping[str, str]
    commit: str = UNKNOWN


@dataclass(frozen=True)
class TrainingRecord:
    """A training's order and state, as its bundle keeps them."""

    order: Order
    state: State

    def as_table(self) -> dict[str, Any]:
        """Return plain values for metrics.json; `record_of` reads them back."""
        return {"order": asdict(self.order), "state": asdict(self.state)}


def record_of(bundle: BundleFiles) -> TrainingRecord:
    """Read a bundle's record. Raises DataError where it has none, or an unknown one."""
    try:
        table = json.loads(bundle.files[METRICS_FILE])[FACT]
        order, state = table["order"], table["state"]
        targets = tuple((label, float(share)) for label, share in order.pop("targets"))
        plain = {name: _tuple(value) for name, value in order.items()}
        held = {name: _tuple(value) for name, value in state.items()}
        return TrainingRecord(Order(**plain, targets=targets), State(**held))
    except (KeyError, ValueError, TypeError) as error:
        name = f"{bundle.manifest.name}/{bundle.manifest.version}"
        raise DataError(
            f"{name} does not record what its training was asked for: train the head once more "
            "by `heads train` or `heads new`"
        ) from error


def state_now(files: Sequence[Path], encoders: Sequence[str]) -> State:
    """Take the state of the files to learn from, the encoders' fingerprints, code and guide."""
    data: dict[str, str] = {}
    for path in files:
        name = _name(path)
        several = sum(other.partition("#")[0] == name for other in data)
        data[f"{name}#{several + 1}" if several else name] = digest(path.read_bytes())
    return State(
        data,
        tuple(encoders),
        _code_digest(),
        digest(_GUIDE.read_bytes()) if _GUIDE.is_file() else "",
        {name: found for name in _LIBRARIES if (found := _version_of(name))},
        commit(),
    )


def changes(old: State, new: State) -> tuple[str, ...]:
    """Return a line for each thing that differs: data, code, encoder, guide, libraries."""
    return tuple(_changes(old, new))


def commit() -> str:
    """Return the git commit that the code is of, with "-dirty" where tracked files differ."""
    known = current_build().commit
    git = shutil.which("git")
    if known != UNKNOWN or git is None:
        return known
    asked = [git, "describe", "--always", "--abbrev=40", "--dirty", "--exclude=*"]
    done = subprocess.run(asked, capture_output=True, text=True, cwd=_ROOT, check=False)
    return done.stdout.strip() or UNKNOWN


def _changes(old: State, new: State) -> Iterator[str]:
    for name in sorted({*old.data, *new.data}):
        if name not in new.data or name not in old.data:
            yield f"data: {name} is {'gone' if name in old.data else 'new'}"
        elif old.data[name] != new.data[name]:
            yield f"data: {name} changed"
    if old.code != new.code:
        yield f"code: {_short(old.commit)} -> {_short(new.commit)}, other sources of training"
    if old.encoders != new.encoders:
        was, now = (" ".join(map(_short, state.encoders)) for state in (old, new))
        yield f"encoder: {was} -> {now}"
    if old.guide != new.guide:
        yield f"guide: {_short(old.guide)} -> {_short(new.guide)}"
    for name in sorted({*old.libraries, *new.libraries}):
        versions = (old.libraries.get(name, "none"), new.libraries.get(name, "none"))
        if versions[0] != versions[1]:
            yield f"library: {name} {versions[0]} -> {versions[1]}"


def _name(path: Path) -> str:
    """Return a file's name as every machine has it: of one outside the project its last part."""
    path = path.resolve()
    return str(path.relative_to(_ROOT)) if path.is_relative_to(_ROOT) else path.name


def _code_digest() -> str:
    total = hashlib.sha256()
    for place in _CODE:
        path = _ROOT / place
        for file in [path] if path.is_file() else sorted(path.rglob("*.py")):
            total.update(f"{file.relative_to(_ROOT)}\0".encode())
            total.update(file.read_bytes())
    return f"sha256:{total.hexdigest()}"


def _version_of(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:
        return ""


def _short(identity: str) -> str:
    mark = "-dirty" if identity.endswith("-dirty") else ""
    return (identity.removeprefix("sha256:")[:_SHORT] or "none") + mark


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
