"""The commands that plan by simulation: teach it, and ask it for costs and for policies."""

from __future__ import annotations

from pathlib import Path

import click

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "loadtests" / "results"


@click.command()
@click.option("--live", is_flag=True, help="by embedders under load; on an idle machine only")
@click.option("--rate", default=25.0, show_default=True, help="--live: calls/s that keep one busy")
@click.option("--seconds", default=25.0, show_default=True, help="of each level")
@click.option("--results", default=RESULTS, type=Path, help="folder of the calibration")
def calibrate(live: bool, rate: float, seconds: float, results: Path) -> None:
    """Teach the simulation what forwards cost here; check it with levels that it has not seen."""
    from loadtests.bench import replicas, timed

    if live:
        calibration = replicas.calibrate(rate, seconds, click.echo)
    else:
        calibration = timed.calibrate(seconds, click.echo)
    click.echo(f"largest held-back error {calibration.error:.0%}")
    click.echo(f"kept in {replicas.write(calibration, results)}")


@click.command()
@click.option("--rate", "rates", multiple=True, type=float, help="emails a second; several")
@click.option("--p95-ms", default=100.0, show_default=True, help="limit on the encoder's p95")
@click.option("--hit-ratio", default=0.3, show_default=True, type=click.FloatRange(0, 1))
def costs(rates: tuple[float, ...], p95_ms: float, hit_ratio: float) -> None:
    """Print, by simulation, how many embedders each load needs, and dollars a million emails."""
    from loadtests.bench.replicas import costs_of
    from loadtests.reports.results import newest
    from loadtests.sizing.fleet import table

    content = newest(RESULTS, "simulation")
    if content is None:
        raise click.ClickException("no calibration is kept: run python -m loadtests calibrate")
    for line in table(costs_of(content), rates or (10, 100, 1000, 10000), p95_ms, hit_ratio):
        click.echo(line)
    click.echo(f"largest held-back error of the simulation: {content['error']:.0%}")


@click.command()
@click.option("--rate", default=100.0, show_default=True, help="emails a second and replica")
@click.option("--hit-ratio", default=0.3, show_default=True, type=click.FloatRange(0, 1))
def policies(rate: float, hit_ratio: float) -> None:
    """Print, by simulation, what spreading calls by hash, and a shared cache, would save."""
    from loadtests.bench.replicas import costs_of
    from loadtests.reports.results import newest
    from loadtests.sizing.fleet import policies as compared

    content = newest(RESULTS, "simulation")
    if content is None:
        raise click.ClickException("no calibration is kept: run python -m loadtests calibrate")
    for line in compared(costs_of(content), rate, hit_ratio):
        click.echo(line)
