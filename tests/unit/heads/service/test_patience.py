"""How long predictions wait for a catalog that hangs: not past their callers' time-outs."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from heads.config import load_settings
from heads.pools import wire
from heads.registry.follower import PATIENCE_S
from heads.registry.registry import Registry
from heads.registry.snapshot import Ref
from heads.service.app import create_app
from heads.service.metrics import Metrics
from heads.service.patience import ANSWERING_S, patience_s
from tests.support.bundles import FINGERPRINT, VIEWS, feature_rows, put_live
from tests.support.gated_catalog import GatedCatalog
from trunkline.serving.environ import ACCEPTED_AT

HEADER = "X-Request-Timeout-Ms"


class NotedRegistry(Registry):
    """A registry that keeps how long each request was ready to wait for a look."""

    def __init__(self, catalog: GatedCatalog) -> None:
        super().__init__(catalog, poll_interval_s=3600)
        self.waits_s: list[float] = []

    def look_for(self, refs: Sequence[Ref], patience_s: float = PATIENCE_S) -> None:
        """See Registry."""
        self.waits_s.append(patience_s)
        super().look_for(refs, patience_s)


@pytest.mark.parametrize("media", [wire.MEDIA_TYPE, f"{wire.MEDIA_TYPE}; charset=none"])
def test_a_prediction_does_not_wait_for_the_catalog_past_its_callers_time(
    tmp_path: Path, media: str
) -> None:
    """Its answer from what is known arrives in time, whichever way the request is taken."""
    put_live(tmp_path, version="1")
    catalog = GatedCatalog(tmp_path)
    registry = NotedRegistry(catalog)
    registry.start()
    settings = load_settings({"HEADS_CATALOG": str(tmp_path)})
    client = create_app(settings, registry, Metrics(shared=False)).test_client()
    body = wire.request_bytes([("intent", "9")], VIEWS, feature_rows(1), FINGERPRINT, False)
    catalog.gate.clear()
    try:
        for headers in ({HEADER: "250"}, {}):
            response = client.post(
                "/v1/predict", data=body, headers={**headers, "Content-Type": media}
            )
            (scores,) = wire.parse_response(response.data, registry.current().head_set)
            assert (scores.status, scores.version) == ("unknown_version", "9")
    finally:
        catalog.gate.set()
        registry.close()
    assert registry.waits_s == pytest.approx([0.25 - ANSWERING_S, PATIENCE_S])


@pytest.mark.parametrize(
    ("header", "wait_s"),
    [("500", 0.5 - ANSWERING_S), ("20", 0.0), ("60000", PATIENCE_S), ("-5", PATIENCE_S)],
)
def test_the_time_out_of_a_caller_bounds_the_wait(header: str, wait_s: float) -> None:
    """It is never negative and never longer than that of a caller who names none."""
    assert patience_s({"HTTP_X_REQUEST_TIMEOUT_MS": header}) == pytest.approx(wait_s)


def test_time_spent_before_the_application_was_called_counts() -> None:
    """A request that waited for a thread until its time was nearly over waits for no look."""
    environ = {"HTTP_X_REQUEST_TIMEOUT_MS": "500", ACCEPTED_AT: time.monotonic() - 0.5}
    assert patience_s(environ) == 0.0
