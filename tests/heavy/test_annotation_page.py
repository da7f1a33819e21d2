"""The page of labelling in a real Chromium: by keyboard alone, accessible, without a script too."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.serving import make_server

from tests.support.annotation import Queue, open_queue
from tests.support.stored_gateway import key_text

CHROMIUM = "/usr/bin/chromium"
TEXTS = 50
_FOCUS = "document.activeElement.tagName + '#' + document.activeElement.id"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start Debian's Chromium."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[Queue]:
    """Yield an empty queue over SQLite."""
    with open_queue(tmp_path) as opened:
        yield opened


@pytest.fixture
def address(queue: Queue) -> Iterator[str]:
    """Serve the gateway on a port of its own."""
    server = make_server("127.0.0.1", 0, queue.stored.client.application, threaded=True)
    server.daemon_threads = True  # type: ignore[attr-defined] # a threaded one has it
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def signed_in(browser: Browser, address: str, *, scripts: bool = True, dark: bool = False) -> Page:
    """Return a page of an annotator who signed in."""
    context = browser.new_context(
        java_script_enabled=scripts, color_scheme="dark" if dark else "light"
    )
    page = context.new_page()
    page.goto(f"{address}/signin?next=/annotate")
    page.fill("#key", key_text("ann"))
    page.click("form.narrow button")
    page.wait_for_selector("#task")
    return page


def press(page: Page, key: str) -> None:
    """Press one key and wait until the page shows what came of it."""
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.keyboard.press(key)
    page.wait_for_selector(".htmx-request", state="detached")


def violations(page: Page) -> list[str]:
    """Return what axe finds."""
    return [each["id"] for each in Axe().run(page).response["violations"]]


def test_fifty_texts_are_labelled_by_keyboard_alone(
    browser: Browser, queue: Queue, address: str
) -> None:
    """One key a text and nothing else; focus is never lost; every label is as it was given."""
    queue.add(*(f"Text number {number}." for number in range(TEXTS)), annotators=1)
    page = signed_in(browser, address)
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
    page.context.close()


@pytest.mark.parametrize("dark", [False, True])
def test_every_state_is_accessible(
    browser: Browser, queue: Queue, address: str, *, dark: bool
) -> None:
    """Empty, a text, a dispute, agreement: axe finds nothing, the policy refuses nothing."""
    page = signed_in(browser, address, dark=dark)
    heard: list[str] = []
    page.on("pageerror", lambda error: heard.append(str(error)))
    page.on("console", lambda said: heard.append(said.text) if said.type == "error" else None)
    assert violations(page) == []
    queue.add("One.", "Two.")
    page.reload()
    assert violations(page) == []
    press(page, "1")
    queue.label("bob", "yes")
    for place in ("/annotate", "/annotate/disputes", "/annotate/agreement", "/annotate?blind=1"):
        page.goto(address + place)
        assert violations(page) == [], place
    page.goto(f"{address}/annotate/disputes")
    press(page, "2")
    page.wait_for_selector("#task h2:text-is('Nothing to settle')")
    assert page.evaluate(_FOCUS) == "SECTION#task"
    assert heard == []
    page.context.close()


def test_it_works_without_a_script(browser: Browser, queue: Queue, address: str) -> None:
    """Buttons are buttons of forms: label, undo, pass over."""
    queue.add("First.", "Second.", annotators=1)
    page = signed_in(browser, address, scripts=False)
    page.click("button[value=no]")
    assert "Second." in page.inner_text("#task")
    page.click("button[value=undo]")
    assert "First." in page.inner_text("#task")
    page.click("button[value=skip]")
    assert "Second." in page.inner_text("#task")
    page.context.close()


def test_a_hostile_text_stays_text(browser: Browser, queue: Queue, address: str) -> None:
    """No script runs and no element comes of what is to be labelled."""
    queue.add("<img src=x onerror=\"document.title='owned'\">{{ 7*7 }}</pre><b>x</b>")
    page = signed_in(browser, address)
    assert page.locator("#task pre *, #task img").count() == 0
    assert "owned" not in page.title()
    page.context.close()
