"""The packed file: every number at its place, and no damage that passes for a model."""

import numpy as np
import pytest

from embedder.checkpoint.folder import ModelError
from embedder.conversion import packed
from embedder.conversion.packed import PackedModel
from tests.support.multilingual import packed_model, tensors, vocabulary


def test_weights_come_out_under_berts_names_as_near_as_four_bits_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each tensor has its name, shape and place; 4 bit is off by half a step, floats by nothing."""
    monkeypatch.setattr(packed, "_ROWS", 7)  # the vocabulary is unpacked in parts
    unpacked, originals = PackedModel(packed_model()).tensors(), tensors()
    assert set(unpacked) == set(originals)
    for name, original in originals.items():
        exact = original.ndim == 1 or "position" in name or "token_type" in name
        largest = np.abs(original.reshape(-1, 32)).max(axis=1, keepdims=True)
        allowed = 0 if exact else largest / 7 * 0.51
        off = np.abs(unpacked[name].astype(np.float32) - original).reshape(-1, 32)
        assert (off <= allowed).all(), name


def test_the_vocabulary_is_half_as_large_in_float16() -> None:
    """The one table that matters for memory is float16, what is computed with float32."""
    unpacked = PackedModel(packed_model()).tensors()
    halves = [name for name, tensor in unpacked.items() if tensor.dtype == np.float16]
    assert halves == ["embeddings.word_embeddings.weight"]


def test_pieces_and_special_ids_are_read_as_they_are() -> None:
    """The vocabulary comes out whole and in order, in any script."""
    assert PackedModel(packed_model()).vocabulary == vocabulary()


@pytest.mark.parametrize("kept", [0, 3, 20, 60, 300, 900, 3000, 9000, -1])
def test_a_cut_file_is_refused(kept: int) -> None:
    """Wherever the file ends too early, it is an error of ours that says so."""
    with pytest.raises(ModelError, match=r"damaged|lacks|no packed model"):
        PackedModel(packed_model()[:kept]).tensors()


def test_another_file_is_refused() -> None:
    """What does not begin as a packed model is none."""
    with pytest.raises(ModelError, match="no packed model"):
        PackedModel(b"PK\3\4" + bytes(2000))
