"""Frames, prefixes and the rules of the cache's key, for tokenizers of the multilingual kind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import tokenizers

from embedder.checkpoint.folder import ModelError, find_model
from embedder.conversion.unigram import tokenizer_json
from embedder.tokenizer import Tokenizer
from tests.support.multilingual import QUERY, vocabulary, write_folder

QUERY_IDS = [4, 5]  # "▁query" and ":"
BUDGET, NO, UNKNOWN = 6, 7, 3


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Write a folder with double separators and the prefix "query: "."""
    return write_folder(tmp_path / "multi")


def test_a_pair_has_two_separators_and_one_segment(folder: Path) -> None:
    """`<s> text </s></s> context </s>`, all of the first segment; the text owns one separator."""
    pair = Tokenizer(folder, 40).tokenize("no", "budget")
    assert pair.windows[0].tolist() == [0, *QUERY_IDS, NO, 2, 2, BUDGET, 2]
    assert pair.type_ids[0].tolist() == [0] * 8
    assert pair.text_lengths == (5,)
    assert (pair.tokens, pair.tokens_total, pair.truncated) == (8, 8, False)
    alone = Tokenizer(folder, 40).tokenize("no")
    assert alone.windows[0].tolist() == pair.windows[0][:5].tolist()
    assert alone.text_lengths == (5,)


def test_the_template_decides_the_segment_of_a_context(tmp_path: Path) -> None:
    """A template that marks the context is obeyed, unless the encoder has one segment alone."""
    marked: dict[str, Any] = tokenizer_json(vocabulary())
    pair = marked["post_processor"]["pair"]
    for part in pair[4:]:
        next(iter(part.values()))["type_id"] = 1
    for segments, expected in ((2, [0, 0, 0, 0, 0, 0, 1, 1]), (1, [0] * 8)):
        folder = write_folder(tmp_path / f"{segments}", segments=segments, tokenizer=marked)
        types = Tokenizer(folder, 40).tokenize("no", "budget").type_ids[0].tolist()
        assert types[:5] + types[6:] == expected[:5] + expected[6:]


def test_every_window_begins_with_the_prefix(folder: Path) -> None:
    """A long text loses words, never the prefix, whatever the rule of truncation is."""
    for rule in ("head_tail", "windows"):
        tokens = Tokenizer(folder, 12, rule).tokenize("no " * 60, "budget " * 60)
        for window, text_length in zip(tokens.windows, tokens.text_lengths, strict=True):
            assert window.size <= 12
            assert window[:3].tolist() == [0, *QUERY_IDS]
            assert window[text_length - 1] == window[text_length] == window[-1] == 2
            assert set(window[3 : text_length - 1].tolist()) == {NO}


def test_a_prefix_is_another_encoder(tmp_path: Path) -> None:
    """The fingerprint names the prefix; without one it is what it was before there were any."""
    folders = {
        name: write_folder(tmp_path / name / "model", prompts=prompts)
        for name, prompts in {
            "query": QUERY,
            "passage": {**QUERY, "default_prompt_name": "p", "prompts": {"p": "passage: "}},
            "unused": {**QUERY, "default_prompt_name": None},
            "none": None,
        }.items()
        if not (tmp_path / name).mkdir()  # type: ignore[func-returns-value]
    }
    models = {name: find_model(folder) for name, folder in folders.items()}
    assert [model.prefix for model in models.values()] == ["query: ", "passage: ", "", ""]
    prints = {name: model.fingerprint(40, "head_tail") for name, model in models.items()}
    assert prints["unused"] == prints["none"]
    assert len(set(prints.values())) == 3
    tokens = Tokenizer(folders["none"], 40).tokenize("no")
    assert tokens.windows[0].tolist() == [0, NO, 2]


def test_a_default_prompt_without_text_is_refused(tmp_path: Path) -> None:
    """To embed without the prefix that the checkpoint wants would be silently worse."""
    folder = write_folder(tmp_path / "m", prompts={"default_prompt_name": "query", "prompts": {}})
    with pytest.raises(ModelError, match="default prompt has no text"):
        find_model(folder)


