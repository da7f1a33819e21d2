"""A plugin of coverage.py: long regular expressions are compiled once, for all measured processes.

Python's own compiler of patterns is written in Python. The mail cleaner's patterns take it two
seconds, and nine where every line is traced, though none of its lines counts: two thirds of what a
gateway started by a test cost. So it runs untraced, and what it hands to the engine is kept.
"""

import atexit
import functools
import inspect
import marshal
import os
import re._compiler as compiler  # type: ignore[import-not-found]  # typeshed leaves it out
import sys
from pathlib import Path
from threading import Lock
from types import SimpleNamespace
from typing import Any

from coverage import CoveragePlugin
from coverage.plugin_support import Plugins

LONG_CHARS = 200  # of a pattern that is worth keeping
FOLDER = Path(__file__).parents[2] / ".cache"

Program = tuple[Any, ...]  # what the engine's own `compile` takes


class KeptPatterns:
    """Compiles as `re` does; long patterns are read from a file where a process has kept them."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._engine, self._compile = compiler._sre, inspect.unwrap(compiler.compile)
        self._programs: dict[tuple[str, int], Program] = self._read()
        self._is_new = False
        self._lock = Lock()
        self._made: Program = ()
        self._recording = SimpleNamespace(**{**vars(self._engine), "compile": self._record})

    def compile(self, pattern: Any, flags: int = 0) -> Any:
        """Return the compiled pattern; the tracer is set aside meanwhile, which coverage allows."""
        is_long = type(pattern) is str and len(pattern) >= LONG_CHARS
        key = (pattern, int(flags))
        if is_long and (program := self._programs.get(key)) is not None:
            return self._engine.compile(*program)
        tracer = sys.gettrace()
        sys.settrace(None)
        try:
            if not is_long:
                return self._compile(pattern, flags)
            with self._lock:
                return self._compile_and_keep(key)
        finally:
            sys.settrace(tracer)

    def keep(self) -> None:
        """Write what this process has compiled, for those that come after it."""
        if not self._is_new:
            return
        self._file.parent.mkdir(exist_ok=True)
        part = self._file.with_suffix(f".{os.getpid()}")
        part.write_bytes(marshal.dumps({**self._read(), **self._programs}))
        part.replace(self._file)

    def _compile_and_keep(self, key: tuple[str, int]) -> Any:
        compiler._sre = self._recording
        try:
            compiled = self._compile(*key)
        finally:
            compiler._sre = self._engine
        # A short pattern of another thread may have been recorded last: then this one is not kept.
        if self._made[0] == key[0]:
            self._programs[key], self._is_new = self._made, True
        return compiled

    def _record(self, pattern: Any, flags: int, code: list[int], *groups: Any) -> Any:
        # Opcodes and flags are enumerations; a file holds their numbers, which mean the same.
        self._made = (pattern, int(flags), [int(number) for number in code], *groups)
        return self._engine.compile(*self._made)

    def _read(self) -> dict[tuple[str, int], Program]:
        try:
            kept: dict[tuple[str, int], Program] = marshal.loads(self._file.read_bytes())  # noqa: S302
        except (OSError, EOFError, ValueError, TypeError):
            return {}
        return kept


def coverage_init(registry: Plugins, options: dict[str, str]) -> None:
    """Put the untraced compiler in place: coverage.py calls this where it starts."""
    name = f"patterns-{sys.implementation.cache_tag}-{compiler.MAGIC}.marshal"
    patterns = KeptPatterns(FOLDER / name)
    compiler.compile = functools.wraps(compiler.compile)(lambda *args: patterns.compile(*args))
    atexit.register(patterns.keep)
    registry.add_noop(CoveragePlugin())
