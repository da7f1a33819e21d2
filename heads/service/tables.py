"""Answers predictions whose heads are all well by one table, without work a head."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from heads.config import Settings
from heads.pools import table_wire
from heads.pools.local import answer_table
from heads.pools.table_wire import Question
from heads.registry.registry import Registry
from heads.service.metrics import Metrics

_ROWS_AT = "HTTP_" + table_wire.ROWS_AT.upper().replace("-", "_")
_MOST_DIGITS = 6
_MAX_QUESTIONS = 64
"""Questions kept; a gateway asks few different ones, and a few bytes more after a change."""
_MAX_QUESTION_BYTES = 64 << 10


class Tables:
    """Replies to requests for tables; thread-safe."""

    def __init__(self, settings: Settings, registry: Registry, metrics: Metrics) -> None:
        self._settings = settings
        self._registry = registry
        self._metrics = metrics
        self._questions: dict[bytes, Question] = {}

    def reply(self, body: bytes, environ: Mapping[str, Any]) -> bytes | None:
        """Return the answer; None where the request is to be answered, or refused, head by head."""
        started = time.perf_counter()
        rows_at = environ.get(_ROWS_AT, "")
        if not (rows_at.isdecimal() and rows_at.isascii() and len(rows_at) <= _MOST_DIGITS):
            return None
        question = self._question(body[: int(rows_at)])
        if question is None or not 1 <= len(question.refs) <= self._settings.max_heads:
            return None
        rows = table_wire.parse_rows(body[int(rows_at) :], question)
        if rows is None or not 1 <= len(rows) <= self._settings.max_rows:
            return None
        table = answer_table(self._registry, question.refs, rows, question.fingerprint)
        if table is None:
            return None
        generation = self._registry.current().head_set.generation
        content = table_wire.table_bytes(generation, table, question.known)
        self._metrics.answered_table(table, time.perf_counter() - started)
        return content

    def _question(self, content: bytes) -> Question | None:
        question = self._questions.get(content)
        if question is None and len(content) <= _MAX_QUESTION_BYTES:
            question = table_wire.parse_question(content)
            if question is not None:
                if len(self._questions) >= _MAX_QUESTIONS:
                    self._questions = {}  # whole: another thread may be reading
                self._questions[content] = question
        return question
