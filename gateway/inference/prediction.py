"""Asks the heads about embedded items, of all encoders at once, and combines their scores."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from gateway.inference.classification import Classification
from gateway.inference.combine import UNREADABLE_SHARE, combine
from gateway.inference.context import RequestContext
from gateway.inference.embedding import Embeddings, EncoderResult
from gateway.inference.flat_combine import combine_table
from gateway.inference.flat_plan import FlatPlan, flat_plan
from gateway.inference.head_counts import HeadCounts, head_counts
from gateway.inference.item import Item
from gateway.inference.opt_out import OptOutEvidence
from gateway.inference.plan import Plan
from gateway.inference.snapshot import Snapshot
from gateway.parallel import Parallel
from heads.prediction import (
    FeatureRow,
    HeadInfo,
    HeadScores,
    HeadSet,
    Pool,
    PredictRequest,
    ScoreTable,
    TableColumns,
    unavailable_scores,
)

_SHARE_OF_TIME = 0.9  # what heads may take of the time that is left: the answer takes some, too


@dataclass(frozen=True, slots=True)
class CandidateScores:
    """The scores of a head's candidate, and the row that an item has in them."""

    info: HeadInfo
    scores: HeadScores
    rows: Mapping[Item, int]


@dataclass(frozen=True, slots=True)
class Predictions:
    """The heads' scores of a request's items, and the decisions combined from them.

    `scores` are those of production's heads and `candidates` those of candidates, both by head;
    `rows` gives an item's row in `scores`. Items whose text an encoder refused are left out.
    `counts` are for the metrics, where the heads were not combined one by one.
    """

    classifications: Mapping[Item, Classification]
    rows: Mapping[Item, int]
    scores: Mapping[str, HeadScores]
    candidates: Mapping[str, CandidateScores]
    counts: HeadCounts | None = None

    def complete(self, item: Item) -> bool:
        """Whether every asked head answered the item, in the version that was chosen for it."""
        classification = self.classifications.get(item)
        if classification is None or not classification.complete:
            return False
        candidates = (self.candidates.get(name) for name in item.candidate_heads)
        return all(c is not None and c.scores.status == "ok" for c in candidates)


class PredictionStage:
    """Asks a pool of heads; thread-safe. `timeout_s` bounds what heads may take of a request."""

    def __init__(self, pool: Pool, parallel: Parallel, timeout_s: float) -> None:
        self._pool = pool
        self._parallel = parallel
        self._timeout_s = timeout_s
        self._flat_plans = _FlatPlans()

    def predict(
        self, items: Sequence[Item], embeddings: Embeddings, context: RequestContext
    ) -> Predictions:
        """Classify the items whose text was not refused.

        Production's heads classify all of them. Items that candidates answer are classified once
        more, with the candidates' scores in place of production's.
        """
        plan = context.snapshot.plan
        embedded = [item for item in items if embeddings.refused(item) is None]
        rows = {item: row for row, item in enumerate(embedded)}
        answers, candidates = self._ask(embedded, embeddings, context)
        abstain = {item: item.must_abstain or _unreadable(item, embeddings) for item in embedded}
        opt_outs = {item: _opt_out(item, embeddings) for item in embedded}
        if isinstance(answers, ScoreTable) and not embeddings.away:
            predictions = self._combined(context.snapshot, answers, rows, abstain, opt_outs)
            if predictions is not None:
                return predictions
        scores = {**answers, **_scores_without_encoder(plan, embeddings)}
        classifications = _classify(embedded, plan, scores, abstain, opt_outs)
        for heads, group in _group_by_candidates(embedded, candidates).items():
            mixed = {name: _select_rows(head, rows, group) for name, head in scores.items()}
            for name in heads:
                mixed[name] = _select_rows(candidates[name].scores, candidates[name].rows, group)
            alike = _with_candidates(plan, [candidates[name].info for name in heads])
            answered = _classify(group, alike, mixed, abstain, opt_outs)
            classifications |= _mark_canaries(answered, heads)
        return Predictions(classifications, rows, scores, candidates)

    def _combined(
        self,
        snapshot: Snapshot,
        table: ScoreTable,
        rows: Mapping[Item, int],
        abstain: Mapping[Item, bool],
        opt_outs: Mapping[Item, OptOutEvidence],
    ) -> Predictions | None:
        """Combine a table of production's heads; None where they are to be combined one by one."""
        flat = self._flat_plans.of(snapshot.plan, table.columns, snapshot.head_set.generation)
        if flat is None or len(table.scores) != len(rows) or not np.isfinite(table.scores).all():
            return None
        must_abstain = [abstain[item] for item in rows]
        evidence, signs = [opt_outs[item] for item in rows], [item.machine_sign for item in rows]
        found, numbers = combine_table(flat, table, must_abstain, evidence, signs)
        classifications = dict(zip(rows, found, strict=True))
        return Predictions(classifications, rows, table, {}, head_counts(flat, numbers))

    def _ask(
        self, items: Sequence[Item], embeddings: Embeddings, context: RequestContext
    ) -> tuple[Mapping[str, HeadScores], dict[str, CandidateScores]]:
        """Return the scores of production's heads, a row for each item, and those of candidates."""
        timeout_s = min(self._timeout_s, context.deadline.remaining() * _SHARE_OF_TIME)
        calls = [
            call for result in embeddings.results if (call := _call(result, items)) is not None
        ]
        traceparent = context.timings.traceparent_of("heads")
        head_set = context.snapshot.head_set
        requests = [call.request(head_set, timeout_s, traceparent) for call in calls]
        answers = self._parallel.run([partial(self._pool.predict, r) for r in requests])
        if len(calls) == 1 and not calls[0].candidates and isinstance(answers[0], ScoreTable):
            return answers[0], {}
        scores: dict[str, HeadScores] = {}
        candidates: dict[str, CandidateScores] = {}
        for call, by_name in zip(calls, answers, strict=True):
            heads = call.result.group.heads
            scores |= {name: by_name[name] for name in heads if name in by_name}
            rows = {item: row for row, item in enumerate(call.items)}
            for info in call.candidates:
                if pinned(info) in by_name:
                    candidates[info.name] = CandidateScores(info, by_name[pinned(info)], rows)
        return scores, candidates


