"""House rules that a reader relies on: sizes, names, a first line that says a file's one job."""

import ast
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NAMELESS = {"utils.py", "helpers.py", "common.py", "misc.py", "manager.py", "data2.py"}
FILE_LINES = {"code": 300, "test": 500}
FUNCTION_LINES = {"code": 40, "test": 50}


def _files() -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "*.py"], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return [name for name in listed.stdout.split() if "_pb2" not in name]


@pytest.mark.parametrize("name", _files())
def test_file_is_small_named_and_introduced(name: str) -> None:
    """Files to 300 lines, functions to 40, a docstring first, a name that says something."""
    text = (ROOT / name).read_text(encoding="utf-8")
    tree = ast.parse(text)
    kind = "test" if name.startswith("tests/") else "code"
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    long = [
        f"{name}:{node.lineno} {node.name}: {lines} lines"
        for node in ast.walk(tree)
        if isinstance(node, functions)
        and (lines := (node.end_lineno or node.lineno) - node.lineno + 1) > FUNCTION_LINES[kind]
    ]

    assert text.count("\n") <= FILE_LINES[kind]
    assert Path(name).name not in NAMELESS
    assert ast.get_docstring(tree), "no docstring says the file's one job"
    assert not long


def test_no_test_is_skipped_silently() -> None:
    """No test is skipped, expected to fail, or waits by sleeping."""
    banned = ("pytest.skip(", "mark.skip", "mark.xfail", "importorskip", "time.sleep(")
    files = [name for name in _files() if name.startswith("tests/") and name != _self()]
    found = [f"{f}: {word}" for f in files for word in banned if word in (ROOT / f).read_text()]

    assert not found


def _self() -> str:
    return str(Path(__file__).resolve().relative_to(ROOT))
