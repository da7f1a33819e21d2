"""`gateway erasures`: keeps what was erased, to erase it again after a dump was restored."""

from pathlib import Path

import click

from gateway.prediction_log.cli import fail
from gateway.prediction_log.command_transaction import actor, transaction


@click.group("erasures")
def erasures_commands() -> None:
    """List erasures, and do them again in a database that was restored."""


@erasures_commands.command("list")
def list_command() -> None:
    """Print every erasure as a line of JSON: digests and times, no content.

    Kept where the database's loss does not reach, it is what `replay` needs after a restore.
    """
    with transaction() as (connection, _):
        from gateway.prediction_log.restoring import past_erasures

        lines = [past.line() for past in past_erasures(connection)]
    for line in lines:
        click.echo(line)


@erasures_commands.command("replay")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def replay_command(file: Path) -> None:
    """Erase again what FILE lists and this database does not know, before gateways start on it.

    Each is an entry of the audit; a second run does nothing.
    """
    with transaction() as (connection, _):
        from gateway.prediction_log.restoring import PastErasure, erase_again

        past = []
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            try:
                past.append(PastErasure.of(line))
            except ValueError as error:
                fail(f"{file}:{number}: {error}")
        again, rows = erase_again(connection, past, actor())
    click.echo(f"gateway: {again} of {len(past)} erasures done again, {rows} predictions deleted")
