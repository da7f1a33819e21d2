"""Heads answered in this process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import structlog

from heads.prediction import (
    FeatureRow,
    HeadScores,
    HeadSet,
    PredictRequest,
    unavailable_scores,
)
from heads.registry import Registry
from heads.snapshot import Ref, Snapshot

log = structlog.get_logger(__name__)


class LocalPool:
    """A Pool over a Registry, which it starts and closes."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        registry.start()

    def head_set(self) -> HeadSet:
        """What is served now."""
        return self._registry.current().head_set

    def predict(self, request: PredictRequest) -> Mapping[str, HeadScores]:
        """See Pool; nothing here waits, so `timeout_s` is never reached."""
        refs = request.refs()
        if not refs or not request.rows:
            return {}
        answers = answer(self._registry, tuple(refs.values()), request.rows, request.fingerprint)
        return dict(zip(refs, answers, strict=True))

    def close(self) -> None:
        """Stop following the catalog."""
        self._registry.close()


def answer(
    registry: Registry, refs: Sequence[Ref], rows: Sequence[FeatureRow], fingerprint: str
) -> list[HeadScores]:
    """Every ref's answer, in order; a version not seen yet makes the registry look at once.

    That look is what keeps two workers honest: a caller that learnt of a new version from one
    may ask the other first.
    """
    current = registry.current()
    positions = current.positions(tuple(refs), fingerprint)
    if positions is not None:  # nearly every call: worked out once for each choice of heads
        return _predicted(current, positions, rows)
    return _answered_apart(registry, refs, rows, fingerprint)


def _answered_apart(
    registry: Registry, refs: Sequence[Ref], rows: Sequence[FeatureRow], fingerprint: str
) -> list[HeadScores]:
    """Each ref from the newest snapshot that serves it, or with the reason why none does."""
    found = [registry.locate(*ref) for ref in refs]
    if None in found:
        registry.poll()
        found = [registry.locate(*ref) or _recalled(registry, ref) for ref in refs]
    answers: dict[int, HeadScores] = {}
    for snapshot, places in _by_snapshot(found, refs, fingerprint, answers).items():
        answers.update(_answered(snapshot, places, rows))
    for place, (ref, where) in enumerate(zip(refs, found, strict=True)):
        if where is None:
            answers[place] = _unknown(registry.current(), *ref)
    return [answers[place] for place in range(len(refs))]


def _recalled(registry: Registry, ref: Ref) -> tuple[Snapshot, int] | None:
    return registry.locate(*ref) if ref[1] and registry.recall(*ref) else None


def _by_snapshot(
    found: Sequence[tuple[Snapshot, int] | None],
    refs: Sequence[Ref],
    fingerprint: str,
    answers: dict[int, HeadScores],
) -> dict[Snapshot, dict[int, int]]:
    """Snapshot -> {place among refs: position in its stack}; wrong fingerprints answered."""
    wanted: dict[Snapshot, dict[int, int]] = {}
    for place, where in enumerate(found):
        if where is None:
            continue
        snapshot, position = where
        made_for = snapshot.stack.heads[position].manifest.fingerprint
        if made_for != fingerprint:
            said = f"made for encoder {made_for}, the vectors are from {fingerprint or 'nobody'}"
            version = snapshot.stack.heads[position].version
            answers[place] = unavailable_scores(
                refs[place][0], version, "fingerprint_mismatch", said
            )
        else:
            wanted.setdefault(snapshot, {})[place] = position
    return wanted


def _answered(
    snapshot: Snapshot, places: Mapping[int, int], rows: Sequence[FeatureRow]
) -> dict[int, HeadScores]:
    asked = tuple(dict.fromkeys(places.values()))
    scores = dict(zip(asked, _predicted(snapshot, asked, rows), strict=True))
    return {place: scores[position] for place, position in places.items()}


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
    entry = current.entries.get(name)
    if entry is None:
        return unavailable_scores(name, version, "unknown_head", f"no head {name} in production")
    if entry.head is None:
        return unavailable_scores(name, version, "unavailable", entry.error)
    served = entry.head.version
    said = f"version {version} is not served, {served} is"
    return unavailable_scores(name, version, "unknown_version", said)
