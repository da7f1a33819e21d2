"""Write the tokenizer.json of an XLM-R vocabulary: Unigram pieces, NFKC, double separators."""

from __future__ import annotations

import re
from typing import Any, Final

from embedder.conversion.packed import Vocabulary

# SentencePiece's rule "nmt_nfkc" beside NFKC itself: controls go, what looks like nothing is space.
_NOTHING: Final = r"[\x01-\x08\x0b\x0e-\x1f\x7f\x8f\x9f]"
_SPACE: Final = r"[\t\n\f\r\u1680\u200b-\u200f\u2028\u2029\u2581\ufeff\ufffd]"
_METASPACE: Final = {
    "type": "Metaspace",
    "replacement": "\u2581",
    "prepend_scheme": "always",
    "split": True,
}
_SPECIAL: Final = re.compile(r"<(?:s|pad|/s|unk|mask)>")


def tokenizer_json(vocabulary: Vocabulary) -> dict[str, Any]:
    """Describe a tokenizer as the library `tokenizers` reads it."""
    special = [
        (index, piece)
        for index, (piece, _) in enumerate(vocabulary.pieces)
        if _SPECIAL.fullmatch(piece)
    ]
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [_added(index, piece) for index, piece in special],
        "normalizer": {
            "type": "Sequence",
            "normalizers": [
                _replace(_NOTHING, ""),
                _replace(_SPACE, " "),
                {"type": "NFKC"},
                _replace(r"\s+", " "),
                {"type": "Strip", "strip_left": True, "strip_right": True},
            ],
        },
        "pre_tokenizer": _METASPACE,
        "post_processor": _template(vocabulary),
        "decoder": _METASPACE,
        "model": {
            "type": "Unigram",
            "unk_id": vocabulary.unknown,
            "vocab": [list(piece) for piece in vocabulary.pieces],
            "byte_fallback": False,
        },
    }


def _added(index: int, piece: str) -> dict[str, Any]:
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False}
    return {"id": index, "content": piece, **flags, "special": True}


def _replace(pattern: str, content: str) -> dict[str, Any]:
    return {"type": "Replace", "pattern": {"Regex": pattern}, "content": content}


def _template(vocabulary: Vocabulary) -> dict[str, Any]:
    first, separator = (
        vocabulary.pieces[index][0] for index in (vocabulary.first, vocabulary.separator)
    )
    start, end = ({"SpecialToken": {"id": name, "type_id": 0}} for name in (first, separator))
    text, context = ({"Sequence": {"id": name, "type_id": 0}} for name in "AB")
    ids = {first: vocabulary.first, separator: vocabulary.separator}
    return {
        "type": "TemplateProcessing",
        "single": [start, text, end],
        "pair": [start, text, end, end, context, end],
        "special_tokens": {
            name: {"id": name, "ids": [index], "tokens": [name]} for name, index in ids.items()
        },
    }
