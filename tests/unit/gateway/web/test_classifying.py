"""The page at `/`: what it takes, what it shows of an answer, and that mails stay text."""

import io
import re
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from flask.testing import FlaskClient

import gateway.web
from embedder.testing.embedder import FakeEmbedder
from gateway.api.door import body_limit
from gateway.app import Gateway
from gateway.config import Settings
from gateway.web.samples import SAMPLES
from tests.support.pools import FakePool, head_set, info

WEB = Path(gateway.web.__file__).parent
HTMX = "a0abb04f2f45a1f89d1d4844023245537e5e6014c87b144553e0607b4cc32130"
MESSAGE = b"From: a@example.com\r\nSubject: Re: offer\r\n\r\nNo, thank you.\r\n"
HOSTILE = (
    "<img src=x onerror=alert(1)>",
    "<script>alert(1)</script>",
    "{{ 7*7 }}",
    "{% raw %}",
    "</textarea></pre><b>bold</b>",
    "\u202eevil",
    "&lt;b&gt;",
    "javascript:alert(1)",
)


@pytest.fixture
def client() -> Iterator[FlaskClient]:
    """Run a gateway without keys whose head answers "yes"."""
    made = Gateway(
        Settings(encoder_refresh_s=60), FakeEmbedder(), FakePool(head_set(info("intent")))
    )
    yield made.app.test_client()
    made.close()


def test_a_form_without_a_script_gets_the_whole_page(client: FlaskClient) -> None:
    """Decision, why, scores, what was kept and cut, and who answered."""
    content = "Yes, gladly.\n\n-- \nTom\n\nOn Mon, 2 Mar 2026, Ann wrote:\n> a question"
    shown = client.post("/", data={"kind": "text", "content": content}).text
    for part in ("<!doctype html>", "Decided by the intent head", "Kept:", "Cut as quoted",
                 "Yes, gladly.", "version 1", "fingerprint"):  # fmt: skip
        assert part in shown, part


def test_a_script_gets_the_changing_part_alone(client: FlaskClient) -> None:
    """What is put into an open page holds no second page."""
    headers = {"HX-Request": "true"}
    shown = client.post("/", data={"kind": "text", "content": "Yes."}, headers=headers).text
    assert "<!doctype" not in shown
    assert "<form id=" not in shown
    assert "Decided by the intent head" in shown


@pytest.mark.parametrize(
    ("kind", "content"), [("html", "<p>No, thank you.</p>"), ("raw", MESSAGE.decode())]
)
def test_html_and_whole_messages_are_read(client: FlaskClient, kind: str, content: str) -> None:
    """The cleaner reads each kind as the API does."""
    shown = client.post("/", data={"kind": kind, "content": content}).text
    assert re.search(r"<pre[^>]*>No, thank you\.", shown)


def test_a_file_is_read_instead_of_the_words(client: FlaskClient) -> None:
    """A saved message is taken as it is."""
    file = (io.BytesIO(MESSAGE), "reply.eml")
    shown = client.post("/", data={"kind": "text", "content": "other", "message": file}).text
    assert re.search(r"<pre[^>]*>No, thank you\.", shown)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_mail_stays_text(client: FlaskClient, text: str) -> None:
    """No mark-up of a mail, and no template in it, means anything to the page."""
    shown = client.post("/", data={"kind": "text", "content": f"Hello {text} there"}).text
    for tag in ("<img src=x", "<script>alert", "<b>bold"):
        assert tag not in shown
    assert "49" not in re.findall(r"<pre[^>]*>(.*?)</pre>", shown, re.S)[0]


@pytest.mark.parametrize(
    ("form", "status", "says"),
    [
        ({"kind": "text", "content": "x" * 200_001}, 422, "at most 200000"),
        ({"kind": "text", "content": "x", "subject": "y" * 2_001}, 422, "subject"),
    ],
)
def test_a_problem_is_shown_to_people(
    client: FlaskClient, form: dict[str, str], status: int, says: str
) -> None:
    """It names the limit, as a page, with the API's status."""
    answer = client.post("/", data=form, content_type="multipart/form-data")
    assert (answer.status_code, answer.mimetype) == (status, "text/html")
    assert says in answer.text


def test_a_form_is_no_larger_than_an_email_may_be(client: FlaskClient) -> None:
    """It is refused by its announced length, before it is read."""
    kind = "multipart/form-data; boundary=x"
    long = {"CONTENT_LENGTH": "30000000"}
    answer = client.post("/", data=b"x", content_type=kind, environ_overrides=long)
    assert answer.status_code == 413
    assert "The body is too large" in answer.text


def test_without_a_log_nothing_can_be_corrected(client: FlaskClient) -> None:
    """No form is shown that could not be sent, and history says what is missing."""
    assert "should be" not in client.post("/", data={"kind": "text", "content": "Yes."}).text
    history = client.get("/history")
    assert history.status_code == 501
    assert "GATEWAY_LOG_DIR" in history.text


@pytest.mark.parametrize("name", SAMPLES)
def test_samples_are_in_the_form(client: FlaskClient, name: str) -> None:
    """A link fills the form, with and without a script."""
    assert SAMPLES[name][:20] in client.get(f"/?sample={name}").text


@pytest.mark.parametrize("path", ["/", "/heads", "/heads/intent", "/status", "/signin", "/docs"])
def test_pages_load_from_here_alone(client: FlaskClient, path: str) -> None:
    """The policy forbids inline script and style but for the explorer's, and no page has any."""
    answer = client.get(path)
    policy = answer.headers["Content-Security-Policy"]
    assert path == "/docs" or "unsafe" not in policy
    assert "form-action 'self'" in policy
    assert not re.search(r"<script(?! src=)|<style|\son\w+=|\sstyle=|https?://", answer.text)
    assert answer.headers["Cache-Control"] == "no-store"


def test_templates_use_nothing_that_the_policy_kills() -> None:
    """Attributes that htmx would run as code are silently dead under the policy."""
    for template in sorted(WEB.glob("templates/*.html")):
        text = template.read_text("utf-8")
        assert not re.search(r"hx-on|hx-live|hx-vals|js:|\sstyle=|\son\w+=|\|safe", text), template


def test_the_vendored_script_is_the_published_one() -> None:
    """Htmx 4.0.1 of the npm registry, byte by byte."""
    content = (WEB / "static" / "htmx-4.0.1.min.js").read_bytes()
    assert sha256(content).hexdigest() == HTMX


def test_the_own_script_draws_no_html_and_stores_nothing() -> None:
    """What it does beyond forms needs neither."""
    script = (WEB / "static" / "page.js").read_text("utf-8")
    assert not re.search(r"innerHTML|insertAdjacent|document\.write|eval\(|Storage", script)


def test_where_a_header_decided_no_words_are_shaded(client: FlaskClient) -> None:
    """The words alone were not what the rule read: nothing is said of them."""
    message = MESSAGE.decode().replace("\r\n\r\n", "\r\nAuto-Submitted: auto-replied\r\n\r\n", 1)
    shown = client.post("/", data={"kind": "raw", "content": message}).text
    assert "auto_reply.header" in shown
    assert "<mark" not in shown


def test_a_page_takes_what_a_message_may_have(client: FlaskClient) -> None:
    """The door lets a form in that is as large as a message, with what may stand beside it."""
    settings = Settings()
    assert body_limit(settings, b"/", b"multipart/form-data") > settings.max_raw_bytes
