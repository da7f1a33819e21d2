"""The encoder: padded batches in, pooled vectors of the asked views out."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

import numpy as np
import structlog
from numpy.typing import NDArray

from embedder.api import Direction, EncoderIdentity
from embedder.attribution import Shares, shares_of
from embedder.checkpoint.folder import Architecture, Model, ModelError, find_model
from embedder.config import DEFAULT_TRUNCATION, Truncation
from embedder.cost import CostModel, measure_cost, padded_length
from embedder.errors import EncoderLost, Internal, InvalidInput
from embedder.pooling import ends, join_windows
from embedder.runtime import Inputs, Precision, Runtime, RuntimeName, open_runtime
from embedder.tokenizer import Tokenizer, Tokens
from embedder.views import View, layer_output
from trunkline.cores import available_cores
from trunkline.memory import trim_heap

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class EncoderConfig:
    """How to open an encoder.

    `model` is a BERT folder (None: the installed default), `streams` forwards that run at once,
    one thread each (0: as many as this process has cores), `max_tokens` the longest input with
    specials (None: what the checkpoint was made for), `cache_dir` where graphs are kept.
    """

    model: Path | None = None
    runtime: RuntimeName = "auto"
    precision: Precision = "auto"
    streams: int = 0
    max_tokens: int | None = None
    truncation: Truncation = DEFAULT_TRUNCATION
    cache_dir: Path = Path.home() / ".cache" / "trunkline"


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows for one forward, and the views wanted of them.

    `ids`, `type_ids` (rows, length), `lengths` and `text_lengths` (rows,) are int32; the latter
    count the tokens before a context's. `owners` (rows,) maps each row to its item, ascending from
    0; several rows of one item are its windows. `alone`: nothing else runs or waits, so that a
    runtime may compute the same numbers on more cores.
    """

    ids: NDArray[np.int32]
    lengths: NDArray[np.int32]
    type_ids: NDArray[np.int32]
    text_lengths: NDArray[np.int32]
    owners: NDArray[np.int32]
    views: tuple[View, ...]
    alone: bool = False

    @classmethod
    def of(cls, items: Sequence[Tokens], views: Sequence[View], *, alone: bool = False) -> Batch:
        """Pad the windows of `items` to the longest."""
        windows = [window for item in items for window in item.windows]
        types = [type_ids for item in items for type_ids in item.type_ids]
        lengths = np.array([window.size for window in windows], np.int32)
        text_lengths = np.array([size for item in items for size in item.text_lengths], np.int32)
        shape = (len(windows), int(lengths.max(initial=1)))
        ids, type_ids = np.zeros(shape, np.int32), np.zeros(shape, np.int32)
        for row, (window, segment) in enumerate(zip(windows, types, strict=True)):
            ids[row, : window.size] = window
            type_ids[row, : window.size] = segment
        counts = [len(item.windows) for item in items]
        owners = np.repeat(np.arange(len(items), dtype=np.int32), counts)
        return cls(ids, lengths, type_ids, text_lengths, owners, tuple(views), alone)

    @classmethod
    def blank(cls, n: int, length: int, view: View, *, alone: bool = False) -> Batch:
        """Return `n` rows of `length` tokens that mean nothing."""
        row = np.zeros(length, np.int32)
        items = [Tokens((row,), (row,), (length,), length, length, truncated=False)] * n
        return cls.of(items, (view,), alone=alone)


class Encoder(Protocol):
    """Runs batches. Thread-safe; `streams` calls proceed at once, each blocking its thread."""

    identity: EncoderIdentity
    dim: int
    layers: int
    max_tokens: int
    streams: int

    def forward(self, batch: Batch) -> NDArray[np.float32]:
        """Return (items, len(views), dim), an item's windows averaged by their tokens.

        By those of the text for `text` views. Runs no deeper than the deepest view asked for;
        blocks with the GIL released. Raises `InvalidInput` for what no encoder could run,
        `Internal` when this batch failed, `EncoderLost` when the runtime no longer works at all.
        Never returns non-finite numbers.
        """
        ...

    def attribute(self, tokens: Tokens, directions: Sequence[Direction]) -> Shares:
        """Divide the products of `directions` and one input's views among its tokens.

        One forward a window. Blocks and raises as `forward` does.
        """
        ...


