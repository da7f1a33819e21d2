"""Laws of a Unigram tokenizer with double separators and a prefix, for any input."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from embedder.config import Truncation
from embedder.tokenizer import Tokenizer
from tests.support.examples import examples
from tests.support.multilingual import write_folder

with tempfile.TemporaryDirectory() as parent:
    FOLDER = write_folder(Path(parent) / "tiny")
    TOKENIZERS: dict[Truncation, Tokenizer] = {
        "head_tail": Tokenizer(FOLDER, 16),
        "windows": Tokenizer(FOLDER, 16, "windows"),
    }
    WHOLE = Tokenizer(FOLDER, 512)
FIRST, SEP, PREFIX = 0, 2, [4, 5]

# Any code point, unpaired surrogates included, and words that look like special tokens.
texts = st.one_of(
    st.text(st.characters(exclude_categories=())),
    st.lists(
        st.sampled_from(["budget", "</s>", "\ud800", "zoe\u0308", "\u200b", "<mask>", "中", "▁"])
    ).map(" ".join),
)
rules = st.sampled_from(["head_tail", "windows"])


@given(texts, texts, rules)
def test_any_input_becomes_rows_that_fit(text: str, context: str, rule: Truncation) -> None:
    """Total on any two strings: rows that fit, framed, prefixed, counted, of one segment."""
    tokens = TOKENIZERS[rule].tokenize(text, context)
    assert tokens.length <= 16
    assert tokens.tokens == sum(window.size for window in tokens.windows)
    for window, types, own in zip(
        tokens.windows, tokens.type_ids, tokens.text_lengths, strict=True
    ):
        assert window[:3].tolist() == [FIRST, *PREFIX]
        assert window[own - 1] == window[-1] == SEP
        has_context = own < window.size
        assert not has_context or window[own] == SEP
        specials = int(np.isin(window, (FIRST, SEP)).sum())
        assert specials == (4 if has_context else 2)  # none comes from the text
        assert not types.any()
    if not tokens.truncated and len(tokens.windows) == 1:
        assert tokens.tokens == tokens.tokens_total


@given(texts, texts, texts, texts)
@settings(max_examples=examples(200))
def test_equal_canonical_bytes_mean_equal_tokens(a: str, b: str, c: str, d: str) -> None:
    """The cache's key cannot confuse two inputs that the encoder would tell apart."""
    for one, two in (((a, b), (c, d)), ((a, b), (f" {a}\u200b", b)), ((a, b), (a + "\x1c", b))):
        if WHOLE.canonical(*one) == WHOLE.canonical(*two):
            first, second = WHOLE.tokenize(*one), WHOLE.tokenize(*two)
            assert [w.tolist() for w in first.windows] == [w.tolist() for w in second.windows]
            assert first.text_lengths == second.text_lengths
