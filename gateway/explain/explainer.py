"""Explains answers: clean; a rule's own reason, or sentences or words of one head; cached."""

from __future__ import annotations

import hashlib
from math import inf
from typing import Protocol

from embedder.errors import EmbedderError, FingerprintMismatch
from gateway.errors import EncoderChangedError, FieldError, ValidationFailedError
from gateway.explain.asking import AskedHead
from gateway.explain.errors import RETRY_AFTER_S, HeadUnavailableError, TextNotKeptError
from gateway.explain.rules import rule_reason
from gateway.explain.sentences import by_sentences
from gateway.explain.values import Explanation, Question, Reason, Recorded
from gateway.explain.words import by_words
from gateway.inference.bounded_cache import BoundedCache
from gateway.inference.context import RequestMetadata
from gateway.inference.failure import problem_of
from gateway.inference.pipeline import Pipeline
from gateway.mail import CleanedMail, MailInput
from heads.prediction import HeadInfo, HeadSet, Pool
from trunkline.spelling import nearest

_ENTRY_BYTES = 1_500
_PART_BYTES = 250

Key = tuple[object, ...]


class Predictions(Protocol):
    """Predictions that were logged."""

    def read(self, prediction_id: str) -> Recorded:
        """Return what it was made of; raise what says why there is none."""


class Explainer:
    """Explains answers of heads in production, of both encoders; thread-safe.

    `cache_bytes` bounds the explanations kept and `max_age_s` for how long, `heads_timeout_s` what
    heads may take of a request.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        pool: Pool,
        predictions: Predictions,
        *,
        cache_bytes: int = 0,
        max_age_s: float = inf,
        heads_timeout_s: float = 2.0,
    ) -> None:
        self._pipeline = pipeline
        self._pool = pool
        self._predictions = predictions
        self._timeout_s = heads_timeout_s
        self._cache: BoundedCache[Key, Explanation] = BoundedCache(cache_bytes, _size, max_age_s)

    def explain(self, question: Question, request: RequestMetadata) -> Reason:
        """Explain one answer. Raises a GatewayError that names what is wrong or away."""
        sent, encoders = self._sent(question)
        head_set = self._pipeline.head_set()
        if question.head not in head_set.heads:  # it may have been promoted just now
            head_set = self._pool.head_set(newest=True)
        _head(head_set, question)
        mail = self._pipeline.clean(MailInput(text=sent), request)
        request.timings.lap("clean")
        if mail.decision is not None:
            return Reason(mail, sent, rule_reason(mail))
        if self._pipeline.by_language is not None:
            head_set = self._pipeline.by_language.heads_for(mail.model_text, head_set, encoders)
        info = _head(head_set, question)
        if info.status != "serving":
            detail = f"head: {info.name} is {info.status}."
            raise HeadUnavailableError(detail)
        try:
            return Reason(mail, sent, self._explained(question, mail, head_set, info, request))
        except EmbedderError as error:
            raise problem_of(error) from None

    def forget(self) -> None:
        """Drop every explanation: they hold shares and places, and no text to find them by."""
        self._cache.discard(lambda _key, _explanation: True)

    def expire(self) -> None:
        """Drop what was kept for too long."""
        self._cache.expire()

    def _sent(self, question: Question) -> tuple[str, frozenset[str]]:
        """Return the text, and the encoders that a recorded answer names; none of a new text."""
        if question.prediction_id is None:
            return question.text or "", frozenset()
        recorded = self._predictions.read(question.prediction_id)
        if recorded.text is None:
            raise TextNotKeptError
        return recorded.text, recorded.encoders

    def _explained(
        self,
        question: Question,
        mail: CleanedMail,
        head_set: HeadSet,
        info: HeadInfo,
        request: RequestMetadata,
    ) -> Explanation:
        """Explain under the encoder of the head; once more if it was replaced meanwhile."""
        key = _key(question, mail, head_set, info)
        cached = self._cache.get(key)
        if cached is not None:
            return cached.from_cache()
        for _ in range(2):
            encoders = self._pipeline.encoders.known(request.deadline)
            encoder = next((e for e in encoders if e.fingerprint == info.fingerprint), None)
            if encoder is None:
                detail = f"head: no embedder here encodes for {info.name}."
                raise HeadUnavailableError(detail)
            head = AskedHead(self._pool, head_set, info, encoder, request, self._timeout_s)
            try:
                explanation = _by_level(question, mail, head)
            except FingerprintMismatch:
                self._pipeline.encoders.refresh(request.deadline.remaining())
            else:
                self._cache.put(key, explanation)
                return explanation
        raise EncoderChangedError(retry_after_s=RETRY_AFTER_S)


def _by_level(question: Question, mail: CleanedMail, head: AskedHead) -> Explanation:
    if question.level == "word":
        return by_words(head, mail.text, mail.model_text, question.label)
    return by_sentences(head, mail.text, mail.model_text, question.label)


def _head(head_set: HeadSet, question: Question) -> HeadInfo:
    """Return the head that is asked about; raise ValidationFailedError for an unknown name."""
    info = head_set.heads.get(question.head)
    if info is None:
        raise ValidationFailedError([_unknown("head", question.head, tuple(head_set.heads))])
    if question.label is not None and info.labels and question.label not in info.labels:
        raise ValidationFailedError([_unknown("label", question.label, info.labels)])
    return info


def _unknown(field: str, name: str, known: tuple[str, ...]) -> FieldError:
    meant = nearest(name, known)
    listed = ", ".join(sorted(known)[:20])
    hint = f"did you mean {meant!r}?" if meant else f"there are {listed}"
    return FieldError(field, f"unknown_{field}", f"no such {field}; {hint}")


def _key(question: Question, mail: CleanedMail, head_set: HeadSet, info: HeadInfo) -> Key:
    texts = f"{len(mail.text)}\0{mail.text}\0{mail.model_text}".encode("utf-8", "surrogatepass")
    digest = hashlib.blake2b(texts, digest_size=16).digest()
    asked = (question.level, question.label, info.name, info.version)
    return (digest, head_set.generation, info.fingerprint, *asked)


def _size(explanation: Explanation) -> int:
    parts = len(explanation.sentences)
    for words in (explanation.linear, explanation.lexical):
        if words is not None:
            parts += len(words.words) + sum(1 + len(ngram.spans) for ngram in words.ngrams)
    return _ENTRY_BYTES + _PART_BYTES * parts
