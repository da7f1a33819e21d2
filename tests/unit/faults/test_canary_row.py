"""What the row of a candidate's share finds wrong."""

from __future__ import annotations

import pytest

from loadtests.stack.faults import OTHER_VERSION
from tests.faults.row import Scene
from tests.faults.rows.canary import Caller, check_same, check_share


def _met(count: int, of: int = 400) -> dict[Caller, str]:
    """Return what tenants met, the candidate `count` of them."""
    versions = [OTHER_VERSION] * count + ["1"] * (of - count)
    return {Caller(f"tenant-{n}", "Yes."): version for n, version in enumerate(versions)}


@pytest.mark.parametrize(
    ("count", "wrong"), [(0, 1), (47, 1), (49, 0), (80, 0), (111, 0), (113, 1)]
)
def test_a_share_far_from_the_weight_is_wrong(count: int, wrong: int) -> None:
    """Of 400 a fifth is 80; four standard deviations around it are 32."""
    scene = Scene("http://nowhere", None)
    check_share(scene, _met(count), "tenants")
    assert len(scene.wrong) == wrong


def test_one_caller_with_another_version_is_wrong() -> None:
    """The share stays nearly the same, and still one tenant saw two versions."""
    scene = Scene("http://nowhere", None)
    check_same(scene, _met(80), _met(80), "nothing")
    assert scene.wrong == []
    check_same(scene, _met(80), _met(81), "a worker was killed")
    assert scene.wrong == ["1 callers met another version after a worker was killed"]


def test_a_tenant_writes_something_else_each_time_and_unknown_callers_do_not() -> None:
    """Only so the first shows that the name counts, the second that the words do."""
    tenant, unknown = Caller("tenant-1", "Yes."), Caller("", "Yes.")
    assert tenant.text(0) != tenant.text(1)
    assert unknown.text(0) == unknown.text(1)
