"""A plugin of coverage.py: long regular expressions are compiled once, for all measured processes.

Python's own compiler of patterns is written in Python. The mail cleaner's patterns take it two
seconds, and nine where every line is traced, though none of its lines counts: two thirds of what a
gateway started by a test cost. So it runs untraced, and what it hands to the engine is kept.
"""

import functools
import hashlib
import inspect
import marshal
import os
import re._compiler as compiler  # type: ignore[import-not-found]  # typeshed leaves it out
import sys
from array import array
from contextlib import suppress
from pathlib import Path
from threading import Lock
from types import SimpleNamespace
from typing import Any

from coverage import CoveragePlugin
from coverage.plugin_support import Plugins

LONG_CHARS = 200  # of a pattern that is worth keeping
FOLDER = Path(__file__).parents[2] / ".cache"

Key = tuple[str, int]  # a pattern and its flags, as they were given
Program = tuple[Any, ...]  # what the engine's own `compile` takes


class KeptPatterns:
    """Compiles as `re` does; each long pattern is read from its file where a process has kept it.

    A process reads what it needs and no more: the tests measure the services' memory, too.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._engine, self._compile = compiler._sre, inspect.unwrap(compiler.compile)
        self._lock = Lock()
        self._made: Program = ()
        self._recording = SimpleNamespace(**{**vars(self._engine), "compile": self._record})

    def compile(self, pattern: Any, flags: int = 0) -> Any:
        """Return the compiled pattern; the tracer is set aside meanwhile, which coverage allows."""
        tracer = sys.gettrace()
        sys.settrace(None)
        try:
            if type(pattern) is not str or len(pattern) < LONG_CHARS:
                return self._compile(pattern, flags)
            key = (pattern, int(flags))
            program = self._read(key)
            if program is not None:
                return self._engine.compile(*program)
            with self._lock:
                return self._compile_and_keep(key)
        finally:
            sys.settrace(tracer)

    def _compile_and_keep(self, key: Key) -> Any:
        compiler._sre = self._recording
        try:
            compiled = self._compile(*key)
        finally:
            compiler._sre = self._engine
        # A short pattern of another thread may have been recorded last: then this one is not kept.
        if self._made[0] == key[0]:
            self._write(key, self._made)
        return compiled

    def _record(self, pattern: Any, flags: int, code: list[int], *groups: Any) -> Any:
        # Opcodes and flags are enumerations; a file holds their numbers, which mean the same.
        self._made = (pattern, int(flags), [int(number) for number in code], *groups)
        return self._engine.compile(*self._made)

    def _file(self, key: Key) -> Path:
        name = hashlib.blake2b(repr(key).encode(), digest_size=16).hexdigest()
        return self._folder / f"{name}.marshal"

    def _read(self, key: Key) -> Program | None:
        try:
            of, (pattern, flags, code, *groups) = marshal.loads(self._file(key).read_bytes())  # noqa: S302
            numbers = array("I", code).tolist()
        except (OSError, EOFError, ValueError, TypeError):
            return None
        return (pattern, flags, numbers, *groups) if of == key else None

    def _write(self, key: Key, program: Program) -> None:
        pattern, flags, code, *groups = program
        content = marshal.dumps((key, (pattern, flags, array("I", code).tobytes(), *groups)))
        file = self._file(key)
        part = file.with_suffix(f".{os.getpid()}")
        with suppress(OSError):  # a disk without room costs time, no test
            file.parent.mkdir(parents=True, exist_ok=True)
            part.write_bytes(content)
            part.replace(file)


def coverage_init(registry: Plugins, options: dict[str, str]) -> None:
    """Put the untraced compiler in place: coverage.py calls this where it starts."""
    patterns = KeptPatterns(FOLDER / f"patterns-{sys.implementation.cache_tag}-{compiler.MAGIC}")
    compiler.compile = functools.wraps(compiler.compile)(lambda *args: patterns.compile(*args))
    registry.add_noop(CoveragePlugin())
