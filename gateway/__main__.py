"""The command line: serve, call a running gateway, check or judge one, make keys for callers."""

import json
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import asdict
from types import MappingProxyType
from typing import IO

import click

from gateway.caller import key_headers, key_option
from gateway.keys_cli import keys_commands
from gateway.mail.cli import clean_command
from gateway.offline.cli import evaluate, prepare
from gateway.smoke import Deployment, smoke, table
from gateway.welcome import welcome

_URL = "http://127.0.0.1:8080"
_NOTHING: Mapping[str, str] = MappingProxyType({})
_MEDIA_TYPES = {"text": "application/json", "html": "application/json", "raw": "message/rfc822"}


@click.group()
def main() -> None:
    """Trunkline's gateway."""


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
@click.option("--timeout", default=10.0, show_default=True, help="seconds to wait")
@key_option
def classify(file: IO[bytes], url: str, kind: str, timeout: float, api_key_env: str) -> None:
    """Classify the email in FILE (`-`: standard input) and print the answer."""
    body = file.read()
    if kind != "raw":
        body = json.dumps({kind: body.decode("utf-8", "replace")}).encode()
    told = {"Content-Type": _MEDIA_TYPES[kind], **key_headers(api_key_env)}
    status, answer = _ask(f"{url}/v1/classify", timeout, body, told)
    click.echo(answer)
    sys.exit(0 if status == 200 else 1)


@main.command()
@click.option("--url", default=_URL, show_default=True, help="address of the gateway")
@click.option("--timeout", default=2.0, show_default=True, help="seconds to wait")
def check(url: str, timeout: float) -> None:
    """Exit with 0 if the gateway is ready, with 1 if not; print why."""
    status, answer = _ask(f"{url}/readyz", timeout)
    click.echo(answer)
    sys.exit(0 if status == 200 else 1)


@main.command("welcome")
@click.option("--url", default=_URL, show_default=True, help="address of the gateway")
@click.option("--wait", default=120.0, show_default=True, help="seconds to wait until it is ready")
@key_option
def welcome_command(url: str, wait: float, api_key_env: str) -> None:
    """Wait until a gateway is ready, then show a sample email and its answer."""
    sys.exit(0 if welcome(url, wait, click.echo, key_headers(api_key_env)) else 1)


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
    deployment = Deployment(url, key_headers(api_key_env))
    try:
        checks = list(smoke(deployment, requests, p95_ms, wait))
    finally:
        deployment.close()
    plain = {"ok": all(check.ok for check in checks), "checks": [asdict(c) for c in checks]}
    click.echo(json.dumps(plain, indent=2) if as_json else table(checks))
    sys.exit(0 if plain["ok"] else 1)


main.add_command(clean_command)
main.add_command(evaluate)
main.add_command(prepare)
main.add_command(keys_commands)


def _ask(
    url: str, timeout_s: float, body: bytes | None = None, told: Mapping[str, str] = _NOTHING
) -> tuple[int, str]:
    """Return status and pretty JSON; status 0 and the reason where nobody answers."""
    if not url.startswith(("http://", "https://")):
        raise click.BadParameter("must begin with http:// or https://", param_hint="--url")
    headers = {"X-Request-Timeout-Ms": str(max(1, int(timeout_s * 1000))), **told}
    request = urllib.request.Request(url, data=body, headers=headers)  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=timeout_s) as reply:  # noqa: S310
            return reply.status, _pretty(reply.read())
    except urllib.error.HTTPError as error:
        return error.code, _pretty(error.read())
    except OSError as error:
        return 0, f"no answer from {url}: {error}"


def _pretty(body: bytes) -> str:
    return json.dumps(json.loads(body), indent=2, ensure_ascii=False)


if __name__ == "__main__":
    main()
