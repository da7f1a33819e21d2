"""The in-memory fake keeps the contract that the real client keeps."""

from collections.abc import Iterator

import pytest

from embedder.client import Embedder, EmbedderClient, Forgetting
from embedder.errors import FingerprintMismatch, InvalidInput, Overloaded
from embedder.testing.embedder import FakeEmbedder
from embedder.testing.server import serve
from tests.support.waiting import WAIT_S

pytestmark = pytest.mark.service


@pytest.fixture(params=["fake", "real"])
def embedder(request: pytest.FixtureRequest) -> Iterator[Embedder]:
    """Give the fake, and the real client of a real server."""
    if request.param == "fake":
        yield FakeEmbedder(dim=8)
        return
    with serve() as target:
        client = EmbedderClient(target, default_timeout_s=WAIT_S)
        yield client
        client.close()


def test_both_keep_one_contract(embedder: Embedder) -> None:
    """Same shapes, cache paths, item errors and refusals: what passes with the fake is honest."""
    first = embedder.embed(["a b", ""], ["mean@1", "cls@2"], timeout_s=WAIT_S)
    assert [item.cache for item in first.items] == ["miss", "miss"]
    assert first.items[0].vectors["cls@2"].shape == (first.dim,)
    assert not first.items[0].vectors["cls@2"].flags.writeable
    assert (first.items[0].tokens, first.items[0].tokens_total) == (4, 4)
    empty_text = first.items[1]
    assert empty_text.error is not None
    assert (empty_text.error.code, dict(empty_text.vectors)) == ("text_empty", {})
    assert set(first.timings_ms) == {"tokenize", "queue", "encode", "total"}
    assert embedder.embed(["a b"], ["mean@1"]).items[0].cache == "hit"
    facts = embedder.info()
    assert (facts.encoder, facts.dim) == (first.encoder, first.dim)
    with pytest.raises(FingerprintMismatch):
        embedder.embed(["a"], ["mean@1"], expected_fingerprint="sha256:" + "1" * 64)
    with pytest.raises(InvalidInput) as empty:
        embedder.embed([], ["mean@1"])
    assert empty.value.code == "texts_empty"
    with pytest.raises(InvalidInput) as unknown:
        embedder.embed(["a"], ["mean@99"])
    assert unknown.value.code == "view_unknown"


def test_the_fake_fails_as_told() -> None:
    """Its knobs: an error for the whole call, and a record of what was asked."""
    fake = FakeEmbedder(error=Overloaded("full", retry_after_s=2.0))
    with pytest.raises(Overloaded) as caught:
        fake.embed(["a"], ["mean@1"], timeout_s=3.0)
    assert caught.value.retry_after_s == 2.0
    assert fake.calls == [(("a",), ("mean@1",), 3.0)]


def test_both_forget_by_key_and_altogether(embedder: Embedder) -> None:
    """A text is named by its key; once forgotten it costs a forward again, others do not."""
    assert isinstance(embedder, Forgetting)
    items = embedder.embed(["a b", "c d", ""], ["mean@1"], timeout_s=WAIT_S).items
    assert len({item.cache_key for item in items}) == 3
    assert items[2].cache_key == b""

    embedder.forget([items[0].cache_key, b"unknown"], timeout_s=WAIT_S)
    paths = [item.cache for item in embedder.embed(["a b", "c d"], ["mean@1"]).items]
    assert paths == ["miss", "hit"]

    embedder.forget(None, timeout_s=WAIT_S)
    paths = [item.cache for item in embedder.embed(["a b", "c d"], ["mean@1"]).items]
    assert paths == ["miss", "miss"]
