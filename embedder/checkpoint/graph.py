"""Write a BERT encoder as ONNX, one pooled output per layer, straight from its safetensors file."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper

from embedder.checkpoint.folder import Architecture
from embedder.checkpoint.weights import NumberFormat, Weights
from embedder.views import layer_output

_OPSET: Final = 20
_MASKED: Final = -30000.0  # far below any score, yet finite in fp16; exp() of it is exactly 0
_ALIGNMENT: Final = 4096  # lets a runtime map each tensor straight from the file


def build_graph(
    arch: Architecture,
    initializers: list[onnx.TensorProto],
    depth: int,
    number_format: NumberFormat = "fp32",
    *,
    words_given: bool = False,
) -> onnx.ModelProto:
    """Write the encoder up to layer `depth`.

    Inputs, all int32: `input_ids` and `token_type_ids` (n, length) padded with anything valid,
    `lengths` (n,), `ends` (n, p). With `words_given`, `words` (n, length, hidden) float32 takes the
    place of `input_ids` and of the vocabulary.
    Outputs, float32: `layer_i` (n, p, hidden) for i in 0..depth, the means over the first `ends`
    tokens: one is the first token's own vector, `lengths` all tokens.
    How many poolings is the caller's choice because runtimes compute every output of a graph.
    """
    graph = _Graph(arch, number_format, words_given)
    x = graph.embeddings()
    graph.pool(x, 0)
    for layer in range(depth):
        x = graph.layer(x, layer)
        graph.pool(x, layer + 1)
    used = {name for node in graph.nodes for name in node.input}
    proto = helper.make_graph(
        graph.nodes,
        "bert",
        _inputs(arch, words_given),
        [
            helper.make_tensor_value_info(
                layer_output(layer), TensorProto.FLOAT, ["n", "p", arch.hidden]
            )
            for layer in range(depth + 1)
        ],
        [tensor for tensor in [*initializers, *graph.constants] if tensor.name in used],
    )
    model = helper.make_model(proto, opset_imports=[helper.make_opsetid("", _OPSET)])
    model.ir_version = 9  # the oldest that carries this opset, so that older runtimes read it
    return model


def _inputs(arch: Architecture, words_given: bool) -> list[onnx.ValueInfoProto]:
    row, count = ["n", "length"], ["n"]
    first = helper.make_tensor_value_info("input_ids", TensorProto.INT32, row)
    if words_given:
        first = helper.make_tensor_value_info("words", TensorProto.FLOAT, [*row, arch.hidden])
    shapes = {"lengths": count, "token_type_ids": row, "ends": ["n", "p"]}
    others = [helper.make_tensor_value_info(k, TensorProto.INT32, v) for k, v in shapes.items()]
    return [first, *others]


class _Graph:
    """The nodes of one encoder, added in order."""

    def __init__(self, arch: Architecture, number_format: NumberFormat, words_given: bool) -> None:
        self.arch = arch
        self.words_given = words_given
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []
        self._dtype = np.dtype(np.float32 if number_format == "fp32" else np.float16)
        self._float = TensorProto.FLOAT if number_format == "fp32" else TensorProto.FLOAT16
        self._masks()

    def add(self, kind: str, *inputs: str, name: str = "", **attributes: Any) -> str:
        """Add a node with one output and return the output's name."""
        name = name or f"{kind}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], name=name, **attributes))
        return name

    def constant(self, value: Any, dtype: Any = np.int64) -> str:
        name = f"constant_{len(self.constants)}"
        self.constants.append(onnx.numpy_helper.from_array(np.asarray(value, dtype), name))
        return name

    def _masks(self) -> None:
        first = "words" if self.words_given else "input_ids"
        length = self.add("Gather", self.add("Shape", first), self.constant(1))
        zero, one = self.constant(0), self.constant(1)
        self.positions = self.add("Range", zero, length, one)  # (length,)
        last = self.constant([-1])
        lengths = self.add("Cast", "lengths", to=TensorProto.INT64)
        real = self.add("Less", self.positions, self.add("Unsqueeze", lengths, last))
        real32 = self.add("Cast", real, to=TensorProto.FLOAT)  # (n, length), 1 = a token
        # Divided after the sum: 0 and 1 are exact in every number format, 1/count is not.
        ends = self.add("Unsqueeze", "ends", last)
        pooled = self.add("Less", self.positions, self.add("Cast", ends, to=TensorProto.INT64))
        self.pooled = self.add("Cast", pooled, to=TensorProto.FLOAT)  # (n, p, length)
        self.count = self.add("Cast", ends, to=TensorProto.FLOAT)  # (n, p, 1)
        hidden = self.add("Sub", real32, self.constant(1.0, np.float32))
        bias = self.add("Mul", hidden, self.constant(-_MASKED, np.float32))
        if self._float != TensorProto.FLOAT:
            bias = self.add("Cast", bias, to=self._float)
        self.bias = self.add("Unsqueeze", bias, self.constant([1, 2]))  # (n, 1, 1, length)

    def embeddings(self) -> str:
        types = self.add("Gather", "embeddings.type", "token_type_ids")
        positions = self.add("Gather", "embeddings.position", self.positions)
        x = self.add("Add", self.add("Add", self.words(), types), positions)
        return self.norm(x, "embeddings.norm")

    def words(self) -> str:
        if not self.words_given:
            return self.add("Gather", "embeddings.word", "input_ids")
        return self.add("Cast", "words", to=self._float)

    def layer(self, x: str, index: int) -> str:
        """Add a post-norm transformer layer after Devlin et al. 2019 (arXiv:1810.04805)."""
        at = f"layer.{index}."
        attended = self.linear(self.attention(x, at), at + "out")
        x = self.norm(self.add("Add", attended, x), at + "out.norm")
        inner = self.activation(self.linear(x, at + "up"))
        return self.norm(self.add("Add", self.linear(inner, at + "down"), x), at + "down.norm")

    def attention(self, x: str, at: str) -> str:
        heads, size = self.arch.heads, self.arch.hidden // self.arch.heads
        joined = self.linear(x, at + "qkv")
        shape = self.constant([0, 0, 3, heads, size])
        split = self.add("Reshape", joined, shape)
        turned = self.add("Transpose", split, perm=[2, 0, 3, 1, 4])  # (3, n, heads, length, size)
        query, key, value = (self.add("Gather", turned, self.constant(i)) for i in range(3))
        query = self.add("Mul", query, self.constant(size**-0.5, self._dtype))
        key = self.add("Transpose", key, perm=[0, 1, 3, 2])
        scores = self.add("Add", self.add("MatMul", query, key), self.bias)
        mixed = self.add("MatMul", self.add("Softmax", scores, axis=-1), value)
        back = self.add("Transpose", mixed, perm=[0, 2, 1, 3])
        return self.add("Reshape", back, self.constant([0, 0, self.arch.hidden]))

    def activation(self, x: str) -> str:
        if self.arch.activation == "relu":
            return self.add("Relu", x)
        kind = "none" if self.arch.activation == "gelu" else "tanh"
        return self.add("Gelu", x, approximate=kind)

    def linear(self, x: str, name: str) -> str:
        return self.add("Add", self.add("MatMul", x, name + ".weight"), name + ".bias")

    def norm(self, x: str, name: str) -> str:
        eps = self.arch.layer_norm_eps
        return self.add("LayerNormalization", x, name + ".weight", name + ".bias", epsilon=eps)

    def pool(self, x: str, layer: int) -> None:
        """Pool in float32 whatever the encoder's number format is."""
        if self._float != TensorProto.FLOAT:
            x = self.add("Cast", x, to=TensorProto.FLOAT)
        total = self.add("MatMul", self.pooled, x)  # (n, p, hidden)
        self.add("Div", total, self.count, name=layer_output(layer))


def write_weights(weights: Weights, path: Path) -> list[onnx.TensorProto]:
    """Write all tensors into one file and return what refers to them from a graph beside it."""
    external = []
    with path.open("wb") as file:
        for name, tensor in weights.items():
            file.write(b"\0" * (-file.tell() % _ALIGNMENT))
            location = {"location": path.name, "offset": file.tell(), "length": tensor.nbytes}
            external.append(_external(name, tensor, location))
            file.write(tensor.tobytes())
    return external


def _external(name: str, tensor: NDArray[Any], location: dict[str, Any]) -> onnx.TensorProto:
    proto = TensorProto()
    proto.name = name
    proto.data_type = helper.np_dtype_to_tensor_dtype(tensor.dtype)
    proto.dims.extend(tensor.shape)
    proto.data_location = TensorProto.EXTERNAL
    for key, value in location.items():
        proto.external_data.add(key=key, value=str(value))
    return proto
