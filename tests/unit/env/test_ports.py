"""Ports of a stack: taken ones are named with their holder and with others that are free."""

import os
import socket
from collections.abc import Iterator

import pytest

from env.ports import Port, chosen, free_instead, holder, problems


@pytest.fixture
def taken() -> Iterator[Port]:
    """Listen on a port until the test is over."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield Port("GATEWAY_PORT", "127.0.0.1", listening.getsockname()[1])


def test_a_taken_port_names_its_holder(taken: Port) -> None:
    """The process that listens is named by command and number; a free port is no problem."""
    (free,) = chosen([Port("HEADS_PORT", "127.0.0.1", 0)])

    assert problems([free, taken]) == {taken: f"taken by {holder(taken.number)}"}
    assert f"(process {os.getpid()})" in holder(taken.number)


def test_a_file_closed_meanwhile_hides_no_holder(
    taken: Port, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that closes a file while its files are read is found all the same."""
    read, gone = os.readlink, set[str]()

    def readlink(file: os.PathLike[str]) -> str:
        process = os.path.dirname(file)
        if process not in gone:
            gone.add(process)
            raise FileNotFoundError(file)
        return read(file)

    monkeypatch.setattr("env.ports.os.readlink", readlink)
    with open(os.devnull, "rb"):  # the holder has more files than the one that vanishes
        assert f"(process {os.getpid()})" in holder(taken.number)


def test_a_port_that_two_settings_name_is_told() -> None:
    """The second setting is named with the first: alone each would be all right."""
    (free,) = chosen([Port("HEADS_PORT", "127.0.0.1", 0)])
    twin = Port("GATEWAY_PORT", "127.0.0.1", free.number)

    assert problems([free, twin]) == {twin: "HEADS_PORT has it too"}


def test_an_address_of_another_machine_is_told() -> None:
    """What the system says is passed on; nobody is blamed for holding the port."""
    (why,) = problems([Port("GATEWAY_PORT", "192.0.2.1", 8080)]).values()

    assert "taken" not in why


def test_other_ports_are_free_and_different(taken: Port) -> None:
    """The ports to use instead can all be had at once."""
    twin = Port("HEADS_PORT", "127.0.0.1", taken.number)
    instead = free_instead([taken, twin], [taken, twin])

    assert [port.setting for port in instead] == ["GATEWAY_PORT", "HEADS_PORT"]
    assert not problems(instead)


def test_a_port_that_nobody_holds_has_no_holder() -> None:
    """Nothing is made up."""
    (free,) = chosen([Port("HEADS_PORT", "127.0.0.1", 0)])

    assert holder(free.number) == "another program"
