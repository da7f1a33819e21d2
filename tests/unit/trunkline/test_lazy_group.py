"""Commands are imported when they are called, and the help says what they say themselves."""

import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from gateway.__main__ import main as gateway
from heads.__main__ import main as heads
from trunkline.lazy_group import LazyGroup

HEAVY = ("gateway.mail", "gateway.config", "sqlalchemy", "numpy", "structlog", "grpc")
"""What a health check of the gateway has no use for."""
CLIENT = "trunkline.client"
"""Commands that call a gateway import it when they run; no other has a use for it."""
_KINDS = pytest.mark.parametrize("group", [gateway, heads], ids=["gateway", "heads"])


@_KINDS
def test_the_help_names_every_command_and_imports_none(
    group: LazyGroup, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each with its own line, in the order of the alphabet."""
    monkeypatch.setattr(LazyGroup, "load", None)
    lines = CliRunner().invoke(group, ["--help"]).output.partition("Commands:\n")[2].splitlines()
    named = [line.split()[0] for line in lines if line.startswith("  ") and line[2] != " "]
    assert named == group.list_commands(click.Context(group))
    assert set(named) == {*group.commands, *group.later}
    assert named == sorted(named)


@_KINDS
def test_every_command_that_is_imported_later_is_there(group: LazyGroup) -> None:
    """Under its own name, which its help and its errors show."""
    for name in group.later:
        command = group.get_command(click.Context(group), name)
        assert command is not None
        assert command.name == name
        assert command.help


def test_an_unknown_command_is_a_usage_error() -> None:
    """It names what is unknown."""
    result = CliRunner().invoke(gateway, ["chek"])
    assert result.exit_code == 2
    assert "chek" in result.output


def test_a_health_check_of_the_gateway_imports_little() -> None:
    """A container's health check runs every few seconds, beside the service that it checks."""
    code = "import sys, gateway.__main__; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=600
    )
    assert {*HEAVY, CLIENT}.isdisjoint(done.stdout.split())


@pytest.mark.parametrize("role", ["gateway.wsgi", "gateway.prediction_log.draining"])
def test_a_gateway_whose_log_is_in_sqlite_imports_no_postgresql(role: str) -> None:
    """Neither a worker nor the drainer: it takes half a second of each start."""
    code = f"import sys, {role}; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=600
    )
    assert {"psycopg", CLIENT}.isdisjoint(done.stdout.split())
