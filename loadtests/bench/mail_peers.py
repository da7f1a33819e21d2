"""Compare the mail cleaner with four public libraries, on our cases and on the libraries' own.

Run: python -m loadtests.bench.mail_peers. It downloads the libraries' source distributions from the
package index into a temporary folder, reads the plain-text cases out of their tests, runs every
library and ours on both sets, and prints one table. Nothing of them is kept.
"""

from __future__ import annotations

import ast
import importlib
import json
import signal
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import click

from gateway.mail import MailInput, clean

DISTRIBUTIONS = (
    "email-reply-parser==0.5.12",
    "mail-parser-reply==1.36",
    "email-reply-extractor==1.1.1",
    "quotequail==0.5.4",
)
OWN_CASES = Path(__file__).parents[2] / "tests/data/mail/cases.jsonl"
_SLOW_UNITS = ("On ", " ", "\n", "-", "From: a\n", "On Monday we met\n", "Am x schrieb ", "> x\n")
_SLOW_CHARS = 4_000
_LIMIT_S = 10
# Functions of their tests that take a whole text (or its lines) and return what is kept of it.
_KEEPERS = frozenset(
    ("scored", "custom_clean", "strip_attribution_lines", "strip_after_original_message_divider")
)
_EXTRACTORS = _KEEPERS | {"extract_new_text", "clean_for_scoring"}


@dataclass(frozen=True)
class Case:
    """A text, fragments that must stay, and fragments that must go."""

    origin: str
    text: str
    kept: tuple[str, ...]
    cut: tuple[str, ...]


@click.command()
@click.option("--show", is_flag=True, help="Name the libraries' cases that ours gets wrong.")
def main(show: bool) -> None:
    """Print kept, cut, both, time a mail and worst time for every library and ours."""
    with tempfile.TemporaryDirectory() as folder:
        roots = _fetch(Path(folder))
        cleaners = _cleaners(roots)
        peer_cases = [case for root in roots for case in _fixtures(root)]
        own_cases = list(_own_cases())
        click.echo(
            f"{'':24}{'own cases: kept cut both':>30}{'theirs: kept cut both':>30}  ms   worst s"
        )
        for name, cleaner in cleaners.items():
            _print_row(name, cleaner, own_cases, peer_cases)
        if show:
            for case in peer_cases:
                kept, cut = _score(case, _ours(case.text))
                if not (kept and cut):
                    click.echo(f"\n{case}\n-> {_ours(case.text)!r}")


def _print_row(
    name: str, cleaner: Callable[[str], str], own_cases: list[Case], peer_cases: list[Case]
) -> None:
    columns = []
    for cases in (own_cases, peer_cases):
        results = [_score(case, _guarded(cleaner, case.text)) for case in cases]
        kept, cut = sum(k for k, _ in results), sum(c for _, c in results)
        both = sum(k and c for k, c in results)
        columns.append(
            f"{kept:5} {cut:4} {both:4} of {len(cases)} ({100 * both / len(cases):.0f} %)"
        )
    times = []
    for case in own_cases:
        start = time.perf_counter()
        _guarded(cleaner, case.text)
        times.append((time.perf_counter() - start) * 1000)
    worst = max(_timed(cleaner, (unit * _SLOW_CHARS)[:_SLOW_CHARS]) for unit in _SLOW_UNITS)
    shown = f">{_LIMIT_S}" if worst >= _LIMIT_S else f"{worst:.3f}"
    click.echo(f"{name:24}{columns[0]:>30}{columns[1]:>30}  {statistics.median(times):.2f} {shown}")


def _score(case: Case, result: str) -> tuple[bool, bool]:
    """Return whether all that must stay is in `result`, and nothing that must go; blanks aside."""
    flat = " ".join(result.split())
    kept = all(" ".join(piece.split()) in flat for piece in case.kept)
    lines = {" ".join(line.split()) for line in result.split("\n")}
    cut = not any(
        (" ".join(piece.split()) in flat)
        if len(piece) >= 12
        else (" ".join(piece.split()) in lines)
        for piece in case.cut
    )
    return kept, cut


def _guarded(cleaner: Callable[[str], str], text: str) -> str:
    try:
        return cleaner(text) or ""
    except Exception:
        return ""  # a crash keeps nothing


def _timed(cleaner: Callable[[str], str], text: str) -> float:
    def give_up(_signal: int, _frame: FrameType | None) -> None:
        raise TimeoutError

    signal.signal(signal.SIGALRM, give_up)
    signal.alarm(_LIMIT_S)
    start = time.perf_counter()
    try:
        cleaner(text)
    except Exception:
        return time.perf_counter() - start
    finally:
        signal.alarm(0)
    return time.perf_counter() - start


def _ours(text: str) -> str:
    return clean(MailInput(text=text)).text


def _cleaners(roots: list[Path]) -> dict[str, Callable[[str], str]]:
    for root in roots:
        sys.path.insert(0, str(root / "src" if (root / "src").is_dir() else root))
    erp = importlib.import_module("email_reply_parser")
    mpr = importlib.import_module("mailparser_reply")
    languages = list(importlib.import_module("mailparser_reply.constants").MAIL_LANGUAGES)
    extraction = importlib.import_module("email_reply_extractor.extraction")
    cleaning = importlib.import_module("email_reply_extractor.cleaning")
    quail = importlib.import_module("quotequail")

    def extractor(text: str) -> str:
        return str(cleaning.clean_for_scoring(extraction.extract_new_text(text).text).text)

    def quotequail(text: str) -> str:
        return "\n".join(part for keep, part in quail.quote(text, quote_intro_line=True) if keep)

    return {
        "email-reply-parser": lambda text: str(erp.EmailReplyParser.parse_reply(text)),
        "mail-parser-reply": lambda text: str(
            mpr.EmailReplyParser(languages=languages).parse_reply(text)
        ),
        "email-reply-extractor": extractor,
        "quotequail": quotequail,
        "trunkline": _ours,
    }


