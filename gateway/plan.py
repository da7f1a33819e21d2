"""Decides, before anything runs, which heads one request needs and which views they read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gateway.errors import UnknownHeadError
from heads.prediction import HeadInfo, HeadSet

Asked = tuple[str, ...] | None  # heads by name; None for all that are served


@dataclass(frozen=True, slots=True)
class Plan:
    """One request's heads under one (encoder, head set) snapshot.

    `asked` are reported; `ordered` adds the heads they are conditional on, parents first;
    `called` are those of `ordered` that can run; `refused` says why the others cannot.
    """

    asked: tuple[str, ...]
    ordered: tuple[HeadInfo, ...]
    called: tuple[str, ...]
    refused: Mapping[str, str]  # head -> status
    views: tuple[str, ...]
    lexical: bool


class Planner:
    """Remembers the plans of the current snapshot, because requests mostly ask alike.

    Holds at most `limit` plans; a new head set or encoder empties it. Threads may race to fill
    it: a plan is a pure function of its key, so the loser's work is only repeated, never wrong.
    """

    def __init__(self, limit: int = 256) -> None:
        self._limit = limit
        self._snapshot: tuple[int, str] | None = None
        self._plans: dict[Asked, Plan] = {}

    def plan(self, head_set: HeadSet, asked: Asked, fingerprint: str) -> Plan:
        """Return `make_plan` of the arguments."""
        snapshot = (head_set.generation, fingerprint)
        if snapshot != self._snapshot or len(self._plans) >= self._limit:
            self._snapshot, self._plans = snapshot, {}
        plans = self._plans
        found = plans.get(asked)
        if found is None:
            found = make_plan(head_set, asked, fingerprint)
            if snapshot == self._snapshot:
                plans[asked] = found
        return found


def make_plan(head_set: HeadSet, asked: Asked, fingerprint: str) -> Plan:
    """Plan for the named heads, all of them when `asked` is None.

    Views of heads that cannot run are left out: a head made for another encoder may name a layer
    that this one does not have. The named heads must be served: see `refuse_unknown`.
    """
    heads = head_set.heads
    names = tuple(sorted(heads)) if asked is None else tuple(dict.fromkeys(asked))
    ordered = _parents_first(heads, names)
    refused = {h.name: s for h in ordered if (s := _refusal(h, fingerprint))}
    callable_heads = [h for h in ordered if h.name not in refused]
    return Plan(
        asked=names,
        ordered=ordered,
        called=tuple(h.name for h in callable_heads),
        refused=refused,
        views=tuple(sorted({view for h in callable_heads for view in h.views})),
        lexical=any(h.lexical for h in callable_heads),
    )


def refuse_unknown(head_set: HeadSet, asked: Asked) -> None:
    """Raise UnknownHeadError naming every asked head that is not served.

    Says nothing while no heads are known at all: that is not the caller's mistake.
    """
    unknown = [name for name in asked or () if name not in head_set.heads]
    if unknown and head_set.heads:
        raise UnknownHeadError(list(dict.fromkeys(unknown)))


def _parents_first(heads: Mapping[str, HeadInfo], names: Sequence[str]) -> tuple[HeadInfo, ...]:
    ordered: dict[str, HeadInfo] = {}

    def visit(name: str, above: tuple[str, ...]) -> None:
        head = heads.get(name)
        if head is None or name in ordered or name in above:
            return
        if head.parent_head is not None:
            visit(head.parent_head, (*above, name))
        ordered[name] = head

    for name in names:
        visit(name, ())
    return tuple(ordered.values())


def _refusal(head: HeadInfo, fingerprint: str) -> str | None:
    if head.status != "serving":
        return "unavailable"
    if head.fingerprint != fingerprint:
        return "fingerprint_mismatch"
    return None
