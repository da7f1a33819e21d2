"""Tiny models of the multilingual kind: a Unigram vocabulary, double separators, a prefix."""

from __future__ import annotations

import hashlib
import json
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file

from embedder.conversion.multilingual import Recipe
from embedder.conversion.packed import Vocabulary
from embedder.conversion.unigram import tokenizer_json
from embedder.conversion.wheel import Wheel

HIDDEN, INNER, POSITIONS = 32, 64, 40
WORDS = ("▁query", ":", "▁budget", "▁no", "▁Bitte", "▁nicht", "▁zoë", "?", "é", "▁")
LETTERS = tuple("abcdefghijklmnopqrstuvwxyzBN▁")
SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")
QUERY: Mapping[str, Any] = {"prompts": {"query": "query: "}, "default_prompt_name": "query"}


def vocabulary() -> Vocabulary:
    """List XLM-R's special pieces at its places, few words, all letters, and its mask."""
    words = list(dict.fromkeys((*WORDS, *LETTERS)))
    pieces = [(piece, 0.0) for piece in SPECIAL]
    pieces += [(piece, -1.0 - rank / 8) for rank, piece in enumerate(words)]
    return Vocabulary((*pieces, ("<mask>", 0.0)), first=0, separator=2, padding=1, unknown=3)


def tensors(*, positions: int = POSITIONS, segments: int = 2) -> dict[str, NDArray[np.float32]]:
    """Draw the weights of a tiny encoder of two layers."""
    random = np.random.default_rng(5)
    shapes: dict[str, tuple[int, ...]] = {
        "embeddings.word_embeddings.weight": (len(vocabulary().pieces), HIDDEN),
        "embeddings.position_embeddings.weight": (positions, HIDDEN),
        "embeddings.token_type_embeddings.weight": (segments, HIDDEN),
        "embeddings.LayerNorm.weight": (HIDDEN,),
        "embeddings.LayerNorm.bias": (HIDDEN,),
    }
    for layer in (0, 1):
        at = f"encoder.layer.{layer}."
        for name, out, into in (
            ("attention.self.query", HIDDEN, HIDDEN), ("attention.self.key", HIDDEN, HIDDEN),
            ("attention.self.value", HIDDEN, HIDDEN), ("attention.output.dense", HIDDEN, HIDDEN),
            ("intermediate.dense", INNER, HIDDEN), ("output.dense", HIDDEN, INNER),
        ):  # fmt: skip
            shapes[f"{at}{name}.weight"], shapes[f"{at}{name}.bias"] = (out, into), (out,)
        for name in ("attention.output.LayerNorm", "output.LayerNorm"):
            shapes[f"{at}{name}.weight"] = shapes[f"{at}{name}.bias"] = (HIDDEN,)
    return {name: random.normal(0, 0.3, shape).astype(np.float32) for name, shape in shapes.items()}


def write_folder(
    folder: Path,
    *,
    prompts: Mapping[str, Any] | None = QUERY,
    segments: int = 2,
    tokenizer: Mapping[str, Any] | None = None,
) -> Path:
    """Write a folder as the conversion does, of weights drawn at random."""
    folder.mkdir()
    save_file(tensors(segments=segments), folder / "model.safetensors")
    config = {
        "model_type": "bert", "hidden_size": HIDDEN, "num_hidden_layers": 2,
        "num_attention_heads": 2, "intermediate_size": INNER, "pad_token_id": 1,
        "vocab_size": len(vocabulary().pieces), "max_position_embeddings": POSITIONS,
        "type_vocab_size": segments,
    }  # fmt: skip
    contents = {
        "config.json": config,
        "tokenizer.json": tokenizer or tokenizer_json(vocabulary()),
        "config_sentence_transformers.json": prompts,
    }
    for name, content in contents.items():
        if content is not None:
            (folder / name).write_text(json.dumps(content), encoding="utf-8")
    return folder


def packed_model() -> bytes:
    """Pack a tiny model as the wheel's file has it: linear maps and vocabulary in 4 bit."""
    words = vocabulary()
    blob = "".join(piece for piece, _ in words.pieces).encode()
    ends = np.cumsum([0, *(len(piece.encode()) for piece, _ in words.pieces)]).astype("<u4")
    scores = np.array([score for _, score in words.pieces], "<f4")
    sizes = (HIDDEN, 2, 2, INNER, len(words.pieces), POSITIONS, 2)
    head = b"E5S1" + struct.pack("<I7ifi", 1, *sizes, 1e-12, 32)
    ids = (words.first, words.separator, words.padding, words.unknown)
    head += struct.pack("<5iQ", len(words.pieces), *ids, len(blob))
    head += ends.tobytes() + scores.tobytes() + blob + struct.pack("<iI", 0, 0)
    packed = {_packed_name(name): _pack(value) for name, value in tensors().items()}
    entry = struct.calcsize("<HBIQQ")
    place = len(head) + 4 + sum(entry + len(name) for name in packed)
    head += struct.pack("<i", len(packed))
    for name, (kind, count, content) in packed.items():
        head += struct.pack("<H", len(name)) + name.encode()
        head += struct.pack("<BIQQ", kind, count, place, len(content))
        place += len(content)
    return head + b"".join(content for _, _, content in packed.values())


def tiny_wheel(path: Path, content: bytes | None = None) -> Wheel:
    """Write a wheel with a packed model and describe it."""
    content = packed_model() if content is None else content
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("tiny/model.bin", content)
    digests = [hashlib.sha256(data).hexdigest() for data in (path.read_bytes(), content)]
    return Wheel("tiny==1.0", "any", digests[0], "tiny/model.bin", digests[1])


def recipe(wheel: Wheel, made: Path | None = None) -> Recipe:
    """Describe a conversion of which the files of `made` must come out."""
    files = sorted(made.iterdir()) if made else []
    outputs = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}
    return Recipe(wheel, outputs, needed_bytes=1)


def _packed_name(name: str) -> str:
    short = {
        "embeddings.word_embeddings.weight": "emb.word",
        "embeddings.position_embeddings.weight": "emb.pos",
        "embeddings.token_type_embeddings.weight": "emb.type",
    }
    parts = {
        "attention.self.query": "q", "attention.self.key": "k", "attention.self.value": "v",
        "attention.output.dense": "ao", "intermediate.dense": "fi", "output.dense": "fo",
        "attention.output.LayerNorm": "aln", "output.LayerNorm": "oln", "LayerNorm": "ln",
    }  # fmt: skip
    if name in short:
        return short[name]
    *at, kind = name.split(".")
    if at[0] == "embeddings":
        return f"emb.ln.{kind[0]}"
    return f"l{at[2]}.{parts['.'.join(at[3:])]}.{kind[0]}"


def _pack(value: NDArray[np.float32]) -> tuple[int, int, bytes]:
    if value.ndim == 1 or value.shape[0] in (POSITIONS, 2):
        return 0, value.size, value.tobytes()
    blocks = value.reshape(-1, 32)
    scales = (np.abs(blocks).max(axis=1, keepdims=True) / 7).astype("<f2")
    numbers = np.clip(np.round(blocks / scales.astype(np.float32)) + 8, 0, 15).astype(np.uint8)
    halves = numbers[:, :16] | numbers[:, 16:] << 4
    return 1, value.size, np.concatenate([scales.view(np.uint8), halves], axis=1).tobytes()
