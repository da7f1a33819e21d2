"""The command `gateway bulk`: what it will cost first, then a line that moves, counts at last."""

import sys
import time
from dataclasses import dataclass
from pathlib import Path

import click

from gateway.config import Settings, load_settings
from gateway.offline.bulk.errors import BulkError
from gateway.offline.bulk.estimate import Estimate, estimate
from gateway.offline.bulk.job import CHECKPOINTS, JobOptions, Progress, run_job
from gateway.offline.bulk.scoring import BulkScorer, ScorerOptions
from gateway.offline.bulk.sources import open_source
from gateway.targets import listed_names
from trunkline.logs import configure_logging
from trunkline.settings import SettingsError, report_and_exit


@dataclass(frozen=True)
class BulkOptions:
    """The command's options, as they were given."""

    source: str
    out: Path
    id_column: str | None
    heads: str
    catalog: str | None
    model: Path | None
    precision: str
    streams: int
    shard_rows: int
    checkpoints: Path | None
    replace: bool
    price: float


def bulk_job(options: BulkOptions) -> None:
    """Run a job and print how it goes. Raises click.ClickException."""
    configure_logging("gateway", "error")
    try:
        settings = load_settings()
    except SettingsError as error:
        report_and_exit("gateway", error)
    try:
        _run(options, settings)
    except BulkError as error:
        raise click.ClickException(str(error)) from None


def announcement(expected: Estimate, files: int, scorer: BulkScorer, price: float) -> str:
    """Return what a job is and what it will take, as text for a terminal."""
    versions = scorer.versions
    heads = ", ".join(f"{n} {text.split()[0]}" for n, text in versions.heads.items())
    skipped = [f"  {n}: {s.status}, {s.message}" for n, s in scorer.plan.skipped.items()]
    cost = f" (about {price * expected.core_hours:.2f} at {price:g} an hour)" if price else ""
    return "\n".join(
        [
            f"{expected.rows} rows in {files} {'file' if files == 1 else 'files'}",
            f"encoder {versions.model_id} ({versions.runtime}, {versions.precision}), "
            f"heads {heads}",
            *skipped,
            f"{expected.ms_a_text:.1f} ms a text on each of {expected.streams} streams, "
            f"{expected.forward_share:.0%} of the rows need one: "
            f"{expected.rows_a_second:.0f} rows/s, {_duration(expected.seconds)}, "
            f"{expected.core_hours:.2f} core-hours{cost}, less by what is kept already",
        ]
    )


class ProgressLine:
    """Shows rate and time left: one line that is written over on a terminal, else one a shard."""

    def __init__(self, rows: int, clock: float) -> None:
        self._rows = rows
        self._started = clock
        self._terminal = sys.stderr.isatty()
        self._shards = 0

    def show(self, progress: Progress) -> None:
        """Write how far the job is."""
        is_new_shard = progress.shards != self._shards
        self._shards = progress.shards
        if self._terminal or is_new_shard:
            spent = time.monotonic() - self._started
            end = "\r" if self._terminal else "\n"
            click.echo(f"{self.text(progress, spent):79}{end}", err=True, nl=False)

    def text(self, progress: Progress, spent_s: float) -> str:
        """Return the line after `spent_s` seconds."""
        rate = progress.rows / spent_s if spent_s else 0.0
        left = max(0, self._rows - progress.rows)
        eta = _duration(left / rate) if rate else "?"
        return (
            f"{progress.rows}/{self._rows} rows, {progress.scored} texts scored, "
            f"{rate:.0f} rows/s, {eta} left"
        )


def _run(options: BulkOptions, settings: Settings) -> None:
    source = open_source(options.source, options.id_column)
    scorer = BulkScorer(_scorer_options(options, settings))
    try:
        expected = estimate(source, scorer)
        click.echo(announcement(expected, len(source.files), scorer, options.price))
        line = ProgressLine(expected.rows, time.monotonic())
        job = JobOptions(
            out=options.out,
            checkpoints=options.checkpoints or options.out / CHECKPOINTS,
            id_column=options.id_column or "id",
            shard_rows=options.shard_rows,
            replace=options.replace,
        )
        progress = run_job(source, scorer, job, line.show)
    finally:
        scorer.close()
    statuses = ", ".join(f"{n} x {status}" for status, n in sorted(progress.statuses.items()))
    click.echo(
        f"{progress.rows} rows in {progress.shards} shards ({progress.reused} there already), "
        f"{progress.scored} texts scored; status {statuses or 'of none'}"
    )


def _scorer_options(options: BulkOptions, settings: Settings) -> ScorerOptions:
    return ScorerOptions(
        catalog=options.catalog or str(settings.catalog),
        heads=listed_names(options.heads) or None,
        model=options.model,
        precision=options.precision,  # type: ignore[arg-type]
        streams=options.streams,
        required_heads=listed_names(settings.fail_closed_heads),
        clean_cache_bytes=settings.clean_cache_bytes,
        max_raw_bytes=settings.max_raw_bytes,
    )


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {rest:02d} s"
