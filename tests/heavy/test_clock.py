"""The wall clock of the fault suite, on a real process; it needs a C compiler."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.clock import make_clock

_DAY_S = 86_400
_SHOW = """
import datetime, time
for _ in iter(input, ""):
    print(time.time(), datetime.datetime.now().timestamp(), time.monotonic(), flush=True)
"""


@pytest.mark.e2e
def test_a_running_process_lives_by_the_clock_that_is_set(tmp_path: Path) -> None:
    """The time of day jumps both ways while the process runs; time since boot does not."""
    clock = make_clock(tmp_path, "one")
    command = [*clock.wrapper, sys.executable, "-c", _SHOW]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        shown = []
        for ahead_s in (0, _DAY_S, -_DAY_S):
            clock.set_ahead(ahead_s)
            process.stdin.write("now\n")
            process.stdin.flush()
            shown.append([float(word) for word in process.stdout.readline().split()])
        process.stdin.write("\n")
        process.stdin.flush()
    right, ahead, behind = shown
    assert ahead[0] - right[0] == pytest.approx(_DAY_S, abs=60)
    assert ahead[1] - right[1] == pytest.approx(_DAY_S, abs=60)
    assert behind[0] - right[0] == pytest.approx(-_DAY_S, abs=60)
    assert behind[2] - right[2] == pytest.approx(0, abs=60)
