"""The embedding cache, by example."""

from embedder.batching.cache import CachedText, EmbeddingCache, cache_key, holds


def text(*views: str, size: int = 16) -> CachedText:
    """Make an entry of some views."""
    return CachedText({view: view.encode().ljust(size, b".") for view in views}, 3, 3, False)


def test_a_view_that_is_not_held_is_a_miss_and_merges() -> None:
    """The cache holds what was asked: other views of a text are missing until they are stored."""
    cache = EmbeddingCache(10_000)
    cache.store(b"k", text("mean@1"))
    assert holds(cache.lookup(b"k"), ["mean@1"])
    assert not holds(cache.lookup(b"k"), ["mean@1", "cls@2"])
    cache.store(b"k", text("cls@2"))
    assert holds(cache.lookup(b"k"), ["mean@1", "cls@2"])
    assert len(cache) == 1


def test_the_bound_is_bytes_and_the_least_recently_used_goes() -> None:
    """`currsize` never exceeds `maxsize`, and a look-up keeps an entry young."""
    size = text("mean@1").size
    cache = EmbeddingCache(2 * size)
    cache.store(b"a", text("mean@1"))
    cache.store(b"b", text("mean@1"))
    cache.lookup(b"a")
    cache.store(b"c", text("mean@1"))
    assert cache.lookup(b"b") is None
    assert cache.lookup(b"a") is not None
    assert cache.currsize == 2 * size
    assert cache.info().evictions == 1


def test_an_entry_larger_than_the_cache_is_not_held() -> None:
    """A cache of 0 bytes is off; nothing fails."""
    cache = EmbeddingCache(0)
    cache.store(b"a", text("mean@1"))
    assert cache.lookup(b"a") is None
    assert cache.currsize == 0


def test_the_key_separates_encoders_and_texts() -> None:
    """A key depends on the fingerprint and on the canonical text, and has 128 bits."""
    key = cache_key("sha256:" + "a" * 64, b"hello")
    assert len(key) == 16
    assert key != cache_key("sha256:" + "b" * 64, b"hello")
    assert key != cache_key("sha256:" + "a" * 64, b"hallo")
    assert key == cache_key("sha256:" + "a" * 64, b"hello")


def test_the_bytes_counted_are_the_bytes_taken() -> None:
    """The bound on memory is real: what an entry counts for is what it takes."""
    import gc
    import tracemalloc

    cache = EmbeddingCache(1 << 40)
    gc.collect()
    tracemalloc.start()
    try:
        for number in range(5_000):
            digest = cache_key("sha256:" + "0" * 64, str(number).encode())
            vectors = {"mean@3": bytes(bytearray(384 * 4)), "mean@6": bytes(bytearray(384 * 4))}
            cache.store(digest, CachedText(vectors, 300 + number, 300 + number, False))
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert 0.9 < cache.currsize / taken < 1.2


def test_what_is_discarded_is_gone_and_its_bytes_are_free() -> None:
    """Unknown keys are no error; the rest stays, and everything goes with `clear`."""
    cache = EmbeddingCache(10_000)
    for key in (b"a", b"b", b"c"):
        cache.store(key, text("mean@1"))

    assert cache.discard([b"a", b"none"]) == 1
    assert cache.lookup(b"a") is None
    assert cache.currsize == 2 * text("mean@1").size
    assert cache.clear() == 2
    assert (len(cache), cache.currsize) == (0, 0)
    cache.store(b"a", text("mean@1"))
    assert cache.lookup(b"a") is not None


def test_no_entry_outlives_its_age_however_often_it_is_used() -> None:
    """A look-up or another view makes an entry no younger; what is evicted leaves no trace."""
    now = 0.0
    size = text("mean@1", "cls@2").size
    cache = EmbeddingCache(2 * size, 60.0, lambda: now)
    cache.store(b"a", text("mean@1"))
    now = 30.0
    cache.store(b"a", text("cls@2"))
    cache.store(b"b", text("mean@1"))
    cache.lookup(b"a")
    now = 60.0
    assert cache.expire() == 1
    assert (cache.lookup(b"a"), len(cache)) == (None, 1)
    for key in (b"c", b"d", b"e"):
        cache.store(key, text("mean@1", "cls@2"))
    now = 1_000.0
    assert cache.expire() == 2
    assert cache.currsize == 0
