"""A table of scores gives the answers that the same scores give head by head."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway import metrics
from gateway.inference.answer import pack
from gateway.inference.classification import Classification
from gateway.inference.combine import combine
from gateway.inference.flat_combine import combine_table
from gateway.inference.flat_plan import flat_plan
from gateway.inference.head_counts import count_heads, flush, head_counts
from gateway.inference.opt_out import OptOutEvidence
from gateway.inference.plan import Plan, make_plan
from heads.policy import OptOutThresholds
from heads.prediction import HeadInfo, HeadScores, HeadSet, ScoreTable, TableColumns
from tests.support.examples import examples
from tests.support.pools import OTHER, info

LABELS = {
    "intent": ("positive", "objection", "auto_reply", "other"),
    "objection_reason": ("budget", "no_reason"),
    "auto_kind": ("out_of_office", "bounce"),
    "has_opt_out": ("yes", "no"),
}
PARENTS = {"objection_reason": ("intent", "objection"), "auto_kind": ("intent", "auto_reply")}
STATUSES = ("serving", "serving", "serving", "serving", "failed", "disabled", "mismatch")
SETS = (("only",), ("100 %", '"quoted"'), ("é\\u", "%s", "c"), ("yes", "no"), tuple("abcdefgh"))


@dataclass(frozen=True)
class Case:
    """A plan, a table of its heads, and what the cleaner says of each row."""

    plan: Plan
    table: ScoreTable
    must_abstain: list[bool]
    evidence: list[OptOutEvidence]
    signs: list[Any]

    def by_head(self) -> tuple[Classification, ...]:
        """Combine head by head, from answers that are no table."""
        scores: Mapping[str, HeadScores] = dict(self.table)
        return combine(self.plan, scores, self.must_abstain, self.evidence, self.signs)

    def rows(self) -> int:
        """Count the emails."""
        return len(self.must_abstain)


@st.composite
def head_sets(draw: st.DrawFn) -> HeadSet:
    """Draw heads of all kinds, some conditional on another, some not well."""
    names = draw(st.lists(st.sampled_from(list(LABELS)), unique=True))
    heads = {name: _head(draw, name, LABELS[name], PARENTS.get(name)) for name in names}
    for number in range(draw(st.integers(0 if names else 1, 9))):
        labels = draw(st.sampled_from(SETS))
        parent = None
        above = draw(st.sampled_from([None, *heads.values()]))
        if above is not None:
            parent = (above.name, draw(st.sampled_from([*above.labels, "no label"])))
        heads[f"head_{number}"] = _head(draw, f"head_{number}", labels, parent)
    return HeadSet(1, heads)


def _head(
    draw: st.DrawFn, name: str, labels: tuple[str, ...], parent: tuple[str, str] | None
) -> HeadInfo:
    status = draw(st.sampled_from(STATUSES))
    above, label = parent or (None, None)
    table = draw(st.sampled_from([None, OptOutThresholds(yes=0.9, review=0.1)]))
    head = info(name, labels=labels, parent_head=above, parent_label=label, opt_out=table)
    changes: dict[str, Any] = {"status": status}
    if status == "mismatch":
        changes = {"fingerprint": OTHER}
    return info(**{**_fields(head), **changes})


def _fields(head: HeadInfo) -> dict[str, Any]:
    return {name: getattr(head, name) for name in HeadInfo.__slots__}


def tables(names: Sequence[str], heads: HeadSet, rows: int, seed: int) -> ScoreTable:
    """Draw answers whose scores lie anywhere, ties and certainties among them."""
    rng = np.random.default_rng(seed)
    labels = tuple(heads.heads[name].labels for name in names)
    thresholds = tuple(tuple(rng.uniform(size=len(each)).tolist()) for each in labels)
    columns = TableColumns(tuple(names), ("1",) * len(names), labels, thresholds)
    scores = rng.uniform(size=(rows, columns.edges[-1])) ** rng.choice([0.1, 1, 8])
    odd = rng.choice([0, 1, 0.5, 5e-7, 0.9999999, -1], size=scores.shape, p=[0.1] * 5 + [0.5])
    scores = np.where(odd < 0, scores, odd).astype(np.float32)
    edges = list(zip(columns.edges, columns.edges[1:], strict=False))
    best = np.array([[row[a:b].argmax() for a, b in edges] for row in scores], dtype=np.int64)
    unlike = rng.uniform(size=best.shape) < 0.2
    abstained = unlike | (rng.uniform(size=best.shape) < 0.3)
    return ScoreTable(columns, scores, best.reshape(rows, -1), abstained, unlike)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Draw a plan for all or some of the heads, and answers to it."""
    served = draw(head_sets())
    asked = None
    if draw(st.booleans()):
        names = st.sampled_from([*served.heads, "nobody"])
        asked = tuple(draw(st.lists(names, min_size=1, unique=True)))
    required = draw(st.sets(st.sampled_from(list(served.heads)), max_size=1))
    fingerprint = info("a").fingerprint
    plan = make_plan(served, asked, (fingerprint,), frozenset(required))
    rows = draw(st.integers(1, 4))
    proofs: st.SearchStrategy[Any] = st.sampled_from([None, "yes", "no"])
    words: st.SearchStrategy[Any] = st.sampled_from([None, "likely", "explicit"])
    return Case(
        plan,
        tables(plan.called, served, rows, draw(st.integers(0, 2**20))),
        draw(st.lists(st.booleans(), min_size=rows, max_size=rows)),
        [OptOutEvidence(draw(proofs), draw(words), draw(st.booleans())) for _ in range(rows)],
        draw(st.lists(st.sampled_from(["evidence", "words", None]), min_size=rows, max_size=rows)),
    )


