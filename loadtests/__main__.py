"""The command line of load and speed: bench, cluster, run, embed, encoders, overload and more."""

import logging
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import structlog

from loadtests.sizing.commands import calibrate, costs, policies

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "loadtests" / "results"


@click.group()
def main() -> None:
    """Measure Trunkline on this machine."""
    quiet = structlog.make_filtering_bound_logger(logging.WARNING)
    structlog.configure(wrapper_class=quiet)  # the encoder in this process is a tool, no service


@main.command()
@click.option("--texts", default=2000, show_default=True, help="texts a row")
def bench(texts: int) -> None:
    """Print one table: parts, whole service and baselines, from one run."""
    from loadtests.bench import run

    run.bench(texts, click.echo)


@main.command()
@click.option("--mesh", is_flag=True, help="gateways reach embedders through Envoy, not by a list")
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="a service's setting")
def cluster(mesh: bool, settings: tuple[str, ...]) -> None:
    """Start two of every service behind Envoy on loopback, and stay up until Ctrl-C."""
    from loadtests.stack.cluster import stay_up

    stay_up(dict(s.split("=", 1) for s in settings), mesh, click.echo)


@main.command()
@click.argument("scenario")
@click.option("--seconds", type=float, help="length; the scenario's own if not given")
@click.option("--rate", default=0.0, show_default=True, help="arrivals a second; 0: closed loop")
@click.option("--users", default=8, show_default=True, help="users of the closed loop")
@click.option("--hit-ratio", type=click.FloatRange(0, 1), help="instead of the scenario's")
@click.option("--keys", type=click.IntRange(1), help="texts of the key space")
@click.option("--skew", type=float, help="Zipf's exponent over them")
@click.option("--raw", type=click.FloatRange(0, 1), help="share of raw mails")
@click.option("--batches", type=click.FloatRange(0, 1), help="share of batches")
@click.option("--bad", type=click.FloatRange(0, 1), help="share of bad input")
@click.option("--median-tokens", type=float, help="length of texts")
@click.option("--p95-tokens", type=float, help="length of the longest twentieth")
@click.option("--seed", type=int, help="other texts")
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="a service's setting")
@click.option("--url", help="a deployment to load instead; key in GATEWAY_API_KEY")
@click.option("--slo-p95-ms", type=float, help="fail above it, and when anything is refused")
@click.option("--results", default=RESULTS, type=Path, help="folder of the reports")
def run(
    scenario: str, seconds: float | None, rate: float, users: int, settings: tuple[str, ...],
    url: str | None, slo_p95_ms: float | None, results: Path, **changes: Any,
) -> None:  # fmt: skip
    """Drive SCENARIO with Locust on a fresh stack; keep one JSON and one HTML report.

    Ends with 1 when an answer was wrong or missing, contradicts the reference, or breaks the limit.
    """
    from loadtests import runner
    from loadtests.reports import report
    from loadtests.traffic.requests import Changes
    from loadtests.traffic.scenarios import SCENARIOS

    if scenario not in SCENARIOS:
        raise click.UsageError(f"no such scenario; there are: {', '.join(SCENARIOS)}")
    if url and (settings or SCENARIOS[scenario].event):
        raise click.UsageError("--url: a deployment's settings and services are left as they are")
    length = seconds or SCENARIOS[scenario].seconds
    load = runner.Load(length, rate, users, Changes(**changes))
    if url:
        result = runner.run_at(url, scenario, load, click.echo)
    else:
        result = runner.run(scenario, load, dict(s.split("=", 1) for s in settings), click.echo)
    result["command"] = shlex.join(["python", "-m", "loadtests", *sys.argv[1:]])
    click.echo(report.summary(result))
    for path in report.write(result, results):
        click.echo(f"kept in {path}")
    if reasons := report.problems(result, slo_p95_ms):
        raise SystemExit("\n".join(reasons))


