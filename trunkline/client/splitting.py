"""Splits items into bodies that a gateway takes: by number and by bytes, in order."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BatchLimits:
    """The most items and bytes of one batch's body; the defaults are a gateway's own.

    `max_bytes` is GATEWAY_MAX_BATCH_BODY_BYTES. A gateway with a lower one states it in its
    refusal, and the batch is split by that.
    """

    max_items: int = 256
    max_bytes: int = 16 << 20

    def __post_init__(self) -> None:
        if self.max_items < 1 or self.max_bytes < 1:
            raise ValueError("limits must be 1 or more")


def split(sizes: Sequence[int], frame_bytes: int, limits: BatchLimits) -> list[range]:
    """Return consecutive ranges of items that fit into one body each, as long as they can be.

    `sizes` are the items' bytes, one comma goes between two, `frame_bytes` around all. An item
    that is too large for any body has a range of its own: to refuse it is the gateway's part.
    """
    ranges = []
    start, total = 0, frame_bytes
    for index, size in enumerate(sizes):
        longer = total + size + (index > start)
        full = index - start >= limits.max_items or longer > limits.max_bytes
        if full and index > start:
            ranges.append(range(start, index))
            start, longer = index, frame_bytes + size
        total = longer
    return [*ranges, range(start, len(sizes))] if sizes else []
