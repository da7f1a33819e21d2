"""Ports that are given out, to this process and to others at the same time."""

from __future__ import annotations

import socket
import subprocess
import sys

import pytest

from loadtests.stack import processes
from loadtests.stack.processes import free_ports

_FEW = range(16_000, 16_040)
_ASK = (
    "from loadtests.stack import processes\n"
    "processes._PORTS = range(16_000, 16_040)\n"
    "print(*processes.free_ports(20))"
)


def test_no_port_is_given_twice_though_nobody_listens_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not to this process, nor to another that asks meanwhile."""
    monkeypatch.setattr(processes, "_PORTS", _FEW)
    ours = [port for _ in range(5) for port in free_ports(2)]
    command = [sys.executable, "-c", _ASK]
    theirs = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()

    assert len(set(ours)) == len(ours) == 10
    assert len(theirs) == 20
    assert set(map(int, theirs)).isdisjoint(ours)


def test_a_port_that_is_listened_on_is_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    """By whomever, however he came to it."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        taken = server.getsockname()[1]
        monkeypatch.setattr(processes, "_PORTS", range(taken, taken + 1))
        with pytest.raises(OSError, match="fewer than 1 are free"):
            free_ports(1)


def test_the_oldest_of_many_are_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that open files stay bounded; another process may have them then."""
    monkeypatch.setattr(processes, "_claimed", {})
    monkeypatch.setattr(processes, "_KEPT", 3)
    for _ in range(5):
        free_ports(1)

    assert len(processes._claimed) == 3
