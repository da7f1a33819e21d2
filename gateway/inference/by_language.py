"""Sends each mail to the encoder that reads its language best; back to the default without it."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from gateway import metrics
from gateway.errors import CallerGoneError, GatewayError
from gateway.inference.answer import Answer, LanguageNote, OtherHeads, Outcome
from gateway.inference.context import RequestMetadata
from gateway.inference.encoders import Encoders
from gateway.inference.item import Item
from gateway.inference.observer import RolloutObserver
from gateway.inference.plan import INTENT_HEAD
from gateway.routing.router import Choice, LanguageRouter
from heads.prediction import HeadSet

_SHARE_OF_TIME = 0.5  # of what is left: the default heads may have to answer after all

Score = Callable[[Sequence[Item], HeadSet, RequestMetadata], dict[str, Outcome]]
"""Scores items by the heads of a set: one outcome an item, by its id; raises nothing."""


class HeadsElsewhere(Protocol):
    """Heads on another encoder, by the names of the default ones."""

    def paired(self, default: HeadSet) -> HeadSet:
        """Return the default set with the other heads in place of those of their names."""

    def other_heads(self) -> HeadSet:
        """Return the other heads alone."""


@dataclass(frozen=True, slots=True)
class Languages:
    """What a second encoder needs: a router, its heads, and who watches their versions."""

    router: LanguageRouter
    heads: HeadsElsewhere
    rollout: RolloutObserver


class LanguageStage:
    """Scores items by language; thread-safe. `score_default` and `score_other` do the work."""

    def __init__(
        self, languages: Languages, encoders: Encoders, score_default: Score, score_other: Score
    ) -> None:
        self._languages = languages
        self._encoders = encoders
        self._score_default = score_default
        self._score_other = score_other

    def score(
        self, items: Sequence[Item], head_set: HeadSet, request: RequestMetadata
    ) -> dict[str, Outcome]:
        """Return one outcome an item, by its id, with a note of its language.

        What the other encoder or its heads do not answer the default ones do, and the note says so.
        """
        default = _fingerprint(head_set)
        choices = {
            item.id: self._languages.router.choose(item.mail.model_text, default) for item in items
        }
        elsewhere = [item for item in items if choices[item.id].fingerprint != default]
        others, found = self._elsewhere(elsewhere, choices, head_set, request)
        rest = [item for item in items if item.id not in found]
        outcomes = found | (self._score_default(rest, head_set, request) if rest else {})
        return {
            item.id: _noted(
                outcomes[item.id],
                choices[item.id],
                others if item.id in found else None,
                fallback=choices[item.id].fingerprint != default and item.id not in found,
            )
            for item in items
        }

    def other_heads(self) -> HeadSet:
        """Return the other encoder's heads."""
        return self._languages.heads.other_heads()

    def heads_for(self, text: str, head_set: HeadSet, encoders: Collection[str] = ()) -> HeadSet:
        """Return the heads that answer a text now: the default ones, or those paired with them.

        Those of a recorded answer are told by the fingerprints of its `encoders`, where one of both
        still runs: it may have fallen back, or the risks of languages may have changed.
        """
        paired, default = self._paired(head_set), _fingerprint(head_set)
        if paired is None or (other := _fingerprint(paired)) == default:
            return head_set
        if {default, other}.isdisjoint(encoders):
            encoders = (self._languages.router.choose(text, default).fingerprint,)
        return paired if other in encoders else head_set

    def _elsewhere(
        self,
        items: Sequence[Item],
        choices: dict[str, Choice],
        head_set: HeadSet,
        request: RequestMetadata,
    ) -> tuple[OtherHeads | None, dict[str, Outcome]]:
        """Return the other encoder's heads, and the outcomes of items that they answered."""
        if not items:
            return None, {}
        paired = self._paired(head_set)
        if paired is None:
            return None, {}
        fingerprint = _fingerprint(paired)
        items = [item for item in items if choices[item.id].fingerprint == fingerprint]
        if not items:
            return None, {}
        names = {n for n, head in paired.heads.items() if head is not head_set.heads[n]}
        try:
            part = replace(request, deadline=request.deadline.part(_SHARE_OF_TIME))
        except GatewayError:
            return None, {}
        outcomes = self._score_other(items, paired, part)
        others = OtherHeads(fingerprint, frozenset(names))
        return others, {id_: out for id_, out in outcomes.items() if _stands(out, others.names)}

    def _paired(self, head_set: HeadSet) -> HeadSet | None:
        """Return the set with the other encoder's heads, None while it or its heads are away."""
        paired = self._languages.heads.paired(head_set)
        if INTENT_HEAD in paired.away_heads or not self._encoders.answers(_fingerprint(paired)):
            return None
        return paired


def _fingerprint(head_set: HeadSet) -> str:
    """Return that of the encoder which the intent head reads, "" without one."""
    intent = head_set.heads.get(INTENT_HEAD)
    return intent.fingerprint if intent is not None else ""


def _stands(outcome: Outcome, others: frozenset[str]) -> bool:
    """Whether an outcome is final: no head of the other encoder failed, or nobody waits for it."""
    if isinstance(outcome, Answer):
        return others.isdisjoint(outcome.unanswered)
    return isinstance(outcome, CallerGoneError)


def _noted(
    outcome: Outcome, choice: Choice, others: OtherHeads | None, *, fallback: bool
) -> Outcome:
    if not isinstance(outcome, Answer):
        return outcome
    encoder = "other" if others else "fallback" if fallback else "default"
    metrics.record_language(choice.language, encoder)
    return replace(outcome, language=LanguageNote(choice.language, fallback, others))
