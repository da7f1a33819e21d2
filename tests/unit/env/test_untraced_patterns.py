"""Patterns that measured test processes share are those that `re` itself makes."""

import inspect
import re
import re._compiler as compiler  # type: ignore[import-not-found]  # typeshed leaves it out
import sys
from pathlib import Path

import pytest

from env.measuring.untraced_patterns import LONG_CHARS, KeptPatterns

# Where these tests are measured, `re.compile` is the plugin itself.
compile_by_re = inspect.unwrap(compiler.compile)
LONG = "(?P<word>stop|genug)|" + "|".join(f"never again {n}" for n in range(LONG_CHARS))


@pytest.mark.parametrize("flags", [0, re.IGNORECASE, re.ASCII | re.VERBOSE])
def test_a_kept_pattern_is_the_one_that_re_makes(tmp_path: Path, flags: int) -> None:
    """In the process that compiled it and in one that reads it; the search finds the same."""
    folder = tmp_path / "new" / "patterns"
    expected = compile_by_re(LONG, flags)
    assert KeptPatterns(folder).compile(LONG, flags) == expected
    read = KeptPatterns(folder)
    read._compile = None  # nothing is compiled again
    kept = read.compile(LONG, flags)
    assert kept == expected
    assert kept.groupindex == expected.groupindex
    assert kept.search("please STOP, genug").group("word") == (
        "STOP" if flags & re.IGNORECASE else "genug"
    )


def test_short_patterns_and_bytes_are_not_kept(tmp_path: Path) -> None:
    """They cost less than the place they take."""
    patterns = KeptPatterns(tmp_path)
    assert patterns.compile("a|b") == compile_by_re("a|b")
    assert patterns.compile(LONG.encode()) == compile_by_re(LONG.encode())
    assert not list(tmp_path.iterdir())


def test_a_pattern_that_is_wrong_fails_as_ever(tmp_path: Path) -> None:
    """The next one compiles, and what the engine is called with is what it was."""
    patterns = KeptPatterns(tmp_path)
    engine = compiler._sre
    with pytest.raises(re.error, match="missing"):
        patterns.compile(LONG + "(")
    assert compiler._sre is engine
    assert patterns.compile(LONG) == compile_by_re(LONG)


@pytest.mark.parametrize("content", [b"", b"not a pattern", b"\xfb\x01", b"\xe9\x01\0\0\0"])
def test_a_broken_file_is_written_anew(tmp_path: Path, content: bytes) -> None:
    """A process that was killed, or another Python, left it."""
    KeptPatterns(tmp_path).compile(LONG)
    (file,) = tmp_path.iterdir()
    whole = file.read_bytes()
    file.write_bytes(content)
    assert KeptPatterns(tmp_path).compile(LONG) == compile_by_re(LONG)
    assert file.read_bytes() == whole


def test_a_file_of_another_pattern_is_not_taken_for_it(tmp_path: Path) -> None:
    """Its name alone is no proof."""
    KeptPatterns(tmp_path).compile(LONG)
    (file,) = tmp_path.iterdir()
    (tmp_path / "other").mkdir()
    other = KeptPatterns(tmp_path / "other")
    file.rename(other._file((LONG + "|x", 0)))
    assert other.compile(LONG + "|x") == compile_by_re(LONG + "|x")


def test_a_folder_that_cannot_be_written_to_fails_nothing(tmp_path: Path) -> None:
    """The pattern is compiled; the next process compiles it again."""
    (tmp_path / "taken").touch()
    assert KeptPatterns(tmp_path / "taken").compile(LONG) == compile_by_re(LONG)


def test_the_trace_goes_on_behind_it(tmp_path: Path) -> None:
    """While it compiles nothing is traced; what follows is measured as before."""
    patterns = KeptPatterns(tmp_path)
    seen: list[str] = []
    before = sys.gettrace()
    sys.settrace(lambda frame, event, arg: seen.append(frame.f_code.co_name))
    tracer = sys.gettrace()
    try:
        patterns.compile("[a-z]+")
        after = sys.gettrace()
    finally:
        sys.settrace(before)
    assert after is tracer
    assert seen == ["compile"]
