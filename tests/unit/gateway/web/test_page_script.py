"""The script of the page at `/`: which parts of an answer it draws, and that it draws only text."""

import re
from pathlib import Path

import pytest

import gateway.web
from gateway.api.response_models import CleanedShape, DecisionShape, FollowUpShape

STATIC = Path(gateway.web.__file__).parent / "static"
SCRIPT = (STATIC / "page.js").read_text("utf-8")
PAGE = (STATIC.parent / "templates" / "index.html").read_text("utf-8")
HIDDEN = {
    "model_text",  # the encoder's spelling of `text`
    "cut_chars",  # the parts show their own lengths
    "cleaner_version",  # read off the answer to /v1/classify
    "auto_kind",
    "decision",
    "evidence",
}


@pytest.mark.parametrize("field", sorted(set(CleanedShape.model_fields) - HIDDEN))
def test_what_the_cleaner_found_is_shown(field: str) -> None:
    """The page reads every field of `/v1/clean` that tells a person something."""
    assert re.search(rf"\bcleaned\.{field}\b|\"{field}\"", SCRIPT)


@pytest.mark.parametrize("field", sorted(DecisionShape.model_fields))
def test_the_whole_decision_is_shown(field: str) -> None:
    """No field of the decision is left out, whether mail must stop included."""
    assert f"decision.{field}" in SCRIPT


@pytest.mark.parametrize("field", ["not_before", "until", "text"])
def test_the_time_to_write_again_is_shown(field: str) -> None:
    """A wish is shown in its words with the days that it means."""
    assert field in FollowUpShape.model_fields
    assert f"wish.{field}" in SCRIPT


def test_what_an_operator_switched_off_is_not_painted_as_broken() -> None:
    """Statuses without a fault have words of their own; all the others are marked as bad."""
    named = re.search(r"const STATUSES = \{(.*?)\};", SCRIPT)
    assert named is not None
    assert set(re.findall(r"(\w+):", named[1])) == {"not_applicable", "disabled"}
    assert re.search(r"if \(STATUSES\[head\.status\]\).*\n\s+else if .*\"tag bad\"", SCRIPT)


def test_nothing_is_drawn_as_html() -> None:
    """Text of mails reaches the page as text, and the page needs no inline script or style."""
    assert not re.search(r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(", SCRIPT)
    assert not re.search(r"<script(?! src=)|<style|\son\w+=|\sstyle=", PAGE)


def test_the_script_asks_for_what_the_page_has() -> None:
    """Every element that the script looks up is in the page."""
    asked = set(re.findall(r"\bid\(\"(\w+)\"\)", SCRIPT))
    assert asked <= set(re.findall(r"\bid=\"(\w+)\"", PAGE))
