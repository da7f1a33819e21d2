"""Scores distinct texts: batches fixed by the texts alone, all streams busy, heads a block."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from embedder.api import ItemError
from embedder.batching.encode import ENCODER_FAILED
from embedder.cost import CostModel
from embedder.encoder import Batch, Encoder, LoadedEncoder
from embedder.errors import EncoderLost
from embedder.tokenizer import Tokens
from embedder.views import View
from gateway.offline.bulk.errors import BulkError
from gateway.offline.bulk.scores import Pair, TextScores, split_table
from heads.prediction import FeatureRow
from heads.registry.snapshot import Snapshot

MAX_BATCH_TOKENS = 4096
BLOCK_TEXTS = 256
"""Texts of a block at least, but for the last: what is scored and kept together."""
_AHEAD = 3  # blocks that are being encoded while one is kept
# Token units and no times: one set of texts is cut into the same batches on every machine.
_COST = CostModel()

Vectors = NDArray[np.float32] | ItemError
Scored = Mapping[Pair, TextScores | ItemError]


@dataclass(frozen=True)
class Block:
    """Texts that are scored together, in batches of like length."""

    pairs: tuple[Pair, ...]
    batches: tuple[tuple[int, ...], ...]  # places in `pairs`
    tokens: tuple[Tokens, ...]


class TextScorer:
    """Runs an encoder and the heads of one snapshot; `positions` are those of the heads asked.

    Close it: it has a thread for each of the encoder's streams.
    """

    def __init__(
        self,
        loaded: LoadedEncoder,
        snapshot: Snapshot,
        positions: tuple[int, ...],
        views: Sequence[str],
        *,
        lexical: bool,
    ) -> None:
        self._loaded = loaded
        self._snapshot = snapshot
        self._positions = positions
        self._names = tuple(views)
        self._views = [View.parse(view) for view in views]
        self._lexical = lexical
        self._threads = ThreadPoolExecutor(loaded.encoder.streams, "bulk-encode")

    def close(self) -> None:
        """Give back the threads; forwards that have not begun never do."""
        self._threads.shutdown(cancel_futures=True)

    def blocks(self, pairs: Iterable[Pair]) -> list[Block]:
        """Cut distinct texts into blocks of ascending length, whatever order they come in."""
        ordered = sorted(pairs)
        tokens = self._loaded.tokenizer.tokenize_batch(ordered)
        lengths = [item.length * len(item.windows) for item in tokens]
        budget = max(MAX_BATCH_TOKENS, *lengths, 1)
        blocks, batches = [], list[list[int]]()
        for batch in _COST.partition(lengths, budget):
            batches.append(batch)
            if sum(map(len, batches)) >= BLOCK_TEXTS:
                blocks.append(_block(ordered, tokens, batches))
                batches = []
        return [*blocks, *([_block(ordered, tokens, batches)] if batches else [])]

    def score(self, blocks: Iterable[Block]) -> Iterator[tuple[Block, Scored]]:
        """Yield each block's scores, in order, the next ones being encoded meanwhile.

        A text that the encoder fails on has an error alone. Raises BulkError for a head that gives
        no scores, EncoderLost where nothing works any more.
        """
        waiting: deque[tuple[Block, list[Future[list[Vectors]]]]] = deque()
        for block in blocks:
            waiting.append((block, [self._submit(block, batch) for batch in block.batches]))
            if len(waiting) > _AHEAD:
                yield self._finished(*waiting.popleft())
        while waiting:
            yield self._finished(*waiting.popleft())

    def _submit(self, block: Block, batch: Sequence[int]) -> Future[list[Vectors]]:
        tokens = [block.tokens[place] for place in batch]
        return self._threads.submit(partial(_forward, self._loaded.encoder, tokens, self._views))

    def _finished(
        self, block: Block, futures: Sequence[Future[list[Vectors]]]
    ) -> tuple[Block, Scored]:
        vectors: dict[int, Vectors] = {}
        for batch, future in zip(block.batches, futures, strict=True):
            vectors.update(zip(batch, future.result(), strict=True))
        places = [place for place in sorted(vectors) if not isinstance(vectors[place], ItemError)]
        scored: dict[Pair, TextScores | ItemError] = {
            block.pairs[place]: row for place, row in vectors.items() if isinstance(row, ItemError)
        }
        if places:
            scores = self._scores(block, places, vectors)
            scored.update(zip((block.pairs[place] for place in places), scores, strict=True))
        return block, scored

    def _scores(
        self, block: Block, places: Sequence[int], vectors: Mapping[int, Vectors]
    ) -> list[TextScores]:
        rows = [
            FeatureRow(
                dict(zip(self._names, np.asarray(vectors[place]), strict=True)),
                block.pairs[place][0] if self._lexical else "",
            )
            for place in places
        ]
        table = self._snapshot.stack.table(self._positions, rows)
        if table is None:
            answers = self._snapshot.stack.predict(self._positions, rows)
            failed = ", ".join(a.name for a in answers if a.status != "ok") or "a head"
            raise BulkError(f"{failed} gives no scores of this encoder's vectors")
        return split_table(table, [_facts(block.tokens[place]) for place in places])


def _block(pairs: Sequence[Pair], tokens: Sequence[Tokens], batches: list[list[int]]) -> Block:
    places = [place for batch in batches for place in batch]
    renumbered = {place: index for index, place in enumerate(places)}
    return Block(
        tuple(pairs[place] for place in places),
        tuple(tuple(renumbered[place] for place in batch) for batch in batches),
        tuple(tokens[place] for place in places),
    )


def _forward(encoder: Encoder, tokens: Sequence[Tokens], views: Sequence[View]) -> list[Vectors]:
    """Return each text's vectors; where a forward fails, halve until the culprit is alone."""
    try:
        return list(encoder.forward(Batch.of(tokens, views)))
    except EncoderLost:
        raise
    except Exception:
        if len(tokens) == 1:
            return [ENCODER_FAILED]
        half = len(tokens) // 2
        parts = (tokens[:half], tokens[half:])
        return [row for part in parts for row in _forward(encoder, part, views)]


def _facts(tokens: Tokens) -> tuple[int, int, int, bool]:
    return tokens.tokens, tokens.tokens_total, tokens.unknown, tokens.truncated
