"""Find out which ports of a stack are taken, by whom, and which are free instead."""

import contextlib
import errno
import os
import socket
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

_STEP = 10
_LISTENING = "0A"
_SHOWN_CHARS = 60
_PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Port:
    """A port that a service is to listen on, and the setting that chooses it."""

    setting: str
    host: str
    number: int


def chosen(ports: Iterable[Port]) -> list[Port]:
    """Return the ports with a free number in place of each 0."""
    return [port if port.number else replace(port, number=_any_free(port.host)) for port in ports]


def problems(ports: Iterable[Port]) -> dict[Port, str]:
    """Return why each port that cannot be listened on cannot."""
    settings: dict[int, str] = {}
    found = {}
    for port in ports:
        if port.number in settings:
            found[port] = f"{settings[port.number]} has it too"
        elif error := _error(port):
            taken = error.errno == errno.EADDRINUSE
            found[port] = f"taken by {holder(port.number)}" if taken else str(error.strerror)
        settings.setdefault(port.number, port.setting)
    return found


def free_instead(wrong: Iterable[Port], all_ports: Iterable[Port]) -> list[Port]:
    """Return each of the `wrong` ports with a number near by that is free and no other's."""
    numbers = {port.number for port in all_ports}
    instead = []
    for port in wrong:
        nearby = (replace(port, number=n) for n in range(port.number + _STEP, 65536, _STEP))
        fresh = (near for near in nearby if near.number not in numbers and not _error(near))
        choice = next(fresh, None) or replace(port, number=_any_free(port.host))
        numbers.add(choice.number)
        instead.append(choice)
    return instead


def holder(number: int) -> str:
    """Name the program that listens on a TCP port, as far as the system tells (Linux)."""
    sockets = {f"socket:[{inode}]" for inode in _listening(number)}
    for process in sorted(_PROC.glob("[0-9]*"), key=lambda path: int(path.name)):
        with contextlib.suppress(OSError):  # another user's, or ended
            if not sockets.isdisjoint(_open_files(process)):
                return f"`{_command(process)}` (process {process.name})"
    return "another program"


def _open_files(process: Path) -> Iterator[str]:
    """Yield what a process has open; a file that it closes meanwhile hides none of the others."""
    for file in (process / "fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            yield os.readlink(file)


def _error(port: Port) -> OSError | None:
    """Return what listening on the port would raise; None where it would work."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(
            port.host, port.number, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind) as trial:
            # As servers do: connections that have just ended do not count.
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(address)
            trial.listen()
    except OSError as error:
        return error
    return None


def _any_free(host: str) -> int:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as trial:
        trial.bind((host, 0))
        return int(trial.getsockname()[1])


def _listening(number: int) -> Iterator[str]:
    """Yield the inodes of the sockets that listen on a port."""
    for table in (_PROC / "net" / "tcp", _PROC / "net" / "tcp6"):
        with contextlib.suppress(OSError):
            for line in table.read_text("ascii").splitlines()[1:]:
                columns = line.split()
                if columns[3] == _LISTENING and int(columns[1].rpartition(":")[2], 16) == number:
                    yield columns[9]


def _command(process: Path) -> str:
    words = (process / "cmdline").read_bytes().decode("utf-8", "replace").split("\0")
    text = " ".join([Path(words[0]).name, *words[1:]]).strip()
    return text if len(text) <= _SHOWN_CHARS else text[: _SHOWN_CHARS - 1] + "…"
