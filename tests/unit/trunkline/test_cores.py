"""A process counts the cores that it may use, not those of the machine."""

import os
from pathlib import Path

from trunkline.cores import available_cores


def test_a_quota_bounds_the_cores(tmp_path: Path) -> None:
    """A container's quota counts, rounded up; none, or no such file, leaves the affinity."""
    every = len(os.sched_getaffinity(0))
    quota = tmp_path / "cpu.max"
    assert available_cores(quota) == every
    for text, cores in (("max 100000", every), ("50000 100000", 1), ("100000 100000", 1)):
        quota.write_text(text)
        assert available_cores(quota) == cores
    quota.write_text(f"{every * 100_000 + 1} 100000")
    assert available_cores(quota) == every
