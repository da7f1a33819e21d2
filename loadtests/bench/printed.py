"""Print a bench's figures as JSON, with the machine that they were taken on."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

import click

from loadtests.stack.machine import machine


def print_result(result: Mapping[str, Any]) -> None:
    """Print figures by kind of request. Exits with 1 where one of them counts errors."""
    load = round(os.getloadavg()[1], 1)
    click.echo(json.dumps({"machine": machine(), "load_average_5_min": load, **result}, indent=1))
    if any(kind["errors"] for kind in result.values()):
        raise SystemExit(1)