def members(classification: Classification) -> Any:
    """Return the part of the answer's JSON that the scores decide."""
    return json.loads(b"{%b}" % pack(classification, ()).scored)


@settings(max_examples=examples(300))
@given(cases())
def test_a_table_is_answered_as_its_heads_are(case: Case) -> None:
    """JSON, decision, completeness and every head's answer are equal, to the last digit."""
    flat = flat_plan(case.plan, case.table.columns) if case.plan.called else None
    if flat is None:
        return
    wanted = case.by_head()
    found, _ = combine_table(flat, case.table, case.must_abstain, case.evidence, case.signs)
    for before, after in zip(wanted, found, strict=True):
        assert members(after) == members(before)
        assert list(members(after)["heads"]) == list(members(before)["heads"])
        assert after.decision == before.decision
        assert after.complete == before.complete
        assert after.unanswered == before.unanswered
        assert after.auto_kind == before.auto_kind
        assert dict(after.heads) == dict(before.heads)


def counted() -> dict[tuple[str, ...], float]:
    """Return all series that count heads."""
    series = (metrics.HEAD_ANSWERS, metrics.HEAD_ABSTENTIONS, metrics.COVERAGE)
    samples = [s for metric in series for family in metric.collect() for s in family.samples]
    return {
        (s.name, *sorted(s.labels.values())): s.value for s in samples if "created" not in s.name
    }


@settings(max_examples=examples(100))
@given(cases())
def test_a_tables_heads_are_counted_as_one_by_one(case: Case) -> None:
    """Every series grows by as much: answers by status, abstentions, coverage."""
    flat = flat_plan(case.plan, case.table.columns) if case.plan.called else None
    if flat is None:
        return
    start = counted()
    for classification in case.by_head():
        count_heads(classification)
    middle = counted()
    _, numbers = combine_table(flat, case.table, case.must_abstain, case.evidence, case.signs)
    head_counts(flat, numbers).record()
    flush()
    end = counted()
    for key, value in end.items():
        before = middle.get(key, 0.0)
        assert value - before == before - start.get(key, 0.0), key
