"""Every construct that the cleaner reads, as mails that grow: what its cost is measured on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from gateway.mail import MailInput
from tests.data.mail import adversarial
from tests.data.mail.construct_messages import MESSAGES, charset_cases
from tests.data.mail.construct_pages import PAGES
from tests.data.mail.construct_texts import LINES, UNICODE
from tests.data.mail.construct_units import repeated

_HEADERS = (
    "subject", "from", "auto-submitted", "return-path", "precedence", "x-auto-response-suppress",
    "list-id", "date", "content-type", "message-id",
)  # fmt: skip
MAX_TEXT, MAX_HTML, MAX_RAW = 200_000, 1_000_000, 25 << 20
MAX_SUBJECT, MAX_HEADER, MAX_OUTBOUND = 2_000, 16_000, 20_000


@dataclass(frozen=True)
class Construct:
    """One construct: its name, what it is repeated to, where that stands, and the most let in."""

    name: str
    content: Callable[[int], Any]
    place: Callable[[Any], MailInput]
    largest: int

    def mail(self, size: int) -> MailInput:
        """Return a mail of about this size."""
        return self.place(self.content(size))


def texts() -> dict[str, Callable[[int], str]]:
    """Return every plain text to grow, by name."""
    units = {**UNICODE, **LINES}
    return {**adversarial.TEXTS, **{name: repeated(unit) for name, unit in units.items()}}


def constructs() -> Iterator[Construct]:
    """Yield each construct once, in the shape that it belongs to."""
    for name, text in texts().items():
        yield Construct(f"text-{name}", text, _as_text, MAX_TEXT)
    for name, page in {**adversarial.PAGES, **PAGES}.items():
        yield Construct(f"html-{name}", page, _as_html, MAX_HTML)
    for name, raw in {**adversarial.MESSAGES, **MESSAGES}.items():
        yield Construct(f"raw-{name}", raw, _as_raw, MAX_RAW)


def variations() -> Iterator[Construct]:
    """Yield the same texts where else they may stand, and all charsets with all bytes."""
    for name, (head, unit) in charset_cases().items():
        yield Construct(f"raw-{name}", repeated(unit, head), _as_raw, MAX_RAW)
    for name, text in texts().items():
        for shape, (place, largest) in _PLACES.items():
            yield Construct(f"{shape}-{name}", text, place, largest)


def _as_text(text: str) -> MailInput:
    return MailInput(text=text)


def _as_html(page: str) -> MailInput:
    return MailInput(html=page)


def _as_raw(message: bytes) -> MailInput:
    return MailInput(raw=message)


def _as_page(text: str) -> MailInput:
    page = "<p>" + text.replace("<", "&lt;").replace("\n", "<br>")
    return MailInput(html=page[:MAX_HTML])


def _as_message(text: str) -> MailInput:
    head = b"Content-Type: text/plain; charset=utf-8\r\n\r\n"
    return MailInput(raw=head + text.encode("utf-8", "surrogatepass"))


def _as_subject(text: str) -> MailInput:
    return MailInput(text="Not now.", subject=text)


def _as_headers(text: str) -> MailInput:
    return MailInput(text="Not now.", headers=dict.fromkeys(_HEADERS, text))


def _as_outbound(text: str) -> MailInput:
    return MailInput(text="Yes.", last_outbound=text)


def _as_thread(text: str) -> MailInput:
    return MailInput(text=text, scope="thread")


_PLACES: dict[str, tuple[Callable[[str], MailInput], int]] = {
    "page": (_as_page, MAX_HTML),
    "message": (_as_message, 1_000_000),
    "subject": (_as_subject, MAX_SUBJECT),
    "headers": (_as_headers, MAX_HEADER),
    "outbound": (_as_outbound, MAX_OUTBOUND),
    "thread": (_as_thread, MAX_TEXT),
}
