"""By which names a gateway without keys may be called."""

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from embedder.testing.embedder import FakeEmbedder
from gateway.app import Gateway
from gateway.auth.hosts import is_own_host
from gateway.config import Settings
from tests.support.pools import FakePool, head_set, info

OWN = frozenset({"gateway.internal"})


@pytest.mark.parametrize(
    "host",
    ["localhost", "localhost:8080", "a.localhost:1", "127.0.0.1:8080", "[::1]:8080", "10.0.0.7",
     "gateway.internal:80", "localhost.", "gateway:8080"],
)  # fmt: skip
def test_addresses_and_own_names_are_taken(host: str) -> None:
    """Nobody else can have them."""
    assert is_own_host(host, OWN)


@pytest.mark.parametrize(
    "host",
    ["evil.example:8080", "localhost.evil.example", "127.0.0.1.evil.example", "", "[::1", "a.b c"],
)
def test_names_of_others_are_not(host: str) -> None:
    """A page may have such a name resolve to this machine."""
    assert not is_own_host(host, OWN)


@pytest.fixture
def client() -> Iterator[FlaskClient]:
    """Run a gateway without keys, which may also be called gateway.internal."""
    settings = Settings(encoder_refresh_s=60, hosts="gateway.internal")
    made = Gateway(settings, FakeEmbedder(), FakePool(head_set(info("intent"))))
    yield made.app.test_client()
    made.close()


@pytest.mark.parametrize("path", ["/", "/v1/heads", "/history/01ARZ3NDEKTSV4RRFFQ69G5FAV"])
def test_another_name_opens_nothing(client: FlaskClient, path: str) -> None:
    """421 names the setting; probes, which show nothing, are answered."""
    refused = client.get(path, headers={"Host": "evil.example:8080"})
    assert refused.status_code == 421
    assert "GATEWAY_HOSTS" in refused.text
    assert client.get("/livez", headers={"Host": "evil.example"}).status_code == 200
    assert client.get("/", headers={"Host": "gateway.internal"}).status_code == 200


def test_the_short_way_asks_for_the_name_too(client: FlaskClient) -> None:
    """A good request goes past Flask, and is refused all the same."""
    mail, json = {"text": "hello"}, {"Host": "evil.example"}
    assert client.post("/v1/classify", json=mail).status_code == 200
    assert client.post("/v1/classify", json=mail, headers=json).status_code == 421
