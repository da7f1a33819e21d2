"""Tell addresses of this machine alone from others, and refuse to serve those open."""

import ipaddress

from trunkline.settings import SettingsError


def is_loopback(host: str) -> bool:
    """Whether only this machine can call who listens on `host`."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def refuse_open(setting: str, host: str, remedies: str, *, allowed: bool) -> None:
    """Raise SettingsError where `host` can be reached from elsewhere, unless that is `allowed`."""
    if not allowed and not is_loopback(host):
        raise SettingsError(
            f"{setting}: {host} can be reached from elsewhere, and whoever reaches it is answered: "
            f"{remedies}, or listen on 127.0.0.1"
        )
