"""The encoder: padded batches in, pooled vectors of the asked views out."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import numpy as np
import structlog
from numpy.typing import NDArray

from embedder.api import EncoderIdentity
from embedder.checkpoint.folder import Architecture, Model, ModelError, find_model
from embedder.config import DEFAULT_TRUNCATION, Truncation
from embedder.cost import CostModel, measure_cost, padded_length
from embedder.errors import EncoderLost, Internal, InvalidInput
from embedder.runtime import Inputs, Precision, Runtime, RuntimeName, open_runtime
from embedder.tokenizer import Tokenizer, Tokens
from embedder.views import Pooling, View
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
        return _join_windows(rows, batch)

    def _run(self, batch: Batch) -> NDArray[np.float32]:
        depth = max(view.layer for view in batch.views)
        wider = min(padded_length(batch.ids.shape[1]), self.max_tokens) - batch.ids.shape[1]
        ids, type_ids = (np.pad(part, ((0, 0), (0, wider))) for part in (batch.ids, batch.type_ids))
        poolings = list(dict.fromkeys(view.pooling for view in batch.views))
        ends = np.stack([_ends(batch, pooling) for pooling in poolings], axis=1)
        inputs = Inputs(ids, np.ascontiguousarray(batch.lengths), type_ids, ends, batch.alone)
        names = list(dict.fromkeys(view.output_name for view in batch.views))
        outputs = dict(zip(names, self._runtime.run(depth, inputs, names), strict=True))
        return np.stack(
            [
                outputs[view.output_name][:, poolings.index(view.pooling)]  # (rows, dim)
                for view in batch.views
            ],
            axis=1,
        )

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
        probe = replace(_dummy_batch(1, 2, (View("cls", self.layers),)), alone=batch.alone)
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


def warm_up(encoder: Encoder) -> None:
    """Run a lone text of every length that batches are padded to, the longest included.

    A runtime makes its kernels for each when it first meets it. Raises as `Encoder.forward` does.
    """
    view = View("mean", encoder.layers)
    for length in sorted(
        {min(padded_length(n), encoder.max_tokens) for n in range(1, encoder.max_tokens + 1)}
    ):
        encoder.forward(replace(_dummy_batch(1, length, (view,)), alone=True))


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


def _ends(batch: Batch, pooling: Pooling) -> NDArray[np.int32]:
    """Return how many of each row's tokens a pooling is the mean of, from the first: (rows,)."""
    match pooling:
        case "mean":
            return batch.lengths
        case "text":
            return batch.text_lengths
        case "cls":
            return np.ones_like(batch.lengths)


def _join_windows(rows: NDArray[np.float32], batch: Batch) -> NDArray[np.float32]:
    items = int(batch.owners[-1]) + 1
    if items == len(rows):
        return rows
    weights = np.stack(
        [batch.text_lengths if view.pooling == "text" else batch.lengths for view in batch.views],
        axis=1,
    ).astype(np.float32)[:, :, None]  # (rows, views, 1)
    starts = np.searchsorted(batch.owners, np.arange(items))
    joined = np.add.reduceat(rows * weights, starts) / np.add.reduceat(weights, starts)
    return joined.astype(np.float32)


def _forward_ms(encoder: Encoder, n: int, length: int) -> float:
    started = time.perf_counter()
    encoder.forward(_dummy_batch(n, length, (View("mean", encoder.layers),)))
    return (time.perf_counter() - started) * 1000


def _dummy_batch(n: int, length: int, views: tuple[View, ...]) -> Batch:
    zeros = np.zeros((n, length), np.int32)
    owners = np.arange(n, dtype=np.int32)
    lengths = np.full(n, length, np.int32)
    return Batch(zeros, lengths, zeros, lengths, owners, views)
