"""The commands of the queue: fill it, order it, keep texts out of it, see and export its labels."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from gateway.annotation.files import RowError, read_order, read_rows, read_texts
from gateway.annotation.values import MOST_ANNOTATORS, Added, Heads
from gateway.config import Settings
from gateway.prediction_log.cli import fail
from gateway.prediction_log.command_transaction import actor, transaction
from gateway.prediction_log.sealing import Keys
from gateway.prediction_log.values import Reader

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from gateway.annotation.texts import Sealing

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_ALL = Reader(None)


@click.group("queue")
def queue_commands() -> None:
    """Fill and order the queue of texts that people label at /annotate, and export the labels."""


def _heads(_context: click.Context, _option: click.Parameter, given: Sequence[str]) -> Heads:
    heads: dict[str, tuple[str, ...]] = {}
    for each in given:
        name, equals, listed = each.partition("=")
        labels = tuple(label.strip() for label in listed.split(",")) if equals else ()
        if not name or (equals and len(set(labels)) < 2) or "" in labels:
            raise click.BadParameter("must be NAME, or NAME=LABEL,LABEL of two labels or more")
        heads[name] = labels
    return heads


_head_option = click.option(
    "--head", "heads", multiple=True, default=["intent"], show_default=True, callback=_heads,
    help="head to label for, with labels where it is not served: `topic=price,other`; repeat it",
)  # fmt: skip
_annotators_option = click.option(
    "--annotators", default=2, show_default=True, type=click.IntRange(1, MOST_ANNOTATORS),
    help="people who label each text",
)  # fmt: skip


@queue_commands.command("add")
@click.argument("file", type=_FILE)
@_head_option
@_annotators_option
@click.option("--tenant", default="", help="whose texts they are, where a row names none")
def add_command(file: Path, heads: Heads, annotators: int, tenant: str) -> None:
    """Put the texts of FILE (JSON lines or CSV, column `text`) into the queue.

    `subject_ref`, `tenant` and `score` may stand beside `text`. Texts that are in the queue, or
    held out, are passed over.
    """
    with transaction() as (connection, settings):
        from gateway.annotation import texts

        how = _sealing(settings)
        try:
            counts = texts.add(connection, read_texts(file, heads, tenant, annotators), how)
        except RowError as error:
            fail(str(error))
        _note(connection, "queue_add", counts)
    _say(counts)


@queue_commands.command("fill")
@_head_option
@_annotators_option
@click.option("--days", default=7, show_default=True, type=click.IntRange(1, 3650))
def fill_command(heads: Heads, annotators: int, days: int) -> None:
    """Put the recorded answers of some DAYS whose words are kept into the queue, by their margin.

    Needs GATEWAY_LOG_TEXT=full or redacted. The least margin of the heads comes first.
    """
    with transaction() as (connection, settings):
        from gateway.annotation import texts

        how = _sealing(settings)
        since = datetime.now(UTC) - timedelta(days=days)
        recorded = texts.recorded(connection, heads, how.keys, since=since, annotators=annotators)
        counts = texts.add(connection, recorded, how)
        _note(connection, "queue_fill", counts)
    _say(counts)


@queue_commands.command("rank")
@click.argument("file", type=_FILE)
def rank_command(file: Path) -> None:
    """Order the open texts as FILE says: `id` or `text`, and `score` or `rank`, the least first.

    `heads select` writes such a file from what `gateway queue export --unlabelled` wrote. Texts
    that it does not name keep their score.
    """
    with transaction() as (connection, settings):
        from gateway.annotation import queries, texts

        keys = _keys(settings)
        scores: dict[str, float] = {}
        try:
            for item_id, text, score in read_order(file):
                named = item_id or texts.find(connection, "", text or "", keys)
                if named is not None:
                    scores[named] = score
        except RowError as error:
            fail(str(error))
        changed = queries.set_scores(connection, scores)
    click.echo(f"gateway: ordered {changed} of {len(scores)} texts")


@queue_commands.command("hold-out")
@click.argument("files", type=_FILE, nargs=-1, required=True)
def hold_out_command(files: Sequence[Path]) -> None:
    """Keep the texts of FILES, which judge heads, out of the queue and of its exports for good.

    Only digests of them are stored.
    """
    with transaction() as (connection, settings):
        from gateway.annotation import texts

        keys = _keys(settings)
        try:
            rows = [fields.get("text") for path in files for _, fields in read_rows(path)]
        except RowError as error:
            fail(str(error))
        held, taken_out = texts.hold_out(
            connection, (text for text in rows if isinstance(text, str)), keys
        )
    click.echo(f"gateway: {held} more texts are held out; {taken_out} of them were in the queue")


@queue_commands.command("export")
@click.argument("out", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--annotated-once", is_flag=True, help="take labels that wait for another annotator")
@click.option("--unlabelled", is_flag=True, help="take texts without a label, too, to choose from")
def export_command(out: Path, *, annotated_once: bool, unlabelled: bool) -> None:
    """Write labelled texts to OUT as JSON lines that `heads new|train --data` reads.

    A row has who labelled it, and when. Disputed labels are left out until somebody settled them.
    Recorded in the audit.
    """
    with transaction() as (connection, settings):
        from gateway.annotation import adjudication

        exported = adjudication.export(
            connection, _ALL, _keys(settings), annotated_once=annotated_once, unlabelled=unlabelled
        )
        out.touch(mode=0o600)
        lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in exported.rows)
        out.write_text("".join(lines), encoding="utf-8")
        _audit(connection, "queue_export", {"rows": len(exported.rows)})
    click.echo(
        f"gateway: wrote {len(exported.rows)} rows; without a settled label {exported.unlabelled}, "
        f"disputed labels {exported.disputed}, held out {exported.held_out}, "
        f"unreadable {exported.without_words}"
    )


@queue_commands.command("agreement")
def agreement_command() -> None:
    """Print how far each two annotators agree, head by head, as lines of JSON (Cohen's kappa)."""
    with transaction() as (connection, _):
        from gateway.annotation import adjudication

        found = adjudication.agreement(connection, _ALL)
    for each in found:
        kappa = None if each.kappa is None else round(each.kappa, 4)
        shown = {
            "head": each.head, "annotators": each.annotators, "texts": each.texts,
            "agreed": round(each.agreed, 4), "kappa": kappa,
        }  # fmt: skip
        click.echo(json.dumps(shown))


def _sealing(settings: Settings) -> "Sealing":
    from gateway.annotation.texts import Sealing
    from gateway.prediction_log.retention import Retention

    return Sealing(_keys(settings), Retention.of(settings).text_days)


def _keys(settings: Settings) -> Keys:
    from gateway.prediction_log.checks import keys_of

    keys = keys_of(settings.log_text_keys, "LOG_TEXT_KEYS")
    return keys or _without_keys()


def _without_keys() -> NoReturn:
    fail("GATEWAY_LOG_TEXT_KEYS is not set: words are only kept encrypted")


def _note(connection: "Connection", act: str, counts: Added) -> None:
    _audit(connection, act, {"texts": counts.added})


def _audit(connection: "Connection", act: str, detail: dict[str, str | int]) -> None:
    from gateway.prediction_log.queries import audit

    audit.append(connection, audit.Act(act, actor(), detail=detail))


def _say(counts: Added) -> None:
    click.echo(
        f"gateway: added {counts.added}; in the queue already {counts.known}, "
        f"held out {counts.held_out}, without words {counts.without_words}"
    )
