"""Taking back a candidate over HTTP: that one step, for those who may, recorded."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import urllib3

from gateway.rollout.demotion import DemotionRefusedError, from_catalog, from_services
from heads.lifecycle import aliases, audit
from heads.storage.opening import open_catalog
from loadtests.stack.stack import Stack
from tests.support.pools import write_head
from tests.support.waiting import WAIT_S

pytestmark = pytest.mark.service


@contextmanager
def serving(folder: Path, **env: str) -> Iterator[tuple[str, Path]]:
    """Run a heads service whose `intent` has candidate 2; yield its address and its catalog."""
    catalog = folder / "catalog"
    write_head(catalog, "intent", ["yes", "no"])
    write_head(catalog, "intent", ["yes", "no"], version="2", seed=2, role="candidate", share=0.5)
    stack = Stack(folder, {"HEADS_CATALOG": str(catalog), "HEADS_WORKERS": "1", **env})
    stack.start("heads")
    try:
        yield stack.heads_url, catalog
    finally:
        stack.stop()


def post(url: str, body: object, **headers: str) -> urllib3.BaseHTTPResponse:
    """Ask for a withdrawal."""
    path = f"{url}/v1/candidates/withdraw"
    return urllib3.request("POST", path, json=body, headers=headers, retries=False, timeout=WAIT_S)


def withdrawal(**changes: Any) -> dict[str, Any]:
    """Make the body of a request that is right but for the changes."""
    return {"head": "intent", "version": "2", "reason": "too many errors", **changes}


def test_a_gateway_on_this_machine_takes_back_a_candidate_once(tmp_path: Path) -> None:
    """Repeated or late requests change nothing more; production is never touched; it is told."""
    with serving(tmp_path) as (url, catalog):
        withdraw = from_services([url], "")
        for _ in "ab":
            withdraw("intent", "2", "5 errors in the last 9 requests")
        assert post(url, withdrawal(version="1")).json() == {"withdrawn": False}
        assert post(url, withdrawal(head="nobody")).json() == {"withdrawn": False}
    held = aliases.read_folder(catalog / "intent")
    assert (held.production, held.candidate, held.candidate_weight) == ("1", None, 0.0)
    steps = list(audit.entries(open_catalog(catalog), "intent"))
    assert [(one.action, one.why) for one in steps] == [
        ("withdraw candidate", "5 errors in the last 9 requests")
    ]


def test_requests_that_make_no_sense_are_refused(tmp_path: Path) -> None:
    """A path for a name, no reason, anything else in it, another method, too much: unheard."""
    with serving(tmp_path) as (url, catalog):
        refused = [
            post(url, withdrawal(head="../intent")),
            post(url, withdrawal(reason="")),
            post(url, withdrawal(role="production")),
            post(url, [1]),
            post(url, withdrawal(reason="x" * 5000)),
            urllib3.request("GET", f"{url}/v1/candidates/withdraw"),
            post(url, withdrawal(), **{"X-Forwarded-For": "10.0.0.1"}),
        ]
    assert [one.status for one in refused] == [400, 400, 400, 400, 413, 405, 403]
    assert aliases.read_folder(catalog / "intent").candidate == "2"


def test_a_token_is_demanded_where_one_is_set(tmp_path: Path) -> None:
    """Also of callers on this machine; a wrong one is refused, the right one is heard."""
    with serving(tmp_path, HEADS_TOKEN="secret") as (url, catalog):
        for token in ("", "secre", "secret2"):
            with pytest.raises(DemotionRefusedError, match="401"):
                from_services([url], token)("intent", "2", "why")
        assert aliases.read_folder(catalog / "intent").candidate == "2"
        from_services([url], "secret")("intent", "2", "why")
        assert "secret" not in (tmp_path / "heads.log").read_text()
    assert aliases.read_folder(catalog / "intent").candidate is None


def test_a_local_gateway_writes_the_catalog_itself(tmp_path: Path) -> None:
    """The same step, without a service."""
    write_head(tmp_path, "intent", ["yes", "no"])
    write_head(tmp_path, "intent", ["yes", "no"], version="2", seed=2, role="candidate")
    from_catalog(str(tmp_path))("intent", "2", "why")
    assert aliases.read_folder(tmp_path / "intent").candidate is None
