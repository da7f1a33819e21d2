"""Answers requests with heads that are loaded in this process."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import structlog

from heads.explanation import HeadAttribution
from heads.inference.attribution import lexical_form, linear_form
from heads.pools.choices import Choices
from heads.prediction import (
    AttributionRequest,
    FeatureRow,
    HeadScores,
    HeadSet,
    PredictRequest,
    ScoreTable,
    unavailable_scores,
)
from heads.registry.follower import PATIENCE_S
from heads.registry.registry import Registry
from heads.registry.snapshot import Ref, Snapshot

log = structlog.get_logger(__name__)


class LocalPool:
    """A Pool over a Registry, which it starts and closes."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._refs = Choices(PredictRequest.refs)
        registry.start()

    def head_set(self, *, newest: bool = False) -> HeadSet:
        """See Pool; a catalog that is looked at more seldom makes it older."""
        snapshot = self._registry.newest() if newest else self._registry.current()
        return snapshot.head_set

    def known_head_set(self) -> HeadSet | None:
        """See Pool: None before the first look, and while the next is overdue."""
        known = self._registry.known()
        return None if known is None else known.head_set

    def predict(self, request: PredictRequest) -> Mapping[str, HeadScores]:
        """See Pool; only a version not seen yet may cost a moment."""
        refs = self._refs.of(request)
        if not refs or not request.rows:
            return {}
        table = answer_table(self._registry, refs.values(), request.rows, request.fingerprint)
        if table is not None and table.columns.places.keys() == refs.keys():
            return table
        answers = answer(
            self._registry,
            tuple(refs.values()),
            request.rows,
            request.fingerprint,
            request.timeout_s,
        )
        return dict(zip(refs, answers, strict=True))

    def attribute(self, request: AttributionRequest) -> HeadAttribution:
        """See Pool; only a version not seen yet may cost a moment."""
        ref = request.ref()
        return attribution(
            self._registry, ref, request.label, request.text, request.fingerprint, request.timeout_s
        )

    def close(self) -> None:
        """Stop following the catalog."""
        self._registry.close()


def attribution(
    registry: Registry,
    ref: Ref,
    label: str,
    text: str,
    fingerprint: str,
    timeout_s: float = PATIENCE_S,
) -> HeadAttribution:
    """Take a label of one head apart, for a text; look at once for a version not seen yet."""
    if registry.locate(*ref) is None:
        registry.look_for([ref], timeout_s)
    location = registry.locate(*ref)
    if location is None:
        unknown = _unknown(registry.current(), *ref)
        return HeadAttribution(unknown.name, unknown.version, unknown.status, unknown.message)
    snapshot, position = location
    head = snapshot.stack.heads[position]
    if head.manifest.fingerprint != fingerprint:
        reason = f"made for encoder {head.manifest.fingerprint}"
        return HeadAttribution(head.name, head.version, "fingerprint_mismatch", reason)
    if label not in head.manifest.labels:
        return HeadAttribution(head.name, head.version, "error", f"no label {label!r}")
    try:
        linear, words = linear_form(head, label), lexical_form(head, label, text)
    except Exception:
        log.exception("heads_attribution_broke", head=head.name, version=head.version)
        return HeadAttribution(head.name, head.version, "error", "internal error")
    return HeadAttribution(head.name, head.version, "ok", "", linear, words)


def answer_table(
    registry: Registry, refs: Iterable[Ref], rows: Sequence[FeatureRow], fingerprint: str
) -> ScoreTable | None:
    """Answer refs of distinct heads, at least one, without work a head; None where one fails."""
    current = registry.current()
    positions = current.positions(tuple(refs), fingerprint)
    if positions is None:
        return None
    try:
        return current.stack.table(positions, rows)
    except Exception:
        return None  # `answer` meets the same, and says so


def answer(
    registry: Registry,
    refs: Sequence[Ref],
    rows: Sequence[FeatureRow],
    fingerprint: str,
    timeout_s: float = PATIENCE_S,
) -> list[HeadScores]:
    """Answer every ref, in order; a version not seen yet makes the registry look at once.

    That look is what keeps two workers honest: a caller that learnt of a new version from one
    may ask the other first. It is waited for within `timeout_s`.
    """
    current = registry.current()
    positions = current.positions(tuple(refs), fingerprint)
    if positions is not None:  # nearly every call: worked out once for each choice of heads
        return _predicted(current, positions, rows)
    return _answered_apart(registry, refs, rows, fingerprint, timeout_s)


def _answered_apart(
    registry: Registry,
    refs: Sequence[Ref],
    rows: Sequence[FeatureRow],
    fingerprint: str,
    timeout_s: float,
) -> list[HeadScores]:
    """Answer each ref from the newest snapshot that serves it, or with the reason why none does."""
    located = [registry.locate(*ref) for ref in refs]
    if None in located:
        unknown = [ref for ref, location in zip(refs, located, strict=True) if location is None]
        registry.look_for(unknown, timeout_s)
        located = [registry.locate(*ref) for ref in refs]
    answers: dict[int, HeadScores] = {}
    for snapshot, positions in _by_snapshot(located, refs, fingerprint, answers).items():
        answers.update(_answered(snapshot, positions, rows))
    for index, (ref, location) in enumerate(zip(refs, located, strict=True)):
        if location is None:
            answers[index] = _unknown(registry.current(), *ref)
    return [answers[index] for index in range(len(refs))]


def _by_snapshot(
    located: Sequence[tuple[Snapshot, int] | None],
    refs: Sequence[Ref],
    fingerprint: str,
    answers: dict[int, HeadScores],
) -> dict[Snapshot, dict[int, int]]:
    """Group by snapshot: {index among refs: position in its stack}; answer wrong fingerprints."""
    by_snapshot: dict[Snapshot, dict[int, int]] = {}
    for index, location in enumerate(located):
        if location is None:
            continue
        snapshot, position = location
        made_for = snapshot.stack.heads[position].manifest.fingerprint
        if made_for != fingerprint:
            source = fingerprint or "an unnamed one"
            reason = f"made for encoder {made_for}, the vectors are from {source}"
            version = snapshot.stack.heads[position].version
            answers[index] = unavailable_scores(
                refs[index][0], version, "fingerprint_mismatch", reason
            )
        else:
            by_snapshot.setdefault(snapshot, {})[index] = position
    return by_snapshot


def _answered(
    snapshot: Snapshot, positions: Mapping[int, int], rows: Sequence[FeatureRow]
) -> dict[int, HeadScores]:
    asked = tuple(dict.fromkeys(positions.values()))
    scores = dict(zip(asked, _predicted(snapshot, asked, rows), strict=True))
    return {index: scores[position] for index, position in positions.items()}


def _predicted(
    snapshot: Snapshot, asked: tuple[int, ...], rows: Sequence[FeatureRow]
) -> list[HeadScores]:
    try:
        return snapshot.stack.predict(asked, rows)
    except Exception:
        log.exception("heads_predict_broke", heads=len(asked), rows=len(rows))
        heads = [snapshot.stack.heads[position] for position in asked]
        return [
            unavailable_scores(head.name, head.version, "error", "internal error") for head in heads
        ]


def _unknown(current: Snapshot, name: str, version: str) -> HeadScores:
    state = current.production.get(name)
    if state is None:
        return unavailable_scores(name, version, "unknown_head", f"no head {name} in production")
    if state.head is None:
        return unavailable_scores(name, version, "unavailable", state.error)
    served = state.head.version
    reason = f"version {version} is not served, {served} is"
    return unavailable_scores(name, version, "unknown_version", reason)
