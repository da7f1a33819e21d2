"""Peer: export a BERT folder by torch.onnx, and quantize it to int8 as sentence-transformers does.

Run by this project's interpreter: `python -m loadtests.peers.export_onnx /model /folder/to/write`.
Does nothing where both graphs are there already.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

FP32, INT8 = "model.onnx", "model_int8.onnx"
_INPUTS = ("input_ids", "attention_mask", "token_type_ids")
_OUTPUT = "last_hidden_state"


def export(model: Path, folder: Path) -> None:
    """Write both graphs into `folder`, each under its name only when it is whole."""
    folder.mkdir(parents=True, exist_ok=True)
    fp32, int8 = folder / FP32, folder / INT8
    if not fp32.exists():
        _whole(fp32, lambda path: _trace(model, path))
    if not int8.exists():
        _whole(int8, lambda path: _quantize(fp32, path))


def _whole(path: Path, write: Any) -> None:
    partial = path.with_suffix(".partial")
    write(partial)
    partial.rename(path)


def _trace(model: Path, path: Path) -> None:
    import torch
    from transformers import AutoModel

    class States(torch.nn.Module):
        """The tracer passes inputs by place, which newer `transformers` count differently."""

        def __init__(self) -> None:
            super().__init__()
            self.bert = AutoModel.from_pretrained(model, attn_implementation="eager")

        def forward(self, ids: torch.Tensor, mask: torch.Tensor, kinds: torch.Tensor) -> Any:
            inputs = {"input_ids": ids, "attention_mask": mask, "token_type_ids": kinds}
            return self.bert(**inputs).last_hidden_state

    ids = torch.ones(2, 16, dtype=torch.long)
    axes = {name: {0: "rows", 1: "tokens"} for name in (*_INPUTS, _OUTPUT)}
    torch.onnx.export(
        States().eval(), (ids, ids, torch.zeros_like(ids)), str(path),
        input_names=list(_INPUTS), output_names=[_OUTPUT], dynamic_axes=axes,
        opset_version=17, dynamo=False,
    )  # fmt: skip


def _quantize(fp32: Path, path: Path) -> None:
    """Quantize as its `export_dynamic_quantized_onnx_model(..., "avx512_vnni")` does."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    quantize_dynamic(fp32, path, weight_type=QuantType.QInt8, per_channel=True, reduce_range=False)


if __name__ == "__main__":
    export(Path(sys.argv[1]), Path(sys.argv[2]))
