"""No service answers strangers by accident."""

from collections.abc import Callable, Mapping

import pytest

from embedder import config as embedder
from heads import config as heads
from trunkline.listening import is_loopback
from trunkline.settings import SettingsError


def embedder_starts(environ: Mapping[str, str]) -> None:
    """Check an embedder's addresses."""
    embedder.refuse_open_addresses(embedder.load_settings(environ))


def heads_start(environ: Mapping[str, str]) -> None:
    """Check a heads service's address."""
    heads.refuse_open_address(heads.load_settings(environ))


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "[::1]", "localhost"])
def test_loopback(host: str) -> None:
    """These are reached from this machine alone."""
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "[::]", "10.0.0.7", "heads", "127.0.0.1.nip.io"])
def test_not_loopback(host: str) -> None:
    """These may be reached from elsewhere; a name that is not known to be local as well."""
    assert not is_loopback(host)


@pytest.mark.parametrize(
    ("start", "name"),
    [
        (embedder_starts, "EMBEDDER_HOST"),
        (embedder_starts, "EMBEDDER_METRICS_HOST"),
        (heads_start, "HEADS_HOST"),
    ],
)
def test_an_open_address_is_refused_unless_it_is_wanted(
    start: Callable[[Mapping[str, str]], None], name: str
) -> None:
    """The refusal names the address's setting and the one that allows it."""
    allow = f"{name.partition('_')[0]}_ALLOW_OPEN"
    with pytest.raises(SettingsError, match=f"^{name}: 0.0.0.0 can be reached .*{allow}=true"):
        start({name: "0.0.0.0"})
    start({name: "0.0.0.0", allow: "true"})
    start({})


def test_a_token_allows_an_open_heads_service() -> None:
    """As keys do in a gateway."""
    heads_start({"HEADS_HOST": "0.0.0.0", "HEADS_TOKEN": "secret"})


@pytest.mark.parametrize(
    ("environ", "reflects"),
    [
        ({}, True),
        ({"EMBEDDER_HOST": "0.0.0.0"}, False),
        ({"EMBEDDER_HOST": "0.0.0.0", "EMBEDDER_REFLECTION": "true"}, True),
        ({"EMBEDDER_REFLECTION": "false"}, False),
    ],
)
def test_the_embedder_lists_its_methods_on_loopback_or_where_told(
    environ: Mapping[str, str], reflects: bool
) -> None:
    """For people at a machine with grpcurl, not for strangers."""
    assert embedder.load_settings(environ).reflects is reflects
