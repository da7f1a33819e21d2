"""Names that tell nothing, and values that are either what was sealed or nothing."""

from __future__ import annotations

import numpy as np
import pytest

from embedder.batching.cache import CachedText, cache_key
from embedder.shared_cache.sealing import Sealer

SECRET = b"s" * 32
DIM = 8


def text_of(*views: str, seed: int = 0, scale: float = 1.0) -> CachedText:
    """Return a text with random vectors of these views."""
    rng = np.random.default_rng(seed)
    vectors = {
        view: (rng.standard_normal(DIM, dtype=np.float32) * np.float32(scale)).tobytes()
        for view in views
    }
    return CachedText(vectors, 12, 700, True, 3)


def sealed(sealer: Sealer, name: bytes, text: CachedText) -> bytes:
    """Return the sealed value, which must exist."""
    value = sealer.seal(name, text)
    assert value is not None
    return value


def test_a_text_comes_back_with_all_that_it_had_rounded_to_fp16() -> None:
    """Counts and views come back as they were; numbers differ by 2^-11 of themselves at most."""
    sealer, text = Sealer(SECRET, DIM), text_of("mean@6", "cls@0", "text@12")
    name = sealer.name(b"k" * 16)
    opened = sealer.open(name, sealed(sealer, name, text))
    assert opened is not None
    assert opened.with_views({}) == text.with_views({})
    assert list(opened.vectors) == list(text.vectors)
    for view, vector in text.vectors.items():
        exact, rounded = np.frombuffer(vector, "<f4"), np.frombuffer(opened.vectors[view], "<f4")
        np.testing.assert_allclose(rounded, exact, rtol=2**-11, atol=2**-24)


def test_a_damaged_value_is_nothing() -> None:
    """No change of one byte, no cut and no addition is opened."""
    sealer = Sealer(SECRET, DIM)
    name = sealer.name(b"k" * 16)
    value = sealed(sealer, name, text_of("mean@6"))
    for index in range(len(value)):
        changed = bytearray(value)
        changed[index] ^= 0x40
        assert sealer.open(name, bytes(changed)) is None
        assert sealer.open(name, value[:index]) is None
    assert sealer.open(name, value + b"\0") is None


def test_the_value_of_another_text_is_nothing() -> None:
    """A server that mixes up its answers, or a connection out of step, gives no wrong vector."""
    sealer = Sealer(SECRET, DIM)
    mine, other = sealer.name(b"m" * 16), sealer.name(b"o" * 16)
    assert sealer.open(mine, sealed(sealer, other, text_of("mean@6"))) is None


def test_another_encoders_vectors_are_never_taken() -> None:
    """The fingerprint is part of the name; and where names were alike, of another width, no more.

    Without the secret, names cannot be computed and values not be made.
    """
    sealer, canonical = Sealer(SECRET, DIM), b"Sounds good"
    names = {sealer.name(cache_key(f"sha256:{digit * 64}", canonical)) for digit in "ab"}
    assert len(names) == 2
    name = sealer.name(b"k" * 16)
    value = sealed(sealer, name, text_of("mean@6"))
    assert Sealer(SECRET, DIM * 2).open(name, value) is None
    stranger = Sealer(b"t" * 32, DIM)
    assert stranger.name(b"k" * 16) != name
    assert stranger.open(name, value) is None


@pytest.mark.parametrize("scale", [1e6, float("inf"), float("nan")])
def test_numbers_that_fp16_cannot_hold_are_not_kept(scale: float) -> None:
    """An infinity in a vector would be a wrong vector."""
    sealer = Sealer(SECRET, DIM)
    with np.errstate(all="ignore"):
        assert sealer.seal(b"name", text_of("mean@6", scale=scale)) is None
