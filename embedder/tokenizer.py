"""Turn text into token windows for the encoder, and into the bytes that name it in the cache."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import tokenizers
from numpy.typing import NDArray

from embedder.checkpoint.folder import ModelError, read_prefix
from embedder.config import DEFAULT_TRUNCATION, Truncation
from embedder.framing import read_frame
from embedder.sentences import LONGEST, SHARE, read_salience

# The ask of a reply stands at its start, a closing question or a "please remove me" at its end:
# three quarters head, one quarter tail.
_TAIL_SHARE: Final = 4
# The second segment only helps to read the first: a quarter, more where the first leaves room.
_CONTEXT_SHARE: Final = 4
MAX_WINDOWS: Final = 16  # bounds what one text may cost
# No word piece that matters is longer than this on average; text far beyond it is never looked at.
_CHARS_PER_TOKEN: Final = 250
_SPLITS_AT_SPACE: Final = ("BertPreTokenizer", "Whitespace", "WhitespaceSplit")
# What Python takes for white space and tokenizers do not.
_SPACE_OF_PYTHON_ALONE: Final = re.compile("[\x1c-\x1f]")
_NO_CHARACTER: Final = "\U0010ffff"  # by its definition in no text, and so in no vocabulary


@dataclass(frozen=True, slots=True)
class Tokens:
    """The windows of one input that the encoder sees.

    `windows` are token ids (length,) int32 with specials, `type_ids` the segments of the same
    shapes; the first `text_lengths` tokens of each are the text's: [CLS], the checkpoint's prefix
    if it has one, words, [SEP]. One window
    unless the input is long and the rule is "windows". `tokens` counts what is in the windows,
    specials included; `tokens_total` what the input would have in one window. It is exact up to
    250 characters a token of the maximum (64,000 for 256), and a lower bound beyond. `unknown`
    counts those in the windows for which the vocabulary has no piece.
    """

    windows: tuple[NDArray[np.int32], ...]
    type_ids: tuple[NDArray[np.int32], ...]
    text_lengths: tuple[int, ...]
    tokens: int
    tokens_total: int
    truncated: bool
    unknown: int = 0

    @property
    def length(self) -> int:
        """Tokens of the longest window."""
        return max(window.size for window in self.windows)


class Tokenizer:
    """The tokenizer of one model folder. Immutable and thread-safe.

    Words that look like special tokens ("[SEP]") are ordinary text here: a mail cannot forge a
    segment. Raises `ModelError` at construction for an unusable tokenizer.
    """

    def __init__(
        self, folder: Path, max_tokens: int, truncation: Truncation = DEFAULT_TRUNCATION
    ) -> None:
        self.max_tokens = max_tokens
        self.truncation: Truncation = truncation
        self._tokenizer = _load(folder / "tokenizer.json")
        self._salience = read_salience(self._tokenizer) if truncation == "sentences" else None
        self._frame = read_frame(self._tokenizer, read_prefix(folder), _type_count(folder))
        self._unknown = _unknown(self._tokenizer)
        self._is_special = _special_ids(self._tokenizer)
        least = 7 + self._frame.opening.size
        if max_tokens < least:
            raise ModelError(f"max_tokens must be at least {least}")
        self._precut_chars = max_tokens * _CHARS_PER_TOKEN
        self._spaces_are_alike = _splits_at_space(self._tokenizer)

    @property
    def rule(self) -> str:
        """The rule of truncation with its figures, as it enters the fingerprint."""
        if self.truncation == "windows":
            return f"windows/{MAX_WINDOWS}/context:{_CONTEXT_SHARE}"
        if self._salience is not None:
            table = self._salience.digest
            return f"sentences:{SHARE}/{LONGEST}/{table}/context:{_CONTEXT_SHARE}"
        return f"head_tail:{_TAIL_SHARE}/context:{_CONTEXT_SHARE}"

    def tokenize(self, text: str, context: str = "") -> Tokens:
        """Tokenize one input; total on any string."""
        return self.tokenize_batch([(text, context)])[0]

    def tokenize_batch(self, pairs: Sequence[tuple[str, str]]) -> list[Tokens]:
        """Tokenize (text, context) pairs, in order; an empty context means no second segment."""
        cuts = [self._precut(part) for pair in pairs for part in pair]
        encoded = self._tokenizer.encode_batch_fast(
            [part for part, _ in cuts], add_special_tokens=False
        )
        ids = [self._without_specials(np.array(e.ids, dtype=np.int32)) for e in encoded]
        return [
            self._assemble(ids[2 * i], ids[2 * i + 1], cuts[2 * i][1] or cuts[2 * i + 1][1])
            for i in range(len(pairs))
        ]

    def canonical(self, text: str, context: str = "") -> bytes:
        """Return bytes that are equal only for inputs with equal tokens.

        The text as the tokenizer's normaliser leaves it (for BERT: case, accents and invisible
        characters gone as the model has it), runs of white space as one blank where the tokenizer
        splits there. The prefix is left out: it is the same for all.
        """
        (text, text_cut), (context, context_cut) = self._precut(text), self._precut(context)
        first, second = self._normal(text), self._normal(context)
        return b"%d/%d\0%b%b" % (len(first), text_cut or context_cut, first, second)

    def _normal(self, text: str) -> bytes:
        if self._tokenizer.normalizer is not None:
            text = self._tokenizer.normalizer.normalize_str(text)
        if self._spaces_are_alike and not _SPACE_OF_PYTHON_ALONE.search(text):
            text = " ".join(text.split())
        return text.encode()

    def _without_specials(self, ids: NDArray[np.int32]) -> NDArray[np.int32]:
        """Make special tokens that a text spells out unknown ones.

        A vocabulary of whole strings has "</s>" among its pieces, marked as text or not.
        """
        special = self._is_special[np.minimum(ids, self._is_special.size - 1)]
        if not special.any():
            return ids
        return ids[~special] if self._unknown < 0 else np.where(special, self._unknown, ids)

    def _precut(self, text: str) -> tuple[str, bool]:
        """Drop the middle of an enormous text before any work is spent on it."""
        if len(text) <= self._precut_chars:
            return _well_formed(text), False
        half = self._precut_chars // 2
        return _well_formed(f"{text[:half]} {text[-half:]}"), True

    def _assemble(self, text: NDArray[np.int32], context: NDArray[np.int32], cut: bool) -> Tokens:
        frame = self._frame
        specials = frame.specials(has_context=context.size > 0)
        total = text.size + context.size + specials
        room = self.max_tokens - specials
        kept_context = _head_tail(context, max(room // _CONTEXT_SHARE, room - text.size))
        room -= kept_context.size
        if self.truncation == "windows" and text.size > room:
            starts = range(0, text.size, room)[:MAX_WINDOWS]
            parts = [text[start : start + room] for start in starts]
        elif self._salience is not None:
            parts = [self._salience.select(text, room)]
        else:
            parts = [_head_tail(text, room)]
        windows, types = zip(*(frame.window(part, kept_context) for part in parts), strict=True)
        lost = sum(part.size for part in parts) + kept_context.size < text.size + context.size
        return Tokens(
            windows=windows,
            type_ids=types,
            text_lengths=tuple(frame.text_length(part) for part in parts),
            tokens=sum(window.size for window in windows),
            tokens_total=total,
            truncated=cut or lost,
            unknown=sum(int(np.count_nonzero(window == self._unknown)) for window in windows),
        )


def _head_tail(ids: NDArray[np.int32], room: int) -> NDArray[np.int32]:
    if ids.size <= room:
        return ids
    tail = room // _TAIL_SHARE
    return np.concatenate((ids[: room - tail], ids[ids.size - tail :]))


def _well_formed(text: str) -> str:
    """Replace unpaired surrogates, which have no UTF-8 form, and join paired ones."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def _load(path: Path) -> tokenizers.Tokenizer:
    try:
        tokenizer = tokenizers.Tokenizer.from_file(str(path))
    except Exception as error:  # the library raises bare Exception
        raise ModelError(f"{path}: {error}") from error
    tokenizer.no_truncation()
    tokenizer.no_padding()
    tokenizer.encode_special_tokens = True
    return tokenizer


