"""Writes what the code says of itself into the docs: settings, metrics, heads, files.

`python env/document.py` rewrites; `--check` only says what is stale (a test runs it).
"""

import ast
import json
import re
import sys
from pathlib import Path

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from embedder.config import Settings as EmbedderSettings
from gateway.config import Settings as GatewaySettings
from heads.config import Settings as HeadsSettings

ROOT = Path(__file__).resolve().parents[1]
SERVICES: dict[str, type[BaseModel]] = {
    "EMBEDDER_": EmbedderSettings,
    "HEADS_": HeadsSettings,
    "GATEWAY_": GatewaySettings,
}

METRICS = {
    "embedder": "embedder/metrics.py",
    "heads": "heads/service/metrics.py",
    "gateway": "gateway/metrics.py",
}


def rows() -> list[tuple[str, str, str]]:
    """Name, default and meaning of every setting, in the order of the classes."""
    return [
        (prefix + name.upper(), _default(field.default), field.description or "")
        for prefix, settings in SERVICES.items()
        for name, field in settings.model_fields.items()
    ]


def example() -> str:
    """The text of env/.env.example: every setting with its default, commented out."""
    lines = ["# Every setting with its default. Uncomment what should differ.", ""]
    for name, default, meaning in rows():
        lines += [f"# {meaning}", f"# {name}={default}", ""]
    return "\n".join(lines).rstrip() + "\n"


def table() -> str:
    """The Markdown table of every setting."""
    body = [f"| `{n}` | {f'`{d}`' if d else ''} | {m} |" for n, d, m in rows()]
    return "\n".join(["| setting | default | meaning |", "|---|---|---|", *body])


def metrics() -> str:
    """The Markdown table of every metric, read from the three `metrics.py`."""
    body = []
    for package, place in METRICS.items():
        source = (ROOT / place).read_text(encoding="utf-8")
        calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
        for call in calls:
            texts = [str(a.value) for a in call.args if isinstance(a, ast.Constant)]
            if len(texts) > 1 and texts[0].islower():
                name = f"{package}_{texts[0].removeprefix(package + '_')}"
                body.append(f"| `{name}` | {texts[1]} |")
    return "\n".join(["| metric | meaning |", "|---|---|", *body])


def files(folder: str) -> str:
    """The Markdown table of a folder's files and the job that each one's first line states."""
    body = []
    for path in sorted((ROOT / folder).glob("*.py")):
        job = (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").split("\n")[0]
        body.append(f"| `{path.name}` | {job} |")
    return "\n".join(["| file | job |", "|---|---|", *body])


def heads() -> str:
    """The Markdown table of the production heads' out-of-fold figures, from their metrics.json."""
    body = []
    for aliases in sorted((ROOT / "heads" / "catalog").glob("*/aliases.json")):
        version = json.loads(aliases.read_text(encoding="utf-8"))["production"]
        found = json.loads((aliases.parent / version / "metrics.json").read_text(encoding="utf-8"))
        authors, writers = found["evaluation"]["author"], found["evaluation"]["source"]
        low, high = authors["macro_f1_interval"]
        body.append(
            f"| {found['name']} | {authors['rows']} | {authors['macro_f1']:.3f} "
            f"({low:.3f}-{high:.3f}) | {writers['macro_f1']:.3f} | {authors['ece']:.3f} "
            f"| {authors['answered_accuracy']:.3f} at {authors['coverage']:.2f} |"
        )
    return "\n".join([_HEADS_HEADER, *body])


_HEADS_HEADER = (
    "| head | rows | macro-F1, held-out authors (95 %) | held-out writers | calibration error "
    "| accuracy of what is answered, at coverage |\n|---|---:|---|---:|---:|---|"
)


def documents() -> dict[Path, str]:
    """What each generated document should hold."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    architecture = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    architecture = _between(architecture, "metrics", metrics())
    for folder in re.findall(r"<!-- files (\S+) -->", architecture):
        architecture = _between(architecture, f"files {folder}", files(folder))
    return {
        ROOT / "README.md": _between(_between(readme, "settings", table()), "heads", heads()),
        ROOT / "ARCHITECTURE.md": architecture,
        ROOT / "env" / ".env.example": example(),
    }


def _between(document: str, name: str, fresh: str) -> str:
    """The document with what stands between the marks of `name` replaced."""
    marks = rf"(<!-- {re.escape(name)} -->\n).*?(<!-- /{re.escape(name)} -->)"
    return re.sub(marks, lambda m: f"{m[1]}{fresh}\n{m[2]}", document, flags=re.DOTALL)


def _default(value: object) -> str:
    """A default as one would write it in the environment, the same on every machine."""
    if value is None or value is PydanticUndefined:
        return ""
    text = str(value)
    return text.replace(str(ROOT) + "/", "").replace(str(Path.home()), "~")


def main() -> int:
    """Write or check; the exit code is 1 when a checked document is stale."""
    stale = [p for p, text in documents().items() if not p.exists() or p.read_text("utf-8") != text]
    if "--check" in sys.argv:
        print("\n".join(f"{path.relative_to(ROOT)} is stale: make docs" for path in stale))
        return 1 if stale else 0
    for path, text in documents().items():
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
