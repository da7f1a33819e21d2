"""Targets: which replicas a gRPC target names."""

import pytest

from embedder.client.targets import Target, parse, resolvable


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("127.0.0.1:50051", Target(("ipv4:127.0.0.1:50051",))),
        ("[::1]:50051", Target(("ipv6:[::1]:50051",))),
        ("ipv4:10.0.0.1:1,10.0.0.2:1", Target(("ipv4:10.0.0.1:1", "ipv4:10.0.0.2:1"))),
        ("ipv6:[::1]:1,[::2]:1", Target(("ipv6:[::1]:1", "ipv6:[::2]:1"))),
        ("embedder:50051", Target((), "embedder", 50051, "embedder:50051")),
        ("dns:///embedder:50051", Target((), "embedder", 50051, "embedder:50051")),
        ("dns:embedder:50051", Target((), "embedder", 50051, "embedder:50051")),
        ("unix:/run/embedder.sock", Target(("unix:/run/embedder.sock",))),
        ("xds:///embedder", Target(("xds:///embedder",))),
        ("dns://8.8.8.8/embedder:50051", Target(("dns://8.8.8.8/embedder:50051",))),
        ("embedder", Target(("dns:///embedder",))),
    ],
)
def test_a_target_names_its_replicas(target: str, expected: Target) -> None:
    """Lists and literal addresses as they stand, names to be looked up, the rest left to gRPC."""
    assert parse(target) == expected


def test_a_bare_address_is_a_dns_name() -> None:
    """So that gRPC itself would see all addresses too."""
    assert resolvable("embedder:1") == "dns:///embedder:1"
    assert resolvable("unix:/x") == "unix:/x"
