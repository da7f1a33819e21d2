"""Explains a head's answer by the sentences of a text: 2S + 1 forwards for S of them."""

from __future__ import annotations

from gateway.explain.asking import Answers, AskedHead
from gateway.explain.game import Kept, asked_sets, shares, smallest_change
from gateway.explain.segments import Span, kept_text, segments
from gateway.explain.values import Explanation, Flip, Sentence


def by_sentences(head: AskedHead, text: str, model_text: str, label: str | None) -> Explanation:
    """Explain the head's `label` (None: its best) by the segments of a cleaned text."""
    spans = segments(text)
    sets = asked_sets(len(spans)) or (frozenset(),)
    parts = [kept_text(text, spans, kept) for kept in sets[1:]]
    answers = head.answers([model_text, *parts])
    rows = {kept: row for row, kept in enumerate(sets)}
    whole, nothing = 0, len(sets)
    decision = answers.decision(whole)
    label = label or decision.label
    rows.setdefault(frozenset(), nothing)
    values = {kept: answers.log_odds(row, label) for kept, row in rows.items()}
    return Explanation(
        head.info.version,
        head.encoder.fingerprint,
        label,
        decision,
        answers.log_odds(nothing, label),
        answers.log_odds(whole, label),
        answers.forwards,
        _sentences(answers, rows, spans, shares(values, len(spans)), label),
        _flip(answers, rows, spans) if spans else None,
    )


def _sentences(
    answers: Answers,
    rows: dict[Kept, int],
    spans: tuple[Span, ...],
    by_segment: tuple[float, ...],
    label: str,
) -> tuple[Sentence, ...]:
    whole = frozenset(range(len(spans)))
    return tuple(
        Sentence(
            span,
            by_segment[index],
            answers.probability(rows[frozenset({index})], label),
            None if len(spans) == 1 else answers.probability(rows[whole - {index}], label),
        )
        for index, span in enumerate(spans)
    )


def _flip(answers: Answers, rows: dict[Kept, int], spans: tuple[Span, ...]) -> Flip | None:
    outcomes = {kept: answers.decision(row).outcome for kept, row in rows.items()}
    gone = smallest_change(outcomes, tuple(end - start for start, end in spans))
    if gone is None:
        return None
    left = frozenset(range(len(spans))) - gone
    return Flip(tuple(spans[index] for index in sorted(gone)), answers.decision(rows[left]))
