"""Compare encoders on the same texts: how near their vectors are, and what each costs the CPU."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, get_args

import numpy as np
from numpy.typing import NDArray

from embedder.encoder import Batch, EncoderConfig, LoadedEncoder, embed_texts, load_encoder
from embedder.errors import InvalidInput
from embedder.offline.texts import Pair
from embedder.runtime import Precision
from embedder.views import View

DEFAULT: Final = "default"
BATCH: Final = 32
Floats = NDArray[np.floating]


@dataclass(frozen=True, slots=True)
class Side:
    """One encoder of a comparison by the words that named it."""

    name: str
    loaded: LoadedEncoder


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU milliseconds a text, and how many times that of the first encoder (paired)."""

    ms: float
    ratio: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """Figures of one encoder: `cosines` to the first one's vectors, (mean, lowest) a view."""

    name: str
    layers: int
    precision: str
    cosines: dict[str, tuple[float, float]]
    alone: Cost
    batches: Cost


def parse_side(text: str) -> tuple[Path | None, Precision]:
    """Read FOLDER[@PRECISION]; "default" is the installed model. Raises ValueError."""
    folder, found, precision = text.rpartition("@")
    if found and precision in get_args(Precision):
        number_format: Precision = get_args(Precision)[get_args(Precision).index(precision)]
    else:
        folder, number_format = text, "auto"
    if not folder:
        raise ValueError("an encoder is named FOLDER or FOLDER@PRECISION, or default@fp32")
    return (None if folder == DEFAULT else Path(folder)), number_format


def open_side(text: str, cache: Path) -> Side:
    """Load the encoder that `text` names, with one stream. Raises ValueError and `ModelError`."""
    folder, precision = parse_side(text)
    config = EncoderConfig(model=folder, precision=precision, streams=1, cache_dir=cache)
    return Side(text, load_encoder(config))


def compare(
    sides: Sequence[Side], pairs: Sequence[Pair], views: Sequence[View], rounds: int = 3
) -> list[Comparison]:
    """Compare all with the first: views that all of them have, and whole forwards.

    Views are `mean` of every common layer where none are named. CPU time is that of the process,
    one thread, encoders in turn for every batch, so that another program's load meets them alike.
    Raises `InvalidInput` for encoders or views that do not go together.
    """
    depth = min(side.loaded.encoder.layers for side in sides)
    views = tuple(views) or tuple(View("mean", layer) for layer in range(depth + 1))
    if max(view.layer for view in views) > depth:
        raise InvalidInput(f"the encoders have layers 0..{depth} in common")
    if len({side.loaded.encoder.dim for side in sides}) > 1:
        raise InvalidInput("the encoders' vectors are of different dimensions")
    texts, contexts = [text for text, _ in pairs], [context for _, context in pairs]
    vectors = [embed_texts(side.loaded, texts, views, contexts=contexts) for side in sides]
    alone = _costs(sides, [[pair] for pair in pairs], rounds)
    batches = _costs(sides, _batches(sides[0], pairs), rounds)
    return [
        Comparison(
            side.name,
            side.loaded.encoder.layers,
            side.loaded.encoder.identity.precision,
            _by_view(views, cosines(vectors[0], vectors[index])),
            alone[index],
            batches[index],
        )
        for index, side in enumerate(sides)
    ]


def cosines(first: Floats, second: Floats) -> Floats:
    """Return the cosine of each vector of (n, views, dim) with its counterpart: (n, views)."""
    norms = np.linalg.norm(first, axis=-1) * np.linalg.norm(second, axis=-1)
    return np.asarray((first * second).sum(-1) / np.maximum(norms, 1e-12))


def paired_costs(seconds: Floats, sizes: Sequence[int]) -> list[Cost]:
    """Sum up (sides, batches, rounds) of CPU seconds, a batch of `sizes` texts each.

    Of the rounds of a batch the median counts, for times as for ratios: a round that another
    program has disturbed moves neither.
    """
    a_batch = np.median(seconds, axis=2)  # (sides, batches)
    milliseconds = a_batch.sum(1) * 1000 / sum(sizes)
    ratios = np.median(seconds / seconds[:1], axis=2).mean(1)
    return [Cost(float(ms), float(ratio)) for ms, ratio in zip(milliseconds, ratios, strict=True)]


def table(comparisons: Sequence[Comparison]) -> str:
    """Write a comparison as two tables of Markdown: costs, and cosines by view."""
    lines = [
        "| encoder | layers | precision | alone, CPU ms | x | batches of 32, CPU ms a text | x |",
        "|---|---:|---|---:|---:|---:|---:|",
    ]
    for one in comparisons:
        lines.append(
            f"| {one.name} | {one.layers} | {one.precision} | {one.alone.ms:.2f} | "
            f"{one.alone.ratio:.2f} | {one.batches.ms:.2f} | {one.batches.ratio:.2f} |"
        )
    lines += ["", "| encoder | view | mean cosine | lowest |", "|---|---|---:|---:|"]
    for one in comparisons[1:]:
        for view, (mean, lowest) in one.cosines.items():
            lines.append(f"| {one.name} | {view} | {mean:.5f} | {lowest:.5f} |")
    return "\n".join(lines)


def _by_view(views: Sequence[View], values: Floats) -> dict[str, tuple[float, float]]:
    return {
        str(view): (float(values[:, index].mean()), float(values[:, index].min()))
        for index, view in enumerate(views)
    }


def _batches(side: Side, pairs: Sequence[Pair]) -> list[list[Pair]]:
    """Cut the pairs into batches of like length, as serving does."""
    items = side.loaded.tokenizer.tokenize_batch(pairs)
    order = sorted(range(len(pairs)), key=lambda index: items[index].length)
    return [
        [pairs[index] for index in order[start : start + BATCH]]
        for start in range(0, len(order), BATCH)
    ]


def _costs(sides: Sequence[Side], batches: Sequence[Sequence[Pair]], rounds: int) -> list[Cost]:
    ready = [[_batch(side, pairs) for pairs in batches] for side in sides]
    seconds = np.zeros((len(sides), len(batches), rounds))
    for turn in range(-1, rounds):  # one round before, for kernels and caches
        for index in range(len(batches)):
            for at in np.roll(np.arange(len(sides)), turn).tolist():
                encoder = sides[at].loaded.encoder
                started = time.process_time()
                encoder.forward(ready[at][index])
                seconds[at, index, max(turn, 0)] = time.process_time() - started
    return paired_costs(seconds, [len(pairs) for pairs in batches])


def _batch(side: Side, pairs: Sequence[Pair]) -> Batch:
    views = (View("mean", side.loaded.encoder.layers),)
    return Batch.of(side.loaded.tokenizer.tokenize_batch(pairs), views)
