"""A group of commands that imports what a command needs when it is called, and not before."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

import click


class LazyGroup(click.Group):
    """Imports only the called one of its `later` commands; the help imports none of them.

    `later` maps names of commands to where they are ("package.module:attribute") and to their line
    in the help. A health check that runs every few seconds then costs what it needs itself.
    """

    def __init__(
        self, *args: Any, later: Mapping[str, tuple[str, str]] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.later = later or {}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return sorted({*super().list_commands(ctx), *self.later})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, imported now where it is a later one."""
        if cmd_name not in self.later:
            return super().get_command(ctx, cmd_name)
        return self.load(cmd_name)

    def load(self, name: str) -> click.Command:
        """Import one of the later commands."""
        module, _, attribute = self.later[name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the lines of all commands."""
        rows = {name: command.get_short_help_str() for name, command in self.commands.items()}
        rows |= {name: summary for name, (_, summary) in self.later.items()}
        with formatter.section("Commands"):
            formatter.write_dl(sorted(rows.items()))
