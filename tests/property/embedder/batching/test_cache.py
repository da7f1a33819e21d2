"""The embedding cache against a model of it."""

from collections import OrderedDict

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from embedder.batching.cache import CachedText, EmbeddingCache
from tests.support.examples import examples

KEYS = st.integers(0, 7).map(lambda number: bytes([number]) * 16)
VIEWS = st.sets(st.sampled_from(["mean@1", "mean@2", "cls@3"]), min_size=1)
MAXSIZE = 2600


class CacheMachine(RuleBasedStateMachine):
    """An ordered dict of dicts, evicted from the front, is what the cache must be."""

    def __init__(self) -> None:
        super().__init__()
        self.cache = EmbeddingCache(MAXSIZE)
        self.model: OrderedDict[bytes, dict[str, bytes]] = OrderedDict()
        self.evictions = 0

    @rule(key=KEYS, views=VIEWS, size=st.integers(1, 900), fill=st.binary(min_size=1, max_size=1))
    def store(self, key: bytes, views: set[str], size: int, fill: bytes) -> None:
        vectors = dict.fromkeys(sorted(views), fill * size)
        self.cache.store(key, CachedText(vectors, 1, 1, False))
        merged = {**self.model.pop(key, {}), **vectors}
        self.model[key] = merged
        if self.size(merged) > MAXSIZE:
            del self.model[key]
            return
        while sum(map(self.size, self.model.values())) > MAXSIZE:
            self.model.popitem(last=False)

    @rule(key=KEYS)
    def lookup(self, key: bytes) -> None:
        entry = self.cache.lookup(key)
        assert (None if entry is None else dict(entry.vectors)) == self.model.get(key)
        if entry is not None:
            self.model.move_to_end(key)

    @staticmethod
    def size(vectors: dict[str, bytes]) -> int:
        return CachedText(vectors, 1, 1, False).size

    @invariant()
    def the_bytes_are_counted_and_bounded(self) -> None:
        assert self.cache.currsize == sum(map(self.size, self.model.values())) <= MAXSIZE
        assert len(self.cache) == len(self.model)

    def teardown(self) -> None:
        """Check that everything that the model holds is held."""
        for key, vectors in self.model.items():
            entry = self.cache.lookup(key)
            assert entry is not None
            assert dict(entry.vectors) == vectors


TestCacheMachine = CacheMachine.TestCase
TestCacheMachine.settings = settings(max_examples=examples(60), stateful_step_count=40)