@main.command()
@click.argument("names", nargs=-1)
@click.option("--texts", default=400, show_default=True, help="texts a level")
@click.option("--seconds", default=20.0, show_default=True, help="a level, at most")
@click.option("--keep/--no-keep", default=True, help="write the JSON into loadtests/results")
@click.option("--core-hour", type=float, help="dollars; loadtests/sizing/prices.toml if not given")
@click.option("--source", default="the caller's", show_default=True, help="of --core-hour")
def peers(
    names: tuple[str, ...], texts: int, seconds: float, keep: bool, core_hour: float | None,
    source: str,
) -> None:  # fmt: skip
    """Print tables of Trunkline beside its peers (those whose name contains one of NAMES)."""
    from loadtests.peers import run
    from loadtests.sizing.deployment import read_prices

    price, prices = run.Price(core_hour or 0.0, source), read_prices()
    if core_hour is None:
        origin = f"{prices.source}, {prices.region}, read {prices.read}; memory comes on top"
        price = run.Price(prices.vcpu_hour, origin)
    run.peers(names, texts, seconds, keep, price, click.echo)


@main.command()
@click.option("--slo-p95-ms", default=150.0, show_default=True, help="limit on p95")
@click.option("--rate", default=200.0, show_default=True, help="emails a second to be served")
@click.option("--hit-ratio", default=0.3, show_default=True, type=click.FloatRange(0, 1))
@click.option("--heads", default=6, show_default=True, help="heads that judge each email")
@click.option("--minutes", default=10.0, show_default=True, help="budget")
@click.option("--environment", default="dev", show_default=True, help="whose numbers")
@click.option("--digests", type=click.Path(exists=True, path_type=Path), help="one a line: own log")
@click.option("--terraform", default=ROOT / "terraform" / "environments", type=Path)
@click.option("--env", default=ROOT / "env", type=Path, help="folder of the .env")
@click.option("--results", default=RESULTS, type=Path, help="folder of the report")
def size(
    slo_p95_ms: float, rate: float, hit_ratio: float, heads: int, minutes: float,
    environment: str, digests: Path | None, terraform: Path, env: Path, results: Path,
) -> None:  # fmt: skip
    """Find this machine's knees and write what a deployment for the asked rate needs."""
    from loadtests.sizing.deployment import on_gpu
    from loadtests.sizing.page import reasoning
    from loadtests.sizing.result import Order
    from loadtests.sizing.run import keep
    from loadtests.sizing.run import size as sized

    result = sized(
        Order(slo_p95_ms, rate, hit_ratio, heads, minutes, environment, digests), click.echo
    )
    click.echo("\n" + "\n".join(reasoning(result)))
    if on_gpu(environment, terraform):
        click.echo(f"{environment}'s embedder runs on a GPU: its sizes stay, the others are new")
    for path in keep(result, terraform, env, results):
        click.echo(f"wrote {path}")


@main.command()
@click.argument("folders", nargs=-1, type=click.Path(exists=True, file_okay=False, path_type=Path))
def encoders(folders: tuple[Path, ...]) -> None:
    """Print memory and CPU a text, English and German, of the default encoder and of FOLDERS."""
    import tempfile

    from loadtests.bench.encoders import compare, table

    with tempfile.TemporaryDirectory() as cache:
        click.echo(table(compare((None, *folders), Path(cache))))


@main.command()
@click.option("--texts", default=4000, show_default=True)
@click.option("--memory", is_flag=True, help="print the peak memory over growing inputs instead")
@click.option("--rows", "sizes", multiple=True, default=[40_000, 80_000], show_default=True)
def bulk(texts: int, sizes: Sequence[int], *, memory: bool) -> None:
    """Print the rate of `gateway bulk` beside the raw encoder's; fail under 0.9 of it."""
    if memory:
        from loadtests.bench.bulk_memory import bulk_memory

        sys.exit(0 if bulk_memory(sizes, click.echo) else 1)
    from loadtests.bench.bulk import bulk as measured

    sys.exit(0 if measured(texts, click.echo) else 1)


@main.command()
@click.option("--rate", default=100.0, show_default=True, help="calls a second")
@click.option("--texts", default=1000, show_default=True)
def embed(rate: float, texts: int) -> None:
    """Load the embedder alone, by gRPC, at a constant rate of calls."""
    import tempfile

    from loadtests.clients.grpc_open import run_open
    from loadtests.reports.tables import runs_table
    from loadtests.stack.catalogs import production_views
    from loadtests.stack.stack import Stack
    from loadtests.traffic.corpus import reply_texts

    with tempfile.TemporaryDirectory() as folder:
        stack = Stack(Path(folder))
        try:
            stack.start("embedder")
            level = run_open(
                f"embedder, gRPC, {rate:g} calls/s", stack.embedder_target,
                reply_texts(texts, 20261121), views=production_views(), rate=rate,
            )  # fmt: skip
        finally:
            stack.stop()
    click.echo(f"{runs_table([level])}\n{level.notes}")


