"""Writes what the code says of itself into the docs: settings into README and .env.example.

`python env/document.py` rewrites; `--check` only says what is stale (a test runs it).
"""

import re
import sys
from pathlib import Path

from pydantic_core import PydanticUndefined
from pydantic_settings import BaseSettings

from embedder.config import Settings as EmbedderSettings
from gateway.config import Settings as GatewaySettings
from heads.config import Settings as HeadsSettings

ROOT = Path(__file__).resolve().parents[1]
SERVICES: dict[str, type[BaseSettings]] = {
    "EMBEDDER_": EmbedderSettings,
    "HEADS_": HeadsSettings,
    "GATEWAY_": GatewaySettings,
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


def documents() -> dict[Path, str]:
    """What each generated document should hold."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    fresh = re.sub(
        r"(<!-- settings -->\n).*?(\n<!-- /settings -->)",
        lambda match: match[1] + table() + match[2],
        readme,
        flags=re.DOTALL,
    )
    return {ROOT / "README.md": fresh, ROOT / "env" / ".env.example": example()}


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
