"""The configuration that Envoy is started with."""

from __future__ import annotations

from pathlib import Path

from loadtests.stack.envoy import Upstream, bootstrap

_EDGE = Upstream("gateway", "http", 1)
_MESH = Upstream("embedder", "grpc", 2, mesh=True)


def test_only_unsent_requests_are_tried_again_at_the_edge(tmp_path: Path) -> None:
    """A balancer may not send a request twice that a gateway may have answered; a mesh may."""
    config = bootstrap(tmp_path, [_EDGE, _MESH], 3)
    policies = {
        listener["name"]: _route(listener)["retry_policy"]["retry_on"]
        for listener in config["static_resources"]["listeners"]
    }
    assert "reset" not in policies["gateway"]
    assert "reset" in policies["embedder"]


def test_everything_listens_on_loopback(tmp_path: Path) -> None:
    """Nothing of the cluster can be reached from elsewhere."""
    config = bootstrap(tmp_path, [_EDGE, _MESH], 3)
    listeners = [config["admin"], *config["static_resources"]["listeners"]]
    assert {one["address"]["socket_address"]["address"] for one in listeners} == {"127.0.0.1"}


def _route(listener: dict) -> dict:  # type: ignore[type-arg]
    manager = listener["filter_chains"][0]["filters"][0]["typed_config"]
    route: dict = manager["route_config"]["virtual_hosts"][0]["routes"][0]["route"]  # type: ignore[type-arg]
    return route