class BertEncoder:
    """An `Encoder` over one runtime."""

    def __init__(
        self,
        architecture: Architecture,
        identity: EncoderIdentity,
        runtime: Runtime,
        *,
        max_tokens: int,
        streams: int,
    ) -> None:
        self.identity = identity
        self.dim = architecture.hidden
        self.layers = architecture.layers
        self.max_tokens = max_tokens
        self.streams = streams
        self._architecture = architecture
        self._runtime = runtime

    def forward(self, batch: Batch) -> NDArray[np.float32]:
        """See `Encoder.forward`."""
        self._check(batch)
        try:
            rows = self._run(batch)
        except Exception as error:
            self._diagnose(batch, error)
            raise Internal("the runtime failed on this batch") from error
        if not np.isfinite(rows).all():
            self._diagnose(batch, None)
            raise Internal("the runtime gave numbers that are not finite")
        return join_windows(rows, batch.owners, batch.views, batch.lengths, batch.text_lengths)

    def attribute(self, tokens: Tokens, directions: Sequence[Direction]) -> Shares:
        """See `Encoder.attribute`."""
        self._check(Batch.of([tokens], [View.parse(direction.view) for direction in directions]))
        try:
            return shares_of(partial(self._prefix_means, tokens), tokens, directions)
        except Exception as error:
            self._diagnose(Batch.of([tokens], [View("mean", self.layers)]), error)
            raise Internal("the runtime failed on this text") from error

    def _run(self, batch: Batch) -> NDArray[np.float32]:
        depth = max(view.layer for view in batch.views)
        ids, type_ids = self._padded(batch.ids), self._padded(batch.type_ids)
        poolings = list(dict.fromkeys(view.pooling for view in batch.views))
        counts = [ends(pooling, batch.lengths, batch.text_lengths) for pooling in poolings]
        pooled, lengths = np.stack(counts, axis=1), np.ascontiguousarray(batch.lengths)
        inputs = Inputs(ids, lengths, type_ids, pooled, batch.alone)
        names = list(dict.fromkeys(view.output_name for view in batch.views))
        outputs = dict(zip(names, self._runtime.run(depth, inputs, names), strict=True))
        return np.stack(
            [
                outputs[view.output_name][:, poolings.index(view.pooling)]  # (rows, dim)
                for view in batch.views
            ],
            axis=1,
        )

    def _prefix_means(
        self, tokens: Tokens, index: int, layers: Sequence[int]
    ) -> list[NDArray[np.float32]]:
        """See `attribution.PrefixMeans`."""
        size = tokens.windows[index].size
        ids = self._padded(tokens.windows[index][None])
        counts = np.minimum(np.arange(1, ids.shape[1] + 1, dtype=np.int32), np.int32(size))[None]
        types = self._padded(tokens.type_ids[index][None])
        inputs = Inputs(ids, counts[:, -1].copy(), types, counts)
        outputs = self._runtime.run(layers[-1], inputs, [layer_output(n) for n in layers])
        return [output[0, :size] for output in outputs]

    def _padded(self, rows: NDArray[np.int32]) -> NDArray[np.int32]:
        """Pad rows to a length that runtimes make kernels for."""
        length = rows.shape[1]
        return np.pad(rows, ((0, 0), (0, min(padded_length(length), self.max_tokens) - length)))

    def _check(self, batch: Batch) -> None:
        # Out-of-range numbers would not fail in every runtime: some read zeros and go on.
        rows, length = batch.ids.shape
        limits = self._architecture
        if not rows or not batch.views:
            raise InvalidInput("a batch needs at least one row and one view")
        if max(view.layer for view in batch.views) > self.layers:
            raise InvalidInput(f"the encoder has layers 0..{self.layers}")
        if length > self.max_tokens or batch.lengths.min() < 1 or batch.lengths.max() > length:
            raise InvalidInput(f"a row must have 1..{self.max_tokens} tokens")
        if batch.text_lengths.min() < 1 or (batch.text_lengths > batch.lengths).any():
            raise InvalidInput("a text must have 1 token at least, and no more than its row")
        if batch.ids.min() < 0 or batch.ids.max() >= limits.vocab_size:
            raise InvalidInput("a token id is outside the vocabulary")
        if batch.type_ids.min() < 0 or batch.type_ids.max() >= limits.type_vocab_size:
            raise InvalidInput("a type id is outside the segments of the encoder")

    def _diagnose(self, batch: Batch, cause: Exception | None) -> None:
        """Tell a bad batch from a lost runtime by the smallest batch, run in the same way.

        Returns when that one works, else raises `EncoderLost`.
        """
        probe = Batch.blank(1, 2, View("cls", self.layers), alone=batch.alone)
        try:
            works = bool(np.isfinite(self._run(probe)).all())
        except Exception as error:
            raise EncoderLost("the runtime fails on every batch") from cause or error
        if not works:
            raise EncoderLost("the runtime gives no finite numbers any more") from cause


