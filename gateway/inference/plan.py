"""Decides, before anything runs, which heads one request needs and which views they read."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from gateway.errors import UnknownHeadError
from heads.prediction import HeadInfo, HeadSet

HeadNames = tuple[str, ...] | None  # None for all that answer whoever names none
INTENT_HEAD = "intent"
DISABLED = "disabled"  # the status of a head that is switched off
_SMALLEST_VIEWS = (
    "mean@0",
)  # for heads that read words only: an embedder must be asked for something
_ANY_VIEWS: Mapping[str, "EncoderViews"] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class EncoderViews:
    """The views that an encoder gives: of layers 0 to `layers`, pooled by one of `poolings`."""

    layers: int
    poolings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SkippedHead:
    """Why a head is not called: its status and message in the answer."""

    status: str
    message: str


@dataclass(frozen=True, slots=True)
class Group:
    """The heads that read one encoder's vectors, and what they read.

    `heads` answer every request; `candidates` and `shadows` may be asked on the same vectors.
    `views` and `lexical` cover all of them. A group without `heads` is embedded only for
    requests that a candidate of it answers.
    """

    fingerprint: str
    heads: tuple[str, ...]
    candidates: tuple[HeadInfo, ...]
    shadows: tuple[HeadInfo, ...]
    views: tuple[str, ...]
    lexical: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """One request's heads under one (encoders, head set) snapshot.

    `asked` are reported; `ordered` adds the heads they are conditional on, parents first;
    `groups` hold those of `ordered` that can run, the intent head's first; `skipped` says why
    the others cannot. Without an answer of all `required_heads` nothing is decided.
    """

    asked: tuple[str, ...]
    ordered: tuple[HeadInfo, ...]
    groups: tuple[Group, ...]
    skipped: Mapping[str, SkippedHead]
    required_heads: frozenset[str] = frozenset()

    @property
    def called(self) -> tuple[str, ...]:
        """The heads that can run, parents first in each group."""
        return tuple(name for group in self.groups for name in group.heads)


class Planner:
    """Makes plans, and keeps those of the current snapshot because requests mostly ask the same.

    Without the `required_heads` nothing is decided. Holds at most `limit` plans; a new head set or
    encoder empties it. Threads may race to fill it: a plan is a pure function of its
    key, so the loser's work is only repeated, never wrong.
    """

    def __init__(self, required_heads: Iterable[str] = (), limit: int = 256) -> None:
        self._required_heads = frozenset(required_heads)
        self._limit = limit
        self._snapshot: tuple[object, ...] | None = None
        self._plans: dict[HeadNames, Plan] = {}

    def plan(
        self,
        head_set: HeadSet,
        asked: HeadNames,
        fingerprints: tuple[str, ...],
        views: Mapping[str, EncoderViews] = _ANY_VIEWS,
    ) -> Plan:
        """Return `make_plan` of the arguments, made once for each snapshot and question."""
        snapshot = (head_set.generation, fingerprints, tuple(views.values()))
        if snapshot != self._snapshot or len(self._plans) >= self._limit:
            self._snapshot, self._plans = snapshot, {}
        plans = self._plans
        plan = plans.get(asked)
        if plan is None:
            plan = make_plan(head_set, asked, fingerprints, self._required_heads, views)
            if snapshot == self._snapshot:
                plans[asked] = plan
        return plan


def make_plan(
    head_set: HeadSet,
    asked: HeadNames,
    fingerprints: tuple[str, ...],
    required_heads: frozenset[str] = frozenset(),
    views: Mapping[str, EncoderViews] = _ANY_VIEWS,
) -> Plan:
    """Plan for the named heads; those that are so by default and `required_heads` when None.

    `fingerprints` are the encoders that can be asked, `views` what each gives, where that is
    known. Views of heads that cannot run are left out: a layer too many, or a pooling that an
    earlier release lacks, would make the embedder refuse everybody's request. A named head that no
    pool serves is unavailable (`refuse_unknown` tells mistakes from pools that are away).
    """
    heads = head_set.heads
    names = (
        tuple(sorted({name for name, head in heads.items() if head.default} | required_heads))
        if asked is None
        else tuple(dict.fromkeys(asked))
    )
    ordered = _parents_first(heads, names)
    skipped = {
        h.name: reason for h in ordered if (reason := _reason_to_skip(h, fingerprints, views))
    }
    callable_heads = [h for h in ordered if h.name not in skipped]
    return Plan(
        asked=names,
        ordered=ordered,
        groups=_groups(head_set, callable_heads, fingerprints, views),
        skipped=skipped,
        required_heads=required_heads.intersection(names),
    )


def unknown_heads(head_set: HeadSet, asked: HeadNames) -> list[str]:
    """Return every asked head that is not served, each once."""
    return list(dict.fromkeys(name for name in asked or () if name not in head_set.heads))


def refuse_unknown(head_set: HeadSet, asked: HeadNames) -> None:
    """Raise UnknownHeadError naming every asked head that is not served.

    Accepts any name while the heads of some pool are unknown: that is not the caller's mistake.
    """
    unknown = unknown_heads(head_set, asked)
    if unknown and head_set.heads and not head_set.unanswered_pools:
        raise UnknownHeadError(unknown, head_set.heads)


def _parents_first(heads: Mapping[str, HeadInfo], names: Sequence[str]) -> tuple[HeadInfo, ...]:
    ordered: dict[str, HeadInfo] = {}

    def visit(name: str, above: tuple[str, ...]) -> None:
        if name in ordered or name in above:
            return
        head = heads.get(name)
        if head is None:
            if above:
                return
            head = _missing_head(name)
        if head.parent_head is not None:
            visit(head.parent_head, (*above, name))
        ordered[name] = head

    for name in names:
        visit(name, ())
    return tuple(ordered.values())


def _missing_head(name: str) -> HeadInfo:
    error = "no pool of heads that answers serves it"
    return HeadInfo(name, "", "", (), (), False, None, None, "", "failed", error, "")


def _reason_to_skip(
    head: HeadInfo, fingerprints: Sequence[str], views: Mapping[str, EncoderViews]
) -> SkippedHead | None:
    if head.status == DISABLED:
        return SkippedHead(DISABLED, "switched off")
    if head.status != "serving":
        return SkippedHead("unavailable", head.error)
    if head.fingerprint not in fingerprints:
        present = ", ".join(fingerprints) or "none"
        message = f"made for encoder {head.fingerprint}; encoders here: {present}"
        return SkippedHead("fingerprint_mismatch", message)
    return _reason_of_views(head, views.get(head.fingerprint))


def _reason_of_views(head: HeadInfo, given: EncoderViews | None) -> SkippedHead | None:
    """Return why the head's encoder cannot give it a view that it reads, None if it can."""
    if given is None:
        return None
    for view in head.views:
        pooling, _, layer = view.partition("@")
        if int(layer) > given.layers:
            return SkippedHead("error", f"reads {view}; the encoder has {given.layers} layers")
        if pooling not in given.poolings:
            known = " and ".join(given.poolings)
            message = f"reads {view}; its embedder, of an earlier release, gives {known}"
            return SkippedHead("unavailable", message)
    return None


