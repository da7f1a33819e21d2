"""The commands that see to what is stored: audit, retention, corrections, training rows."""

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from gateway.prediction_log.cli import fail
from gateway.prediction_log.command_transaction import actor, transaction

_FOUND = 3
_Ids = Sequence[str]


@click.group("audit")
def audit_commands() -> None:
    """Check the chain of what was done to the prediction log."""


@audit_commands.command("verify")
@click.option("--expect", default="", help="hash that the last entry, or an earlier one, had")
def verify_command(expect: str) -> None:
    """Check every entry of the audit; exit with 3 where one was changed or taken out.

    Print the last entry's hash: kept elsewhere, it shows later whether entries were cut off.
    """
    with transaction() as (connection, _):
        from gateway.prediction_log.queries import audit

        try:
            chain = audit.verify(connection)
            known = not expect or audit.has_hash(connection, expect)
        except audit.ChainBrokenError as error:
            click.echo(f"gateway: {error}", err=True)
            raise SystemExit(_FOUND) from None
    if not known:
        click.echo("gateway: no entry has the expected hash: entries were cut off", err=True)
        raise SystemExit(_FOUND)
    click.echo(f"gateway: {chain.entries} entries, the last one {chain.last_hash.hex()}")


@click.command("purge")
def purge_command() -> None:
    """Delete what is older than GATEWAY_LOG_DAYS, _TEXT_DAYS and _TENANT_DAYS; run it every day.

    GATEWAY_LOG_PURGE has a gateway do it. On PostgreSQL a month that nobody may keep any more is
    dropped as a whole.
    """
    with transaction() as (connection, settings):
        from gateway.prediction_log.queries.purge import purge
        from gateway.prediction_log.retention import Retention

        counts = purge(connection, Retention.of(settings), datetime.now(UTC), actor())
    listed = ", ".join(f"{name} {count}" for name, count in counts.items() if count)
    click.echo(f"gateway: deleted {listed or 'nothing'}")


@click.group("feedback")
def feedback_commands() -> None:
    """List corrections, and accept or reject them."""


@feedback_commands.command("list")
@click.option(
    "--state", type=click.Choice(["proposed", "accepted", "rejected"]), default="proposed"
)
@click.option("--limit", default=100, show_default=True, type=click.IntRange(1, 100_000))
def list_command(state: str, limit: int) -> None:
    """Print corrections as lines of JSON, the oldest first; without words."""
    with transaction() as (connection, _):
        from gateway.prediction_log.queries import training

        rows = training.listed(connection, state, limit)
    for row in rows:
        shown = {
            "id": row.id,
            "prediction_id": row.prediction_id,
            "tenant": row.tenant,
            "head": row.head,
            "version": row.head_version,
            "answered": row.answered_label,
            "label": row.label,
            "by": row.by,
        }
        click.echo(json.dumps(shown))


def _deciding(state: str) -> Callable[..., None]:
    def decide(ids: _Ids) -> None:
        with transaction() as (connection, _):
            from gateway.prediction_log.queries import audit, training

            changed = training.decide(connection, ids, state, actor())
            act = audit.Act(f"feedback_{state}", actor(), detail={"feedback": changed})
            audit.append(connection, act)
        click.echo(f"gateway: {state} {changed} of {len(ids)}")

    return decide


@feedback_commands.command("accept")
@click.argument("ids", nargs=-1, required=True)
def accept_command(ids: _Ids) -> None:
    """Accept proposals by their IDS: they become training rows."""
    _deciding("accepted")(ids)


@feedback_commands.command("reject")
@click.argument("ids", nargs=-1, required=True)
def reject_command(ids: _Ids) -> None:
    """Reject proposals by their IDS."""
    _deciding("rejected")(ids)


@click.command("export")
@click.argument("out", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--frozen",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="JSON lines with `text` of a test set that no exported row may be in; may be repeated",
)
@click.option("--redacted", is_flag=True, help="take words that were kept redacted, too")
def export_command(out: Path, frozen: Sequence[Path], *, redacted: bool) -> None:
    """Write accepted corrections to OUT as JSON lines that `heads new|train --data` reads.

    Needs the words: GATEWAY_LOG_TEXT=full, and their keys. Recorded in the audit.
    """
    with transaction() as (connection, settings):
        from gateway.prediction_log.checks import keys_of
        from gateway.prediction_log.queries import audit
        from gateway.prediction_log.training_rows import export, text_key

        keys = keys_of(settings.log_text_keys, "LOG_TEXT_KEYS")
        held_out = {text_key(text) for path in frozen for text in _texts(path)}
        exported = export(connection, keys, held_out, redacted=redacted)
        out.touch(mode=0o600)
        out.write_text("".join(json.dumps(row) + "\n" for row in exported.rows))
        detail = {"rows": len(exported.rows)}
        audit.append(connection, audit.Act("export", actor(), detail=detail))
    click.echo(
        f"gateway: wrote {len(exported.rows)} rows; left out: {exported.without_words} without "
        f"words, {exported.frozen} of frozen test sets, {exported.disputed} disputed labels"
    )


def _texts(path: Path) -> Iterator[str]:
    """Yield the texts of a test set; end the command for a line that has none."""
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                text: Any = json.loads(line)["text"]
            except (ValueError, KeyError, TypeError):
                text = None
            if not isinstance(text, str):
                fail(f"{path}:{number}: no text")
            yield text
