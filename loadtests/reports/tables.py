"""Rows of a benchmark as a Markdown table, and the ratios that were asked for."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from loadtests.measurement.run import Run

_HEADER = (
    "| what | at once | answers/s | p50 ms | p95 ms | p99 ms | server CPU ms | errors |\n"
    "|---|---:|---:|---:|---:|---:|---:|---:|"
)


@dataclass(frozen=True)
class Ratio:
    """One figure divided by another of the same run, and the least (or most) that was asked for."""

    name: str
    value: float
    aim: float
    at_most: bool = False
    unit: str = "x"

    @property
    def reached(self) -> bool:
        """Whether the aim holds."""
        return self.value <= self.aim if self.at_most else self.value >= self.aim


def runs_table(runs: Sequence[Run]) -> str:
    """Return a table of the runs, one a row, in their order."""
    return "\n".join([_HEADER, *(_row(run) for run in runs)])


def ratios_table(ratios: Sequence[Ratio]) -> str:
    """Return a table of the ratios, each beside its aim."""
    rows = [
        f"| {r.name} | {r.value:.2f}{r.unit} | {'<=' if r.at_most else '>='} {r.aim:g}{r.unit} "
        f"| {'yes' if r.reached else 'NO'} |"
        for r in ratios
    ]
    return "\n".join(["| ratio | measured | aim | reached |", "|---|---:|---:|---|", *rows])


def table_row(cells: Iterable[object]) -> str:
    """Return one row of a Markdown table."""
    return f"| {' | '.join(map(str, cells))} |"


def _row(run: Run) -> str:
    timed = any(run.latencies_s)
    times = [f"{run.percentile_ms(p):.1f}" if timed else "" for p in (50, 95, 99)]
    cpu = f"{run.cpu_ms:.2f}" if run.cpu_s else ""
    cells = [run.name, str(run.concurrency), f"{run.rate:.0f}", *times, cpu, str(run.errors)]
    return table_row(cells)
