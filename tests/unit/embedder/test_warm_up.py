"""Before an embedder serves, lone texts of every length have run."""

import numpy as np
import pytest
from numpy.typing import NDArray

from embedder.cost import padded_length
from embedder.encoder import Batch, warm_up
from embedder.testing.encoder import FakeEncoder


class Noting(FakeEncoder):
    """An encoder that keeps the shapes it ran, and whether they were alone."""

    def __init__(self, max_tokens: int) -> None:
        super().__init__()
        self.max_tokens = max_tokens
        self.ran: list[tuple[int, int, bool]] = []

    def forward(self, batch: Batch) -> NDArray[np.float32]:
        """Keep the shape."""
        self.ran.append((*batch.ids.shape, batch.alone))
        return super().forward(batch)


@pytest.mark.parametrize("max_tokens", [8, 100, 256, 512])
def test_every_length_has_run_alone_once(max_tokens: int) -> None:
    """Whatever length a lone text has, what it is padded to was met before."""
    encoder = Noting(max_tokens)
    warm_up(encoder)
    met = [length for _, length, _ in encoder.ran]
    assert len(set(met)) == len(met)
    assert {(rows, alone) for rows, _, alone in encoder.ran} == {(1, True)}
    for length in range(1, max_tokens + 1):
        assert min(padded_length(length), max_tokens) in met
