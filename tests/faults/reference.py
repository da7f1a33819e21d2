"""Gather right answers while nothing is wrong, and judge later answers by them."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import urllib3

from loadtests.config import api_key, authorization
from loadtests.traffic.corpus import distinct_texts
from tests.faults.client import Outcome

TEXTS = 300
SEED = 71
# Of a probability: batches are cut differently under load, and bf16 rounds apart.
TOLERANCE = 0.05
_ANSWERED = ("ok", "not_applicable", "disabled")


@dataclass(frozen=True)
class References:
    """Right answers by text: each head's scores. Several, where several versions may answer."""

    answers: Mapping[str, Sequence[Mapping[str, Any]]]

    @property
    def texts(self) -> Iterator[str]:
        """The texts, in turn, for ever."""
        return itertools.cycle(self.answers)

    def joined(self, other: References) -> References:
        """Take an answer for right that either finds right."""
        return References(
            {text: [*right, *other.answers[text]] for text, right in self.answers.items()}
        )

    def judge(self, text: str, answer: Mapping[str, Any]) -> tuple[Outcome, str]:
        """Compare a 200 with the right answers: right, partial (heads away) or wrong, and why."""
        rights, heads = self.answers[text], answer["heads"]
        away = [n for n in rights[0]["heads"] if heads.get(n, {}).get("status") not in _ANSWERED]
        for name in rights[0]["heads"]:
            differences = [_difference(right["heads"][name], heads[name]) for right in rights
                           if name not in away]  # fmt: skip
            if differences and all(differences):
                return "wrong", f"{name}: {differences[0]}"
        if away:
            return "partial", f"away: {', '.join(sorted(away))}"
        return "right", ""


def gather(url: str, count: int = TEXTS, key: str | None = None) -> References:
    """Ask for every text once, alone. Raises RuntimeError when an answer is no whole 200."""
    texts = list(itertools.islice(distinct_texts(SEED), count))
    headers = authorization(api_key() if key is None else key)
    return References({text: [_ask(url, text, headers)] for text in texts})


def _ask(url: str, text: str, headers: Mapping[str, str]) -> dict[str, Any]:
    answer = urllib3.request(
        "POST", f"{url}/v1/classify", json={"text": text}, headers=headers, timeout=30
    )
    if answer.status != 200:
        raise RuntimeError(f"no reference: status {answer.status}")
    content: dict[str, Any] = json.loads(answer.data)
    unwell = [n for n, head in content["heads"].items() if head["status"] not in _ANSWERED]
    if unwell:
        raise RuntimeError(f"no reference: {', '.join(unwell)} away")
    return content


def _difference(right: Mapping[str, Any], answer: Mapping[str, Any]) -> str:
    """Return what differs beyond the tolerance; empty where nothing does.

    A head's status may differ only where its parent's decision sat on its threshold: then the
    parent's own scores are compared, not the child's.
    """
    if right["status"] != "ok" or answer["status"] != "ok":
        return ""
    ours, theirs = right["scores"], answer["scores"]
    if set(ours) != set(theirs):
        return "other labels"
    largest = max(abs(ours[label] - theirs[label]) for label in ours)
    if largest > TOLERANCE:
        return f"a probability differs by {largest:.3f}"
    decided = [(head["label"], head["abstained"]) for head in (right, answer)]
    return "" if _is_close(right) or decided[0] == decided[1] else "another decision"


def _is_close(head: Mapping[str, Any]) -> bool:
    """Whether rounding may change the label, or whether it may be acted upon."""
    first, second = sorted(head["scores"].values(), reverse=True)[:2]
    threshold: float | None = head.get("threshold")
    near = threshold is not None and abs(head["probability"] - threshold) <= TOLERANCE
    return bool(near or first - second <= 2 * TOLERANCE)


def worst_first(reasons: Sequence[str]) -> list[str]:
    """Return distinct reasons, the most frequent first, each with its count."""
    counts: dict[str, int] = {}
    for reason in reasons:
        counts[reason] = counts.get(reason, 0) + 1
    ordered = sorted(counts.items(), key=lambda item: -item[1])
    return [f"{count} x {reason}" for reason, count in ordered if reason]
