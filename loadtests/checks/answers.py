"""Check answers: status, every head, probabilities, and the same scores for the same words."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from loadtests.traffic.corpus import Text
from loadtests.traffic.requests import Request

Outcome = Literal["ok", "refused", "fail_open", "wrong", "broken"]

# Between two answers to the same words: batches are cut differently, and bf16 rounds apart.
SAME_WORDS_TOLERANCE = 0.05
REFUSALS = (429, 503, 504)
_ANSWERED = ("ok", "not_applicable")


@dataclass(frozen=True)
class Finding:
    """The result of checking one answer.

    ok: as it should be. refused: the server answered that it cannot now. fail_open: a 200 without
    all heads. wrong: content that cannot be right. broken: no answer, or an error status.
    """

    outcome: Outcome
    reason: str = ""
    paths: tuple[str, ...] = ()  # of each text's embedding: miss, hit, coalesced, answer
    heads_asked: int = 0
    heads_answered: int = 0
    stages_ms: Mapping[str, float] | None = None


@dataclass(frozen=True)
class SampledAnswer:
    """One answer kept for comparison with the reference: words, and each head's scores."""

    words: str
    tokens: int
    scores: Mapping[str, Mapping[str, float]]  # heads that do not depend on another


class WrongAnswerError(Exception):
    """An answer's content cannot be right; the message is the reason."""


class Checker:
    """Checks answers; remembers each text's first one and samples some for the reference."""

    def __init__(self, heads: int, keep: int = 100, seed: int = 1) -> None:
        self._heads = heads
        self._first: dict[tuple[str, str, str], float] = {}
        self._draw = random.Random(seed)
        self._keep, self._seen = keep, 0
        self.sampled: list[SampledAnswer] = []
        self.versions: Counter[str] = Counter()  # "head@version" -> answers it gave

    def check(self, request: Request, status: int, body: bytes) -> Finding:
        """Return whether the answer is right, and if not why; never raises."""
        if status in REFUSALS and request.status == 200:
            return Finding("refused", str(status))
        if status != request.status:
            return Finding("broken", f"status {status}, not {request.status}")
        try:
            answer = json.loads(body)
            if request.status != 200:
                return _refusal(answer, status)
            return self._check_answers(request, answer)
        except WrongAnswerError as error:
            return Finding("wrong", str(error))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            return Finding("wrong", f"{type(error).__name__} {error}"[:80])

    def _check_answers(self, request: Request, answer: Mapping[str, Any]) -> Finding:
        pairs = list(_paired(request.texts, answer))
        answered = asked = 0
        for text, item in pairs:
            if item["decision"]["decided_by"] == "rule":
                continue
            states = [head["status"] for head in item["heads"].values()]
            asked += self._heads
            answered += sum(state in _ANSWERED for state in states)
            self._check_scores(text, item)
        complete = answered == asked
        return Finding(
            "ok" if complete else "fail_open",
            "" if complete else "a head did not answer",
            tuple(item["encoder"]["cache"] for _, item in pairs if item["encoder"]),
            asked, answered, answer["timings_ms"],
        )  # fmt: skip

    def _check_scores(self, text: Text, answer: Mapping[str, Any]) -> None:
        """Check one answer's scores, and sample it. Raises WrongAnswerError."""
        independent: dict[str, Mapping[str, float]] = {}
        for name, head in answer["heads"].items():
            if head["status"] != "ok":
                continue
            scores = head["scores"]
            self.versions[f"{name}@{head['version']}"] += 1
            _plausible(name, head, scores)
            if "given" not in head:
                independent[name] = scores
            self._check_repeatable(text.words, name, head)
        self._seen += 1
        sample = SampledAnswer(text.words, answer["encoder"]["tokens"], independent)
        if len(self.sampled) < self._keep:
            self.sampled.append(sample)
        elif (index := self._draw.randrange(self._seen)) < self._keep:
            self.sampled[index] = sample

    def _check_repeatable(self, words: str, name: str, head: Mapping[str, Any]) -> None:
        label = min(head["scores"])
        key = (words, f"{name}/{head['version']}", label)
        score = head["scores"][label]
        if abs(self._first.setdefault(key, score) - score) > SAME_WORDS_TOLERANCE:
            raise WrongAnswerError(f"{name}: the same words had other scores before")


def _plausible(name: str, head: Mapping[str, Any], scores: Mapping[str, float]) -> None:
    if not scores or any(not 0 <= value <= 1.0001 for value in scores.values()):
        raise WrongAnswerError(f"{name}: scores outside 0..1")
    if head["label"] not in scores:
        raise WrongAnswerError(f"{name}: label without a score")


def _paired(
    texts: Sequence[Text], answer: Mapping[str, Any]
) -> Iterator[tuple[Text, Mapping[str, Any]]]:
    """Yield each text with its own answer. Raises WrongAnswerError when one is missing."""
    if "items" not in answer:
        yield texts[0], answer
        return
    if len(answer["items"]) != len(texts):
        raise WrongAnswerError("a batch's answer has another length")
    for text, item in zip(texts, answer["items"], strict=True):
        if item["status"] != 200:
            raise WrongAnswerError(f"a good item of a batch was answered {item['status']}")
        yield text, item["answer"]


def _refusal(problem: Mapping[str, Any], status: int) -> Finding:
    if not problem.get("code") or problem.get("status") != status:
        return Finding("wrong", "bad input was not answered by a problem document with a code")
    return Finding("ok")
