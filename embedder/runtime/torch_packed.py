"""torch on an NVIDIA GPU: no padding, flash attention over row bounds, graphs for small batches."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from embedder.checkpoint.folder import Architecture, Model
from embedder.checkpoint.vocabulary import VocabularyTable, is_outside_graph
from embedder.checkpoint.weights import Weights, read_weights
from embedder.runtime import Inputs, Precision, Runtime, is_installed
from embedder.views import layer_output

if TYPE_CHECKING:
    from embedder.runtime.packed_model import PackedArrays, PackedBert

# Tokens and rows that a captured batch is filled up to; what has more runs without a graph.
_GRAPH_TOKENS: Final = (32, 64, 128, 256, 512, 1024)
_GRAPH_ROWS: Final = (2, 9, 33)
_FORMATS: Final = {"fp32": "float32", "fp16": "float16", "bf16": "bfloat16"}


def missing() -> str | None:
    """See `RuntimeModule.missing`."""
    # The driver first: importing torch costs a CPU machine 200 MB for nothing.
    if not Path("/proc/driver/nvidia/version").exists() and not Path("/dev/dxg").exists():
        return "no NVIDIA driver on this machine"
    if not is_installed("torch"):
        return "torch is not installed"
    import torch

    if not torch.cuda.is_available():
        return "this torch has no CUDA, or cannot use the device"
    return None


def open_runtime(model: Model, cache_dir: Path, precision: Precision, streams: int) -> Runtime:
    """See `RuntimeModule.open_runtime`; nothing is kept in `cache_dir`."""
    return packed_runtime(model, precision, streams, "cuda")


def packed_runtime(model: Model, precision: Precision, streams: int, device: str) -> TorchPacked:
    """Read a model's weights, every word's vector among them, onto a device."""
    weights = read_weights(model, "fp32")
    if is_outside_graph(model):  # a GPU has room for every word
        every = np.arange(model.architecture.vocab_size, dtype=np.int32)
        weights["embeddings.word"] = VocabularyTable(model).look_up(every)
    return TorchPacked(model.architecture, weights, precision, streams, device)


class TorchPacked:
    """A `Runtime` over one copy of the weights. With `device="cpu"` it runs without a GPU: slowly.

    Small batches are filled up to a few sizes and replayed as captured graphs on a GPU: a lone text
    is otherwise all launches.
    """

    name = "torch_packed"

    def __init__(
        self, arch: Architecture, weights: Weights, precision: Precision, streams: int, device: str
    ) -> None:
        import torch

        from embedder.runtime.packed_model import PackedBert

        self.precision: str = "fp16" if precision == "auto" else precision
        dtype = getattr(torch, _FORMATS[self.precision])
        self._model = PackedBert(arch, weights, device, dtype)
        self._slots = threading.BoundedSemaphore(streams)
        self._graphs = _Graphs(self._model) if device == "cuda" else None

    def run(self, depth: int, inputs: Inputs, outputs: Sequence[str]) -> list[NDArray[np.float32]]:
        """See `Runtime.run`."""
        from embedder.runtime.packed_model import PackedArrays

        names = {layer_output(layer): layer for layer in range(depth + 1)}
        layers = sorted({names[output] for output in outputs})
        packed = PackedArrays.of(inputs)
        with self._slots:
            pooled = self._pooled(packed, layers, int(inputs.lengths.max()))
        return [pooled[layers.index(names[output])] for output in outputs]

    def _pooled(self, packed: PackedArrays, layers: list[int], longest: int) -> NDArray[np.float32]:
        if self._graphs is not None and (size := _graph_size(packed)) is not None:
            return self._graphs.replay(packed, layers, *size)
        batch = packed.on(self._model.device, longest)
        result: NDArray[np.float32] = self._model.forward(batch, layers).cpu().numpy()
        return result


class _Graphs:
    """Captured forwards by their sizes; one runs at a time, since each has one place for inputs."""

    def __init__(self, model: PackedBert) -> None:
        self._model = model
        self._lock = threading.Lock()
        self._captured: dict[tuple[Any, ...], tuple[Any, Any, Any]] = {}

    def replay(
        self, packed: PackedArrays, layers: list[int], tokens: int, rows: int
    ) -> NDArray[np.float32]:
        """Run a batch by the graph of these sizes, capturing it where it is new."""
        import torch

        count, filled = len(packed.ends), packed.filled(tokens, rows)
        key = (tokens, rows, packed.ends.shape[1], *layers)
        with self._lock:
            if key not in self._captured:
                self._captured[key] = self._capture(filled, layers, tokens)
            graph, batch, result = self._captured[key]
            places = (batch.ids, batch.types, batch.positions, batch.rows, batch.bounds, batch.ends)
            for place, array in zip(places, filled.arrays, strict=True):
                place.copy_(torch.from_numpy(array))
            graph.replay()
            pooled: NDArray[np.float32] = result[:, :count].cpu().numpy()
        return pooled

    def _capture(self, filled: PackedArrays, layers: list[int], tokens: int) -> tuple[Any, ...]:
        import torch

        batch = filled.on(self._model.device, tokens)
        stream: Any = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            for _ in range(3):  # what is set up at the first runs must not be in the graph
                self._model.forward(batch, layers)
        torch.cuda.current_stream().wait_stream(stream)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, capture_error_mode="thread_local"):
            result = self._model.forward(batch, layers)
        return graph, batch, result


def _graph_size(packed: PackedArrays) -> tuple[int, int] | None:
    """Return the least tokens and rows of a graph that leave room for the row that fills it."""
    tokens = next((size for size in _GRAPH_TOKENS if size > len(packed.ids)), None)
    rows = next((size for size in _GRAPH_ROWS if size > len(packed.ends)), None)
    return None if tokens is None or rows is None else (tokens, rows)
