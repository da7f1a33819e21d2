"""A wall clock that processes read in the machine's place, and that a row sets as they run."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.faults.site import NotHereError

# Stands before libc: what asks for the time of day, in any language, gets it with the seconds of
# the file added. Time since boot, by which people wait, stays; so do the stamps of files.
_SOURCE = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>

static const volatile int64_t *ahead_s;

__attribute__((constructor)) static void open_clock(void) {
    const char *name = getenv("WALL_CLOCK");
    int file = name ? open(name, O_RDONLY | O_CLOEXEC) : -1;
    void *page = file < 0 ? MAP_FAILED : mmap(0, sizeof *ahead_s, PROT_READ, MAP_SHARED, file, 0);
    if (page != MAP_FAILED) ahead_s = page;
}

int clock_gettime(clockid_t id, struct timespec *at) {
    static int (*machine)(clockid_t, struct timespec *);
    if (!machine) machine = dlsym(RTLD_NEXT, "clock_gettime");
    int failed = machine(id, at);
    if (!failed && ahead_s && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE))
        at->tv_sec += *ahead_s;
    return failed;
}

time_t time(time_t *at) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (at) *at = now.tv_sec;
    return now.tv_sec;
}

int gettimeofday(struct timeval *restrict at, void *restrict zone) {
    (void)zone;
    struct timespec now;
    int failed = clock_gettime(CLOCK_REALTIME, &now);
    if (!failed) { at->tv_sec = now.tv_sec; at->tv_usec = now.tv_nsec / 1000; }
    return failed;
}
"""


@dataclass(frozen=True)
class WallClock:
    """A clock of its own for every process that `wrapper` runs; it begins right."""

    library: Path
    offset: Path

    @property
    def wrapper(self) -> tuple[str, ...]:
        """The command before a command that shall live by this clock."""
        return ("env", f"LD_PRELOAD={self.library}", f"WALL_CLOCK={self.offset}")

    def set_ahead(self, seconds: int) -> None:
        """Let the clock jump to `seconds` after (before, if negative) the machine's, at once."""
        with self.offset.open("r+b", buffering=0) as file:
            file.write(seconds.to_bytes(8, "little", signed=True))


def make_clock(folder: Path, name: str) -> WallClock:
    """Make a clock whose files lie in `folder`. Raises NotHereError without a C compiler."""
    library = folder / "clock.so"
    if not library.exists():
        _compile(library)
    offset = folder / f"{name}.clock"
    offset.write_bytes(bytes(8))
    return WallClock(library, offset)


def _compile(library: Path) -> None:
    compiler = shutil.which("cc")
    if compiler is None:
        raise NotHereError("a clock of the services' own needs a C compiler")
    command = [compiler, "-shared", "-fPIC", "-O2", "-x", "c", "-", "-o", str(library), "-ldl"]
    subprocess.run(command, input=_SOURCE.encode(), check=True)
