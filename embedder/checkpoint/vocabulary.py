"""The vocabulary table of a checkpoint, mapped from its file and read a row at a time."""

from __future__ import annotations

import json
import mmap
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from embedder.checkpoint.folder import Model, ModelError

# Tables of many languages; smaller ones are part of the graph, where they cost less than 100 MB.
_MANY_WORDS: Final = 100_000
_SUFFIX: Final = "embeddings.word_embeddings.weight"
# How a number of the file is read; bf16 is the upper half of a float32.
_FORMATS: Final = {"F32": "<f4", "F16": "<f2", "BF16": "<u2"}


def is_outside_graph(model: Model) -> bool:
    """Whether the words' vectors are looked up here and given to the graph, for want of memory.

    Runtimes keep a table of 250,000 words on the heap as float32, once for each compiled graph.
    """
    return model.architecture.vocab_size >= _MANY_WORDS


class VocabularyTable:
    """The words' vectors, in the number format of the file and in pages that it backs.

    Only rows that were looked up are in memory, shared by the processes of a machine, and the
    system takes their pages back when it needs them. Thread-safe. Raises `ModelError` at
    construction for a file without such a table.
    """

    def __init__(self, model: Model) -> None:
        arch = model.architecture
        kind, shape, offset = _find(model.weights)
        if shape != [arch.vocab_size, arch.hidden] or kind not in _FORMATS:
            raise ModelError(
                f"{model.weights}: the vocabulary is {kind} of shape {shape}, expected "
                f"{' or '.join(_FORMATS)} of shape {[arch.vocab_size, arch.hidden]}"
            )
        dtype = np.dtype(_FORMATS[kind])
        with model.weights.open("rb") as file:
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        if len(mapped) < offset + arch.vocab_size * arch.hidden * dtype.itemsize:
            raise ModelError(f"{model.weights} is cut off")
        mapped.madvise(mmap.MADV_RANDOM)  # neighbours of a word are no likelier than others
        table = np.frombuffer(mapped, dtype, arch.vocab_size * arch.hidden, offset)
        self._table = table.reshape(arch.vocab_size, arch.hidden)
        self._is_bf16 = kind == "BF16"

    def look_up(self, ids: NDArray[np.int32]) -> NDArray[np.float32]:
        """Return the vectors of token ids (n, length): (n, length, hidden)."""
        rows = self._table[ids]
        if self._is_bf16:
            return (rows.astype(np.uint32) << 16).view(np.float32)
        return rows.astype(np.float32)


def _find(weights: Path) -> tuple[str, list[int], int]:
    """Return number format, shape, and place in the file of the vocabulary."""
    try:
        with weights.open("rb") as file:
            size = int.from_bytes(file.read(8), "little")
            if size > weights.stat().st_size:
                raise ValueError("cut off")
            header: dict[str, Any] = json.loads(file.read(size))
        name = next(name for name in ("", "bert.", "roberta.") if name + _SUFFIX in header)
        tensor = header[name + _SUFFIX]
        return tensor["dtype"], tensor["shape"], 8 + size + int(tensor["data_offsets"][0])
    except (OSError, ValueError, KeyError, TypeError, StopIteration) as error:
        raise ModelError(f"{weights} holds no vocabulary: {error}") from error
