"""Debian's Chromium for the tests of pages."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from tests.support.waiting import WAIT_S

CHROMIUM = "/usr/bin/chromium"
_PATIENCE_MS = 10 * WAIT_S * 1000  # Playwright's own 30 s are little on a busy machine


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the browser."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox"], timeout=_PATIENCE_MS
        )
        yield browser
        browser.close()


@contextmanager
def new_page(browser: Browser, **options: Any) -> Iterator[Page]:
    """Yield a page in a context of its own that waits as long as it takes."""
    context = browser.new_context(**options)
    context.set_default_timeout(_PATIENCE_MS)
    yield context.new_page()
    context.close()


def violations(page: Page) -> list[tuple[str, str]]:
    """Return what axe finds: the rule, and the first element that breaks it."""
    found = Axe().run(page).response["violations"]
    return [(each["id"], each["nodes"][0]["html"]) for each in found]
