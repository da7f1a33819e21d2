"""Measure the forward without padding on a GPU: parity, speed, and how near it is to the card.

It runs on a machine that has torch and little else, from a folder that `gpu_folder` prepared:
`PYTHONPATH=FOLDER/site:. python -m loadtests.bench.gpu FOLDER`.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray

from embedder.checkpoint.folder import Architecture
from embedder.checkpoint.weights import Weights
from embedder.runtime import Inputs, Precision
from embedder.runtime.torch_packed import TorchPacked
from embedder.views import layer_output

BATCHES: Final = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)
BERT_BASE: Final = Architecture(30522, 768, 12, 12, 3072, 512, 2, 1e-12, "gelu")
SEED: Final = 20261129
_MEDIAN, _P95, _MOST = 40.0, 180.0, 250  # tokens, as the load tests' texts


@dataclass(frozen=True)
class Row:
    """One shape and batch: medians, and the share of the card's matrix rate that was used."""

    shape: str
    texts: int
    p50_ms: float
    p95_ms: float
    texts_a_s: float
    tokens_a_s: float
    of_floor: float
    padded_ms: float | None


def measure(
    folder: Path, device: str, seconds: float, batches: tuple[int, ...],
    wide: Architecture = BERT_BASE,
) -> dict[str, Any]:  # fmt: skip
    """Return all figures; `seconds` is spent on each row, the padded baseline's alike.

    `wide` is the second shape, of random weights.
    """
    if device == "cpu":
        torch.set_num_threads(1)
    arch, weights = read_folder(folder)
    parity = dict(_parity(folder, arch, weights, device))
    _show("parity", parity)
    rate = matrix_rate(device)
    _show("matrix rate, TFLOP/s", rate / 1e12)
    rows: list[Row] = []
    for name, shape, values in (
        ("MiniLM", arch, weights), ("BERT-base", wide, random_weights(wide)),
    ):  # fmt: skip
        for row in _rows(name, shape, values, device, rate, seconds, batches):
            rows.append(row)
            _show(name, asdict(row))
    tokenized = tokenizer_rate(folder)
    best = max(row.texts_a_s for row in rows if row.shape == "MiniLM")
    return {
        "device": torch.cuda.get_device_name() if device == "cuda" else "cpu",
        "torch": torch.__version__, "parity": parity, "matrix_tflops": rate / 1e12,
        "rows": [asdict(row) for row in rows], "tokenizer_texts_a_s": tokenized,
        "tokenizer_threads_to_keep_it_busy": best / tokenized if tokenized else None,
    }  # fmt: skip


def read_folder(folder: Path) -> tuple[Architecture, Weights]:
    """Read the shipped encoder's shape and weights, kept as fp16."""
    arch = Architecture(**json.loads((folder / "architecture.json").read_text("utf-8")))
    with np.load(folder / "weights.npz") as file:
        return arch, {name: file[name].astype(np.float32) for name in file.files}


def random_weights(arch: Architecture) -> Weights:
    """Return weights of a shape, for speed alone."""
    rng, hidden, inner = np.random.default_rng(SEED), arch.hidden, arch.intermediate
    shapes: dict[str, tuple[int, ...]] = {
        "embeddings.word": (arch.vocab_size, hidden),
        "embeddings.position": (arch.max_positions, hidden),
        "embeddings.type": (arch.type_vocab_size, hidden),
    }
    norms = ["embeddings.norm"]
    for at in (f"layer.{layer}." for layer in range(arch.layers)):
        for part, into, out in (
            ("qkv", hidden, 3 * hidden), ("out", hidden, hidden), ("up", hidden, inner),
            ("down", inner, hidden),
        ):  # fmt: skip
            shapes |= {f"{at}{part}.weight": (into, out), f"{at}{part}.bias": (out,)}
        norms += [at + "out.norm", at + "down.norm"]
    weights: Weights = {
        name: (rng.standard_normal(shape, np.float32) * 0.02) for name, shape in shapes.items()
    }
    for name in norms:
        weights |= {name + ".weight": np.ones(hidden, np.float32)}
        weights |= {name + ".bias": np.zeros(hidden, np.float32)}
    return weights


def mixed(arch: Architecture, texts: int) -> Inputs:
    """Return a padded batch of lengths as replies have them."""
    rng = np.random.default_rng(SEED + texts)
    sigma = np.log(_P95 / _MEDIAN) / 1.645
    lengths = np.clip(_MEDIAN * np.exp(sigma * rng.standard_normal(texts)), 4, _MOST)
    lengths = lengths.astype(np.int32)
    ids = rng.integers(0, arch.vocab_size, (texts, int(lengths.max()))).astype(np.int32)
    return Inputs(ids, lengths, np.zeros_like(ids), lengths[:, None].copy(), alone=texts == 1)


def matrix_rate(device: str) -> float:
    """Return the best FLOP/s of a large product in fp16, which no forward can exceed."""
    size = 8192 if device == "cuda" else 256
    dtype = torch.float16 if device == "cuda" else torch.float32
    left, right = (torch.randn(size, size, dtype=dtype, device=device) for _ in range(2))
    times = _times(lambda: left @ right, device, 1.0)
    return 2 * size**3 / min(times)


