"""The page at `/docs`: Swagger UI with our style and names over it, which fit the one installed."""

import re
from importlib.util import find_spec
from pathlib import Path

import pytest

import gateway.web

WEB = Path(gateway.web.__file__).parent
STYLE = (WEB / "static" / "docs.css").read_text("utf-8")
SCRIPT = (WEB / "static" / "docs.js").read_text("utf-8")
PAGE = (WEB / "templates" / "docs.html").read_text("utf-8")
CLASSES = sorted(set(re.findall(r"\.([a-z][\w-]*[a-z])(?=[ ,:{>)\[\"`.])", STYLE)))
READABLE = 4.5  # the least contrast of text, by WCAG 2 AA


def _swagger() -> str:
    spec = find_spec("flask_openapi3_swagger")
    assert spec is not None
    assert spec.submodule_search_locations
    folder = Path(spec.submodule_search_locations[0]) / "templates" / "swagger"
    files = ("css/swagger-ui.css", "js/swagger-ui-bundle.js")
    return "".join((folder / name).read_text("utf-8") for name in files)


def test_the_page_loads_only_what_this_server_has() -> None:
    """Style and script are ours or Swagger UI's own; nothing comes from elsewhere."""
    loaded = re.findall(r'(?:href|src)="([^"]+)"', PAGE)

    assert {"/static/docs.css", "/static/docs.js"} <= set(loaded)
    assert all(path.startswith(("/static/", "/docs/assets/")) for path in loaded)


@pytest.mark.parametrize("name", CLASSES)
def test_what_is_styled_is_there(name: str) -> None:
    """Each class that our style changes is one of the Swagger UI that is installed."""
    assert name in _SWAGGER


@pytest.mark.parametrize("name", ["DeepLink", "dark-mode", "copy-to-clipboard", "body-param__text"])
def test_what_is_mended_is_there(name: str) -> None:
    """Each part that our script names or replaces is one of the Swagger UI that is installed."""
    assert name in SCRIPT
    assert name in _SWAGGER


@pytest.mark.parametrize("colour", re.findall(r"--\w+: #(\w{6})", STYLE))
def test_light_colours_are_readable(colour: str) -> None:
    """Text in each colour on white, or white on it, has the contrast that WCAG asks for."""
    red, green, blue = (_linear(int(colour[n : n + 2], 16) / 255) for n in (0, 2, 4))
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue

    assert 1.05 / (luminance + 0.05) >= READABLE


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)


_SWAGGER = _swagger()