def test_a_text_cannot_forge_a_special_token(folder: Path) -> None:
    """A vocabulary of whole strings holds "</s>"; spelt out in a mail it is an unknown word."""
    tokenizer = Tokenizer(folder, 40)
    for forged in ("</s>", "no </s></s> budget", "<mask>", "<s>no", "<pad>", "<unk>"):
        tokens = tokenizer.tokenize(forged, forged)
        inner = [*tokens.windows[0][1 : tokens.text_lengths[0] - 1]]
        assert not {0, 1, 2, len(vocabulary().pieces) - 1} & {int(token) for token in inner}
        assert tokens.unknown >= 2
    assert tokenizer.tokenize("no budget").unknown == 0


def test_a_special_token_is_dropped_where_nothing_is_unknown(tmp_path: Path) -> None:
    """Without an unknown token to stand for it, a forged one goes; nothing is counted."""
    described = tokenizer_json(vocabulary())
    ids = {"<s>": 0, "<pad>": 1, "</s>": 2, "no": 3}
    described["model"] = {"type": "WordLevel", "vocab": ids, "unk_token": "nowhere"}
    described["pre_tokenizer"] = {"type": "WhitespaceSplit"}
    folder = write_folder(tmp_path / "m", tokenizer=described, prompts=None)
    tokens = Tokenizer(folder, 40).tokenize("no </s> no")
    assert tokens.windows[0].tolist() == [0, 3, 3, 2]
    assert tokens.unknown == 0


def test_unknown_pieces_of_a_unigram_vocabulary_are_counted(folder: Path) -> None:
    """What the vocabulary has no piece for counts, as it does for word pieces."""
    tokens = Tokenizer(folder, 40).tokenize("no 𒀀 budget", "𒀀")
    assert tokens.unknown == 2
    assert int((tokens.windows[0] == UNKNOWN).sum()) == 2


def test_canonical_joins_what_the_normaliser_joins(folder: Path) -> None:
    """Blanks, composed letters, invisible characters and controls are one key; case is not."""
    canonical = Tokenizer(folder, 40).canonical
    assert canonical(" no\u200bbudget\n\t no\u00a0 ") == canonical("no budget no")
    assert canonical("zoe\u0308 \x07no") == canonical("zoë no")
    assert canonical("No") != canonical("no")
    assert canonical("no budget") != canonical("no", "budget")


@pytest.mark.parametrize("splits", [True, False])
def test_white_space_is_joined_only_where_the_tokenizer_splits_at_it(
    splits: bool, tmp_path: Path
) -> None:
    """XLM-R's own file splits first; what Python alone takes for white space is a character."""
    described = tokenizer_json(vocabulary())
    metaspace = described["pre_tokenizer"]
    described["normalizer"] = None
    if splits:
        described["pre_tokenizer"] = {
            "type": "Sequence", "pretokenizers": [{"type": "WhitespaceSplit"}, metaspace],
        }  # fmt: skip
    tokenizer = Tokenizer(write_folder(tmp_path / "m", tokenizer=described), 40)
    assert (tokenizer.canonical("no  budget") == tokenizer.canonical("no budget")) is splits
    assert tokenizer.canonical("no\x1cbudget") != tokenizer.canonical("no budget")
    one, two = (tokenizer.tokenize(text).windows[0].tolist() for text in ("no  no", "no no"))
    assert (one == two) is splits


def test_too_little_room_for_the_prefix_is_refused(folder: Path) -> None:
    """A maximum that leaves no room for words beside the frame fails at start."""
    with pytest.raises(ModelError, match="at least 10"):
        Tokenizer(folder, 9)


def test_another_frame_is_refused(tmp_path: Path) -> None:
    """Three separators, or none, are no frame that is known: refused at start, not by mail."""
    described = tokenizer_json(vocabulary())
    separator = described["post_processor"]["pair"][2]
    described["post_processor"]["pair"].insert(2, separator)
    with pytest.raises(ModelError, match="does not frame"):
        Tokenizer(write_folder(tmp_path / "three", tokenizer=described), 40)
    described["post_processor"] = None
    with pytest.raises(ModelError, match="does not frame"):
        Tokenizer(write_folder(tmp_path / "none", tokenizer=described), 40)


def test_the_frame_is_the_librarys_own(folder: Path) -> None:
    """Words and frame together are what the library makes of the whole text."""
    library = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer = Tokenizer(folder, 40)
    for text, context in (("no budget?", "Bitte nicht"), ("zoë", ""), ("  no\nbudget ", "x")):
        whole = library.encode(f"query: {text}", context or None)
        assert tokenizer.tokenize(text, context).windows[0].tolist() == whole.ids
