"""Write what the code and the catalog know into the documents: settings, metrics, heads' figures.

`python env/document.py` rewrites; `--check` only lists what is stale (a test runs it).
"""

import ast
import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

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
    "gateway_log": "gateway/prediction_log/metrics.py",
}


def rows() -> list[tuple[str, str, str]]:
    """Return name, default and meaning of every setting, in the order of the classes."""
    return [
        (prefix + name.upper(), _default(field.default), field.description or "")
        for prefix, settings in SERVICES.items()
        for name, field in settings.model_fields.items()
    ]


def example() -> str:
    """Return the text of env/.env.example: every setting with its default, commented out."""
    lines = ["# Every setting with its default. Uncomment what should differ.", ""]
    for name, default, meaning in rows():
        lines += [f"# {meaning}", f"# {name}={default}", ""]
    return "\n".join(lines).rstrip() + "\n"


def metrics(service: str) -> str:
    """Return the Markdown table of a service's metrics, read from its `metrics.py`."""
    source = (ROOT / METRICS[service]).read_text(encoding="utf-8")
    body = []
    for call in [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]:
        texts = [str(a.value) for a in call.args if isinstance(a, ast.Constant)]
        if len(texts) > 1 and texts[0].islower():
            name = f"{service}_{texts[0].removeprefix(service + '_')}"
            if _counts(call) and not name.endswith("_total"):
                name += "_total"  # as it is exposed
            body.append(f"| `{name}` | {texts[1]} |")
    return "\n".join(["| metric | meaning |", "|---|---|", *body])


def _counts(call: ast.Call) -> bool:
    """Whether a call makes a counter: its series end in `_total`."""
    made = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
    return made in ("Counter", "CounterMetricFamily", "_counter", "counter")


def heads_quality() -> str:
    """Return the Markdown table of the production heads' figures by held-out writer."""
    body = []
    for name, figures in _figures():
        english = figures["languages"]["en"]
        others = [part["macro_f1"] for code, part in figures["languages"].items() if code != "en"]
        body.append(
            f"| {name} | {english['rows']} | {_interval(english)} | {english['ece']:.3f} "
            f"| {english['answered_accuracy']:.3f} at {english['coverage']:.2f} "
            f"| {f'{min(others):.2f}-{max(others):.2f}' if others else ''} |"
        )
    return "\n".join([_HEADS_HEADER, *body])


def intent_quality() -> str:
    """Return the figures of the head `intent` in one sentence."""
    intent = dict(_figures()).get("intent")
    if intent is None:
        return "`intent` in production has no figures by held-out writer of English replies."
    english = intent["languages"]["en"]
    return (
        f"`intent`, on {english['rows']} English replies, each judged by head and encoder learnt "
        f"without its writer: macro-F1 {_interval(english)}; it answers {english['coverage']:.0%} "
        f"of them and is right in {english['answered_accuracy']:.0%} of those."
    )


_HEADS_HEADER = (
    "| head | English rows | macro-F1 (95 %) | calibration error "
    "| accuracy of what is answered, at coverage | macro-F1 in a language never met |\n"
    "|---|---:|---|---:|---|---|"
)


def _figures() -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield each production head's name and its figures by held-out writer.

    Heads without such figures of English rows, as `heads new` makes them, are passed over.
    """
    for aliases in sorted((ROOT / "heads" / "catalog").glob("*/aliases.json")):
        version = json.loads(aliases.read_text(encoding="utf-8")).get("production")
        metrics_file = aliases.parent / str(version) / "metrics.json"
        if not metrics_file.is_file():
            continue
        facts = json.loads(metrics_file.read_text(encoding="utf-8"))
        by_writer = facts["evaluation"].get("source", {})
        if "en" in by_writer.get("languages", {}):
            yield facts["name"], by_writer


def _interval(figures: Mapping[str, Any]) -> str:
    low, high = figures["macro_f1_interval"]
    return f"{figures['macro_f1']:.3f} ({low:.3f}-{high:.3f})"


def documents() -> dict[Path, str]:
    """Return what each document with generated parts should hold."""
    tables = {
        "README.md": {"quality": intent_quality()},
        "embedder/README.md": {"metrics": metrics("embedder")},
        "heads/README.md": {"quality": heads_quality(), "metrics": metrics("heads")},
        "gateway/README.md": {"metrics": metrics("gateway")},
        "gateway/prediction_log/README.md": {"metrics": metrics("gateway_log")},
    }
    wanted = {ROOT / "env" / ".env.example": example()}
    for name, parts in tables.items():
        text = (ROOT / name).read_text(encoding="utf-8")
        for mark, fresh in parts.items():
            text = _between(text, mark, fresh)
        wanted[ROOT / name] = text
    return wanted


def _between(document: str, name: str, fresh: str) -> str:
    """Return the document with `fresh` between the marks of `name`; raise ValueError without."""
    marks = rf"(<!-- {re.escape(name)} -->\n).*?(<!-- /{re.escape(name)} -->)"
    if not re.search(marks, document, flags=re.DOTALL):
        raise ValueError(f"no <!-- {name} --> ... <!-- /{name} --> in the document")
    return re.sub(marks, lambda m: f"{m[1]}{fresh}\n{m[2]}", document, flags=re.DOTALL)


def _default(value: object) -> str:
    """Return a default as it is written in the environment, the same on every machine."""
    if value is None or value is PydanticUndefined:
        return ""
    text = str(value)
    return text.replace(str(ROOT) + "/", "").replace(str(Path.home()), "~")


def main() -> int:
    """Write or check; return 1 when a checked document is stale."""
    stale = [p for p, text in documents().items() if not p.exists() or p.read_text("utf-8") != text]
    if "--check" in sys.argv:
        print("\n".join(f"{path.relative_to(ROOT)} is stale: make docs" for path in stale))
        return 1 if stale else 0
    for path, text in documents().items():
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
