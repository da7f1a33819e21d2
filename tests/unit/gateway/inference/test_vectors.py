"""Which encoder a model's name stands for, and what happens when that is replaced."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from embedder.api import EncoderIdentity
from embedder.errors import Unavailable
from embedder.testing.embedder import FakeEmbedder
from gateway.errors import EncoderChangedError
from gateway.inference.context import RequestMetadata
from gateway.inference.deadline import NEVER
from gateway.inference.encoders import Encoders
from gateway.inference.vector_errors import InputRefusedError, ModelNotFoundError
from gateway.inference.vectors import Vectors
from tests.support.pools import OTHER

REQUEST = RequestMetadata(NEVER)


def encoder(name: str, fingerprint: str, layers: int = 6) -> FakeEmbedder:
    """Make an embedder whose model is called `name`."""
    made = FakeEmbedder(fingerprint=fingerprint, layers=layers)
    made.identity = EncoderIdentity(name, fingerprint, "fake", "fp32")
    return made


def vectors(*embedders: FakeEmbedder) -> Vectors:
    """Put them behind vectors, in this order; nothing watches them."""
    named = {str(number): embedder for number, embedder in enumerate(embedders)}
    return Vectors(Encoders(named, 60, lambda: True))


def replaced(embedder: FakeEmbedder, fingerprint: str) -> None:
    """Let another encoder of the same name stand there."""
    embedder.identity = EncoderIdentity(embedder.identity.model_id, fingerprint, "fake", "fp32")


def test_each_name_is_an_encoder_and_the_first_of_equal_ones_counts() -> None:
    """In the order of the settings; the default view is each encoder's own last layer."""
    first = encoder("small", "sha256:1", layers=3)
    served = vectors(first, encoder("large", "sha256:2", layers=12), encoder("small", "sha256:3"))
    assert [(m.name, m.view, m.encoder.fingerprint) for m in served.models(NEVER)] == [
        ("small", "mean@3", "sha256:1"),
        ("large", "mean@12", "sha256:2"),
    ]
    assert served.model("large:cls@12", NEVER).view == "cls@12"
    with pytest.raises(ModelNotFoundError, match="model_not_found"):
        served.model("small:cls@12", NEVER)


def test_an_encoder_that_was_replaced_is_asked_anew() -> None:
    """Once: its vectors are the new one's, and said to be; a second change is told."""
    embedder = encoder("small", "sha256:1", layers=3)
    served = vectors(embedder)
    assert served.embed(["x"], "small", REQUEST).fingerprint == "sha256:1"
    replaced(embedder, OTHER)
    assert served.embed(["x"], "small", REQUEST).fingerprint == OTHER

    class Restless(FakeEmbedder):
        def embed(self, texts: Sequence[str], *args: object, **options: object) -> object:  # type: ignore[override]
            replaced(self, f"sha256:{len(self.calls) + 10}")
            return super().embed(texts, *args, **options)  # type: ignore[arg-type]

    with pytest.raises(EncoderChangedError):
        vectors(Restless()).embed(["x"], "fake", REQUEST)


def test_vectors_have_length_one_but_for_zeros() -> None:
    """A vector without a direction stays as it is, no NaN."""

    class Zeros(FakeEmbedder):
        def _vector(self, text: str, context: str, view: str) -> NDArray[np.float32]:
            return np.zeros(self.dim, np.float32) if text == "0" else np.full(4, 2, np.float32)

    matrix = vectors(Zeros(dim=4)).embed(["0", "1"], "fake", REQUEST).matrix
    assert matrix.dtype == np.float32
    assert matrix.tolist() == [[0] * 4, [0.5] * 4]


def test_without_any_encoder_the_embedders_error_is_told() -> None:
    """Nothing can be said about a model's name then; a request it refuses is the caller's."""
    with pytest.raises(Unavailable):
        vectors(FakeEmbedder(error=Unavailable("away"))).embed(["x"], "any", REQUEST)
    with pytest.raises(InputRefusedError) as refused:
        vectors(FakeEmbedder()).embed([], "fake", REQUEST)
    assert [(e.field, e.code) for e in refused.value.errors] == [("input", "texts_empty")]