def _fetch(folder: Path) -> list[Path]:
    """Download the source distributions with pip and unpack them."""
    roots = []
    for requirement in DISTRIBUTIONS:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        command += ["--no-binary", ":all:", "--no-build-isolation", "--dest", str(folder)]
        subprocess.run([*command, requirement], check=True, stderr=subprocess.DEVNULL)
    for archive in sorted(folder.glob("*.tar.gz")):
        with tarfile.open(archive) as tar:
            tar.extractall(folder, filter="data")
        roots.append(folder / archive.name.removesuffix(".tar.gz"))
    return roots


def _own_cases() -> Iterator[Case]:
    for line in OWN_CASES.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row["format"] == "text":
            yield _whole(row["name"], row["content"], row["text"])


def _whole(origin: str, text: str, expected: str) -> Case:
    """Make a case of a complete expected text: all its lines stay, all others go."""
    kept = tuple(line for line in expected.split("\n") if line.strip())
    flat = " ".join(expected.split())
    gone = (line.strip() for line in text.split("\n"))
    cut = tuple(line for line in gone if line and " ".join(line.split()) not in flat)
    return Case(origin, text, kept, cut)


def _fixtures(root: Path) -> Iterator[Case]:
    """Yield the plain-text cases in one distribution's tests, read from their syntax trees."""
    for path in sorted(root.glob("test*/test_*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for function in [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]:
            origin = f"{root.name}:{path.name}:{function.name}"
            if function.name in ("test_quote", "test_unwrap"):
                yield from _quail_cases(origin, function)
            else:
                yield from _assertions(origin, function)


def _quail_cases(origin: str, function: ast.FunctionDef) -> Iterator[Case]:
    """Yield the parameters of quotequail's tests: (text, parts) or (text, result of unwrap)."""
    for decorator in function.decorator_list:
        if not isinstance(decorator, ast.Call) or len(decorator.args) < 2:
            continue
        for row in ast.literal_eval(decorator.args[1]):
            if function.name == "test_quote":
                yield _whole(origin, row[0], "\n".join(part for keep, part in row[2] if keep))
            elif row[1] is not None and (row[1].get("text_top") or row[1].get("text_bottom")):
                ends = [row[1].get(end, "") for end in ("text_top", "text_bottom")]
                kept = tuple(line for part in ends for line in part.split("\n") if line.strip())
                body = row[1].get("text", "").split("\n")
                cut = tuple(line for line in body if line.strip() and line not in kept)
                yield Case(origin, row[0], kept, cut)


def _assertions(origin: str, function: ast.FunctionDef) -> Iterator[Case]:
    """Yield assertions on a literal text: equality, or a fragment that is (not) in the result."""
    known: dict[str, Any] = {}
    results: dict[str, str] = {}
    pieces: dict[str, tuple[list[str], list[str]]] = {}
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
            known[name] = _value(node.value, known)
            source = _subject(node.value, known, results)
            if source is not None:
                results[name] = source
        if not (isinstance(node, ast.Assert) and isinstance(node.test, ast.Compare)):
            continue
        left, operator, right = node.test.left, node.test.ops[0], node.test.comparators[0]
        if isinstance(operator, ast.Eq):
            text, wanted = _subject(left, known, results), _value(right, known)
            lines = [wanted] if isinstance(wanted, str) else wanted
            if text and isinstance(lines, list) and all(isinstance(line, str) for line in lines):
                yield _whole(origin, text, "\n".join(lines))
        elif isinstance(operator, ast.In | ast.NotIn):
            text, fragment = _subject(right, known, results), _value(left, known)
            if text and isinstance(fragment, str):
                pieces.setdefault(text, ([], []))[isinstance(operator, ast.NotIn)].append(fragment)
    for text, (kept, cut) in pieces.items():
        yield Case(origin, text, tuple(kept), tuple(cut))


def _value(node: ast.expr, known: Mapping[str, Any]) -> Any:
    """Return a literal, a named one or one split into lines; None where `node` is none of these."""
    if isinstance(node, ast.Name):
        return known.get(node.id)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        base = _value(node.func.value, known)
        return base.split("\n") if node.func.attr == "split" and isinstance(base, str) else None
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError):
        return None


def _subject(node: ast.expr, known: Mapping[str, Any], results: Mapping[str, str]) -> str | None:
    """Return the text that was cleaned, where `node` is the result of one of their cleaners."""
    if isinstance(node, ast.Attribute):
        return _subject(node.value, known, results) if node.attr == "text" else None
    if isinstance(node, ast.Name):
        return results.get(node.id)
    if not isinstance(node, ast.Call):
        return None
    name = node.func.id if isinstance(node.func, ast.Name) else ""
    if name not in _EXTRACTORS or len(node.args) != 1 or node.keywords:
        return None
    value = _value(node.args[0], known)
    inner = value if value is not None else _subject(node.args[0], known, results)
    return "\n".join(inner) if isinstance(inner, list) else inner


if __name__ == "__main__":
    main()
