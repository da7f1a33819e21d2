"""`gateway backtest`: what a version of a head would have decided of recorded mail."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gateway.config import Settings
from gateway.prediction_log.cli import fail, log_settings
from gateway.prediction_log.command_transaction import actor, transaction

if TYPE_CHECKING:
    from gateway.offline.backtest.job import Backtest
    from gateway.offline.backtest.scoring import Vectors
    from heads.inference.head import Head

_TIME = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"])
_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command("backtest")
@click.argument("name")
@click.argument("version")
@click.option("--since", type=_TIME, required=True, help="first day or hour, UTC")
@click.option("--until", type=_TIME, help="time up to which, UTC; absent: now")
@click.option("--tenant", "tenants", multiple=True, help="only this tenant; may be repeated")
@click.option("--catalog", help="heads' catalog (default: GATEWAY_CATALOG)")
@click.option(
    "--encode", is_flag=True,
    help="have the embedder read stored words: no vectors are kept, or the encoder is another",
)  # fmt: skip
@click.option("--redacted", is_flag=True, help="take words that were kept redacted, too")
@click.option(
    "--examples", default=3, show_default=True, type=click.IntRange(0, 100),
    help="predictions that are named of each change, at most",
)  # fmt: skip
@click.option("--words", is_flag=True, help="print the examples' words; never into --report")
@click.option("--out", type=_FILE, help="figures as JSON, for `heads promote --backtest`")
@click.option("--report", type=_FILE, help="what is printed as a Markdown file, without words")
def backtest_command(
    name: str, version: str, since: datetime, until: datetime | None, tenants: tuple[str, ...],
    catalog: str | None, out: Path | None, report: Path | None, **how: Any,
) -> None:  # fmt: skip
    """Show what VERSION of NAME would have decided otherwise, beside later feedback.

    It is answered from the vectors that GATEWAY_LOG_EMBEDDINGS keeps; heads that read words need
    GATEWAY_LOG_TEXT=full, too. The files hold counts and ids of predictions, which lead nowhere
    after an erasure. Recorded in the audit.
    """
    settings = log_settings()
    from gateway.offline.backtest.report import report as written

    begin = since.replace(tzinfo=UTC)
    end = datetime.now(UTC) if until is None else until.replace(tzinfo=UTC)
    if begin >= end:
        raise click.BadParameter("must be before --until", param_hint="--since")
    head = _head(catalog or settings.catalog, name, version)
    found = _asked(settings, head, (begin, end), tenants or None, how)
    if out is not None:
        out.write_text(json.dumps(found.figures, indent=2) + "\n", encoding="utf-8")
    if report is not None:
        report.write_text(written(found.figures, found.tally), encoding="utf-8")
    words = _words(settings, found, tenants) if how["words"] else None
    click.echo(written(found.figures, found.tally, words), nl=False)


def _head(catalog: str, name: str, version: str) -> "Head":
    from heads.bundle.loading import load_head
    from heads.errors import HeadsError
    from heads.storage.opening import open_catalog

    try:
        return load_head(open_catalog(catalog), name, version)
    except HeadsError as error:
        fail(f"cannot load {name} {version}: {error}")


def _asked(
    settings: Settings, head: "Head", window: tuple[datetime, datetime],
    tenants: tuple[str, ...] | None, how: dict[str, Any],
) -> "Backtest":  # fmt: skip
    """Run it in one transaction; end the command where something that it needs is away."""
    from embedder.errors import EmbedderError
    from gateway.offline.backtest.job import Question, run
    from gateway.offline.backtest.scoring import EncodeError
    from gateway.prediction_log.answered import Recorded
    from gateway.prediction_log.checks import keys_of

    keys = keys_of(settings.log_text_keys, "LOG_TEXT_KEYS")
    if keys is None:
        fail("GATEWAY_LOG_TEXT_KEYS is not set: no vectors and no words are kept")
    encode = _encoder(settings, head) if how["encode"] else None
    question = Question(
        head, *window, tenants, encode, redacted=how["redacted"], most_examples=how["examples"]
    )
    try:
        with transaction() as (connection, _):
            return run(Recorded(connection, keys, datetime.now(UTC)), question, actor())
    except (EmbedderError, EncodeError) as error:
        fail(f"the embedder cannot read the words: {error}")


def _encoder(settings: Settings, head: "Head") -> "Vectors":
    """Return what reads texts with the encoder that the head was made for."""
    from embedder.client import EmbedderClient
    from embedder.errors import EmbedderError
    from gateway.offline.backtest.scoring import encoder

    embedders = map(EmbedderClient, settings.embedder_targets().values())
    wanted = head.manifest.fingerprint
    try:
        found = next((e for e in embedders if e.info().encoder.fingerprint == wanted), None)
    except EmbedderError as error:
        fail(f"the embedder does not answer: {error}")
    if found is None:
        fail(f"no embedder of the settings serves encoder {wanted}")
    return encoder(found, head)


def _words(settings: Settings, found: "Backtest", tenants: tuple[str, ...]) -> dict[str, str]:
    """Return the words of the examples as far as they are kept; each reading is in the audit."""
    from gateway.offline.backtest.job import shown
    from gateway.prediction_log.log_database import LogDatabase
    from gateway.prediction_log.values import Reader

    database, reader = LogDatabase(settings), Reader(None, frozenset(tenants))
    stored = {which: database.prediction(which, reader, words=True) for which in shown(found.tally)}
    return {which: row["words"] for which, row in stored.items() if row and row["words"]}
