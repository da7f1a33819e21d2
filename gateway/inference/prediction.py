"""Asks the heads about embedded items, all encoders' at once, and combines what they answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from gateway.inference.combine import Classification, combine
from gateway.inference.context import RequestContext
from gateway.inference.embedding import Embeddings, EncoderResult
from gateway.inference.item import Item
from gateway.inference.plan import Plan
from gateway.parallel import Parallel
from heads.prediction import (
    FeatureRow,
    HeadInfo,
    HeadScores,
    HeadSet,
    Pool,
    PredictRequest,
    unavailable_scores,
)

UNREADABLE_SHARE = 0.3
"""From this share of tokens without a word on, nothing that a head answers may be acted on."""
_SHARE_OF_TIME = 0.9  # what heads may take of the time that is left: the answer takes some, too


@dataclass(frozen=True, slots=True)
class CandidateScores:
    """The scores of a head's candidate, and the row that an item has in them."""

    info: HeadInfo
    scores: HeadScores
    rows: Mapping[Item, int]


@dataclass(frozen=True, slots=True)
class Predictions:
    """What the heads made of a request's items, without those whose text was refused.

    `rows` gives an item's row in the `scores` of production's heads, which are by name, as the
    `candidates` are.
    """

    classifications: Mapping[Item, Classification]
    rows: Mapping[Item, int]
    scores: Mapping[str, HeadScores]
    candidates: Mapping[str, CandidateScores]

    def whole(self, item: Item) -> bool:
        """Whether every asked head answered the item, in the version that was chosen for it."""
        classification = self.classifications.get(item)
        if classification is None or not classification.complete:
            return False
        answered = (self.candidates.get(name) for name in item.candidate_heads)
        return all(part is not None and part.scores.status == "ok" for part in answered)


class PredictionStage:
    """Asks a pool; thread-safe. `timeout_s` bounds what the heads may take of any request."""

    def __init__(self, pool: Pool, parallel: Parallel, timeout_s: float) -> None:
        self._pool = pool
        self._parallel = parallel
        self._timeout_s = timeout_s

    def predict(
        self, items: Sequence[Item], embeddings: Embeddings, context: RequestContext
    ) -> Predictions:
        """Classify the items whose text was not refused."""
        plan = context.snapshot.plan
        readable = [item for item in items if embeddings.refused(item) is None]
        scores, candidates = self._ask(readable, embeddings, context)
        for group in plan.groups:
            why = embeddings.away.get(group.fingerprint)
            if why is not None:
                scores |= {n: unavailable_scores(n, "", "unavailable", why) for n in group.heads}
        rows = {item: row for row, item in enumerate(readable)}
        abstain = {item: item.must_abstain or _unreadable(item, embeddings) for item in readable}
        classifications = _classify(readable, plan, scores, abstain)
        for names, alike in _group_by_candidates(readable, candidates).items():
            mixed = {name: _select_rows(head, rows, alike) for name, head in scores.items()}
            for name in names:
                mixed[name] = _select_rows(candidates[name].scores, candidates[name].rows, alike)
            classifications |= _mark_canaries(_classify(alike, plan, mixed, abstain), names)
        return Predictions(classifications, rows, scores, candidates)

    def _ask(
        self, items: Sequence[Item], embeddings: Embeddings, context: RequestContext
    ) -> tuple[dict[str, HeadScores], dict[str, CandidateScores]]:
        """Return the scores of production's heads, a row each item, and those of candidates."""
        timeout_s = min(self._timeout_s, context.deadline.remaining() * _SHARE_OF_TIME)
        questions = [
            question
            for result in embeddings.results
            if (question := _question(result, items)) is not None
        ]
        calls = [
            partial(self._pool.predict, question.request(context.snapshot.head_set, timeout_s))
            for question in questions
        ]
        scores: dict[str, HeadScores] = {}
        candidates: dict[str, CandidateScores] = {}
        for question, answered in zip(questions, self._parallel.run(calls), strict=True):
            heads = question.result.group.heads
            scores |= {name: answered[name] for name in heads if name in answered}
            rows = {item: row for row, item in enumerate(question.items)}
            for info in question.candidates:
                if pinned(info) in answered:
                    candidates[info.name] = CandidateScores(info, answered[pinned(info)], rows)
        return scores, candidates


def pinned(info: HeadInfo) -> str:
    """Return the name by which a pool is asked for just this version."""
    return f"{info.name}@{info.version}"


def feature_row(item: Item, result: EncoderResult) -> FeatureRow:
    """Return what the heads of the result's group read of one item."""
    text = item.mail.model_text if result.group.lexical else ""
    return FeatureRow(result.embedded[item].vectors, text)


@dataclass(frozen=True, slots=True)
class _Question:
    """One call to the pool: an encoder's items, for its heads and some of its candidates."""

    result: EncoderResult
    items: Sequence[Item]
    candidates: Sequence[HeadInfo]

    def request(self, head_set: HeadSet, timeout_s: float) -> PredictRequest:
        group = self.result.group
        names = (*group.heads, *map(pinned, self.candidates))
        rows = [feature_row(item, self.result) for item in self.items]
        return PredictRequest(head_set, names, rows, group.fingerprint, timeout_s)


def _question(result: EncoderResult, items: Sequence[Item]) -> _Question | None:
    """Return what to ask about an encoder's items; None where no head reads any of them."""
    embedded = [item for item in items if item in result.embedded]
    wanted = {name for item in embedded for name in item.candidate_heads}
    candidates = [info for info in result.group.candidates if info.name in wanted]
    if not embedded or not (result.group.heads or candidates):
        return None
    return _Question(result, embedded, candidates)


def _unreadable(item: Item, embeddings: Embeddings) -> bool:
    """Whether an encoder saw mostly what it has no word for: its vectors then mean nothing."""
    parts = (result.embedded.get(item) for result in embeddings.results)
    return any(part and part.unknown > UNREADABLE_SHARE * part.tokens for part in parts)


def _classify(
    items: Sequence[Item],
    plan: Plan,
    scores: Mapping[str, HeadScores],
    abstain: Mapping[Item, bool],
) -> dict[Item, Classification]:
    """Combine scores that have a row for each of these items, in order."""
    rows = combine(plan, scores, [abstain[item] for item in items])
    return dict(zip(items, rows, strict=True))


def _group_by_candidates(
    items: Sequence[Item], candidates: Mapping[str, CandidateScores]
) -> Mapping[frozenset[str], list[Item]]:
    """Group items by the heads whose candidate answers them; one that failed answers none."""
    groups: dict[frozenset[str], list[Item]] = {}
    answering = {name for name, part in candidates.items() if part.scores.status == "ok"}
    for item in items if answering else ():
        names = item.candidate_heads & answering
        if names:
            groups.setdefault(names, []).append(item)
    return groups


def _mark_canaries(
    classifications: Mapping[Item, Classification], names: frozenset[str]
) -> dict[Item, Classification]:
    """Say of these heads' answers that the candidate gave them."""
    return {
        item: Classification(
            classification.decision,
            {
                name: head._replace(canary=True) if name in names else head
                for name, head in classification.heads.items()
            },
        )
        for item, classification in classifications.items()
    }


def _select_rows(scores: HeadScores, rows: Mapping[Item, int], items: Sequence[Item]) -> HeadScores:
    """Return a head's scores of some items, in their order."""
    if scores.status != "ok":
        return scores
    selected = [rows[item] for item in items]
    return scores._replace(
        scores=scores.scores[selected],
        best=tuple(scores.best[row] for row in selected),
        abstained=tuple(scores.abstained[row] for row in selected),
    )