def pinned(info: HeadInfo) -> str:
    """Return the name by which a pool is asked for exactly this version."""
    return f"{info.name}@{info.version}"


def feature_row(item: Item, result: EncoderResult) -> FeatureRow:
    """Return what the heads of the result's group read of one item."""
    text = item.mail.model_text if result.group.lexical else ""
    return FeatureRow(result.embedded[item].vectors, text)


class _FlatPlans:
    """Flat plans of one head set; plans and columns stay the same objects while they hold."""

    def __init__(self, limit: int = 64) -> None:
        self._limit = limit
        self._generation = 0
        self._kept: dict[tuple[int, int], tuple[Plan, TableColumns, FlatPlan | None]] = {}

    def of(self, plan: Plan, columns: TableColumns, generation: int) -> FlatPlan | None:
        if generation != self._generation:  # what is written for replaced versions takes memory
            self._generation, self._kept = generation, {}
        key = (id(plan), id(columns))
        kept = self._kept.get(key)
        if kept is not None:  # it holds both, so that no other object has their ids
            return kept[2]
        flat = flat_plan(plan, columns)
        if len(self._kept) >= self._limit:
            self._kept = {}  # whole: another thread may be reading
        self._kept[key] = (plan, columns, flat)
        return flat


@dataclass(frozen=True, slots=True)
class _PoolCall:
    """One call to the pool: an encoder's items, for its heads and some of its candidates."""

    result: EncoderResult
    items: Sequence[Item]
    candidates: Sequence[HeadInfo]

    def request(self, head_set: HeadSet, timeout_s: float, traceparent: str) -> PredictRequest:
        group = self.result.group
        names = (*group.heads, *map(pinned, self.candidates))
        rows = [feature_row(item, self.result) for item in self.items]
        return PredictRequest(head_set, names, rows, group.fingerprint, timeout_s, traceparent)


def _call(result: EncoderResult, items: Sequence[Item]) -> _PoolCall | None:
    """Return the call about an encoder's items; None where no head reads any of them."""
    embedded = [item for item in items if item in result.embedded]
    wanted = {name for item in embedded for name in item.candidate_heads}
    candidates = [info for info in result.group.candidates if info.name in wanted]
    if not embedded or not (result.group.heads or candidates):
        return None
    return _PoolCall(result, embedded, candidates)


def _scores_without_encoder(plan: Plan, embeddings: Embeddings) -> dict[str, HeadScores]:
    """Return "unavailable" for the heads of encoders that gave no result."""
    return {
        name: unavailable_scores(name, "", "unavailable", embeddings.away[group.fingerprint])
        for group in plan.groups
        if group.fingerprint in embeddings.away
        for name in group.heads
    }


def _unreadable(item: Item, embeddings: Embeddings) -> bool:
    """Whether an encoder knew too few of the item's tokens for its vectors to mean anything."""
    embedded = (result.embedded.get(item) for result in embeddings.results)
    return any(e and e.unknown > UNREADABLE_SHARE * e.tokens for e in embedded)


def _opt_out(item: Item, embeddings: Embeddings) -> OptOutEvidence:
    """Return the cleaner's evidence, and whether some encoder read a part of the text alone."""
    embedded = (result.embedded.get(item) for result in embeddings.results)
    is_cut = any(e and e.truncated for e in embedded)
    return replace(item.opt_out, is_cut=True) if is_cut else item.opt_out


def _classify(
    items: Sequence[Item],
    plan: Plan,
    scores: Mapping[str, HeadScores],
    abstain: Mapping[Item, bool],
    opt_outs: Mapping[Item, OptOutEvidence],
) -> dict[Item, Classification]:
    """Combine scores that have one row for each of these items, in order."""
    must_abstain = [abstain[item] for item in items]
    evidence = [opt_outs[item] for item in items]
    rows = combine(plan, scores, must_abstain, evidence, [item.machine_sign for item in items])
    return dict(zip(items, rows, strict=True))


def _group_by_candidates(
    items: Sequence[Item], candidates: Mapping[str, CandidateScores]
) -> Mapping[frozenset[str], list[Item]]:
    """Group items by the heads whose candidate answers them; one that failed answers none."""
    groups: dict[frozenset[str], list[Item]] = {}
    answering = {name for name, head in candidates.items() if head.scores.status == "ok"}
    for item in items if answering else ():
        heads = item.candidate_heads & answering
        if heads:
            groups.setdefault(heads, []).append(item)
    return groups


def _with_candidates(plan: Plan, candidates: Sequence[HeadInfo]) -> Plan:
    """Return the plan with the candidates' own thresholds of an opt-out."""
    tables = {info.name: info.opt_out for info in candidates}
    ordered = tuple(replace(h, opt_out=tables.get(h.name, h.opt_out)) for h in plan.ordered)
    return replace(plan, ordered=ordered)


def _mark_canaries(
    classifications: Mapping[Item, Classification], heads: frozenset[str]
) -> dict[Item, Classification]:
    """Mark these heads' answers as their candidates'."""
    return {
        item: Classification(
            classification.decision,
            {
                name: answer._replace(canary=True) if name in heads else answer
                for name, answer in classification.heads.items()
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
        unlike=tuple(scores.unlike[row] for row in selected) if scores.unlike else (),
    )
