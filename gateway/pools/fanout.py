"""Many pools of heads as one: each serves its own heads, all are asked at once."""

import hashlib
import threading
from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from functools import partial

import structlog

from gateway.parallel import Parallel
from heads.explanation import HeadAttribution
from heads.prediction import (
    AttributionRequest,
    HeadScores,
    HeadSet,
    Pool,
    PredictRequest,
    unavailable_scores,
)

log = structlog.get_logger("gateway")

_REMEMBERED = 64  # head sets that running requests may still hold


class FanoutPool:
    """A Pool over named pools, which it closes; a head that two of them serve is the first's.

    A pool that is away costs its own heads only: they are "unavailable", the others answer.
    """

    def __init__(self, pools: Mapping[str, Pool], parallel: Parallel) -> None:
        self._pools = dict(pools)
        self._parallel = parallel
        self._lock = threading.Lock()
        self._merged: tuple[tuple[tuple[int, Set[str]], ...], HeadSet] | None = None
        self._served_by: dict[int, Mapping[str, str]] = {}  # generation -> head -> pool

    def head_set(self, *, newest: bool = False) -> HeadSet:
        """Return what all pools serve now; the same object as long as none of them changes."""
        # One after the other: a pool answers from memory, but for its first answer.
        return self._merge([pool.head_set(newest=newest) for pool in self._pools.values()])

    def known_head_set(self) -> HeadSet | None:
        """Return what `head_set` would, if every pool knows its part."""
        parts = [pool.known_head_set() for pool in self._pools.values()]
        known = [part for part in parts if part is not None]
        return self._merge(known) if len(known) == len(parts) else None

    def _merge(self, parts: Sequence[HeadSet]) -> HeadSet:
        states = tuple((part.generation, part.away_heads) for part in parts)
        merged = self._merged
        if merged is None or merged[0] != states:
            merged = states, self._remember(dict(zip(self._pools, parts, strict=True)))
            self._merged = merged
        return merged[1]

    def predict(self, request: PredictRequest) -> Mapping[str, HeadScores]:
        """See Pool; each pool gets the whole time, because all are asked at once."""
        served_by = self._owners_at(request.head_set.generation)
        names_by_pool: dict[str, list[str]] = {}
        scores: dict[str, HeadScores] = {}
        for asked, (name, version) in request.refs().items():
            if name in served_by:
                names_by_pool.setdefault(served_by[name], []).append(asked)
            else:
                message = f"no pool serves {name}"
                scores[asked] = unavailable_scores(name, version, "unknown_head", message)
        calls = [
            partial(self._pools[pool].predict, replace(request, names=names))
            for pool, names in names_by_pool.items()
        ]
        for answered in self._parallel.run(calls):
            scores.update(answered)
        return scores

    def attribute(self, request: AttributionRequest) -> HeadAttribution:
        """Ask the pool that serves the head."""
        name = request.ref()[0]
        pool = self._owners_at(request.head_set.generation).get(name)
        if pool is None:
            return request.failed(f"no pool serves {name}", "unknown_head")
        return self._pools[pool].attribute(request)

    def close(self) -> None:
        """Close every pool."""
        self._parallel.close()
        for pool in self._pools.values():
            pool.close()

    def _owners_at(self, generation: int) -> Mapping[str, str]:
        """Return who served each head then; the newest owners where that is forgotten."""
        remembered = self._served_by
        newest: Mapping[str, str] = next(reversed(remembered.values()), {})
        return remembered.get(generation, newest)

    def _remember(self, parts: Mapping[str, HeadSet]) -> HeadSet:
        """Merge what the pools serve, and keep who serves which head for requests that use it."""
        served_by = _owners(parts)
        head_set = _merge(parts, served_by)
        with self._lock:
            # A new mapping: `predict` reads without the lock. One that comes back is young again.
            others = [item for item in self._served_by.items() if item[0] != head_set.generation]
            self._served_by = dict([*others[1 - _REMEMBERED :], (head_set.generation, served_by)])
        return head_set


def _owners(parts: Mapping[str, HeadSet]) -> Mapping[str, str]:
    """Return the pool that answers each head: the first that serves it."""
    served_by: dict[str, str] = {}
    for pool, part in parts.items():
        for name in part.heads:
            first = served_by.setdefault(name, pool)
            if first != pool:
                log.warning("head_served_twice", head=name, asked=first, ignored=pool)
    return served_by


def _merge(parts: Mapping[str, HeadSet], served_by: Mapping[str, str]) -> HeadSet:
    owned = [(parts[pool], name) for name, pool in served_by.items()]
    return HeadSet(
        generation=_generation(parts),
        heads={name: part.heads[name] for part, name in owned},
        candidates={name: p.candidates[name] for p, name in owned if name in p.candidates},
        shadows={name: p.shadows[name] for p, name in owned if name in p.shadows},
        disabled_rules=tuple(sorted({rule for p in parts.values() for rule in p.disabled_rules})),
        away_heads=frozenset(name for part, name in owned if name in part.away_heads),
        unanswered_pools=tuple(pool for pool, part in parts.items() if part.generation == 0),
    )


def _generation(parts: Mapping[str, HeadSet]) -> int:
    """Return 63 bits over the pools' generations; 0 while none of them is known."""
    if all(part.generation == 0 for part in parts.values()):
        return 0
    names = "\n".join(f"{pool}\0{part.generation}" for pool, part in parts.items())
    digest = hashlib.blake2b(names.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1 or 1
