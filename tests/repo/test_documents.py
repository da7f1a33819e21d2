"""The documents state what the code holds: settings, metrics, routes, links, paths, commands."""

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from env import document

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("embedder", "gateway", "heads", "loadtests")
# A file or folder in backticks, as the documents name them; `*` stands for any name.
PATH = re.compile(r"`((?:[.\w*-]*[\w*-])(?:/[\w.*-]+)*/?)`")
FILE_KINDS = (".hcl", ".json", ".md", ".py", ".sh", ".toml", ".txt", ".yaml", ".yml")
IGNORED = ("env/keys", ".run", ".cache")


def _tracked(pattern: str) -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", pattern], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return [name for name in listed.stdout.split() if not name.startswith("tests/data/")]


DOCUMENTS = _tracked("*.md")
# What was true of an earlier release stays in the changelog.
PRESENT = [name for name in DOCUMENTS if name != "CHANGELOG.md"]
FILES = (*_tracked("*"), "rows.json")  # the latter is written beside trained heads and encoders


def _read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_generated_documents_are_fresh() -> None:
    """Settings, metrics and heads' figures stand in the documents as the code has them."""
    done = subprocess.run(
        [sys.executable, "env/document.py", "--check"],
        cwd=ROOT, capture_output=True, text=True, env={"PYTHONPATH": str(ROOT)},
    )  # fmt: skip

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    "evaluation",
    [
        {"author": {"macro_f1": 0.8}},
        {"source": {"macro_f1": 0.8}},
        {"source": {"languages": {"": {"macro_f1": 0.8}}}},
    ],
)
def test_heads_without_figures_of_english_by_writer_are_passed_over(
    evaluation: dict[str, object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A production head without them, as `heads new` makes it, has no row and breaks nothing."""
    _put_figures(tmp_path, "own", evaluation)
    monkeypatch.setattr(document, "ROOT", tmp_path)

    assert "own" not in document.heads_quality()
    assert "no figures" in document.intent_quality()


def test_a_head_of_english_alone_has_a_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without another language the last column is empty."""
    english = {
        "rows": 9, "macro_f1": 0.8, "macro_f1_interval": [0.7, 0.9], "ece": 0.01,
        "answered_accuracy": 0.9, "coverage": 0.75,
    }  # fmt: skip
    _put_figures(tmp_path, "own", {"source": {"languages": {"en": english}}})
    monkeypatch.setattr(document, "ROOT", tmp_path)

    row = "| own | 9 | 0.800 (0.700-0.900) | 0.010 | 0.900 at 0.75 |  |"
    assert document.heads_quality().endswith(row)


def _put_figures(root: Path, name: str, evaluation: dict[str, object]) -> None:
    folder = root / "heads" / "catalog" / name / "1"
    folder.mkdir(parents=True)
    (folder.parent / "aliases.json").write_text('{"production": "1"}', encoding="utf-8")
    facts = {"name": name, "evaluation": evaluation}
    (folder / "metrics.json").write_text(json.dumps(facts), encoding="utf-8")


def test_every_route_is_documented() -> None:
    """README names every route that the gateway answers."""
    from embedder.testing.embedder import FakeEmbedder
    from gateway.api.openapi import document as api_document
    from gateway.app import Gateway
    from gateway.config import Settings
    from tests.support.pools import FakePool, head_set

    gateway = Gateway(Settings(), FakeEmbedder(), FakePool(head_set()))
    gateway.close()
    missing = sorted(
        p for p in api_document(gateway.app)["paths"] if f" {p}`" not in _read("README.md")
    )

    assert not missing


@pytest.mark.parametrize(("name", "lines"), [("README.md", 150), ("ARCHITECTURE.md", 100)])
def test_front_pages_are_short(name: str, lines: int) -> None:
    """README is read in minutes and ARCHITECTURE is one page; the rest stands in the rooms."""
    assert _read(name).count("\n") <= lines


@pytest.mark.parametrize("name", DOCUMENTS)
def test_links_lead_somewhere(name: str) -> None:
    """Every relative link points at a file of the repository, and its anchor at a heading there."""
    broken = [
        link
        for link in re.findall(r"\]\((?!https?:)([^)]+)\)", _read(name))
        if not _leads_somewhere(name, link)
    ]

    assert not broken


@pytest.mark.parametrize("name", PRESENT)
def test_paths_exist(name: str) -> None:
    """Every file or folder that a document names is in the repository or beside the document."""
    missing = [path for path in PATH.findall(_read(name)) if not _exists(name, path)]

    assert not missing


def test_make_targets_in_documents_exist() -> None:
    """Every `make x` that a document names is a target of the Makefile."""
    targets = set(re.findall(r"^([a-z-]+):", _read("Makefile"), flags=re.MULTILINE))
    named = {t for name in PRESENT for t in re.findall(r"(?:`|^)make ([a-z-]+)", _read(name), re.M)}

    assert named <= targets


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_introduces_its_rooms(package: str) -> None:
    """A package's README names every room inside it."""
    rooms = {Path(name).parts[1] for name in _tracked(f"{package}/*/__init__.py")}
    unnamed = sorted(room for room in rooms if f"`{room}/`" not in _read(f"{package}/README.md"))

    assert not unnamed


def test_every_direct_dependency_has_a_reason() -> None:
    """Each dependency in pyproject.toml stands in some README's table with why it is there."""
    content = tomllib.loads(_read("pyproject.toml"))
    project, tools = content["project"], content["dependency-groups"]
    extras = project["optional-dependencies"]
    groups = [project["dependencies"], *extras.values(), *tools.values()]
    wanted = {re.split(r"[\[<>=]", requirement)[0] for group in groups for requirement in group}
    given = {word for name in PRESENT for row in _dependency_rows(name) for word in row}

    assert wanted <= given


def _leads_somewhere(document: str, link: str) -> bool:
    path, _, anchor = link.partition("#")
    target = (ROOT / document).parent / path if path else ROOT / document
    if not target.exists():
        return False
    return not anchor or anchor in {_anchor(h) for h in _headings(target.read_text("utf-8"))}


def _headings(text: str) -> Iterator[str]:
    outside = re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
    return (match[1] for match in re.finditer(r"^#+ (.+)$", outside, flags=re.MULTILINE))


def _anchor(heading: str) -> str:
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def _exists(document: str, path: str) -> bool:
    """Whether `path` is there: from the root or beside the document, a bare name anywhere."""
    top, slash, _ = path.partition("/")
    is_path = path.endswith(("/", *FILE_KINDS)) or (slash and (ROOT / top).exists())
    if not is_path or path.startswith(IGNORED):
        return True
    if not slash:
        return any(Path(name).match(path) for name in FILES)
    return any(next(start.glob(path), None) for start in (ROOT, (ROOT / document).parent))


def _dependency_rows(name: str) -> Iterator[list[str]]:
    """Yield the names in the first cell of each row of a document's table of dependencies."""
    for table in re.findall(
        r"^\| (?:direct dependency|package) \| why \|\n((?:\|.*\n)+)", _read(name), re.M
    ):
        for row in table.splitlines():
            yield re.findall(r"[\w.-]+", row.split("|")[1])
