"""A head taken apart over HTTP is the head taken apart here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
import pytest

from heads.config import Settings
from heads.explanation import HeadAttribution
from heads.pools.local import LocalPool
from heads.pools.remote import RemotePool
from heads.prediction import AttributionRequest, HeadSet, Pool
from heads.registry.registry import Registry
from heads.service.app import create_app
from heads.service.metrics import Metrics
from tests.support.bundles import FINGERPRINT, put_live
from tests.support.serving import served
from tests.support.waiting import WAIT_S

pytestmark = pytest.mark.service

MEMBERS = ({"views": ["mean@3", "mean@6"], "normalise": "l2"}, {"lexical": True})
TEXT = "No budget before Q3, please ask Jane!"


@contextmanager
def pools(catalog: Path) -> Iterator[tuple[LocalPool, RemotePool, str]]:
    """Serve a catalog over HTTP; yield a pool over its files, one over HTTP, and its address."""
    registry = Registry(str(catalog))
    local = LocalPool(registry)
    settings = Settings.model_validate({"catalog": str(catalog)})
    try:
        with (
            served(create_app(settings, registry, Metrics(shared=False))) as url,
            closing(RemotePool(url, first_timeout_s=WAIT_S)) as remote,
        ):
            yield local, remote, url
    finally:
        local.close()


def attribute(pool: Pool, name: str = "intent", label: str = "objection") -> HeadAttribution:
    """Ask for one label of a head."""
    request = AttributionRequest(pool.head_set(), name, label, TEXT, FINGERPRINT, WAIT_S)
    return pool.attribute(request)


def test_both_pools_take_a_head_apart_alike(tmp_path: Path) -> None:
    """Weights bit by bit, n-grams with all their places, and every reason why there are none."""
    put_live(tmp_path, members=MEMBERS)
    put_live(tmp_path, name="optout", kind="sigmoid", labels=("yes", "no"))
    with pools(tmp_path) as (local, remote, _):
        here, there = attribute(local), attribute(remote)
        assert here.status == there.status == "ok"
        assert here.linear is not None
        assert there.linear is not None
        assert list(here.linear.vectors) == list(there.linear.vectors)
        for view, vector in here.linear.vectors.items():
            assert np.array_equal(vector, there.linear.vectors[view])
        assert (here.linear.unit, here.linear.base) == (there.linear.unit, there.linear.base)
        assert here.lexical == there.lexical is not None
        assert here.lexical is not None
        assert all(0 <= a <= b <= len(TEXT) for n in here.lexical.ngrams for a, b in n.spans)
        for name, label in (("intent", "nothing"), ("nobody", "yes"), ("optout@9", "yes")):
            one, other = attribute(local, name, label), attribute(remote, name, label)
            assert (one.status, one.message) == (other.status, other.message)
            assert one.status != "ok"


def test_a_service_of_an_earlier_release_is_told_from_one_that_is_away(tmp_path: Path) -> None:
    """It answers 404, and will until it is replaced."""
    put_live(tmp_path)
    with pools(tmp_path) as (_, remote, url):
        served = remote.head_set()
        earlier = RemotePool(f"{url}/earlier")
        request = AttributionRequest(served, "intent", "objection", TEXT, FINGERPRINT, WAIT_S)
        assert earlier.attribute(request).status == "unsupported"
        earlier.close()
    gone = RemotePool("http://127.0.0.1:9")
    request = AttributionRequest(HeadSet(0, {}), "intent", "objection", TEXT, FINGERPRINT, 1.0)
    assert gone.attribute(request).status == "unavailable"
    gone.close()
