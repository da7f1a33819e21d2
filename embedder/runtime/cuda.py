"""onnxruntime on an NVIDIA GPU: fp16 graph, inputs and outputs bound to device memory."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embedder.checkpoint.folder import Model, ModelError
from embedder.runtime import Inputs, Precision, Runtime, is_installed, prepared_graph
from embedder.runtime.depths import Depths

_PROVIDER = "CUDAExecutionProvider"


def missing() -> str | None:
    """See `RuntimeModule.missing`."""
    # The driver first: importing onnxruntime costs a CPU machine 25 MB for nothing.
    if not Path("/proc/driver/nvidia/version").exists() and not Path("/dev/dxg").exists():
        return "no NVIDIA driver on this machine"
    if not is_installed("onnxruntime"):
        return "onnxruntime-gpu is not installed"
    import onnxruntime

    if _PROVIDER not in onnxruntime.get_available_providers():
        return "this onnxruntime has no CUDA (install the gpu extra)"
    return None


def open_runtime(model: Model, cache_dir: Path, precision: Precision, streams: int) -> Runtime:
    """See `RuntimeModule.open_runtime`."""
    return BoundRuntime(model, cache_dir, precision, streams, provider=_PROVIDER, device="cuda")


class BoundRuntime:
    """A `Runtime` that binds inputs and outputs to `device` before it runs.

    With the CPU's provider and device it is the same code on the host, which is how it is tested
    without a GPU.
    """

    name = "cuda"

    def __init__(
        self,
        model: Model,
        cache_dir: Path,
        precision: Precision,
        streams: int,
        *,
        provider: str,
        device: str,
    ) -> None:
        if precision not in ("auto", "fp16", "fp32"):
            raise ModelError(f"cuda runs fp16 or fp32, not {precision}")
        self.precision: str = "fp16" if precision == "auto" else precision
        self._provider = provider
        self._device = device
        self._graph = prepared_graph(model, cache_dir, half=self.precision == "fp16")
        self._slots = threading.BoundedSemaphore(streams)
        self._depths = Depths(model.architecture.layers, self._compile)

    def run(self, depth: int, inputs: Inputs, outputs: Sequence[str]) -> list[NDArray[np.float32]]:
        """See `Runtime.run`."""
        import onnxruntime

        session = self._depths.at(depth)
        binding = session.io_binding()
        with self._slots:
            for name, array in self._graph.feed(*inputs.arrays).items():
                value = onnxruntime.OrtValue.ortvalue_from_numpy(array, self._device, 0)
                binding.bind_ortvalue_input(name, value)
            for name in outputs:
                binding.bind_output(name, self._device, 0)
            session.run_with_iobinding(binding)
            binding.synchronize_outputs()
            return [np.array(value.numpy(), np.float32) for value in binding.get_outputs()]

    def _compile(self, depth: int) -> Any:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        session = onnxruntime.InferenceSession(
            str(self._graph.path(depth)), options, providers=[self._provider]
        )
        # onnxruntime falls back to the CPU in silence when CUDA cannot be loaded.
        if session.get_providers()[0] != self._provider:
            raise ModelError(f"{self._provider} could not be loaded", code="runtime_unusable")
        return session
