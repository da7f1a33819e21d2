"""The command line: serve; call, check or evaluate a gateway; its callers' keys, its log."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import IO, TYPE_CHECKING, NoReturn

import click

from gateway.client.credentials import key_option, named_key
from trunkline.lazy_group import LazyGroup

if TYPE_CHECKING:  # commands that call no gateway do without
    from trunkline.client import Client, Reply

_LOG = "gateway.prediction_log"
_CARE = f"{_LOG}.care_cli"
_STATISTICS = f"{_LOG}.statistics.commands"
_OFFLINE = "gateway.offline.cli"
_COMMANDS = {
    "audit": (f"{_CARE}:audit_commands", "Check the chain of what was done to the log."),
    "backtest": (
        "gateway.offline.backtest.command:backtest_command",
        "Show what a version would have decided otherwise.",
    ),
    "bulk": (f"{_OFFLINE}:bulk", "Classify every row of a table."),
    "clean": ("gateway.mail.cli:clean_command", "Print what the cleaner keeps and cuts of a mail."),
    "count": (f"{_STATISTICS}:count_command", "Count the hours of a window again."),
    "drain": (f"{_LOG}.cli:drain_command", "Move what waits in GATEWAY_LOG_DIR to the database."),
    "drift": (f"{_STATISTICS}:drift_commands", "See how far heads have moved from references."),
    "erasures": (
        f"{_LOG}.erasures_cli:erasures_commands",
        "List erasures, and do them again in a restored database.",
    ),
    "evaluate": (f"{_OFFLINE}:evaluate", "Evaluate the whole pipeline on labelled mail."),
    "explanations": (f"{_OFFLINE}:explanations", "Measure explanations by sentences."),
    "export": (f"{_CARE}:export_command", "Write accepted corrections to train heads with."),
    "feedback": (f"{_CARE}:feedback_commands", "List corrections, and accept or reject them."),
    "keys": ("gateway.auth.cli:keys_commands", "Make, list and revoke API keys."),
    "languages": (f"{_OFFLINE}:languages_commands", "Learn to tell languages apart."),
    "migrate": (f"{_LOG}.cli:migrate_command", "Bring the prediction log's schema up to date."),
    "prepare": (f"{_OFFLINE}:prepare", "Write labelled texts as the heads will see them."),
    "purge": (f"{_CARE}:purge_command", "Delete what is older than it may be."),
    "queue": (
        "gateway.annotation.cli:queue_commands",
        "Fill the queue of texts to label, and export the labels.",
    ),
    "replay": ("gateway.offline.replay_cli:replay_command", "Answer a recorded prediction again."),
    "report": (f"{_STATISTICS}:report_command", "Write the log's statistics as one HTML page."),
    "wrap": (f"{_OFFLINE}:wrap", "Wrap the whole pipeline as one MLflow model."),
}
_URL = "http://127.0.0.1:8080"
_SECONDS = click.FloatRange(min=0, min_open=True)
_MEDIA_TYPES = {"text": "application/json", "html": "application/json", "raw": "message/rfc822"}


@click.group(cls=LazyGroup, later=_COMMANDS)
def main() -> None:
    """Serve Trunkline's REST gateway, call, check or evaluate one, see to its keys and its log."""


@main.command()
def serve() -> None:
    """Run the REST gateway with gunicorn, as the GATEWAY_* settings say."""
    from gunicorn.app.wsgiapp import WSGIApplication  # type: ignore[import-untyped]

    sys.argv = ["gateway", "--config", "python:gateway.gunicorn_conf"]
    WSGIApplication("%(prog)s", prog="gateway").run()


@main.command()
@click.argument("file", type=click.File("rb"), default="-")
@click.option("--url", default=_URL, show_default=True, help="address of the gateway")
@click.option(
    "--format", "kind", type=click.Choice(list(_MEDIA_TYPES)), default="text", show_default=True
)
@click.option("--timeout", default=10.0, show_default=True, type=_SECONDS, help="seconds to wait")
@key_option
def classify(file: IO[bytes], url: str, kind: str, timeout: float, api_key_env: str) -> None:
    """Classify the email in FILE (`-`: standard input) and print the answer."""
    from trunkline.client import Request

    body = file.read()
    if kind != "raw":
        body = json.dumps({kind: body.decode("utf-8", "replace")}).encode()
    headers = {"Content-Type": _MEDIA_TYPES[kind]}
    with _client(url, named_key(api_key_env), timeout) as client:
        _print_and_exit(client, client.send(Request("POST", "/v1/classify", body, headers)))


@main.command()
@click.option("--url", default=_URL, show_default=True, help="address of the gateway")
@click.option("--timeout", default=2.0, show_default=True, type=_SECONDS, help="seconds to wait")
def check(url: str, timeout: float) -> None:
    """Exit with 0 if the gateway is ready, with 1 if not; print why."""
    from trunkline.client import Request

    with _client(url, "", timeout) as client:
        _print_and_exit(client, client.send(Request("GET", "/readyz")))


@main.command("welcome")
@click.option("--url", default=_URL, show_default=True, help="address of the gateway")
@click.option("--wait", default=120.0, show_default=True, help="seconds to wait until it is ready")
@click.option("-v", "--verbose", is_flag=True, help="show the whole answer, as JSON")
@key_option
def welcome_command(url: str, wait: float, verbose: bool, api_key_env: str) -> None:
    """Wait until a gateway is ready, then show a sample email and its answer."""
    from gateway.client.quickstart import quickstart

    with _client(url, named_key(api_key_env)) as client:
        sys.exit(0 if quickstart(client, wait, click.echo, verbose=verbose) else 1)


@main.command("smoke")
@click.argument("url", default=_URL)
@key_option
@click.option("--requests", default=50, show_default=True, type=click.IntRange(2, 10_000))
@click.option("--p95-ms", default=1000.0, show_default=True, help="bound on the 95th percentile")
@click.option("--wait", default=60.0, show_default=True, help="seconds to wait until it is ready")
@click.option("--json", "as_json", is_flag=True, help="print the checks as JSON")
def smoke_command(
    url: str, api_key_env: str, requests: int, p95_ms: float, wait: float, as_json: bool
) -> None:
    """Check the deployment at URL end to end; exit with 0 if all is well, with 1 if not."""
    from gateway.client.smoke import smoke, table

    with _client(url, named_key(api_key_env), option="URL") as client:
        checks = list(smoke(client, requests, p95_ms, wait))
    plain = {"ok": all(check.ok for check in checks), "checks": [asdict(c) for c in checks]}
    click.echo(json.dumps(plain, indent=2) if as_json else table(checks))
    sys.exit(0 if plain["ok"] else 1)


def _client(url: str, key: str, timeout_s: float = 30.0, option: str = "--url") -> Client:
    """Return a client that reports a failure at once; raise a usage error for what is no address.

    The key was checked where it was read.
    """
    from trunkline.client import ONCE, Client

    try:
        return Client(url, key, timeout_s=timeout_s, retries=ONCE)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint=option) from None


def _print_and_exit(client: Client, reply: Reply) -> NoReturn:
    """Print the answer or the problem; exit with 0 for a status of 200, else with 1."""
    if reply.problem:
        click.echo(f"{reply.status or 'no answer'} from {client.url}: {reply.problem}")
    else:
        click.echo(json.dumps(reply.content, indent=2, ensure_ascii=False))
    sys.exit(0 if reply.ok else 1)


if __name__ == "__main__":
    main()