def tokenizer_rate(folder: Path) -> float | None:
    """Return texts a second of one thread's tokenizer; None where its library is not there."""
    try:
        from tokenizers import Tokenizer
    except ImportError:
        return None
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    texts = (folder / "texts.txt").read_text("utf-8").splitlines()
    started = time.perf_counter()
    for text in texts:
        tokenizer.encode(text)
    return len(texts) / (time.perf_counter() - started)


def flops(arch: Architecture, lengths: NDArray[np.int32]) -> float:
    """Return the operations that a forward of rows of these lengths cannot do without."""
    linear = 2 * (4 * arch.hidden**2 + 2 * arch.hidden * arch.intermediate)
    tokens, squares = float(lengths.sum()), float((lengths.astype(np.float64) ** 2).sum())
    return arch.layers * (linear * tokens + 4 * arch.hidden * squares)


def _parity(
    folder: Path, arch: Architecture, weights: Weights, device: str
) -> Iterator[tuple[str, dict[str, float]]]:
    """Compare with onnxruntime's fp32 vectors, kept with the batch that they are of."""
    with np.load(folder / "reference.npz") as file:
        lengths, ids, want = file["lengths"], file["ids"], file["vectors"]
    ends = lengths[:, None].copy()
    # A processor computes fp16 for ever.
    precisions: tuple[Precision, ...] = ("fp32", "fp16", "bf16") if device == "cuda" else ("fp32",)
    for precision in precisions:
        runtime = TorchPacked(arch, weights, precision, 1, device)
        for name, rows in (("batch", slice(None)), ("first 8", slice(8)), ("alone", slice(1))):
            longest = int(lengths[rows].max())
            part = np.ascontiguousarray(ids[rows, :longest])
            inputs = Inputs(part, lengths[rows].copy(), np.zeros_like(part), ends[rows].copy())
            (got,) = runtime.run(arch.layers, inputs, [layer_output(arch.layers)])
            cosine = (got[:, 0] * want[rows]).sum(-1)
            cosine /= np.linalg.norm(got[:, 0], axis=-1) * np.linalg.norm(want[rows], axis=-1)
            largest = float(np.abs(got[:, 0] - want[rows]).max())
            yield f"{precision}, {name}", {"least_cosine": float(cosine.min()), "largest": largest}


def _rows(
    name: str, arch: Architecture, weights: Weights, device: str, rate: float, seconds: float,
    batches: tuple[int, ...],
) -> Iterator[Row]:  # fmt: skip
    runtime = TorchPacked(arch, weights, "auto" if device == "cuda" else "fp32", 1, device)
    padded, outputs = _padded(arch, device), [layer_output(arch.layers)]
    for texts in batches:
        inputs = mixed(arch, texts)
        times = _times(partial(runtime.run, arch.layers, inputs, outputs), device, seconds)
        baseline = None
        if padded is not None:
            baseline = float(np.median(_times(partial(padded, inputs), device, seconds))) * 1e3
        middle = float(np.median(times))
        yield Row(
            name, texts, middle * 1e3, float(np.percentile(times, 95)) * 1e3, texts / middle,
            float(inputs.lengths.sum()) / middle, flops(arch, inputs.lengths) / rate / middle,
            baseline,
        )  # fmt: skip


def _padded(arch: Architecture, device: str) -> Callable[[Inputs], Any] | None:
    """Return the same shape in padded transformers, in fp16; None where it is not installed."""
    try:
        from transformers import BertConfig, BertModel
    except ImportError:
        return None
    config = BertConfig(
        vocab_size=arch.vocab_size, hidden_size=arch.hidden, num_hidden_layers=arch.layers,
        num_attention_heads=arch.heads, intermediate_size=arch.intermediate,
    )  # fmt: skip
    dtype = torch.float16 if device == "cuda" else torch.float32
    model = BertModel(config, add_pooling_layer=False).eval().to(device, dtype)

    @torch.inference_mode()
    def run(inputs: Inputs) -> Any:
        ids = torch.from_numpy(inputs.ids).long().to(device)
        lengths = torch.from_numpy(inputs.lengths).to(device)
        mask = torch.arange(ids.shape[1], device=device) < lengths[:, None]
        states = model(input_ids=ids, attention_mask=mask.long()).last_hidden_state
        summed = (states.float() * mask[:, :, None]).sum(1)
        return (summed / lengths[:, None]).cpu().numpy()

    return run


def _times(work: Callable[[], Any], device: str, seconds: float) -> list[float]:
    """Return the seconds of each run, after three that count for nothing."""
    times: list[float] = []
    ends = time.perf_counter() + seconds
    while len(times) < 8 or time.perf_counter() < ends:
        started = time.perf_counter()
        work()
        if device == "cuda":
            torch.cuda.synchronize()
        times.append(time.perf_counter() - started)
    return times[3:]


def _show(name: str, value: object) -> None:
    sys.stdout.write(f"{name}: {json.dumps(value)}\n")
    sys.stdout.flush()


def main() -> None:
    """Measure, and write `gpu.json` into the folder that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, default=Path())
    parser.add_argument("--device", default="cuda", choices=("cuda", "cpu"))
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--batches", type=int, nargs="*", default=BATCHES)
    asked = parser.parse_args()
    figures = measure(asked.folder, asked.device, asked.seconds, tuple(asked.batches))
    (asked.out / "gpu.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
