"""Reads gRPC targets: which name one replica, which a list of them, which a DNS name."""

from __future__ import annotations

from dataclasses import dataclass

from trunkline.addresses import Address, is_literal

_SCHEMES = ("dns:", "unix:", "unix-abstract:", "ipv4:", "ipv6:", "vsock:", "xds:")


@dataclass(frozen=True, slots=True)
class Target:
    """The replicas that a target names: `addresses` are gRPC targets of one replica each.

    None are known where it is a DNS name: then `host` and `port` are to be looked up. `authority`
    is what servers and proxies know the name by, "" where gRPC's own choice is right.
    """

    addresses: tuple[str, ...]
    host: str = ""
    port: int = 0
    authority: str = ""


def resolvable(target: str) -> str:
    """Return `host:port` as a DNS target, so that gRPC sees all addresses; else `target` itself."""
    return target if target.startswith(_SCHEMES) else f"dns:///{target}"


def parse(target: str) -> Target:
    """Read a target. One whose replicas this client cannot tell apart is left whole to gRPC."""
    scheme, _, rest = resolvable(target).partition(":")
    if scheme in ("ipv4", "ipv6"):
        return Target(tuple(dict.fromkeys(f"{scheme}:{part}" for part in rest.split(","))))
    host, colon, port = rest.removeprefix("///").rpartition(":")
    if scheme != "dns" or "/" in host or not (colon and port.isdigit()):
        return Target((target,) if target.startswith(_SCHEMES) else (resolvable(target),))
    if is_literal(host):
        return Target((one_address((host.strip("[]"), int(port))),))
    return Target((), host, int(port), f"{host}:{port}")


def one_address(address: Address) -> str:
    """Return the gRPC target of one address."""
    host, port = address
    return f"ipv6:[{host}]:{port}" if ":" in host else f"ipv4:{host}:{port}"
