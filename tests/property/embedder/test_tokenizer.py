"""Laws of the tokenizer, for any input."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from embedder.checkpoint.folder import find_model
from embedder.config import Truncation
from embedder.tokenizer import Tokenizer
from tests.support.examples import examples

FOLDER = find_model().folder
TOKENIZERS: dict[Truncation, Tokenizer] = {
    "head_tail": Tokenizer(FOLDER, 16),
    "windows": Tokenizer(FOLDER, 16, "windows"),
    "sentences": Tokenizer(FOLDER, 16, "sentences"),
}
WHOLE = Tokenizer(FOLDER, 512)
CLS, SEP = 101, 102

# Any code point, unpaired surrogates included, and words that look like special tokens.
texts = st.one_of(
    st.text(st.characters(exclude_categories=())),
    st.lists(st.sampled_from(["budget", "[SEP]", "\ud800", "zoë", "\u200b", "[CLS]", "中", "?"]))
    .map(" ".join),
)  # fmt: skip
rules = st.sampled_from(list(TOKENIZERS))


@given(texts, texts, rules)
def test_any_input_becomes_rows_that_fit(text: str, context: str, rule: Truncation) -> None:
    """Total on any two strings: rows of 2..max tokens, framed, counted, segments marked."""
    tokens = TOKENIZERS[rule].tokenize(text, context)
    assert 2 <= tokens.length <= 16
    assert tokens.tokens == sum(window.size for window in tokens.windows)
    rows = zip(tokens.windows, tokens.type_ids, tokens.text_lengths, strict=True)
    for window, types, text_length in rows:
        assert window[text_length - 1] == SEP  # its first: that of the text
        assert text_length == window.size - int(types.sum())
        assert window.dtype == types.dtype == np.int32
        assert window.shape == types.shape
        assert window[0] == CLS
        assert window[-1] == SEP
        specials = int(np.isin(window, (CLS, SEP)).sum())
        assert specials == 2 + int(types.any())  # no special token comes from the text
        assert (np.diff(types) >= 0).all()
    if not tokens.truncated and len(tokens.windows) == 1:
        assert tokens.tokens == tokens.tokens_total
    if tokens.truncated:
        assert tokens.tokens_total > 16


@given(texts, texts, texts, texts)
@settings(max_examples=examples(200))
def test_equal_canonical_bytes_mean_equal_tokens(a: str, b: str, c: str, d: str) -> None:
    """The cache's key cannot confuse two inputs that the encoder would tell apart."""
    if WHOLE.canonical(a, b) == WHOLE.canonical(c, d):
        one, two = WHOLE.tokenize(a, b), WHOLE.tokenize(c, d)
        assert [w.tolist() for w in one.windows] == [w.tolist() for w in two.windows]
        assert [t.tolist() for t in one.type_ids] == [t.tolist() for t in two.type_ids]
        assert one.text_lengths == two.text_lengths


@given(st.lists(st.tuples(texts, texts), max_size=8), rules)
def test_a_batch_tokenizes_as_its_items_do(pairs: list[tuple[str, str]], rule: Truncation) -> None:
    """`tokenize_batch` is `tokenize` of each, in order."""
    tokenizer = TOKENIZERS[rule]
    for got, (text, context) in zip(tokenizer.tokenize_batch(pairs), pairs, strict=True):
        want = tokenizer.tokenize(text, context)
        assert [w.tolist() for w in got.windows] == [w.tolist() for w in want.windows]
        assert (got.tokens_total, got.truncated) == (want.tokens_total, want.truncated)


def test_head_and_tail_are_kept() -> None:
    """Of a long text the first three quarters and the last quarter of the room are seen."""
    text = " ".join(str(i % 10) for i in range(100))
    seen, whole = TOKENIZERS["head_tail"].tokenize(text), WHOLE.tokenize(text)
    ids = whole.windows[0]
    assert seen.windows[0].tolist() == [*ids[:12], *ids[-4:]]
    assert (seen.tokens, seen.tokens_total, seen.truncated) == (16, 102, True)


def test_windows_cover_the_text() -> None:
    """Windows hold every token once, in order, and nothing counts as truncated."""
    text = " ".join(str(i % 10) for i in range(100))
    seen, whole = TOKENIZERS["windows"].tokenize(text), WHOLE.tokenize(text)
    inner = [token for window in seen.windows for token in window[1:-1]]
    assert inner == whole.windows[0][1:-1].tolist()
    assert not seen.truncated
    assert TOKENIZERS["windows"].tokenize("no " * 1000).truncated  # more than 16 windows


@given(st.lists(st.sampled_from(["no", "mail", ".", "stop", "!", "the"]), max_size=200))
def test_sentences_are_chosen_whole_and_in_order(words: list[str]) -> None:
    """What is kept of a long text is a part of its tokens in their order; what fits is whole."""
    ids = WHOLE.tokenize(" ".join(words)).windows[0][1:-1].tolist()
    seen = TOKENIZERS["sentences"].tokenize(" ".join(words)).windows[0][1:-1].tolist()
    left = iter(ids)
    assert all(token in left for token in seen)
    assert seen == ids if len(ids) <= 14 else 1 <= len(seen) <= 2


def test_a_long_text_leaves_a_quarter_to_its_context() -> None:
    """The context gets what the text leaves, and a quarter at least; both stay recognisable."""
    short = TOKENIZERS["head_tail"].tokenize("ok", "why " * 50)
    assert int(short.type_ids[0].sum()) == 13  # 16 - [CLS] ok [SEP]
    both = TOKENIZERS["head_tail"].tokenize("no " * 50, "why " * 50)
    assert int(both.type_ids[0].sum()) == 4  # a quarter of 13, and [SEP]


def test_enormous_text_costs_no_more_than_a_long_one() -> None:
    """Ten million characters are cut before tokenizing: head and tail stay, marked as truncated."""
    tokens = WHOLE.tokenize("first " + "x " * 5_000_000 + " last")
    words = WHOLE.tokenize("first last").windows[0]
    assert tokens.truncated
    assert tokens.tokens_total < 512 * 250
    assert (tokens.windows[0][1], tokens.windows[0][-2]) == (words[1], words[2])


def test_canonical_forgets_what_the_model_cannot_see() -> None:
    """Case, accents, runs of blanks and invisible characters do not split the cache."""
    assert WHOLE.canonical("Zoë\u200b  said\n NO") == WHOLE.canonical("zoe said no")
    assert WHOLE.canonical("ab", "c") != WHOLE.canonical("a", "bc")
    assert WHOLE.canonical("a b") != WHOLE.canonical("a", "b")
    # Cut before its blanks are joined, this one is seen differently: it must not be one entry.
    assert WHOLE.canonical("a" + " " * 200_000 + "b") != WHOLE.canonical("a b")


def test_tokens_without_a_piece_are_counted_as_the_encoder_sees_them() -> None:
    """Each unknown word counts once, in what was kept only; known words and specials never."""
    assert WHOLE.tokenize("hello there, no budget left").unknown == 0
    assert WHOLE.tokenize("hello 𒀀 there 𒀁𒀂 friend").unknown == 2
    assert WHOLE.tokenize("", "𒀀").unknown == 1
    cut = TOKENIZERS["head_tail"].tokenize("𒀀 " * 100)
    assert (cut.tokens, cut.unknown) == (16, 14)
