"""Varies texts and the mail they answer, once an epoch, in ways that keep every label."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from heads.training.perturbations.kinds import KINDS
from heads.training.perturbations.vocabulary import LEARNING
from trunkline.reply_context import needs_context

_Random = np.random.Generator
_KINDS = tuple(KINDS.values())


def varied(
    texts: Sequence[str], contexts: Sequence[str], random: _Random, share: float, foreign: float
) -> tuple[list[str], list[str]]:
    """Return texts and contexts as one epoch reads them, in order.

    Of the short texts without a context, `foreign` of them (expected) get another text's: such
    mail must not matter. Then `share` of all texts are varied, unless that made one with a
    context longer than serving reads with it.
    """
    read = _with_foreign(texts, contexts, random, foreign)
    changed = []
    for text, context, draw in zip(texts, read, random.random(len(texts)), strict=True):
        other = vary(text, random) if draw < share else text
        changed.append(text if context and not needs_context(other) else other)
    return changed, read


def vary(text: str, random: _Random) -> str:
    """Perturb one text in one way, drawn evenly; it stays where that way finds nothing to change.

    In words that the gate never measures with.
    """
    kind = _KINDS[int(random.integers(len(_KINDS)))]
    return kind.change(text, LEARNING, random)


def _with_foreign(
    texts: Sequence[str], contexts: Sequence[str], random: _Random, foreign: float
) -> list[str]:
    pool = sorted({context for context in contexts if context})
    draws = random.random(len(texts))
    others = random.integers(max(len(pool), 1), size=len(texts))
    read = list(contexts)
    for i, text in enumerate(texts):
        if pool and not contexts[i] and draws[i] < foreign and needs_context(text):
            read[i] = pool[int(others[i])]
    return read
