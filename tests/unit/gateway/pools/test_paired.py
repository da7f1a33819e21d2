"""Laws of two pools with heads of the same names on different encoders."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from gateway.pools.paired import PairedPool
from heads.pools.local import LocalPool
from heads.prediction import AttributionRequest, FeatureRow, HeadSet, PredictRequest, ScoreTable
from heads.registry.registry import Registry
from tests.support.pools import DIM, OTHER, FakePool, head_set, info, write_head
from tests.support.waiting import WAIT_S

LABELS = ("positive", "objection")


@pytest.fixture
def pool(tmp_path: Path) -> Iterator[PairedPool]:
    """Yield heads of two catalogs: both have `intent` and `reason`, the default one `own` too."""
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    for name in ("intent", "reason", "own"):
        write_head(ours, name, LABELS)
    for name in ("intent", "reason"):
        write_head(theirs, name, LABELS, fingerprint=OTHER, version="m1", seed=7)
    pool = PairedPool(LocalPool(Registry(str(ours))), LocalPool(Registry(str(theirs))))
    yield pool
    pool.close()


def request(heads: HeadSet, *names: str) -> PredictRequest:
    """Ask named heads about one row."""
    row = FeatureRow({"mean@3": np.ones(DIM, dtype=np.float32)})
    return PredictRequest(heads, names, [row], heads.heads["intent"].fingerprint, 5.0)


def test_the_other_pools_heads_alone_answer_as_one_table(pool: PairedPool) -> None:
    """A paired request is as fast as one to a single pool: what that answered is passed on."""
    paired = pool.paired(pool.head_set())
    scores = pool.predict(request(paired, "intent", "reason"))
    assert isinstance(scores, ScoreTable)
    assert {head.version for head in scores.values()} == {"m1"}


def test_heads_of_both_pools_answer_one_request(pool: PairedPool) -> None:
    """Each is asked where it is, in the version of the set."""
    paired = pool.paired(pool.head_set())
    scores = pool.predict(request(paired, "own", "intent"))
    assert {name: head.version for name, head in scores.items()} == {"own": "1", "intent": "m1"}


def test_the_default_set_is_answered_by_the_default_pool(pool: PairedPool) -> None:
    """Who has not paired gets what there would be without another pool."""
    scores = pool.predict(request(pool.head_set(), "intent", "own"))
    assert isinstance(scores, ScoreTable)
    assert {head.version for head in scores.values()} == {"1"}


def test_a_head_is_taken_apart_where_it_is(pool: PairedPool) -> None:
    """Under a paired set the other pool's; what that lacks, and under the default set, ours."""
    default = pool.head_set()
    paired = pool.paired(default)

    def version(heads: HeadSet, name: str) -> tuple[str, str]:
        fingerprint = heads.heads[name].fingerprint
        asked = AttributionRequest(heads, name, "positive", "Tuesday", fingerprint, WAIT_S)
        answer = pool.attribute(asked)
        return answer.status, answer.version

    assert version(paired, "intent") == ("ok", "m1")
    assert version(paired, "own") == version(default, "intent") == ("ok", "1")


@pytest.mark.parametrize("asked", [True, False])
def test_whether_a_head_is_asked_unnamed_is_the_defaults_to_say(asked: bool) -> None:
    """A mail's language never decides which heads answer it."""
    default = FakePool(head_set(info("intent"), info("mine", default=asked)))
    served = (
        info(name, "m1", fingerprint=OTHER, default=name == "intent")
        for name in default.served.heads
    )
    pool = PairedPool(default, FakePool(head_set(*served, generation=7)))
    mine = pool.paired(pool.head_set()).heads["mine"]
    assert (mine.version, mine.default) == ("m1", asked)
