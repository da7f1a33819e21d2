"""Sizing's pictures: the search's curves and heat map, the cache's curve, the model's check."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from loadtests import plots
from loadtests.sizing.caching import CachePoint
from loadtests.sizing.model import Check, Model
from loadtests.sizing.search import Search, Trial


def curves(search: Search) -> Figure:
    """For each setting: answers a second against its value, the knee in a circle."""
    names = list(search.best.settings)
    figure, grid = plt.subplots(2, (len(names) + 1) // 2, figsize=(10, 5.2), sharey=True)
    for axes, name in zip(grid.flat, names, strict=False):
        curve = search.curves.get(name, {search.best.settings[name]: search.best.score})
        values = list(curve)
        axes.plot(range(len(values)), list(curve.values()), "o-", color=plots.INK["p50"])
        if (chosen := search.knees.get(name)) is not None:
            place = values.index(chosen), curve[chosen]
            axes.plot(*place, "o", ms=11, mfc="none", color=plots.INK["p99"])
        axes.set_xticks(range(len(values)), [str(value) for value in values])
        axes.set_title(name.lower() if name in search.knees else f"{name.lower()} (not reached)")
        axes.title.set_fontsize(9)
        axes.set_ylim(0, max(trial.score for trial in search.trials) * 1.1)
    for axes in list(grid.flat)[len(names) :]:
        axes.remove()
    figure.supylabel("answers a second within the limit", fontsize=10)
    return figure


HEAT_MAPS = (
    ("GATEWAY_WORKERS", "EMBEDDER_STREAMS"), ("GATEWAY_WORKERS", "GATEWAY_THREADS"),
    ("HEADS_WORKERS", "HEADS_THREADS"), ("EMBEDDER_STREAMS", "EMBEDDER_MAX_BATCH_TOKENS"),
)  # fmt: skip


def heat_maps(trials: Sequence[Trial]) -> Figure:
    """For pairs of settings the best score of every combination tried; white where none was."""
    figure, grid = plt.subplots(2, 2, figsize=(10, 7))
    top = max(trial.score for trial in trials)
    for axes, (down, across) in zip(grid.flat, HEAT_MAPS, strict=True):
        image = _heat_map(axes, trials, down, across, top)
    figure.colorbar(image, ax=grid, label="answers a second within the limit")
    return figure


def _heat_map(axes: Axes, trials: Sequence[Trial], down: str, across: str, top: float) -> AxesImage:
    rows = sorted({trial.settings[down] for trial in trials})
    columns = sorted({trial.settings[across] for trial in trials})
    best: dict[tuple[int, int], float] = {}
    for trial in trials:
        place = rows.index(trial.settings[down]), columns.index(trial.settings[across])
        best[place] = max(best.get(place, 0.0), trial.score)
    cells = [
        [best.get((r, c), float("nan")) for c in range(len(columns))] for r in range(len(rows))
    ]
    image = axes.imshow(cells, cmap="viridis", aspect="auto", vmin=0, vmax=top)
    for (row, column), value in best.items():
        ink = "black" if value > 0.7 * top else "white"
        axes.text(column, row, f"{value:.0f}", ha="center", va="center", color=ink)
    axes.set_xticks(range(len(columns)), [str(value) for value in columns])
    axes.set_yticks(range(len(rows)), [str(value) for value in rows])
    axes.set(xlabel=across.lower(), ylabel=down.lower())
    axes.grid(visible=False)
    return image


def cache_curve(named: Mapping[str, Sequence[CachePoint]], chosen: int) -> Figure:
    """Hit ratio against entries for each kind of traffic, and the memory of it above."""
    figure, axes = plt.subplots(figsize=(7, 3.8))
    for name, curve in named.items():
        axes.plot([p.entries for p in curve], [p.hit_ratio for p in curve], "o-", ms=3, label=name)
    axes.axvline(chosen, color=plots.INK["p99"], linestyle=":", label=f"chosen: {chosen:,}")
    axes.set(xscale="log", xlabel="entries", ylabel="hit ratio", ylim=(0, 1))
    points = next(iter(named.values()))
    per_entry = points[0].memory_bytes / points[0].entries / 2**20
    above = axes.secondary_xaxis(
        "top", functions=(lambda n: n * per_entry, lambda mib: mib / per_entry)
    )
    above.set_xlabel("MiB")
    axes.legend(fontsize=8, loc="upper left")
    return figure


def prediction(model: Model, checks: Sequence[Check], limit_ms: float) -> Figure:
    """The model's percentiles against load, and the held-back measurement as points."""
    figure, axes = plt.subplots(figsize=(7, 3.8))
    rates = [model.busy_rate * step / 60 for step in range(2, 60)]
    for percent in (50, 95):
        ink = plots.INK[f"p{percent}"]
        axes.plot(rates, [model.percentile_ms(rate, percent) for rate in rates], color=ink,
                  label=f"p{percent} predicted")  # fmt: skip
        _measured(axes, [c for c in checks if c.percent == percent], ink)
    axes.axhline(limit_ms, color="#6b7280", linestyle=":", label=f"limit {limit_ms:g} ms")
    axes.axvline(model.busy_rate, color="#9ca3af", linewidth=1)
    plots.milliseconds(axes)
    axes.set(xlabel="requests a second", ylabel="latency, ms", ylim=(None, 10 * limit_ms))
    axes.legend(fontsize=8, loc="upper left")
    return figure


def _measured(axes: Axes, checks: Sequence[Check], ink: str) -> None:
    for one in checks:
        axes.plot(one.rate, one.measured_ms, "o", color=ink, label=f"p{one.percent:g} measured")


def save(figures: Mapping[str, Figure], folder: Path) -> dict[str, str]:
    """Writes each as PNG for the eye; gives them as SVG text for a page."""
    folder.mkdir(parents=True, exist_ok=True)
    inside = {}
    for name, figure in figures.items():
        figure.savefig(folder / f"{name}.png", dpi=110)
        inside[name] = plots.svg(figure)
    return inside
