"""Runtimes of the graph: one Protocol, and the choice among OpenVINO, onnxruntime and CUDA."""

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

RuntimeName = Literal["auto", "openvino", "onnxruntime", "cuda"]
Precision = Literal["auto", "fp32", "bf16", "fp16"]

_ORDER: Final[tuple[RuntimeName, ...]] = ("cuda", "openvino", "onnxruntime")
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
    """Open the named runtime; `auto` takes the first usable of cuda, openvino, onnxruntime.

    Raises `ModelError` when the asked one, or every one, is unusable here.
    """
    if model.quantized and precision != "auto":
        raise ModelError(
            f"{model.folder} is an int8 checkpoint, which cannot be run in {precision}: set "
            "EMBEDDER_PRECISION=auto, or EMBEDDER_MODEL_DIR to a checkpoint that is not int8"
        )
    refused: dict[str, str] = {}
    for candidate in _ORDER if name == "auto" else (name,):
        module = _module(candidate)
        why = _INT8_ELSEWHERE if model.quantized and candidate != "openvino" else module.missing()
        if why is None:
            runtime = module.open_runtime(model, cache_dir, precision, streams)
            _log.info(
                "runtime_chosen",
                runtime=runtime.name,
                precision=runtime.precision,
                streams=streams,
                asked=name,
                passed_over=refused,
            )
            return runtime
        refused[candidate] = why
    reasons = "; ".join(f"{runtime}: {why}" for runtime, why in refused.items())
    raise ModelError(f"no usable runtime: {reasons}", code="runtime_unusable")


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
