"""The encoder's graphs on disk: built once, checked at every start, safe for several processes."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from embedder.checkpoint.folder import Model, ModelError
from embedder.checkpoint.vocabulary import VocabularyTable, is_outside_graph
from embedder.checkpoint.weights import NumberFormat, read_weights
from trunkline.disk import file_sha256

INPUTS: Final = ("input_ids", "lengths", "token_type_ids", "ends")
WORDS: Final = "words"  # in place of the first where the vocabulary is outside the graph

Ints = NDArray[np.int32]

_WEIGHTS: Final = "weights.bin"
_VERSION: Final = 2  # raise it whenever the graph or the layout of the cache changes


class GraphCache:
    """The graphs of one model on disk: one weights file, one small graph per depth.

    A folder is complete or absent (it is renamed into place), is checked against its own digest
    once per process, and is rebuilt when it does not match. Safe for several processes.
    """

    def __init__(self, model: Model, root: Path, number_format: NumberFormat = "fp32") -> None:
        self.model = model
        self.number_format: NumberFormat = number_format
        self.folder = root / f"graph-{_key(model, number_format)[:32]}"
        self._words = VocabularyTable(model) if is_outside_graph(model) else None

    def path(self, depth: int) -> Path:
        """Return the graph that ends after layer `depth` (0..layers)."""
        if not 0 <= depth <= self.model.architecture.layers:
            raise ValueError(f"the encoder has layers 0..{self.model.architecture.layers}")
        return self.folder / f"depth-{depth}.onnx"

    @property
    def weights(self) -> Path:
        """Path of the file with the weights of every depth."""
        return self.folder / _WEIGHTS

    def feed(self, ids: Ints, *others: Ints) -> dict[str, NDArray[np.generic]]:
        """Name a batch's arrays, in the order of `INPUTS`, as the graph's inputs."""
        named = dict(zip(INPUTS[1:], others, strict=True))
        if self._words is None:
            return {INPUTS[0]: ids, **named}
        return {WORDS: self._words.look_up(ids), **named}

    def ensure(self) -> None:
        """Build what is absent or damaged.

        Raises `ModelError` for unusable weights, and where the folder cannot be written to.
        """
        if _is_intact(self.folder):
            return
        try:
            self._build()
        except OSError as error:
            reason = os.strerror(error.errno or 0)
            raise ModelError(
                f"the encoder's graph is not in {self.folder.parent} (EMBEDDER_GRAPH_DIR) and "
                f"cannot be put there: {reason}",
                code="graph_unwritable",
            ) from error

    def _build(self) -> None:
        # onnx costs 13 MB of memory, which only the process that builds should pay.
        try:
            from embedder.checkpoint.graph import build_graph, write_weights
        except ImportError as error:  # images hold their encoders' graphs, and no onnx
            raise ModelError(
                f"the graph of {self.model.model_id} is not in {self.folder.parent} "
                f"(EMBEDDER_GRAPH_DIR), and {error.name} that builds it is not installed: name an "
                "encoder whose graph is there, or build it where onnx is",
                code="graph_missing",
            ) from error

        weights = read_weights(self.model, self.number_format)
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=".building-", dir=self.folder.parent))
        try:
            external = write_weights(weights, work / _WEIGHTS)
            arch, outside = self.model.architecture, is_outside_graph(self.model)
            for depth in range(arch.layers + 1):
                proto = build_graph(arch, external, depth, self.number_format, words_given=outside)
                (work / f"depth-{depth}.onnx").write_bytes(proto.SerializeToString())
            sums = {file.name: file_sha256(file) for file in sorted(work.iterdir())}
            (work / "sha256.json").write_text(json.dumps(sums), encoding="utf-8")
            work.chmod(0o755)  # mkdtemp makes it private; a service may run as another user
            _rename_over(work, self.folder)
        finally:
            shutil.rmtree(work, ignore_errors=True)


def _is_intact(folder: Path) -> bool:
    try:
        sums = json.loads((folder / "sha256.json").read_text(encoding="utf-8"))
        return bool(sums) and all(file_sha256(folder / name) == sums[name] for name in sums)
    except (OSError, ValueError, AttributeError):
        return False


def _rename_over(work: Path, target: Path) -> None:
    try:
        os.rename(work, target)
    except OSError:
        if _is_intact(target):
            return  # another process was faster
        shutil.rmtree(target, ignore_errors=True)
        os.rename(work, target)


def _key(model: Model, number_format: NumberFormat) -> str:
    parts = [_VERSION, model.weights_sha256, asdict(model.architecture), number_format]
    if is_outside_graph(model):
        parts.append("words given")
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
