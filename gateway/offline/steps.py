"""The steps of a wrapped pipeline: filters before the heads, the heads, filters after them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin

from embedder.encoder import embed_texts
from embedder.views import View
from gateway.inference.bounded_cache import BoundedCache
from gateway.inference.classification import Classification, head_members, rule_classification
from gateway.inference.combine import (
    FORCED_ABSTENTION,
    UNREADABLE_SHARE,
    MachineSign,
    combine,
    machine_sign,
)
from gateway.inference.opt_out import OptOutEvidence
from gateway.inference.plan import INTENT_HEAD, Plan
from gateway.mail import CleanedMail, MailInput, clean
from gateway.mail.message.parse import MAX_RAW_BYTES
from heads.prediction import FeatureRow, HeadScores
from heads.training.text_classifier import TextClassifier, shared_encoder

Mail = str | Mapping[str, Any]
"""A text, or the fields of a mail as `MailInput` has them."""

_CACHE_BYTES = 16 * 2**20


@dataclass(frozen=True)
class Scored:
    """Cleaned mails; the scores of those that no rule decided, a row each, and how they were read.

    `rows` maps a mail's place to its row. `unreadable` and `truncated` are by row: too few known
    tokens to mean anything, and only a part read.
    """

    mails: tuple[CleanedMail, ...]
    rows: Mapping[int, int]
    scores: Mapping[str, HeadScores]
    unreadable: tuple[bool, ...]
    truncated: tuple[bool, ...]

    def __len__(self) -> int:
        return len(self.mails)


class PreScoreFilter(TransformerMixin, BaseEstimator):
    """Clean mails, and let rules decide those that no head need see.

    These are automatic replies, bounces, empty, unreadable and too large mails. Identical mails are
    cleaned once: the last of them are kept.
    """

    def __init__(
        self, disabled_rules: tuple[str, ...] = (), max_raw_bytes: int = MAX_RAW_BYTES
    ) -> None:
        self.disabled_rules = disabled_rules
        self.max_raw_bytes = max_raw_bytes

    def fit(self, X: Any = None, y: Any = None) -> Self:  # noqa: N803 - scikit-learn's names
        """Make the cache; there is nothing to learn."""
        self.cache_: BoundedCache[str, CleanedMail] = BoundedCache(_CACHE_BYTES, _size)
        return self

    def transform(self, X: Sequence[Mail]) -> tuple[CleanedMail, ...]:  # noqa: N803
        """Return what the cleaner makes of each mail. Raises ValueError for what is none."""
        return tuple(self._clean(mail_of(mail)) for mail in X)

    def _clean(self, mail: MailInput) -> CleanedMail:
        key = repr(mail)
        cached = self.cache_.get(key)
        if cached is None:
            cached = clean(mail, frozenset(self.disabled_rules), self.max_raw_bytes)
            self.cache_.put(key, cached)
        return cached


class HeadScorer(TransformerMixin, BaseEstimator):
    """Score what no rule decided by every head; a text is embedded once for all of them."""

    def __init__(self, classifiers: Mapping[str, TextClassifier]) -> None:
        self.classifiers = classifiers

    def fit(self, X: Any = None, y: Any = None) -> Self:  # noqa: N803
        """Do nothing: the classifiers have learnt."""
        return self

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def transform(self, X: Sequence[CleanedMail]) -> Scored:  # noqa: N803
        """Return the scores of the mails that no rule decided."""
        places = [place for place, mail in enumerate(X) if mail.decision is None]
        if not places:
            return Scored(tuple(X), {}, {}, (), ())
        pairs = [(X[place].model_text, X[place].context or "") for place in places]
        distinct = list(dict.fromkeys(pairs))
        rows, unreadable, truncated = self._read(distinct)
        index = {pair: row for row, pair in enumerate(distinct)}
        return Scored(
            tuple(X),
            {place: index[pair] for place, pair in zip(places, pairs, strict=True)},
            {name: its.scores(rows) for name, its in self.classifiers.items()},
            unreadable,
            truncated,
        )

    def _read(
        self, pairs: Sequence[tuple[str, str]]
    ) -> tuple[list[FeatureRow], tuple[bool, ...], tuple[bool, ...]]:
        any_of = next(iter(self.classifiers.values()))
        loaded = shared_encoder(any_of.model, any_of.precision)
        views = sorted({v for its in self.classifiers.values() for v in its.head_.manifest.views})
        texts, contexts = zip(*pairs, strict=True)
        parsed = [View.parse(view) for view in views]
        pooled = embed_texts(loaded, texts, parsed, contexts=contexts)
        tokens = loaded.tokenizer.tokenize_batch(list(pairs))
        rows = [
            FeatureRow(dict(zip(views, vectors, strict=True)), text)
            for vectors, text in zip(pooled, texts, strict=True)
        ]
        unreadable = tuple(seen.unknown > UNREADABLE_SHARE * seen.tokens for seen in tokens)
        return rows, unreadable, tuple(bool(seen.truncated) for seen in tokens)


class PostScoreFilter(ClassifierMixin, BaseEstimator):
    """Turn scores into decisions: thresholds, conditions between heads, and who said so.

    `predict` gives each mail the intent that may be acted on, "" for none.
    """

    def __init__(self, plan: Plan, provenance: Mapping[str, Any]) -> None:
        self.plan = plan
        self.provenance = provenance

    def fit(self, X: Any = None, y: Any = None) -> Self:  # noqa: N803
        """Take the intents from the plan."""
        labels = next((h.labels for h in self.plan.ordered if h.name == INTENT_HEAD), ())
        self.classes_ = np.array(("", *labels), dtype=object)
        return self

    def predict(self, X: Scored) -> NDArray[np.object_]:  # noqa: N803
        """Return the decided intents  # (n,)."""
        intents = [found.decision.intent or "" for found in self._classifications(X)]
        return np.array(intents, dtype=object)

    def answers(self, scored: Scored) -> list[dict[str, Any]]:
        """Return decision, heads, what the cleaner saw, and what answered, for each mail."""
        return [
            {
                "decision": found.decision,
                "heads": {name: head_members(answer) for name, answer in found.heads.items()},
                "text": {
                    "kept_chars": mail.kept_chars,
                    "cut_chars": mail.cut_chars,
                    "flags": list(mail.flags),
                    "cleaner_version": mail.cleaner_version,
                },
                "provenance": dict(self.provenance),
            }
            for mail, found in zip(scored.mails, self._classifications(scored), strict=True)
        ]

    def _classifications(self, scored: Scored) -> list[Classification]:
        by_heads = self._by_heads(scored)
        return [
            by_heads[place]
            if place in by_heads
            else rule_classification(mail.decision or "", mail.rule, _evidence(mail, is_cut=False))
            for place, mail in enumerate(scored.mails)
        ]

    def _by_heads(self, scored: Scored) -> dict[int, Classification]:
        places = tuple(scored.rows)
        if not places:
            return {}
        rows = [scored.rows[place] for place in places]
        mails = [scored.mails[place] for place in places]
        abstain = [
            scored.unreadable[row] or not FORCED_ABSTENTION.isdisjoint(mail.flags)
            for row, mail in zip(rows, mails, strict=True)
        ]
        evidence = [
            _evidence(mail, is_cut=scored.truncated[row])
            for row, mail in zip(rows, mails, strict=True)
        ]
        signs: list[MachineSign | None] = [machine_sign(mail.evidence) for mail in mails]
        chosen = {name: _rows_of(scores, rows) for name, scores in scored.scores.items()}
        found = combine(self.plan, chosen, abstain, evidence, signs)
        return dict(zip(places, found, strict=True))


