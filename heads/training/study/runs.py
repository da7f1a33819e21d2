"""Keeps the points of a study as runs of MLflow, as long as that answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from heads.training.errors import TrackingError
from heads.training.study.points import Point

_EXPERIMENT, _DIGEST, _POINT = "study", "trunkline.point", "trunkline.figures"


class Figures(Protocol):
    """What is asked of `tracking.Tracker`; each may raise TrackingError."""

    def tags_of_run(self, name: str, key: str, value: str) -> Mapping[str, str] | None:
        """Return the tags of the run that has this tag."""

    def log_figures(
        self,
        name: str,
        title: str,
        params: Mapping[str, str],
        metrics: Mapping[str, float],
        tags: Mapping[str, str],
    ) -> str:
        """Log a run; return its id."""


class Runs:
    """Points as runs of MLflow; a store that is away costs no point, and is asked once.

    A call to a server that is away may take minutes, and a study has hundreds of points. After
    the first that fails, which `report` is told of, nothing is looked for or logged any more.
    """

    def __init__(self, tracker: Figures, report: Callable[[str], object]) -> None:
        self._tracker, self._report = tracker, report
        self._away = False

    def find(self, data: str, digest: str) -> str | None:
        """Return a point's JSON from the run that has its digest; see Records."""
        del data
        if self._away:
            return None
        try:
            tags = self._tracker.tags_of_run(_EXPERIMENT, _DIGEST, digest)
        except TrackingError as error:
            self._give_up(error)
            return None
        return (tags or {}).get(_POINT)

    def keep(self, point: Point) -> None:
        """Log a point as a run with its digest; see Records."""
        if self._away:
            return
        params = {"data": point.data, "strategy": point.strategy}
        params |= {"rows": str(point.rows), "seed": str(point.seed)}
        title = f"{point.data} {point.strategy} {point.rows} seed {point.seed}"
        metrics = {
            "macro_f1": point.macro_f1, "accuracy": point.accuracy, "cpu_s": point.cpu_s
        }  # fmt: skip
        tags = {_DIGEST: point.digest, _POINT: point.dumps()}
        try:
            self._tracker.log_figures(_EXPERIMENT, title, params, metrics, tags)
        except TrackingError as error:
            self._give_up(error)

    def _give_up(self, error: TrackingError) -> None:
        self._away = True
        self._report(f"MLflow is asked no more, points are kept in --store alone: {error}")
