"""Explains a head's answer by the words that its linear and its lexical member read."""

from __future__ import annotations

import re

import numpy as np

from embedder.client import Attribution, Direction
from embedder.errors import Unsupported
from gateway.explain.asking import AskedHead
from gateway.explain.errors import HeadUnavailableError, NoWordsError, WordsUnsupportedError
from gateway.explain.offsets import ModelOffsets
from gateway.explain.values import Explanation, Ngram, Part, Words
from heads.explanation import HeadAttribution, LexicalForm, LinearForm
from heads.prediction import AttributionRequest

_WORD = re.compile(r"\S+")


def by_words(head: AskedHead, text: str, model_text: str, label: str | None) -> Explanation:
    """Explain the head's `label` (None: its best) by the words of a text as the model reads it.

    The linear member's logit is divided among tokens by its closed form: weights * state / (number
    of tokens * length of the pooled vector), which sums to it. States have looked at their
    neighbours, so a word's share is not what deleting it would take away.
    """
    answers = head.answers([model_text])
    decision = answers.decision(0)
    label = label or decision.label
    forms = _forms(head, label, model_text)
    offsets = ModelOffsets(model_text, text)
    linear = None if forms.linear is None else _linear(head, forms.linear, model_text, offsets)
    return Explanation(
        head.info.version,
        head.encoder.fingerprint,
        label,
        decision,
        answers.log_odds(1, label),
        answers.log_odds(0, label),
        answers.forwards + (linear is not None),
        linear=linear,
        lexical=None if forms.lexical is None else _lexical(forms.lexical, offsets),
    )


def linear_words(head: AskedHead, text: str, model_text: str, label: str) -> Words:
    """Return the linear member's part of an explanation alone; NoWordsError where there is none."""
    forms = _forms(head, label, model_text)
    if forms.linear is None:
        raise NoWordsError
    return _linear(head, forms.linear, model_text, ModelOffsets(model_text, text))


def _forms(head: AskedHead, label: str, model_text: str) -> HeadAttribution:
    """Return what the label is explained by; raise the problem of a head that has nothing."""
    forms = head.pool.attribute(
        AttributionRequest(
            head.head_set,
            head.info.name,
            label,
            model_text,
            head.encoder.fingerprint,
            head.left_s(),
        )
    )
    if forms.status == "unsupported":
        raise WordsUnsupportedError("heads service")
    if forms.status != "ok":
        detail = f"head: {head.info.name} answers {forms.status}."
        raise HeadUnavailableError(detail)
    if forms.linear is None and forms.lexical is None:
        raise NoWordsError
    return forms


def _linear(head: AskedHead, form: LinearForm, model_text: str, offsets: ModelOffsets) -> Words:
    directions = [Direction(view, vector) for view, vector in form.vectors.items()]
    try:
        attribution = head.encoder.embedder.attribute(
            model_text,
            directions,
            timeout_s=head.request.deadline.remaining(),
            expected_fingerprint=head.encoder.fingerprint,
        )
    except Unsupported:
        raise WordsUnsupportedError("embedder") from None
    head.request.timings.lap("embed")
    return words_of(attribution, form, model_text, offsets)


def words_of(
    attribution: Attribution, form: LinearForm, model_text: str, offsets: ModelOffsets
) -> Words:
    """Return the linear member's logit by words; tokens that are no words make up the rest."""
    scales = np.ones_like(attribution.norms, np.float64)
    if form.unit:
        scales = 1 / np.maximum(attribution.norms.astype(np.float64), 1e-12)
    by_token = scales @ attribution.shares.astype(np.float64)
    total = form.base + float(scales @ attribution.pooled.astype(np.float64))
    spans = attribution.spans.astype(np.int64)
    is_word = spans[:, 1] > spans[:, 0]
    parts = []
    for match in _WORD.finditer(model_text):
        here = is_word & (spans[:, 0] < match.end()) & (spans[:, 1] > match.start())
        if here.any():  # else it was cut out of a long text
            parts.append(Part(offsets.locate(match.span()), float(by_token[here].sum())))
    return Words(form.base, total, float(by_token[~is_word].sum()), words=tuple(parts))


def _lexical(form: LexicalForm, offsets: ModelOffsets) -> Words:
    ngrams = tuple(
        Ngram(tuple(dict.fromkeys(map(offsets.locate, ngram.spans))), ngram.share)
        for ngram in form.ngrams
    )
    return Words(form.base, form.logit, form.rest, ngrams=ngrams)
