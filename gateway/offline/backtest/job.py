"""Runs a backtest over a prediction log: reads block by block, answers, counts, records the act."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from gateway.mail.message.normalise import for_model
from gateway.offline.backtest.figures import figures
from gateway.offline.backtest.scoring import Vectors, scorer, views_of
from gateway.offline.backtest.tally import Tally
from gateway.prediction_log.answered import Recorded
from gateway.prediction_log.queries.audit import Act
from gateway.prediction_log.queries.backtest import Wanted
from heads.inference.head import Head


@dataclass(frozen=True)
class Question:
    """What a backtest is asked: a version over a head's answers of a window.

    `encode` has texts read anew, in place of stored vectors; `redacted` takes words that were kept
    so. `tenants` None: all.
    """

    head: Head
    begin: datetime
    end: datetime
    tenants: tuple[str, ...] | None = None
    encode: Vectors | None = None
    redacted: bool = False
    most_examples: int = 5

    def wanted(self) -> Wanted:
        """Return what is to be read: vectors unless texts are encoded, words where they count."""
        manifest = self.head.manifest
        wanted = Wanted(manifest.name, self.begin, self.end, self.tenants)
        if self.encode is not None:
            return replace(wanted, words=True)
        return replace(
            wanted,
            fingerprint=manifest.fingerprint,
            views=views_of(self.head),
            words=manifest.lexical is not None,
        )


@dataclass(frozen=True)
class Backtest:
    """A backtest's figures, and which predictions are examples of each move."""

    figures: dict[str, Any]
    tally: Tally


def run(recorded: Recorded, question: Question, actor: str) -> Backtest:
    """Answer what the window recorded with the version, and put the reading into the audit."""
    wanted, head = question.wanted(), question.head
    corrections = recorded.corrections(wanted)
    tally = Tally(corrections.labels, question.most_examples)
    answer = scorer(head, question.encode)
    for block in recorded.blocks(wanted, dim=_dim(head), redacted=question.redacted):
        tally.unreadable += block.unreadable
        if block.rows:
            texts = [for_model(text)[0] for text in block.texts]
            old, new = answer(block, texts)
            ids = [row.prediction_id for row in block.rows]
            tally.add(ids, [row.version for row in block.rows], old, new)
    answers = recorded.count(wanted)
    detail: dict[str, str | int] = {
        "head": head.name, "version": head.version, "rows": tally.scored,
        "tenants": "all" if question.tenants is None else len(question.tenants),
    }  # fmt: skip
    recorded.note(Act("backtest", actor, detail=detail))
    left_out = {"disputed": corrections.disputed, "exported": corrections.exported}
    return Backtest(_described(question, tally, answers, left_out), tally)


def _described(
    question: Question, tally: Tally, answers: int, left_out: dict[str, int]
) -> dict[str, Any]:
    head = question.head
    return {
        "head": head.name,
        "version": head.version,
        "digest": head.digest,
        "since": question.begin.isoformat(),
        "until": question.end.isoformat(),
        "tenants": None if question.tenants is None else list(question.tenants),
        "encoded_anew": question.encode is not None,
        "answers": answers,
        "not_kept": answers - tally.scored - tally.unreadable,
        **left_out,
        **figures(tally),
    }


def _dim(head: Head) -> int:
    return max((member.shape.dim for member in head.maps), default=0)


def shown(tally: Tally) -> Sequence[str]:
    """Return the predictions that are examples, each once."""
    return [which for ids in tally.examples.values() for which in ids]
