"""Two pools with heads of the same names on different encoders: the default's, and the other's."""

import hashlib
import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace

from heads.explanation import HeadAttribution
from heads.prediction import (
    AttributionRequest,
    HeadInfo,
    HeadScores,
    HeadSet,
    Pool,
    PredictRequest,
)

_REMEMBERED = 64  # pairings that running requests may still hold
_SERVING = "serving"
_DISABLED = "disabled"


@dataclass(frozen=True, slots=True)
class _Pairing:
    """A default set and the other one, and which of the default's heads the other's stand for."""

    default: HeadSet
    other: HeadSet
    replaced: frozenset[str]
    merged: HeadSet


class PairedPool:
    """A Pool over the `default` pool, which alone says what is served; it closes both.

    `paired` gives the same set with the `other` pool's heads in place of those of their names;
    requests with it are answered by the pool that each head is of.
    """

    def __init__(self, default: Pool, other: Pool) -> None:
        self._default = default
        self._other = other
        self._lock = threading.Lock()
        self._pairings: dict[int, _Pairing] = {}

    def head_set(self, *, newest: bool = False) -> HeadSet:
        """Return what the default pool serves."""
        return self._default.head_set(newest=newest)

    def known_head_set(self) -> HeadSet | None:
        """Return what the default pool serves, if that is known."""
        return self._default.known_head_set()

    def other_heads(self) -> HeadSet:
        """Return what the other pool serves."""
        return self._other.head_set()

    def paired(self, default: HeadSet) -> HeadSet:
        """Return the default set with the other's heads; the same object while neither changes.

        Only heads of its names, and none that is switched off there. Candidates and shadows
        are the other pool's alone: those of the default are tried on what the default answers.
        """
        other = self._other.head_set()
        generation = _generation(default, other)
        kept = self._pairings.get(generation)
        if kept is not None and _away(kept.default, kept.other) == _away(default, other):
            return kept.merged
        pairing = _pair(default, other, generation)
        with self._lock:
            # A new mapping: `predict` reads without the lock.
            rest = [item for item in self._pairings.items() if item[0] != generation]
            self._pairings = dict([*rest[1 - _REMEMBERED :], (generation, pairing)])
        return pairing.merged

    def predict(self, request: PredictRequest) -> Mapping[str, HeadScores]:
        """See Pool."""
        pairing = self._pairings.get(request.head_set.generation)
        if pairing is None:
            return self._default.predict(request)
        replaced = pairing.replaced
        names = [asked for asked in request.names if asked.partition("@")[0] in replaced]
        if not names:
            return self._default.predict(replace(request, head_set=pairing.default))
        scores = self._other.predict(replace(request, names=names, head_set=pairing.other))
        if len(names) == len(request.names):
            return scores  # may be a table, which is answered faster than a mapping
        others = [asked for asked in request.names if asked not in names]
        rest = self._default.predict(replace(request, names=others, head_set=pairing.default))
        return {**scores, **rest}

    def attribute(self, request: AttributionRequest) -> HeadAttribution:
        """Ask the pool that the head of the request's set is of."""
        pairing = self._pairings.get(request.head_set.generation)
        if pairing is None:
            return self._default.attribute(request)
        if request.name.partition("@")[0] in pairing.replaced:
            return self._other.attribute(replace(request, head_set=pairing.other))
        return self._default.attribute(replace(request, head_set=pairing.default))

    def close(self) -> None:
        """Close both pools."""
        self._default.close()
        self._other.close()


def _away(default: HeadSet, other: HeadSet) -> tuple[frozenset[str], frozenset[str]]:
    return default.away_heads, other.away_heads


def _pair(default: HeadSet, other: HeadSet, generation: int) -> _Pairing:
    replaced = frozenset(
        name
        for name, head in other.heads.items()
        if head.status == _SERVING
        and name in default.heads
        and default.heads[name].status != _DISABLED
    )
    merged = replace(
        default,
        generation=generation,
        heads={**default.heads, **_as_asked(default.heads, _of(other.heads, replaced))},
        candidates=_of(other.candidates, replaced),
        shadows=_of(other.shadows, replaced),
        away_heads=(default.away_heads - replaced) | (other.away_heads & replaced),
    )
    return _Pairing(default, other, replaced, merged)


def _as_asked(
    default: Mapping[str, HeadInfo], others: Mapping[str, HeadInfo]
) -> Mapping[str, HeadInfo]:
    """Return the others; whether a head is asked unnamed is the default's to say, for both."""
    return {
        name: head if head.default == default[name].default
        else replace(head, default=default[name].default)
        for name, head in others.items()
    }  # fmt: skip


def _of(heads: Mapping[str, HeadInfo], names: frozenset[str]) -> Mapping[str, HeadInfo]:
    return {name: head for name, head in heads.items() if name in names}


def _generation(default: HeadSet, other: HeadSet) -> int:
    """Return 63 bits over both sets' generations, never that of one alone."""
    content = f"{default.generation}\0{other.generation}".encode()
    return int.from_bytes(hashlib.blake2b(content, digest_size=8).digest(), "big") >> 1 or 1