def _groups(
    head_set: HeadSet,
    called: Sequence[HeadInfo],
    fingerprints: tuple[str, ...],
    views: Mapping[str, EncoderViews],
) -> tuple[Group, ...]:
    """Return a group for each encoder that any head or candidate reads, the intent head's first."""
    names = {head.name for head in called}
    candidates = _eligible_versions(head_set.candidates, names, views)
    shadows = _eligible_versions(head_set.shadows, names, views)
    first = next((h.fingerprint for h in called if h.name == INTENT_HEAD), "")
    groups = []
    for fingerprint in sorted(dict.fromkeys(fingerprints), key=lambda other: other != first):
        served, canaries, watching = (
            tuple(head for head in role if head.fingerprint == fingerprint)
            for role in (called, candidates, shadows)
        )
        if not served and not canaries:
            continue  # a shadow alone is not worth a forward
        readers = (*served, *canaries, *watching)
        groups.append(
            Group(
                fingerprint=fingerprint,
                heads=tuple(head.name for head in served),
                candidates=canaries,
                shadows=watching,
                views=tuple(sorted({view for head in readers for view in head.views}))
                or _SMALLEST_VIEWS,
                lexical=any(head.lexical for head in readers),
            )
        )
    return tuple(sorted(groups, key=lambda group: not group.heads))


def _eligible_versions(
    role: Mapping[str, HeadInfo], names: set[str], views: Mapping[str, EncoderViews]
) -> tuple[HeadInfo, ...]:
    """Return the versions in a role, of heads that are called, that can run and have a share."""
    return tuple(
        head
        for name, head in sorted(role.items())
        if name in names
        and head.status == "serving"
        and head.share > 0
        and _reason_of_views(head, views.get(head.fingerprint)) is None
    )
