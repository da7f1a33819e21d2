"""The pages in a real Chromium: accessible, private, usable by keyboard, hostile mails as text."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.support.browser import chromium, new_page, violations
from tests.support.serving import served
from tests.support.stored_gateway import StoredGateway, key_text, stored_gateway

MAIL = "Hi Ann,\n\nyes, gladly.\n\nBest,\nTom\n\nOn Mon, 2 Mar 2026, Ann wrote:\n> a question"
HOSTILE = (
    "<img src=x onerror=\"document.title='owned'\">",
    "<script>document.title='owned'</script>",
    "</textarea></pre><svg onload=\"document.title='owned'\">",
    "\u202e\u2066<b>gnp.exe</b>",
    "{{ 7*7 }}{% include 'x' %}",
    "javascript:document.title='owned'",
    "<form hx-get=/ hx-trigger=load>",
    '=HYPERLINK("http://x")',
    "&#60;b&#62;&lt;i&gt;",
    '<a href="//evil.example" autofocus onfocus="document.title=\'owned\'">x</a>',
)
WRAPS = ("{}", "Hello {} there", "{}\n\n-- \nTom {}", "> {}\n{}", "a" * 200 + "{}")
PLACES = ("/", "/history", "/statistics?days=1&tag=sequence", "/heads", "/heads/intent", "/status",
          "/history/01ARZ3NDEKTSV4RRFFQ69G5FAV")  # fmt: skip
_DECISION = "document.querySelector('#answer .intent').getBoundingClientRect()"
VIEWS = (("light", 1200, 900), ("dark", 1200, 900), ("light", 390, 844))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start Debian's Chromium."""
    with chromium() as started:
        yield started


@pytest.fixture
def stored(tmp_path: Path) -> Iterator[StoredGateway]:
    """Run a gateway over SQLite."""
    with stored_gateway(tmp_path, f"sqlite:///{tmp_path / 'predictions.db'}") as gateway:
        yield gateway


@pytest.fixture
def address(stored: StoredGateway) -> Iterator[str]:
    """Serve it on a port of its own."""
    with served(stored.client.application) as url:
        yield url


class Complaints:
    """What a page's console says: errors of scripts, and what the policy refused."""

    def __init__(self, page: Page) -> None:
        self.heard: list[str] = []
        page.on("pageerror", lambda error: self.heard.append(str(error)))
        page.on("console", lambda message: self._hear(message.type, message.text))

    def _hear(self, kind: str, text: str) -> None:
        if kind == "error" and "status of 404" not in text:  # the page of an unknown answer
            self.heard.append(text)


@contextmanager
def signed_in(
    browser: Browser, address: str, scheme: str = "light", width: int = 1200, height: int = 900,
    *, scripts: bool = True,
) -> Iterator[Page]:  # fmt: skip
    """Yield a page of a person who signed in."""
    viewport = {"width": width, "height": height}
    with new_page(
        browser, color_scheme=scheme, viewport=viewport, java_script_enabled=scripts
    ) as page:
        page.goto(f"{address}/signin")
        page.fill("#key", key_text("person"))
        page.click("form.narrow button")
        page.wait_for_selector("#email")
        yield page


@pytest.mark.parametrize(("scheme", "width", "height"), VIEWS)
def test_every_page_and_state_is_accessible_and_private(
    browser: Browser, stored: StoredGateway, address: str, scheme: str, width: int, height: int
) -> None:
    """Nothing is found by axe or refused by the policy, and nothing is left in the browser."""
    stored.stored("One.", tags={"sequence": "spring"})
    with signed_in(browser, address, scheme, width, height) as page:
        complaints = Complaints(page)
        for place in PLACES:
            page.goto(address + place)
            assert violations(page) == [], place
        page.goto(address)
        page.fill("#content", MAIL)
        page.keyboard.press("Control+Enter")
        page.wait_for_selector("#answer .intent")
        assert violations(page) == []
        in_sight = f"{_DECISION}.top >= 0 && {_DECISION}.bottom <= {height}"
        page.wait_for_selector(".htmx-request", state="detached")
        assert page.evaluate(in_sight)  # the decision, on a phone too
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate("localStorage.length + sessionStorage.length") == 0
        assert complaints.heard == []


def test_an_answer_is_given_and_corrected_by_keyboard_alone(
    browser: Browser, stored: StoredGateway, address: str
) -> None:
    """Type, Ctrl+Enter, a number: the correction is stored, and focus is never lost."""
    with signed_in(browser, address) as page:
        page.keyboard.type(MAIL)  # the field has the focus from the start
        page.keyboard.press("Control+Enter")
        page.wait_for_selector("#answer .intent")
        stored.store()
        page.locator("#answer h2").first.focus()
        page.keyboard.press("1")
        page.wait_for_selector("#corrected .done")
        assert "no" in page.inner_text("#corrected")
        assert page.evaluate("document.activeElement.tagName") != "BODY"
        page.goto(f"{address}/history?show=corrected")
        assert page.locator("#found tbody tr").count() == 1


def test_the_main_act_works_without_a_script(
    browser: Browser, stored: StoredGateway, address: str
) -> None:
    """A browser that runs none sends the form, sees the decision and corrects it."""
    with signed_in(browser, address, scripts=False) as page:
        page.fill("#content", MAIL)
        page.click("#email button.main")
        assert "yes" in page.inner_text(".intent")
        stored.store()
        page.click("form[data-keys] button[value=no]")
        page.wait_for_selector("main:has-text('person said of intent: no')")


def test_a_dropped_message_is_read(browser: Browser, address: str) -> None:
    """A saved mail that is dropped anywhere on the page is sent as it is."""
    with signed_in(browser, address) as page:
        page.evaluate(
            """() => {
              const files = new DataTransfer();
              const mail = "From: a@example.com\\r\\nSubject: Re\\r\\n\\r\\nNo, thank you.\\r\\n";
              files.items.add(new File([mail], "reply.eml", {type: "message/rfc822"}));
              const init = {dataTransfer: files, bubbles: true, cancelable: true};
              document.body.dispatchEvent(new DragEvent("drop", init));
            }"""
        )
        page.wait_for_selector("#answer pre")
        assert page.inner_text("#answer pre").strip() == "No, thank you."


def test_five_hundred_hostile_mails_stay_text(browser: Browser, address: str) -> None:
    """Whatever stands in a mail, as text or HTML: no script runs and no element comes of it."""
    with signed_in(browser, address) as page:
        complaints = Complaints(page)
        mails = [
            (kind, wrap.replace("{}", text) + f" {number}")
            for kind in ("text", "html")
            for wrap in WRAPS
            for text in HOSTILE
            for number in range(5)
        ]
        assert len(mails) == 500
        for kind, text in mails:
            page.check(f"input[name=kind][value={kind}]")
            page.fill("#content", text)
            with page.expect_response(lambda answer: answer.request.method == "POST"):
                page.locator("#email button.main").click()
            page.wait_for_selector(".htmx-request", state="detached")
            assert "owned" not in page.title()
            assert page.locator("#answer pre :not(mark), #answer img, #answer script").count() == 0
        assert complaints.heard == []
