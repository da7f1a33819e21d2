"""One row of the fault table: what is done to the cluster under load, and what may be lost."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from loadtests.config import api_key
from loadtests.stack.cluster import Cluster
from tests.faults.client import LONGEST, OpenLoop, Sent
from tests.faults.reference import References, worst_first
from tests.faults.site import Layout, NotHereError, Site

SETTLED_S = 2.0  # after the fault; later answers are judged by their 99th percentile


@dataclass
class Scene:
    """What an act sees: the cluster under load, and a clock that begins with the load."""

    url: str
    _site: Site | None
    _over: threading.Event = field(default_factory=threading.Event)
    _begun: float = 0.0
    faulted_at: float | None = None
    notes: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)  # what the act itself found wrong
    slowdown: float = 0.0  # latency after the fault over that before it, where the act measured it

    @property
    def cluster(self) -> Cluster:
        """Return the cluster. Raises RuntimeError at a deployment: its processes are not ours."""
        return self.site.cluster

    @property
    def site(self) -> Site:
        """Return the cluster and what stands between its processes. Raises RuntimeError."""
        if self._site is None:
            raise RuntimeError("this row needs a cluster of its own")
        return self._site

    def begin(self) -> None:
        """Start the clock."""
        self._begun = time.perf_counter()

    def wait(self, seconds: float) -> None:
        """Let the load run on; return early when it is over."""
        self._over.wait(seconds)

    def fault(self) -> None:
        """Note that the fault begins now; recovery counts from the first call."""
        if self.faulted_at is None:
            self.faulted_at = time.perf_counter() - self._begun

    def end(self) -> None:
        """Say that the load is over."""
        self._over.set()


@dataclass(frozen=True)
class Bounds:
    """What may happen; None: any number, because it is what the fault must cost (`why` says so)."""

    partial: int | None = 0
    refused: int | None = 0
    failed: int | None = 0
    lost: int | None = 0
    recovered_s: float | None = None
    p99_s: float | None = None  # of right answers from SETTLED_S after the fault
    slowdown: float | None = None  # times the latency before the fault, as the act measured both
    why: str = ""


@dataclass(frozen=True)
class Row:
    """A fault: `act` runs in a thread of its own while `rate` requests a second are sent.

    `layout`: the cluster it needs. `quick`: short enough for every run of the tests. `long`: run
    only when named. `remote`: it only sends, so that a deployment elsewhere can be its target.
    `most_s`: the longest that an act may take; None: LONGEST times `seconds`.
    """

    name: str
    act: Callable[[Scene], None]
    bounds: Bounds = Bounds()
    rate: float = 20.0
    seconds: float = 15.0
    layout: Layout = "direct"
    quick: bool = False
    long: bool = False
    remote: bool = False
    most_s: float | None = None

    def unhurried(self) -> Row:
        """Return the row without bounds that a busy machine breaks: of time, of refusals."""
        bounds = replace(self.bounds, refused=None, recovered_s=None, p99_s=None, slowdown=None)
        return replace(self, bounds=bounds)


@dataclass(frozen=True)
class RowResult:
    """What became of a row's requests; times in seconds."""

    name: str
    rate: float
    counts: dict[str, int]
    recovered_s: float
    p99_s: float
    slowest_s: float
    reasons: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()
    slowdown: float = 0.0
    not_run: str = ""

    @property
    def sent(self) -> int:
        """All requests of the row."""
        return sum(self.counts.values())


def run_row(
    row: Row, url: str, site: Site | None, references: References,
    key: Callable[[], str] = api_key,
) -> RowResult:  # fmt: skip
    """Send the load to `url`, act meanwhile, count; an act that fails is a wrong result."""
    scene = Scene(url, site)
    not_here: list[NotHereError] = []

    def act() -> None:
        try:
            row.act(scene)
        except NotHereError as error:
            not_here.append(error)
        except Exception as error:
            scene.wrong.append(f"{type(error).__name__}: {error}")

    actor = threading.Thread(target=act)

    scene.begin()
    actor.start()
    loop = OpenLoop(url, references.judge, references.texts, key)
    sent = loop.run(row.rate, row.seconds, actor.is_alive, row.most_s or LONGEST * row.seconds)
    if actor.is_alive():
        scene.wrong.append("the load ended before the act: what came later met no request")
    scene.end()
    actor.join()
    if not_here:
        return not_run(row, str(not_here[0]))
    return summarise(row, sent, scene)


def not_run(row: Row, why: str) -> RowResult:
    """Return the result of a row that was not run: it neither passes nor fails."""
    return RowResult(row.name, row.rate, {}, 0.0, 0.0, 0.0, not_run=why)


def summarise(row: Row, sent: Sequence[Sent], scene: Scene) -> RowResult:
    """Count outcomes; recovery ends with the last request that was not answered right."""
    fault = scene.faulted_at or 0.0
    bad = [one.due + one.seconds for one in sent if not one.good and one.due + one.seconds > fault]
    settled = sorted(one.seconds for one in sent if one.good and one.due > fault + SETTLED_S)
    return RowResult(
        row.name, row.rate, dict(Counter(one.outcome for one in sent)),
        max(bad, default=fault) - fault,
        settled[int(0.99 * (len(settled) - 1))] if settled else 0.0,
        max((one.seconds for one in sent), default=0.0),
        tuple(worst_first([f"{one.outcome}: {one.reason}" for one in sent if not one.good])),
        tuple(scene.notes), tuple(scene.wrong), scene.slowdown,
    )  # fmt: skip


def problems(row: Row, result: RowResult) -> list[str]:
    """Return how the result breaks the row's bounds; wrong and hung requests always do."""
    limits = {"wrong": 0, "hung": 0, "partial": row.bounds.partial, "refused": row.bounds.refused,
              "failed": row.bounds.failed, "lost": row.bounds.lost}  # fmt: skip
    broken = [
        f"{row.name}: {result.counts.get(outcome, 0)} {outcome}, at most {limit}"
        for outcome, limit in limits.items()
        if limit is not None and result.counts.get(outcome, 0) > limit
    ]
    for label, value, most, unit in (
        ("recovered after", result.recovered_s, row.bounds.recovered_s, "s"),
        ("99th percentile", result.p99_s, row.bounds.p99_s, "s"),
        ("after the fault", result.slowdown, row.bounds.slowdown, "times the latency before"),
    ):
        if most is not None and value > most:
            broken.append(f"{row.name}: {label} {value:.1f} {unit}, at most {most:.1f}")
    broken += [f"{row.name}: {reason}" for reason in result.wrong]
    return broken + [f"{row.name}: {reason}" for reason in result.reasons[:5] if broken]
