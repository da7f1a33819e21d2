"""Takes a candidate that left its bounds out of the catalog, for every worker everywhere."""

from collections.abc import Callable, Iterable, Mapping

import urllib3

from heads.lifecycle.promotion import demote_candidate
from heads.storage.opening import open_catalog

Demote = Callable[[str, str, str], None]
"""Takes (head, version, why); done when it returns, raises what prevents it."""
_TIMEOUT_S = 5.0


class DemotionRefusedError(Exception):
    """A heads service did not take the candidate back; the text holds its status only."""


def nowhere(head: str, version: str, why: str) -> None:
    """Do nothing: this gateway's heads have no catalog that it may write."""


def from_catalog(catalog: str) -> Demote:
    """Return a Demote that writes the catalog itself. Raises CatalogError, also when called."""
    opened = open_catalog(catalog)

    def demote(head: str, version: str, why: str) -> None:
        demote_candidate(opened, head, version, why)

    return demote


def from_services(addresses: Iterable[str], token: str) -> Demote:
    """Return a Demote that asks every heads service to write its catalog.

    A service that does not know the candidate has nothing to take back, which is no error. All
    are asked, whichever fails; then DemotionRefusedError is raised, with 0 for one that is away.
    """
    urls = [f"{address.rstrip('/')}/v1/candidates/withdraw" for address in addresses]
    http = urllib3.PoolManager(num_pools=len(urls))
    headers = {"Authorization": f"Bearer {token}"} if token else {}

    def demote(head: str, version: str, why: str) -> None:
        members = {"head": head, "version": version, "reason": why}
        statuses = [_status(http, url, members, headers) for url in urls]
        if any(status != 200 for status in statuses):
            raise DemotionRefusedError(f"answered {statuses}")

    return demote


def _status(
    http: urllib3.PoolManager, url: str, members: Mapping[str, str], headers: Mapping[str, str]
) -> int:
    """Return the status that a service answered with, 0 if it did not."""
    try:
        return http.request(
            "POST", url, json=members, headers=headers, timeout=_TIMEOUT_S, retries=False
        ).status
    except urllib3.exceptions.HTTPError:
        return 0
