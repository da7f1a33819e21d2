"""The page of labelling in a real Chromium: by keyboard alone, accessible, without a script too."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.support.annotation import Queue, open_queue
from tests.support.browser import chromium, new_page, violations
from tests.support.serving import served
from tests.support.stored_gateway import key_text

TEXTS = 50
PLACES = ("/annotate", "/annotate/disputes", "/annotate/agreement", "/annotate?blind=1")
_FOCUS = "document.activeElement.tagName + '#' + document.activeElement.id"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start Debian's Chromium."""
    with chromium() as started:
        yield started


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[Queue]:
    """Yield an empty queue over SQLite."""
    with open_queue(tmp_path) as opened:
        yield opened


@pytest.fixture
def address(queue: Queue) -> Iterator[str]:
    """Serve the gateway on a port of its own."""
    with served(queue.stored.client.application) as url:
        yield url


@contextmanager
def signed_in(
    browser: Browser, address: str, *, scripts: bool = True, dark: bool = False
) -> Iterator[Page]:
    """Yield a page of an annotator who signed in."""
    scheme = "dark" if dark else "light"
    with new_page(browser, java_script_enabled=scripts, color_scheme=scheme) as page:
        page.goto(f"{address}/signin?next=/annotate")
        page.fill("#key", key_text("ann"))
        page.click("form.narrow button")
        page.wait_for_selector("#task")
        yield page


def press(page: Page, key: str) -> None:
    """Press one key and wait until the page shows what came of it."""
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.keyboard.press(key)
    page.wait_for_selector(".htmx-request", state="detached")


def test_fifty_texts_are_labelled_by_keyboard_alone(
    browser: Browser, queue: Queue, address: str
) -> None:
    """One key a text and nothing else; focus is never lost; every label is as it was given."""
    queue.add(*(f"Text number {number}." for number in range(TEXTS)), annotators=1)
    with signed_in(browser, address) as page:
        for number in range(TEXTS):
            page.wait_for_selector(f"#task pre:text-is('Text number {number}.')")
            assert page.evaluate(_FOCUS) == "SECTION#task"
            press(page, "12"[number % 2])
        page.wait_for_selector("#task h2:text-is('Nothing to label')")
        assert page.evaluate(_FOCUS) == "SECTION#task"

        press(page, "u")
        page.wait_for_selector(f"#task pre:text-is('Text number {TEXTS - 1}.')")
        press(page, "1")
        page.wait_for_selector("#task h2:text-is('Nothing to label')")

        labels = {row["text"]: row["intent"] for row in queue.exported()}
        expected = {f"Text number {n}.": ("no", "yes")[n % 2] for n in range(TEXTS - 1)}
        assert labels == {**expected, f"Text number {TEXTS - 1}.": "no"}
        assert page.evaluate("localStorage.length + sessionStorage.length") == 0


@pytest.mark.parametrize("dark", [False, True])
def test_every_state_is_accessible(
    browser: Browser, queue: Queue, address: str, *, dark: bool
) -> None:
    """Empty, a text, a dispute, agreement: axe finds nothing, the policy refuses nothing."""
    with signed_in(browser, address, dark=dark) as page:
        heard: list[str] = []
        page.on("pageerror", lambda error: heard.append(str(error)))
        page.on("console", lambda said: heard.append(said.text) if said.type == "error" else None)
        assert violations(page) == []
        queue.add("One.", "Two.")
        page.reload()
        assert violations(page) == []
        press(page, "1")
        queue.label("bob", "yes")
        for place in PLACES:
            page.goto(address + place)
            assert violations(page) == [], place
        page.goto(f"{address}/annotate/disputes")
        press(page, "2")
        page.wait_for_selector("#task h2:text-is('Nothing to settle')")
        assert page.evaluate(_FOCUS) == "SECTION#task"
        assert heard == []


def test_it_works_without_a_script(browser: Browser, queue: Queue, address: str) -> None:
    """Buttons are buttons of forms: label, undo, pass over."""
    queue.add("First.", "Second.", annotators=1)
    with signed_in(browser, address, scripts=False) as page:
        page.click("button[value=no]")
        page.wait_for_selector("#task pre:text-is('Second.')")
        page.click("button[value=undo]")
        page.wait_for_selector("#task pre:text-is('First.')")
        page.click("button[value=skip]")
        page.wait_for_selector("#task pre:text-is('Second.')")


def test_a_hostile_text_stays_text(browser: Browser, queue: Queue, address: str) -> None:
    """No script runs and no element comes of what is to be labelled."""
    queue.add("<img src=x onerror=\"document.title='owned'\">{{ 7*7 }}</pre><b>x</b>")
    with signed_in(browser, address) as page:
        assert page.locator("#task pre *, #task img").count() == 0
        assert "owned" not in page.title()
