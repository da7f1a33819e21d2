"""Laws of `text@LAYER`: the mean over the text's own tokens, whatever stands in its context."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embedder.encoder import EncoderConfig, LoadedEncoder, embed_texts, load_encoder
from embedder.views import View
from tests.support.examples import examples

words = st.sampled_from(["budget", "no", "[SEP]", "call", "zoë", "?", "tuesday", "remove", "me"])
texts = st.lists(words, max_size=12).map(" ".join)
contexts = st.lists(words, min_size=1, max_size=12).map(" ".join)
LAYERS = range(7)


@pytest.fixture(scope="module", params=["openvino", "onnxruntime"])
def loaded(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> LoadedEncoder:
    """Load the default model in fp32."""
    return load_encoder(
        EncoderConfig(
            runtime=request.param,
            precision="fp32",
            streams=1,
            cache_dir=tmp_path_factory.getbasetemp() / "graphs",
        )
    )


@given(text=texts)
@settings(max_examples=examples(30))
def test_without_a_context_text_is_mean(loaded: LoadedEncoder, text: str) -> None:
    """`text@L` and `mean@L` of an input without a context are the same bits, however asked."""
    text_views = [View("text", layer) for layer in LAYERS]
    mean_views = [View("mean", layer) for layer in LAYERS]
    both = embed_texts(loaded, [text], [*text_views, *mean_views])
    assert np.array_equal(both[:, :7], both[:, 7:])
    alone = embed_texts(loaded, [text], text_views)
    assert np.array_equal(alone, embed_texts(loaded, [text], mean_views))


@given(text=texts, context=contexts)
@settings(max_examples=examples(50))
def test_before_the_first_attention_the_context_is_not_seen(
    loaded: LoadedEncoder, text: str, context: str
) -> None:
    """`text@0` of a pair is `mean@0` of the text: same tokens, positions and segment, no others."""
    pair = embed_texts(loaded, [text], [View("text", 0)], contexts=[context])
    alone = embed_texts(loaded, [text], [View("mean", 0)])
    assert np.abs(pair - alone).max() < 1e-6


@given(pairs=st.lists(st.tuples(texts, st.one_of(st.just(""), contexts)), min_size=1, max_size=6))
@settings(max_examples=examples(20))
def test_a_mixed_batch_equals_each_text_and_view_alone(
    loaded: LoadedEncoder, pairs: list[tuple[str, str]]
) -> None:
    """Views of a batch with mixed contexts are those asked for one by one, text by text."""
    views = [View("mean", 3), View("text", 6), View("cls", 6), View("text", 3)]
    asked, seconds = zip(*pairs, strict=True)
    together = embed_texts(loaded, asked, views, contexts=seconds)
    for row, (text, context) in zip(together, pairs, strict=True):
        for vector, view in zip(row, views, strict=True):
            alone = embed_texts(loaded, [text], [view], contexts=[context])
            assert np.abs(vector - alone[0, 0]).max() < 1e-5
