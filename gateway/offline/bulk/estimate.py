"""Estimates what a job will take, before it begins, from the rows at the input's start."""

import itertools
from dataclasses import dataclass

from gateway.offline.bulk.encoding import MAX_BATCH_TOKENS
from gateway.offline.bulk.rows import read_row
from gateway.offline.bulk.scoring import BulkScorer, distinct_texts
from gateway.offline.bulk.sources import Source

_SAMPLE = 256


@dataclass(frozen=True)
class Estimate:
    """Rows of the input, the share of them that needs a forward, and a forward's milliseconds.

    The share is that of a small sample: texts that come again later make it less.
    """

    rows: int
    forward_share: float
    ms_a_text: float
    streams: int

    @property
    def core_hours(self) -> float:
        """Hours of one core."""
        return self.rows * self.forward_share * self.ms_a_text / 3_600_000

    @property
    def seconds(self) -> float:
        """Return how long the job takes where every stream has a core of its own."""
        return self.core_hours * 3600 / self.streams

    @property
    def rows_a_second(self) -> float:
        """Return the rate to expect."""
        return self.rows / self.seconds if self.seconds else 0.0


def estimate(source: Source, scorer: BulkScorer) -> Estimate:
    """Clean and tokenize a sample; what a forward costs was measured when the encoder loaded."""
    sample = itertools.islice(source.rows(), _SAMPLE)
    rows = [read_row(number, row, "") for number, row in enumerate(sample)]
    texts = sorted(distinct_texts(scorer.clean(rows)))
    loaded = scorer.loaded
    tokens = loaded.tokenizer.tokenize_batch(texts)
    lengths = [item.length * len(item.windows) for item in tokens]
    batches = loaded.cost.partition(lengths, max(MAX_BATCH_TOKENS, *lengths, 1))
    ms = sum(loaded.cost.cost(len(batch), max(lengths[i] for i in batch)) for batch in batches)
    return Estimate(
        rows=source.estimated_rows(),
        forward_share=len(texts) / max(1, len(rows)),
        ms_a_text=ms / max(1, len(texts)),
        streams=loaded.encoder.streams,
    )