def _unknown(tokenizer: tokenizers.Tokenizer) -> int:
    """Return the id of the unknown token; -1, which no token has, where the vocabulary has none."""
    name = getattr(tokenizer.model, "unk_token", None)
    if name is not None:
        unknown = tokenizer.token_to_id(name)
        return -1 if unknown is None else unknown
    try:  # Unigram has an id and tells nobody
        tokens = tokenizer.model.tokenize(_NO_CHARACTER)
    except Exception:  # the library raises bare Exception where there is none
        return -1
    return tokens[0].id if len(tokens) == 1 else -1  # more are its bytes, which are pieces


def _special_ids(tokenizer: tokenizers.Tokenizer) -> NDArray[np.bool_]:
    """Mark the ids of special tokens, up to the one past the last, which stands for all others."""
    added = tokenizer.get_added_tokens_decoder()
    special = [index for index, token in added.items() if token.special]
    marks = np.zeros(max(special, default=-1) + 2, dtype=np.bool_)
    marks[special] = True
    return marks


def _splits_at_space(tokenizer: tokenizers.Tokenizer) -> bool:
    """Whether the tokenizer drops white space before all else, so that runs of it are alike."""
    if tokenizer.pre_tokenizer is None:
        return False
    described: dict[str, Any] = json.loads(tokenizer.pre_tokenizer.__getstate__())
    first = (described.get("pretokenizers") or [described])[0]
    return first.get("type") in _SPLITS_AT_SPACE


def _type_count(folder: Path) -> int:
    config: dict[str, Any] = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    return int(config.get("type_vocab_size", 2))
