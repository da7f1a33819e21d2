"""Answers many heads together: members of one shape share a matrix product."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from heads.inference import lexical
from heads.inference.head import Head
from heads.inference.lexical import LexicalConfig
from heads.inference.members import Group, Inputs, Shape
from heads.inference.postprocessing import Answers, Layout
from heads.prediction import (
    FeatureRow,
    HeadScores,
    ScoreTable,
    TableColumns,
    unavailable_scores,
)

Floats = NDArray[np.float32]

MAX_PLANS = 64
"""Layouts kept for different choices of heads; callers use few, and one costs microseconds."""
_NO_ROW = FeatureRow({})


class Stack:
    """An immutable set of heads (distinct versions), thread-safe; equals each alone to 1e-5.

    `heads` are the given ones with this stack's arrays for their weights: whoever keeps these
    instead of the given ones keeps one copy of the weights, not two.
    """

    def __init__(self, heads: Sequence[Head]) -> None:
        self.heads = tuple(heads)
        places: dict[Shape, list[tuple[int, int]]] = {}
        for index, head in enumerate(self.heads):
            for member_index, member in enumerate(head.maps):
                places.setdefault(member.shape, []).append((index, member_index))
        self._places = tuple(places.values())
        self._groups = tuple(
            Group([self.heads[index].maps[member_index] for index, member_index in where])
            for where in self._places
        )
        self.heads = tuple(self._bound(index, head) for index, head in enumerate(self.heads))
        self._plans: dict[tuple[int, ...], _Plan] = {}

    def predict(self, asked: tuple[int, ...], rows: Sequence[FeatureRow]) -> list[HeadScores]:
        """Answer for the heads at these distinct positions, in order, for at least one row.

        A head whose views a row lacks, or has in another size, answers "error"; the others
        answer as if alone.
        """
        views, missing = self._views(asked, rows)
        answered = asked
        if missing:
            answered = tuple(index for index in asked if self._problem(index, missing) is None)
        by_index = self._answered(answered, views, rows) if answered else {}
        return [by_index.get(index) or self._refused(index, missing) for index in asked]

    def distances(self, index: int, rows: Sequence[FeatureRow]) -> Floats:
        """Return how far rows are from what the head at this position learnt  # (rows,).

        Raises ValueError for a head without a limit, or a row that lacks a view.
        """
        if self.heads[index].unlike is None:
            raise ValueError(f"{self.heads[index].name} has no limit on unlike texts")
        views, missing = self._views((index,), rows)
        if missing:
            raise ValueError(self._problem(index, missing))
        plan = self._plan((index,))
        return plan.layout.distances(self._columns(plan, views, rows))[:, 0]

    def table(self, asked: tuple[int, ...], rows: Sequence[FeatureRow]) -> ScoreTable | None:
        """Answer as `predict` does, for heads of distinct names, without any work a head.

        None where the answer of some head would not be "ok".
        """
        views, missing = self._views(asked, rows)
        if missing:
            return None
        plan = self._plan(asked)
        answers = self._computed(plan, views, rows)
        if not np.isfinite(answers.scores).all():
            return None
        return ScoreTable(
            plan.columns, answers.scores, answers.best, answers.abstained, answers.unlike
        )

    def matrices(
        self, index: int, views: Mapping[str, Floats], texts: Sequence[str], rows: int
    ) -> Answers:
        """Answer for the head at this position over whole matrices, each view's (rows, dim).

        `texts` are read by lexical heads alone, and may be empty for others. Raises ValueError for
        a view that is missing or of another size, and for too few texts.
        """
        plan = self._plan((index,))
        for view, dim in self._needs((index,)):
            if view not in views or views[view].shape != (rows, dim):
                raise ValueError(f"view {view} must be ({rows}, {dim})")
        if plan.lexical and len(texts) != rows:
            raise ValueError(f"this head reads texts: {rows} are needed, {len(texts)} were given")
        read = [FeatureRow({}, text) for text in texts] if plan.lexical else [_NO_ROW] * rows
        return self._computed(plan, views, read)

    def _bound(self, index: int, head: Head) -> Head:
        members = {
            member_index: group.member(column)
            for group, places in zip(self._groups, self._places, strict=True)
            for column, (owner, member_index) in enumerate(places)
            if owner == index
        }
        count = len(head.members)
        return replace(
            head,
            members=tuple(members[i] for i in range(count)),
            unlike=members.get(count),
        )

    def _answered(
        self, asked: tuple[int, ...], views: Mapping[str, Floats], rows: Sequence[FeatureRow]
    ) -> dict[int, HeadScores]:
        plan = self._plan(asked)
        answers = self._computed(plan, views, rows)
        return dict(zip(asked, self._to_head_scores(plan, answers), strict=True))

    def _computed(
        self, plan: _Plan, views: Mapping[str, Floats], rows: Sequence[FeatureRow]
    ) -> Answers:
        return plan.layout.answers(self._columns(plan, views, rows))

    def _columns(
        self, plan: _Plan, views: Mapping[str, Floats], rows: Sequence[FeatureRow]
    ) -> Floats:
        texts = {
            config: [lexical.features(row.text, config) for row in rows] for config in plan.lexical
        }
        inputs = Inputs(views, texts, len(rows))
        parts = [self._groups[g].logits(inputs, start, stop) for g, start, stop in plan.runs]
        return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)

    def _to_head_scores(self, plan: _Plan, answers: Answers) -> list[HeadScores]:
        best = answers.best.T.tolist()
        abstained = answers.abstained.T.tolist()
        unlike = answers.unlike.T.tolist()
        finite = bool(np.isfinite(answers.scores).all())
        results = []
        columns = plan.columns
        static = zip(
            columns.names, columns.versions, columns.labels, columns.thresholds, strict=True
        )
        for (name, version, labels, thresholds), low, high, chosen, unsure, strange in zip(
            static, columns.edges, columns.edges[1:], best, abstained, unlike, strict=False
        ):
            scores = answers.scores[:, low:high]
            if not finite and not np.isfinite(scores).all():
                results.append(
                    unavailable_scores(name, version, "error", "the vectors give no finite scores")
                )
                continue
            results.append(
                HeadScores(
                    name,
                    version,
                    "ok",
                    labels,
                    scores,
                    tuple(chosen),
                    thresholds,
                    tuple(unsure),
                    unlike=tuple(strange),
                )
            )
        return results

    def _plan(self, asked: tuple[int, ...]) -> _Plan:
        plan = self._plans.get(asked)
        if plan is None:
            plan = self._new_plan(asked)
            if len(self._plans) >= MAX_PLANS:
                self._plans = {}  # whole, not one by one: another thread may be reading
            self._plans[asked] = plan
        return plan

    def _new_plan(self, asked: tuple[int, ...]) -> _Plan:
        wanted = set(asked)
        runs: list[tuple[int, int, int]] = []
        columns: list[tuple[Head, int]] = []
        configs: dict[LexicalConfig, None] = {}
        for number, where in enumerate(self._places):
            hits = [column for column, (index, _) in enumerate(where) if index in wanted]
            if not hits:
                continue
            start, stop = hits[0], hits[-1] + 1
            runs.append((number, start, stop))
            columns += [(self.heads[index], member) for index, member in where[start:stop]]
            config = self._groups[number].shape.lexical
            if config is not None:
                configs[config] = None
        heads = [self.heads[index] for index in asked]
        return _Plan(tuple(runs), tuple(configs), _columns(heads), Layout(heads, columns))

    def _views(
        self, asked: tuple[int, ...], rows: Sequence[FeatureRow]
    ) -> tuple[dict[str, Floats], dict[tuple[str, int], str]]:
        """Return asked views as (rows, dim), and why a (view, dim) cannot be had."""
        views: dict[str, Floats] = {}
        missing: dict[tuple[str, int], str] = {}
        for view, dim in self._needs(asked):
            try:
                stacked = np.array([row.vectors[view] for row in rows], dtype=np.float32)
            except KeyError:
                missing[view, dim] = f"view {view} is missing"
                continue
            except ValueError:
                missing[view, dim] = f"view {view} differs in size between rows"
                continue
            if stacked.shape != (len(rows), dim):
                shape = stacked.shape[1:]
                missing[view, dim] = f"view {view} has shape {shape}, this head reads ({dim},)"
            else:
                views[view] = stacked
        return views, missing

    def _needs(self, asked: tuple[int, ...]) -> tuple[tuple[str, int], ...]:
        plan = self._plans.get(asked)
        if plan is not None:
            return plan.needs(self._groups)
        shapes = [member.shape for index in asked for member in self.heads[index].maps]
        return tuple(dict.fromkeys((view, shape.dim) for shape in shapes for view in shape.views))

    def _problem(self, index: int, missing: Mapping[tuple[str, int], str]) -> str | None:
        for member in self.heads[index].members:
            for view in member.shape.views:
                if (view, member.shape.dim) in missing:
                    return missing[view, member.shape.dim]
        return None

    def _refused(self, index: int, missing: Mapping[tuple[str, int], str]) -> HeadScores:
        head = self.heads[index]
        why = self._problem(index, missing) or "no answer"
        return unavailable_scores(head.name, head.version, "error", why)


@dataclass(frozen=True)
class _Plan:
    """How to answer one choice of heads: runs of members by group, then the layout."""

    runs: tuple[tuple[int, int, int], ...]  # group, first member, past the last
    lexical: tuple[LexicalConfig, ...]
    columns: TableColumns
    layout: Layout

    def needs(self, groups: Sequence[Group]) -> tuple[tuple[str, int], ...]:
        """Return every (view, dim) that some run reads."""
        shapes = [groups[number].shape for number, _, _ in self.runs]
        return tuple(dict.fromkeys((view, shape.dim) for shape in shapes for view in shape.views))


def _columns(heads: Sequence[Head]) -> TableColumns:
    manifests = [head.manifest for head in heads]
    return TableColumns(
        tuple(manifest.name for manifest in manifests),
        tuple(manifest.version for manifest in manifests),
        tuple(manifest.labels for manifest in manifests),
        tuple(tuple(m.thresholds[label] for label in m.labels) for m in manifests),
    )


def score(head: Head, rows: Sequence[FeatureRow]) -> Floats:
    """Return one head's calibrated probabilities for each row  # (rows, labels).

    softmax: softmax(log(mean of members) / temperature). sigmoid: sigmoid(a * logit(mean of
    members) + b) per label. Raises ValueError when a row lacks a view or has another size.
    """
    # Not kept: a stack holds a copy of the weights.
    (scores,) = Stack((head,)).predict((0,), rows)
    if scores.status != "ok":
        raise ValueError(scores.message)
    return scores.scores