def mail_of(given: Mail) -> MailInput:
    """Read a text, or a mail's fields; an ISO date and lists are understood. Raises ValueError."""
    if isinstance(given, str):
        return MailInput(text=given)
    fields = {name: value for name, value in given.items() if value is not None}
    if isinstance(fields.get("raw"), str):
        fields["raw"] = fields["raw"].encode("utf-8", "surrogateescape")
    if isinstance(fields.get("date"), str):
        fields["date"] = datetime.fromisoformat(fields["date"])
    if "own_domains" in fields:
        fields["own_domains"] = tuple(fields["own_domains"])
    try:
        mail = MailInput(**fields)
    except TypeError as error:
        known = ", ".join(MailInput.__dataclass_fields__)
        raise ValueError(f"a mail has the fields {known}") from error
    if mail.raw is None and mail.html is None and mail.text is None:
        raise ValueError("a mail needs one of raw, html and text")
    return mail


def _evidence(mail: CleanedMail, *, is_cut: bool) -> OptOutEvidence:
    return OptOutEvidence(mail.opt_out, mail.opt_out_evidence, mail.thread_chars > 0, is_cut)


def _rows_of(scores: HeadScores, rows: Sequence[int]) -> HeadScores:
    if scores.status != "ok":
        return scores
    return scores._replace(
        scores=scores.scores[list(rows)],
        best=tuple(scores.best[row] for row in rows),
        abstained=tuple(scores.abstained[row] for row in rows),
        unlike=tuple(scores.unlike[row] for row in rows) if scores.unlike else (),
    )


def _size(mail: CleanedMail) -> int:
    return 2_000 + 2 * sum(map(len, (mail.text, mail.model_text, mail.quoted, mail.signature)))