@main.command()
@click.option("--factor", "factors", multiple=True, type=float, help="offered load, of capacity")
@click.option("--seconds", default=15.0, show_default=True, help="a level")
@click.option("--patience", default=3.0, show_default=True, help="seconds until a caller gives up")
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="a service's setting")
@click.option("--url", help="a deployment to overload instead")
def overload(
    factors: tuple[float, ...], seconds: float, patience: float, settings: tuple[str, ...],
    url: str | None,
) -> None:  # fmt: skip
    """Offer more than can be answered, by callers that give up; print the overload curve."""
    import tempfile

    from loadtests.bench.overload import Overload, measure
    from loadtests.stack.stack import running_stack

    shape = Overload(factors or Overload.factors, seconds, patience)
    if url:
        click.echo(measure(url, shape, click.echo).table())
        return
    chosen = dict(pair.split("=", 1) for pair in settings)
    with tempfile.TemporaryDirectory() as folder, running_stack(Path(folder), chosen) as stack:
        click.echo(measure(stack.gateway_url, shape, click.echo).table())


@main.command("shared-cache")
@click.option("--rate", default=25.0, show_default=True, help="calls a second")
@click.option("--seconds", default=10.0, show_default=True, help="of each fault")
@click.option("--replicas", default=4, show_default=True, help="that share forwards")
@click.option("--results", default=RESULTS, type=Path, help="folder of the warm-up's picture")
def shared_cache(rate: float, seconds: float, replicas: int, results: Path) -> None:
    """Print what callers see of the shared cache's faults, and what it saves after a restart."""
    from loadtests.bench.shared_cache import Shape, fault_table, forwards, restarts
    from loadtests.reports.warm_up import draw, table

    shape = Shape(rate, seconds)
    fault_table(shape, click.echo)
    curves = restarts(shape, 60.0)
    click.echo("\n" + table(curves))
    click.echo(f"wrote {draw(curves, results)}")
    for name, share in forwards(shape, replicas, 1000).items():
        click.echo(f"{replicas} new replicas, {name}: {share:.1%} of calls cost a forward")


for command in (calibrate, costs, policies):
    main.add_command(command)


@main.command("gpu-folder")
@click.argument("folder", type=click.Path(path_type=Path))
def gpu_folder(folder: Path) -> None:
    """Write into FOLDER what `python -m loadtests.bench.gpu FOLDER` needs on a GPU's machine."""
    from loadtests.bench.gpu_folder import MOST_BYTES, prepare

    try:
        size = prepare(folder)
    except FileExistsError as error:
        raise click.BadParameter(str(error), param_hint="FOLDER") from None
    click.echo(f"{folder}: {size / 2**20:.0f} MiB of {MOST_BYTES / 2**20:.0f} that can be carried")


@main.command()
@click.option("--rounds", default=3, show_default=True, help="starts of the whole stack")
@click.option("--requests", default=1000, show_default=True, help="first requests, each a miss")
@click.option("--callers", default=8, show_default=True)
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="a service's setting")
@click.option("--keep/--no-keep", default=True, help="write the JSON into loadtests/results")
def start(
    rounds: int, requests: int, callers: int, settings: tuple[str, ...], keep: bool
) -> None:  # fmt: skip
    """Print how soon a started stack is ready, and its first requests beside steady ones."""
    from loadtests.bench.start import Order
    from loadtests.bench.start import start as started

    order = Order(rounds, requests, callers, dict(pair.split("=", 1) for pair in settings))
    command = shlex.join(["python", "-m", "loadtests", *sys.argv[1:]])
    if not started(order, command, keep, click.echo):
        raise SystemExit("an aim was missed")


@main.command()
def readme() -> None:
    """Write the newest kept results into README.md and loadtests/results/README.md."""
    from loadtests.reports.readme import refresh

    changed = [str(path.relative_to(ROOT)) for path in refresh()]
    click.echo(f"written: {', '.join(changed)}" if changed else "all fresh")


if __name__ == "__main__":
    main()