@dataclass(frozen=True, slots=True)
class LoadedEncoder:
    """An encoder that has run, its tokenizer, and what its forwards cost."""

    encoder: Encoder
    tokenizer: Tokenizer
    cost: CostModel


def load_encoder(config: EncoderConfig) -> LoadedEncoder:
    """Verify the model, open a runtime, run it once and measure it. Raises `ModelError`."""
    started = time.perf_counter()
    model = find_model(config.model)
    max_tokens = _max_tokens(model, config.max_tokens)
    tokenizer = Tokenizer(model.folder, max_tokens, config.truncation)
    streams = config.streams or available_cores()
    runtime = open_runtime(model, config.cache_dir, config.runtime, config.precision, streams)
    identity = EncoderIdentity(
        model_id=model.model_id,
        fingerprint=model.fingerprint(max_tokens, tokenizer.rule),
        runtime=runtime.name,
        precision=runtime.precision,
    )
    encoder = BertEncoder(
        model.architecture, identity, runtime, max_tokens=max_tokens, streams=streams
    )
    cost = measure_cost(lambda n, length: _forward_ms(encoder, n, length), max_tokens)
    trim_heap()  # a large tokenizer file leaves 40 MB behind that were needed to check it
    _log.info(
        "encoder_ready",
        model_id=identity.model_id,
        fingerprint=identity.fingerprint,
        runtime=identity.runtime,
        precision=identity.precision,
        streams=streams,
        max_tokens=max_tokens,
        cost_ms=[round(cost.a, 3), round(cost.b, 5), round(cost.c, 8)],
        seconds=round(time.perf_counter() - started, 3),
    )
    return LoadedEncoder(encoder, tokenizer, cost)


def embed_texts(
    loaded: LoadedEncoder,
    texts: Sequence[str],
    views: Sequence[View],
    *,
    contexts: Sequence[str] | None = None,
    max_batch_tokens: int = 4096,
) -> NDArray[np.float32]:
    """Embed many texts in this thread, in batches of like length: (n, len(views), dim)."""
    pairs = list(zip(texts, contexts or [""] * len(texts), strict=True))
    items = loaded.tokenizer.tokenize_batch(pairs)
    result = np.empty((len(items), len(views), loaded.encoder.dim), np.float32)
    lengths = [item.length * len(item.windows) for item in items]
    budget = max(max_batch_tokens, *lengths, 1)
    for batch in loaded.cost.partition(lengths, budget):
        result[batch] = loaded.encoder.forward(Batch.of([items[i] for i in batch], views))
    return result


def _max_tokens(model: Model, asked: int | None) -> int:
    limit = model.architecture.max_positions
    if asked is not None and not 8 <= asked <= limit:
        raise ModelError(f"max_tokens must be in 8..{limit} for {model.model_id}, not {asked}")
    return asked or model.max_tokens


def _forward_ms(encoder: Encoder, n: int, length: int) -> float:
    started = time.perf_counter()
    encoder.forward(Batch.blank(n, length, View("mean", encoder.layers)))
    return (time.perf_counter() - started) * 1000
