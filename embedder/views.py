"""A view: which layer of the encoder, pooled how (`mean@3`, `cls@6`, `text@3`)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal, get_args

Pooling = Literal["mean", "cls", "text"]
POOLINGS: Final[tuple[Pooling, ...]] = get_args(Pooling)

_PATTERN: Final = re.compile(rf"({'|'.join(POOLINGS)})@(0|[1-9][0-9]{{0,2}})", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class View:
    """One pooled output of the encoder.

    `layer` 0 is the output of the embeddings, `layer` i that of the i-th transformer layer.
    `mean` averages over all tokens of the input, a context's and specials included; `cls` takes
    the first; `text` averages over those of the text itself, its [CLS] and [SEP] included, so that
    a context is read through attention alone. Without a context `text` is `mean`.
    """

    pooling: Pooling
    layer: int

    def __str__(self) -> str:
        return f"{self.pooling}@{self.layer}"

    @classmethod
    def parse(cls, text: str) -> View:
        """Read `pooling@layer`; raises ValueError for anything else."""
        match = _PATTERN.fullmatch(text)
        if match is None:
            raise ValueError("a view is mean@LAYER, cls@LAYER or text@LAYER, for example mean@3")
        pooling = POOLINGS[POOLINGS.index(match[1])]
        return cls(pooling, int(match[2]))

    @property
    def output_name(self) -> str:
        """Name of the output of this view's layer in the encoder's graph."""
        return layer_output(self.layer)


def layer_output(layer: int) -> str:
    """Name the output of one layer in the encoder's graph."""
    return f"layer_{layer}"
