"""Runtimes of the encoder: one Protocol, and the choice among those that can be used here."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, Protocol

import numpy as np
import structlog
from numpy.typing import NDArray

from embedder.checkpoint.folder import Model, ModelError
from embedder.checkpoint.graph_cache import GraphCache

RuntimeName = Literal["auto", "openvino", "onnxruntime", "cuda", "torch_packed"]
Precision = Literal["auto", "fp32", "bf16", "fp16"]

# Groups from the first choice to the last; of a group the fastest is taken.
_ORDER: Final[tuple[tuple[RuntimeName, ...], ...]] = (
    ("cuda", "torch_packed"), ("openvino",), ("onnxruntime",),
)  # fmt: skip
_INT8_ELSEWHERE: Final = "it runs no int8 checkpoint: set EMBEDDER_RUNTIME=openvino"
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Inputs:
    """One padded batch: `ids` and `type_ids` (n, length), `lengths` (n,), all int32, C order.

    `ends` (n, poolings): each pooling is the mean over the first so many tokens of a row.
    `alone`: nothing else runs or waits, so that a runtime may give it every core.
    """

    ids: NDArray[np.int32]
    lengths: NDArray[np.int32]
    type_ids: NDArray[np.int32]
    ends: NDArray[np.int32]
    alone: bool = False

    @property
    def arrays(self) -> tuple[NDArray[np.int32], ...]:
        """The arrays in the order of the graph's `INPUTS`."""
        return (self.ids, self.lengths, self.type_ids, self.ends)


class Runtime(Protocol):
    """Runs the encoder's graph. Thread-safe; `streams` calls proceed at once, more wait."""

    name: str
    precision: str

    def run(self, depth: int, inputs: Inputs, outputs: Sequence[str]) -> list[NDArray[np.float32]]:
        """Run to layer `depth` and return the named outputs, owned by the caller.

        Each is (n, poolings, hidden). Blocks with the GIL released. Whatever fails in the runtime
        is raised as it is.
        """
        ...


class RuntimeModule(Protocol):
    """The functions that each runtime's module has."""

    def missing(self) -> str | None:
        """Return why this runtime cannot be used here, or None."""
        ...

    def open_runtime(
        self, model: Model, cache_dir: Path, precision: Precision, streams: int
    ) -> Runtime:
        """Build or find the graph, compile its full depth, and be ready to run."""
        ...


def open_runtime(
    model: Model, cache_dir: Path, name: RuntimeName, precision: Precision, streams: int
) -> Runtime:
    """Open the named runtime; `auto` takes what a GPU has, then openvino, then onnxruntime.

    Where both of a GPU's runtimes, cuda and torch_packed, can be used, the faster one is kept.
    Raises `ModelError` when the asked one, or every one, is unusable here.
    """
    if model.quantized and precision != "auto":
        raise ModelError(
            f"{model.folder} is an int8 checkpoint, which cannot be run in {precision}: set "
            "EMBEDDER_PRECISION=auto, or EMBEDDER_MODEL_DIR to a checkpoint that is not int8"
        )
    refused: dict[str, str] = {}
    for group in _ORDER if name == "auto" else ((name,),):
        usable: list[Runtime] = []
        for candidate in group:
            module = _module(candidate)
            foreign = model.quantized and candidate != "openvino"
            why = _INT8_ELSEWHERE if foreign else module.missing()
            if why is None:
                usable.append(module.open_runtime(model, cache_dir, precision, streams))
            else:
                refused[candidate] = why
        if usable:
            return _chosen(usable, model, name, streams, refused)
    reasons = "; ".join(f"{runtime}: {why}" for runtime, why in refused.items())
    raise ModelError(f"no usable runtime: {reasons}", code="runtime_unusable")


def _chosen(
    usable: Sequence[Runtime], model: Model, asked: RuntimeName, streams: int,
    refused: dict[str, str],
) -> Runtime:  # fmt: skip
    from embedder.runtime.choice import fastest

    runtime = fastest(usable, model.architecture)
    slower = {other.name: "slower" for other in usable if other is not runtime}
    _log.info(
        "runtime_chosen",
        runtime=runtime.name,
        precision=runtime.precision,
        streams=streams,
        asked=asked,
        passed_over={**refused, **slower},
    )
    return runtime


def prepared_graph(model: Model, cache_dir: Path, half: bool = False) -> GraphCache:
    """Return the model's graph on disk, in fp16 for `half`, built if need be."""
    graph = GraphCache(model, cache_dir, "fp16" if half else "fp32")
    graph.ensure()
    return graph


def is_installed(package: str) -> bool:
    """Whether `package` can be imported, without importing it."""
    return importlib.util.find_spec(package) is not None


def _module(name: RuntimeName) -> RuntimeModule:
    module: RuntimeModule = importlib.import_module(f"embedder.runtime.{name}")
    return module
