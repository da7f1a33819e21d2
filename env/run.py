"""Run the stack on this machine (`make run`): ports, services, a sample email, until Ctrl-C."""

import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import FrameType

import click
from pydantic import BaseModel

from embedder.config import load_settings as embedder_settings
from env.ports import Port, chosen, free_instead, problems
from env.services import EndedError, Services, Variables
from gateway.client.credentials import named_key
from gateway.client.quickstart import quickstart
from gateway.client_key import CLIENT_KEY
from gateway.config import load_settings as gateway_settings
from heads.config import load_settings as heads_settings
from trunkline.client import ONCE, Client
from trunkline.settings import SettingsError

_LOADERS: dict[str, Callable[[], BaseModel]] = {
    "embedder": embedder_settings,
    "heads": heads_settings,
    "gateway": gateway_settings,
}
_PORTS = {"embedder": ("", "metrics_"), "heads": ("",), "gateway": ("",)}
"""The prefixes of each service's fields `host` and `port`."""
_LOG_FOLDER = Path(__file__).resolve().parents[1] / ".run" / "prediction_log"
_SECOND = "multilingual"
"""The name of a second embedder; its ports are any that are free on loopback."""
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - who listens there is called here


class StoppedError(Exception):
    """A person or the system asks the stack to stop."""


@click.command()
@click.option("-v", "--verbose", is_flag=True, help="show the sample's whole answer, as JSON")
@click.option("--wait", default=120.0, show_default=True, help="seconds to wait until it is ready")
@click.option(
    "--multilingual",
    "second",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="BERT folder of a second encoder, for languages that it reads better",
)
def main(verbose: bool, wait: float, second: Path | None) -> None:
    """Start embedder, heads and gateway, classify a sample email, stay up until Ctrl-C.

    Exits with 1 where settings are wrong, a port is taken, or a service ends by itself.
    """
    settings = _all_settings()
    ports = chosen(_ports(settings, second))
    refusals = problems(ports)
    if refusals:
        click.echo(_taken(refusals, ports), err=True)
        sys.exit(1)
    sys.exit(_run(_variables(settings, ports, second), ports, verbose=verbose, wait_s=wait))


def _all_settings() -> dict[str, BaseModel]:
    """Read every service's settings; exit with 1 and all that is wrong with them."""
    settings: dict[str, BaseModel] = {}
    wrong: list[str] = []
    for name, load in _LOADERS.items():
        try:
            settings[name] = load()
        except SettingsError as error:
            wrong += error.problems
    if wrong:
        click.echo("\n".join(["trunkline: settings are wrong", *wrong]), err=True)
        sys.exit(1)
    return settings


def _ports(settings: dict[str, BaseModel], second: Path | None) -> list[Port]:
    names = ("port", "metrics_port") if second else ()
    free = [Port(f"{_SECOND}_{name}".upper(), "127.0.0.1", 0) for name in names]
    return [
        Port(
            f"{name}_{prefix}port".upper(),
            getattr(settings[name], f"{prefix}host"),
            getattr(settings[name], f"{prefix}port"),
        )
        for name, prefixes in _PORTS.items()
        for prefix in prefixes
    ] + free


def _taken(refusals: dict[Port, str], ports: Iterable[Port]) -> str:
    """Say which ports cannot be had and why, and the command that takes others."""
    lines = [f"  {p.host}:{p.number} ({p.setting}): {why}" for p, why in refusals.items()]
    others = " ".join(f"{p.setting}={p.number}" for p in free_instead(refusals, ports))
    return "\n".join(
        [
            "trunkline: these ports cannot be had, so nothing was started",
            *lines,
            "End what holds them, or choose others:",
            f"  {others} make run",
        ]
    )


def _run(
    variables: Mapping[str, Variables], ports: list[Port], *, verbose: bool, wait_s: float
) -> int:
    """Run until a signal (0) or until a service ends or is never ready (1)."""
    services = Services(variables, {_SECOND: "embedder"})
    signals = 0

    def stop(_number: int, _frame: FrameType | None) -> None:
        nonlocal signals
        signals += 1
        if signals > 1:
            services.kill()

    def check() -> None:
        if signals:
            raise StoppedError
        services.raise_if_ended()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    url = "http://" + _address(next(p for p in ports if p.setting == "GATEWAY_PORT"))
    try:
        _migrate(variables["gateway"])
        services.start()
        with Client(url, named_key(CLIENT_KEY), retries=ONCE) as client:
            ready = quickstart(client, wait_s, click.echo, verbose=verbose, waiting=check)
        while ready:
            check()
            services.wait_a_moment()
    except StoppedError:
        return 0
    except EndedError as error:
        services.stop()
        click.echo(f"\ntrunkline: {error}", err=True)
    finally:
        services.stop()
    return 1


def _migrate(variables: Variables) -> None:
    """Bring the prediction log's schema up to date; raise EndedError where that fails."""
    pairs = [f"{name}={value}" for name, value in variables.items()]
    words = ["/usr/bin/env", *pairs, sys.executable, "-m", "gateway", "migrate"]
    done = subprocess.run(
        words, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    if done.returncode:
        raise EndedError(f"the prediction log cannot be migrated:\n{done.stdout.rstrip()}")


def _variables(
    settings: dict[str, BaseModel], ports: Iterable[Port], second: Path | None
) -> Mapping[str, Variables]:
    """Return the variables to add to each service's environment.

    Logs are lines for people unless asked for otherwise; the gateway finds the others where they
    listen unless it is told where to look.
    """
    by_setting = {port.setting: port for port in ports}
    extra = {_SECOND: {"EMBEDDER_MODEL_DIR": str(second)}} if second else {}
    variables: dict[str, dict[str, str]] = extra | {name: {} for name in settings}
    for setting, port in by_setting.items():
        service, _, field = setting.partition("_")
        name = f"EMBEDDER_{field}" if service.lower() == _SECOND else setting
        variables[service.lower()][name] = str(port.number)
    for name, its_settings in settings.items():
        if "log_format" not in its_settings.model_fields_set:
            variables[name][f"{name.upper()}_LOG_FORMAT"] = "console"
            if second and name == "embedder":
                variables[_SECOND]["EMBEDDER_LOG_FORMAT"] = "console"
    given = settings["gateway"].model_fields_set
    if not {"embedder", "embedders"} & given:
        variables["gateway"] |= _embedders(by_setting)
    if "log_dir" not in given:
        variables["gateway"]["GATEWAY_LOG_DIR"] = str(_LOG_FOLDER)
    if "heads" not in given:
        variables["gateway"]["GATEWAY_HEADS"] = "http://" + _address(by_setting["HEADS_PORT"])
    return variables


def _embedders(ports: Mapping[str, Port]) -> Variables:
    """Return where the gateway finds one embedder, or two and the heads of the second."""
    first = _address(ports["EMBEDDER_PORT"])
    if (second := ports.get(f"{_SECOND}_PORT".upper())) is None:
        return {"GATEWAY_EMBEDDER": first}
    return {
        "GATEWAY_EMBEDDERS": f"default={first},{_SECOND}={_address(second)}",
        "GATEWAY_MULTILINGUAL_HEADS": "local",
    }


def _address(port: Port) -> str:
    """Return where this machine reaches the port, as in a URL."""
    host = _EVERYWHERE.get(port.host, port.host).strip("[]")
    return f"[{host}]:{port.number}" if ":" in host else f"{host}:{port.number}"


if __name__ == "__main__":
    main()
