"""The route that says why a head answered as it did."""

from collections.abc import Iterable, Mapping
from typing import Any

from flask import Blueprint, Response, g, request
from pydantic_core import to_json

from gateway import metrics
from gateway.api import body
from gateway.api import explain_models as models
from gateway.api.classify import RequestClock, json_response
from gateway.api.openapi import HEADERS, PROBLEMS, documented
from gateway.auth.guard import requires
from gateway.config import Settings
from gateway.explain.explainer import Explainer
from gateway.explain.offsets import SentOffsets
from gateway.explain.segments import Span
from gateway.explain.values import (
    Explanation,
    HeadDecision,
    Question,
    Reason,
    RuleReason,
    Words,
)

_DIGITS = 6
_EXPLAIN = documented(
    "explain",
    "Explain one head's answer: sentences or words, and what would change it",
    "explain",
    models.ExplanationShape,
    bodies=[models.ExplainRequest],
    parameters=[header for header in HEADERS if header["name"] != "X-Tenant-Id"],
    problems=(*PROBLEMS, "404", "409", "501"),
    description="Runs after all emails that are to be classified. Explains the version of the head "
    "that is in production. A `prediction_id` needs the scope `read_text` too: each look is put "
    "into the audit.",
)


def explanations(explainer: Explainer, settings: Settings) -> Blueprint:
    """Return `/v1/explain`."""
    routes = Blueprint("explain", __name__, url_prefix="/v1")

    @routes.post("/explain")
    @requires("classify")
    @_EXPLAIN
    def explain() -> Response:
        clock = RequestClock(settings)
        content = body.read_json(request, settings.max_body_bytes)
        question = models.read_explain(content).question()
        reason = explainer.explain(question, clock.metadata(None))
        spent_ms = g.timings_ms = clock.timings.read()
        metrics.record_stages(spent_ms)
        return json_response(to_json(_rendered(question, reason, spent_ms)), spent_ms)

    return routes


def _rendered(question: Question, reason: Reason, spent_ms: Mapping[str, float]) -> dict[str, Any]:
    why, cleaned = reason.why, reason.mail.text
    sent = SentOffsets.find(cleaned, reason.sent) if question.text is not None else None
    places = _Places(sent)
    explained = why if isinstance(why, Explanation) else None
    return {
        "id": g.answer_id,
        "request_id": g.request_id,
        "head": question.head,
        "level": question.level,
        "decided_by": "rule" if explained is None else "model",
        "rule": places.rule(why) if isinstance(why, RuleReason) else None,
        "offsets": "cleaned" if sent is None else "text",
        "cleaned": cleaned if sent is None else None,
        **places.explanation(explained),
        "timings_ms": spent_ms,
    }


class _Places:
    """Writes spans as offsets of the text as sent, where its words stand there as they are."""

    def __init__(self, sent: SentOffsets | None) -> None:
        self._sent = sent

    def explanation(self, why: Explanation | None) -> dict[str, Any]:
        """Return the members of an explanation; empty ones where a rule decided."""
        return {
            "version": None if why is None else why.version,
            "label": None if why is None else why.label,
            "decision": None if why is None else _decision(why.decision),
            "base": None if why is None else round(why.base, _DIGITS),
            "total": None if why is None else round(why.total, _DIGITS),
            "sentences": [] if why is None else self._sentences(why),
            "flip": None if why is None else self._flip(why),
            "linear": None if why is None else self._words(why.linear, "words"),
            "lexical": None if why is None else self._words(why.lexical, "ngrams"),
            "fingerprint": None if why is None else why.fingerprint,
            "forwards": 0 if why is None else why.forwards,
            "cached": why is not None and why.cached,
        }

    def rule(self, why: RuleReason) -> dict[str, Any]:
        """Return a rule's reason."""
        span = None if why.span is None else self._span(why.span)
        return {
            "rule": why.rule,
            "meaning": why.meaning,
            "decision": why.decision,
            "span": span,
        }

    def _sentences(self, why: Explanation) -> list[dict[str, Any]]:
        return [
            {
                **self._span(sentence.span),
                "share": round(sentence.share, _DIGITS),
                "alone": round(sentence.alone, _DIGITS),
                "without": None if sentence.without is None else round(sentence.without, _DIGITS),
            }
            for sentence in why.sentences
        ]

    def _flip(self, why: Explanation) -> dict[str, Any] | None:
        if why.flip is None:
            return None
        return {
            "delete": self._spans(why.flip.spans),
            "decision": _decision(why.flip.decision),
        }

    def _words(self, words: Words | None, kind: str) -> dict[str, Any] | None:
        if words is None:
            return None
        parts: list[dict[str, Any]] = [
            {**self._span(part.span), "share": round(part.share, _DIGITS)} for part in words.words
        ]
        if kind == "ngrams":
            parts = [
                {"places": self._spans(ngram.spans), "share": round(ngram.share, _DIGITS)}
                for ngram in words.ngrams
            ]
        numbers = {name: round(getattr(words, name), _DIGITS) for name in ("base", "total", "rest")}
        return {**numbers, kind: parts}

    def _spans(self, spans: Iterable[Span]) -> list[dict[str, int]]:
        return [self._span(span) for span in spans]

    def _span(self, span: Span) -> dict[str, int]:
        start, end = span if self._sent is None else self._sent.locate(span)
        return {"start": start, "end": end}


def _decision(decision: HeadDecision) -> dict[str, Any]:
    return {
        "label": decision.label,
        "probability": round(decision.probability, _DIGITS),
        "threshold": round(decision.threshold, _DIGITS),
        "abstained": decision.abstained,
    }
