"""Defines the Pool protocol, and the values that go into a pool of heads and come out."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import accumulate
from typing import Literal, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from heads.explanation import AttributionStatus, HeadAttribution
from heads.policy import Bounds, OptOutThresholds

Status = Literal[
    "ok",
    "unavailable",
    "fingerprint_mismatch",
    "unknown_head",
    "unknown_version",
    "error",
]


@dataclass(frozen=True, slots=True)
class HeadInfo:
    """One head in one role, as it is served now.

    `share` of requests: 1 for production, the candidate's weight, the shadow's sample; `bounds`
    are what it may do as a candidate (None where nothing was loaded); `opt_out` is its bundle's
    table of that name, None without one. `default`: whether it answers requests that name no
    heads. `status` is "serving", "failed", or "disabled" while the
    head is switched off. A serving head with a non-empty `error` is one whose newer version was
    refused: the version named here still answers.
    """

    name: str
    version: str
    kind: str
    labels: tuple[str, ...]
    views: tuple[str, ...]
    lexical: bool
    parent_head: str | None
    parent_label: str | None
    fingerprint: str
    status: str
    error: str
    description: str
    share: float = 1.0
    bounds: Bounds | None = None
    opt_out: OptOutThresholds | None = None
    default: bool = True


@dataclass(frozen=True, slots=True)
class HeadSet:
    """What production serves now; plan one request with one HeadSet and use it to the end.

    `generation` is derived from the content: two workers with the same heads, versions and
    weights show the same number, and any difference changes it. 0 means that nothing is known.
    `candidates` and `shadows` are by the same names, where a head has such a version. A set merged
    of several pools names in `unanswered_pools` those that have never answered: their heads are
    not in here, and an unknown name may be one of theirs. `away_heads` are those whose service
    does not answer at present; they are asked all the same. The mail rules of `disabled_rules`, by
    id or the start of ids up to a dot, are switched off.
    """

    generation: int
    heads: Mapping[str, HeadInfo]
    candidates: Mapping[str, HeadInfo] = field(default_factory=dict)
    shadows: Mapping[str, HeadInfo] = field(default_factory=dict)
    unanswered_pools: tuple[str, ...] = field(default=(), kw_only=True)
    disabled_rules: tuple[str, ...] = field(default=(), kw_only=True)
    away_heads: frozenset[str] = field(default=frozenset(), kw_only=True)

    def all_away(self) -> HeadSet:
        """Return this set with none of its heads answering."""
        return replace(self, away_heads=frozenset(self.heads))

    def roles(self) -> Mapping[str, Mapping[str, HeadInfo]]:
        """Return the heads by role, under the names that `/v1/heads` lists the roles by."""
        return {"heads": self.heads, "candidates": self.candidates, "shadows": self.shadows}

    def find(self, name: str, version: str = "") -> HeadInfo | None:
        """Return the head in this version ("" = production's), whichever role it has."""
        for role in (self.heads, self.candidates, self.shadows):
            info = role.get(name)
            if info is not None and version in ("", info.version):
                return info
            if not version:
                return None
        return None


@dataclass(frozen=True, slots=True)
class FeatureRow:
    """One text's features: raw pooled vectors by view (each `(dim,)` float32) and its text."""

    vectors: Mapping[str, NDArray[np.float32]]
    text: str = ""


class HeadScores(NamedTuple):  # a frozen dataclass takes four times as long to make
    """One head's answer for all rows of a request; everything but `status` is empty unless "ok".

    `scores` is `(rows, labels)` float32, calibrated; `best[i]` indexes `labels`; `abstained[i]`
    says that row i's best label may not be acted on; `unlike[i]`, that row i is unlike anything
    that the head learnt from, so that it abstains. An older heads service sends no `unlike`.
    """

    name: str
    version: str
    status: Status
    labels: tuple[str, ...]
    scores: NDArray[np.float32]
    best: tuple[int, ...]
    thresholds: tuple[float, ...]
    abstained: tuple[bool, ...]
    message: str = ""
    unlike: tuple[bool, ...] = ()


_NO_SCORES: NDArray[np.float32] = np.zeros((0, 0), dtype=np.float32)
_NO_SCORES.setflags(write=False)


def unavailable_scores(name: str, version: str, status: Status, message: str) -> HeadScores:
    """Return the answer of a head that has no scores; `status` and `message` say why."""
    return HeadScores(name, version, status, (), _NO_SCORES, (), (), (), message)


@dataclass(frozen=True, eq=False)
class TableColumns:
    """What all answers of the same versions share, by head: names (distinct), labels, thresholds.

    Make it once for a choice of heads: what is derived from it is kept in it.
    """

    names: tuple[str, ...]
    versions: tuple[str, ...]
    labels: tuple[tuple[str, ...], ...]
    thresholds: tuple[tuple[float, ...], ...]

    @cached_property
    def edges(self) -> tuple[int, ...]:
        """The column at which each head's labels begin, and at last the number of columns."""
        return tuple(accumulate(map(len, self.labels), initial=0))

    @cached_property
    def places(self) -> Mapping[str, int]:
        """The place of each head, by name."""
        return {name: place for place, name in enumerate(self.names)}

    @cached_property
    def digest(self) -> bytes:
        """128 bits that name the content."""
        content = repr((self.names, self.versions, self.labels, self.thresholds))
        return hashlib.blake2b(content.encode(), digest_size=16).digest()


class ScoreTable(Mapping[str, HeadScores]):
    """Answers of heads that all are "ok", as a few arrays; by name they are as any others.

    `scores` (rows, labels of all heads side by side) float32, `best`, `abstained` and `unlike`
    (rows, heads).
    """

    __slots__ = ("abstained", "best", "columns", "scores", "unlike")

    def __init__(
        self,
        columns: TableColumns,
        scores: NDArray[np.float32],
        best: NDArray[np.int64],
        abstained: NDArray[np.bool_],
        unlike: NDArray[np.bool_],
    ) -> None:
        self.columns = columns
        self.scores = scores
        self.best = best
        self.abstained = abstained
        self.unlike = unlike

    def __getitem__(self, name: str) -> HeadScores:
        """Return one head's answer."""
        columns, place = self.columns, self.columns.places[name]
        return HeadScores(
            name,
            columns.versions[place],
            "ok",
            columns.labels[place],
            self.scores[:, columns.edges[place] : columns.edges[place + 1]],
            tuple(self.best[:, place].tolist()),
            columns.thresholds[place],
            tuple(self.abstained[:, place].tolist()),
            unlike=tuple(self.unlike[:, place].tolist()),
        )

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names."""
        return iter(self.columns.names)

    def __len__(self) -> int:
        """Count the heads."""
        return len(self.columns.names)

    def part(self, start: int, stop: int) -> ScoreTable:
        """Return the answers for some of the rows."""
        rows = slice(start, stop)
        return ScoreTable(
            self.columns,
            self.scores[rows],
            self.best[rows],
            self.abstained[rows],
            self.unlike[rows],
        )


@dataclass(frozen=True, slots=True)
class PredictRequest:
    """Rows to score under each named head, in the production versions of `head_set`.

    `name@version` names another version, e.g. the candidate's or the shadow's. `fingerprint` is
    that of the encoder which made the vectors; `timeout_s` bounds the wait for an answer;
    `traceparent` is the W3C trace context under which the work is recorded, "" for none.
    """

    head_set: HeadSet
    names: Sequence[str]
    rows: Sequence[FeatureRow]
    fingerprint: str
    timeout_s: float
    traceparent: str = ""

    def refs(self) -> dict[str, tuple[str, str]]:
        """Return each asked name once, with the head and version meant ("" for an unknown one)."""
        return {asked: self._ref(asked) for asked in self.names}

    def all_unavailable(
        self, message: str, status: Status = "unavailable"
    ) -> dict[str, HeadScores]:
        """Answer that no asked head has scores, all for the same reason."""
        return {
            asked: unavailable_scores(name, version, status, message)
            for asked, (name, version) in self.refs().items()
        }

    def _ref(self, asked: str) -> tuple[str, str]:
        name, _, version = asked.partition("@")
        info = self.head_set.heads.get(name)
        return name, version or (info.version if info is not None else "")


@dataclass(frozen=True, slots=True)
class AttributionRequest:
    """A text to explain one head's label by, in its version of `head_set` or `name@version`."""

    head_set: HeadSet
    name: str
    label: str
    text: str
    fingerprint: str
    timeout_s: float

    def ref(self) -> tuple[str, str]:
        """Return the head and the version meant ("" for an unknown one)."""
        names = PredictRequest(self.head_set, [self.name], (), self.fingerprint, self.timeout_s)
        return names.refs()[self.name]

    def failed(self, message: str, status: AttributionStatus = "unavailable") -> HeadAttribution:
        """Answer that there is nothing to explain by, and why."""
        return HeadAttribution(*self.ref(), status, message)


class Pool(Protocol):
    """Heads to ask, wherever they run; thread-safe."""

    def head_set(self, *, newest: bool = False) -> HeadSet:
        """Return what is served, looked at within half a second; the last while nothing answers.

        `newest` looks again first, some 20 times a second at most: it waits for its turn.
        """

    def known_head_set(self) -> HeadSet | None:
        """Return what `head_set` would; None where that has to be waited for."""

    def predict(self, request: PredictRequest) -> Mapping[str, HeadScores]:
        """Return every asked head's scores under what was asked; several versions cost one call.

        Never raises for one head's trouble: its status says so.
        """

    def attribute(self, request: AttributionRequest) -> HeadAttribution:
        """Return what a head's label is explained by; never raise, its status says so."""

    def close(self) -> None:
        """Give back threads and connections; the pool is not used afterwards."""
