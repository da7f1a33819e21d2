"""How a checkpoint frames what it reads: `[CLS] text [SEP] context [SEP]` and its relatives."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import tokenizers
from numpy.typing import NDArray

from embedder.checkpoint.folder import ModelError

Ids = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around a text and its context, as the tokenizer's own template has it.

    `opening` are the ids before each text: the first special token and those of the checkpoint's
    prefix. The text is closed by one separator; `between` further ones stand before a context,
    which none of the two owns: none in BERT, one in XLM-R (`<s> text </s></s> context </s>`).
    `context_type` is the segment of all that follows the text.
    """

    opening: Ids
    separator: int
    between: int
    context_type: int

    def specials(self, has_context: bool) -> int:
        """Count the tokens that are neither the text's words nor the context's."""
        return self.opening.size + 1 + (self.between + 1 if has_context else 0)

    def text_length(self, text: Ids) -> int:
        """Count the tokens that are the text's own: opening, words and its separator."""
        return self.opening.size + text.size + 1

    def window(self, text: Ids, context: Ids) -> tuple[Ids, Ids]:
        """Frame a text and a context, empty for none: ids and segments, each (length,)."""
        separator = np.array([self.separator], np.int32)
        parts = [self.opening, text, separator]
        if context.size:
            parts += [*[separator] * self.between, context, separator]
        ids = np.concatenate(parts)
        types = np.zeros(ids.size, dtype=np.int32)
        types[self.text_length(text) :] = self.context_type
        return ids, types


def read_frame(tokenizer: tokenizers.Tokenizer, prefix: str, segments: int) -> Frame:
    """Read the frame off a tokenizer, for an encoder of so many segments.

    Raises `ModelError` where texts are framed in no way that is known here.
    """
    alone, pair = tokenizer.encode("").ids, tokenizer.encode("", "").ids
    between = len(pair) - 3
    if len(alone) != 2 or between not in (0, 1) or pair != [*alone, *[alone[1]] * (between + 1)]:
        raise ModelError("the tokenizer does not frame texts as [CLS] text [SEP] context [SEP]")
    # With two separators the template decides: XLM-R's encoders are trained on one segment, even
    # those whose table has a second.
    marked = between == 0 or tokenizer.encode("", "").type_ids[-1] > 0
    before = tokenizer.encode(prefix, add_special_tokens=False).ids if prefix else []
    return Frame(
        opening=np.array([alone[0], *before], dtype=np.int32),
        separator=alone[1],
        between=between,
        context_type=int(marked and segments > 1),
    )
