"""HTML mail to lines of text: hidden matter dropped, quotes marked, signatures set apart."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, NamedTuple

from lxml import etree

MAX_CHARS = 1_000_000
MAX_NODES = 50_000
MAX_DEPTH = 500
# Two marks, so that no line of a quote can be taken for a comparison such as "> 50".
QUOTE = ">> "

_DROPPED = frozenset(
    "script|style|head|title|template|noscript|object|svg|math|audio|video|iframe|select|textarea"  # noqa: SIM905
    "|map|meta|link".split("|")
)
_BLOCKS = frozenset(
    "address|article|aside|blockquote|body|center|dd|details|div|dl|dt|fieldset|figure|footer|form"  # noqa: SIM905
    "|h1|h2|h3|h4|h5|h6|header|hr|li|main|nav|ol|p|pre|section|table|tbody|tr|ul|caption".split("|")
)
_SPACED = frozenset("p|h1|h2|h3|h4|h5|h6|ul|ol|blockquote|pre|table|hr".split("|"))  # noqa: SIM905
_HIDDEN = re.compile(
    r"display\s?:\s?none|visibility\s?:\s?hidden|font-size\s?:\s?(?:0(?:\.0+)?(?:px|pt|em|rem|%)?|1p[xt])\s?(?:;|!|$)"
    r"|mso-hide\s?:\s?all|max-height\s?:\s?[01](?:px)?\s?(?:;|!|$)|opacity\s?:\s?0(?:\.0+)?\s?(?:;|!|$)"
    r"|(?<![\w-])(?:width|height)\s?:\s?[01]px"
)
_QUOTE_CLASS = re.compile(
    r"(?:^|\s)(?:gmail_attr|moz-cite-prefix|yahoo_quoted|yahoo-quoted\S*|protonmail_quote"
    r"|tutanota_quote|moz-email-headers-table|ms-outlook-mobile-reference-message"
    r"|zmail_extra|x_gmail_attr|moz-forward-container|outlookmessageheader|hey_quote"
    r"|front-blockquote|ik_mail_quote|mailbird_quote\S*|quoted-reply|airmail_on|bloop_markdown_quote"
    r"|freshdesk_quote|wisestamp_quote|WordSectionQuoted|gmail_quote_attribution)(?:$|\s)",
    re.IGNORECASE,
)
_CUT_ID = re.compile(
    r"(?:x_)*(?:appendonsend|divrplyfwdmsg|stopspelling|mail-editor-reference-message-container"
    r"|reply-intro|replybody|isforwardcontent|originalmessage|outlookmessageheader|yahoo_quoted\S*"
    r"|ymail_quoted|mailplanequote)",
    re.IGNORECASE,
)
_OUTLOOK_RULE = re.compile(r"border\s?:\s?none;\s?border-top\s?:\s?solid", re.IGNORECASE)
_SIGNATURE = re.compile(
    r"(?:^|\s)(?:x_)*(?:gmail_signature|gmail_signature_prefix|moz-signature|protonmail_signature_block"
    r"|yahoo-signature|ymail_android_signature|ms-outlook-mobile-signature|applemailsignature"
    r"|tutanota-signature|elementtosignature|signature|mail_signature|wisestamp_signature)(?:$|\s)",
    re.IGNORECASE,
)
_SPACES = re.compile(r"[ \t\r\n\f\xa0]+")
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass
class _Page:
    """Lines as they are built: (zone, text), zones being new, quote and signature."""

    lines: list[tuple[str, str]] = field(default_factory=list)
    current: list[str] = field(default_factory=list)
    zone: str = "new"
    length: int = 0
    verbatim: int = 0  # how many <pre> are open

    def write(self, text: str) -> None:
        if self.verbatim and "\n" in text:
            first, *others = text.split("\n")
            self._put(first)
            for line in others:
                self.break_line()
                self._put(line)
            return
        self._put(text)

    def _put(self, text: str) -> None:
        text = _SPACES.sub(" ", text)
        if text.strip() or (self.current and text):
            self.current.append(text)
            self.length += len(text)

    def turn(self, zone: str, blank: bool = False) -> None:
        """End the line, and go on in `zone`."""
        text = "".join(self.current).strip()
        if text or (self.lines and self.lines[-1][1]):
            if text:
                self.lines.append((self.zone, text))
            if blank and self.lines and self.lines[-1][1]:
                self.lines.append((self.zone, ""))
        self.current = []
        self.zone = zone

    def break_line(self) -> None:
        """End the line at a br element; an empty one becomes a blank line."""
        text = "".join(self.current).strip()
        self.lines.append((self.zone, text))
        self.current = []


class _Open(NamedTuple):
    """An element that was entered and not yet left."""

    element: Any
    children: Iterator[Any]  # drawn one by one: a node that is never reached is never made
    zone: str
    outer: str  # the zone to go on in when it is left


def html_to_text(html: str) -> tuple[str, str]:
    """Return (text with quoted lines marked ">> ", signature); bounded in nodes, never raises."""
    root = _parse(html)
    if root is None:
        return "", ""
    page = _render(root)
    text = "\n".join(
        (QUOTE + line if zone == "quote" else line) for zone, line in page if zone != "sig"
    )
    signature = "\n".join(line for zone, line in page if zone == "sig").strip()
    spoken = any(zone == "new" and line for zone, line in page)
    if signature and not spoken:
        # Some people type their answer into the signature's box: keep it then.
        text = "\n".join((QUOTE + line if zone == "quote" else line) for zone, line in page)
        signature = ""
    return text, signature


def _parse(html: str) -> Any:
    source = _ILLEGAL.sub("", html[:MAX_CHARS])
    if not source.strip():
        return None
    parser = etree.HTMLParser(
        recover=True, no_network=True, remove_comments=True, remove_pis=True, encoding="utf-8"
    )
    try:
        return etree.fromstring(source.encode("utf-8", "ignore"), parser)
    except (etree.XMLSyntaxError, ValueError, AssertionError):
        return None


def _render(root: Any) -> list[tuple[str, str]]:
    page = _Page()
    cut = False
    opened: list[_Open] = []
    element: Any = root
    nodes = 0
    while element is not None and nodes < MAX_NODES and page.length <= MAX_CHARS:
        nodes += 1
        tag = element.tag if isinstance(element.tag, str) else ""
        if not tag or tag in _DROPPED or _is_hidden(element):
            page.write(element.tail or "")
        else:
            cut = cut or _cuts(element)
            zone = "quote" if cut else _zone(element, tag, opened[-1].zone if opened else "new")
            outer = "quote" if cut else page.zone
            _enter(page, element, tag, zone)
            children = element.iterchildren() if len(opened) < MAX_DEPTH else iter(())
            opened.append(_Open(element, children, zone, outer))
        element = _next(page, opened)
    page.turn("new")
    return page.lines


def _next(page: _Page, opened: list[_Open]) -> Any:
    """Return the element that follows, after leaving those that have no more children."""
    while opened:
        child = next(opened[-1].children, None)
        if child is not None:
            return child
        element, _, _, outer = opened.pop()
        page.verbatim -= element.tag == "pre"
        if element.tag in _BLOCKS or page.zone != outer:
            page.turn(outer, element.tag in _SPACED)
        if opened and element.tail:
            page.write(element.tail)
    return None


def _enter(page: _Page, element: Any, tag: str, zone: str) -> None:
    page.verbatim += tag == "pre"
    if tag == "br":
        page.break_line()
    elif tag in _BLOCKS or zone != page.zone:
        page.turn(zone, tag in _SPACED)
    elif tag in ("td", "th"):
        page.write(" ")
    if element.text:
        page.write(element.text)


def _zone(element: Any, tag: str, outer: str) -> str:
    if outer != "new":
        return outer
    names = f"{element.get('class') or ''} {element.get('id') or ''}"
    if tag == "blockquote" or (tag == "div" and element.get("name") == "quote"):
        return "quote"
    if names != " ":
        if _QUOTE_CLASS.search(names):
            return "quote"
        if _SIGNATURE.search(names):
            return "sig"
    return "sig" if element.get("data-smartmail") == "gmail_signature" else "new"


def _cuts(element: Any) -> bool:
    """Whether everything from here on is the mail that was answered."""
    identity = element.get("id")
    if identity and _CUT_ID.fullmatch(identity):
        return True
    style = element.get("style")
    if not style or "border-top" not in style.lower() or not _OUTLOOK_RULE.search(style):
        return False
    return bool(sum(text.count(":") for text in islice(element.itertext(), 40)) >= 2)


def _is_hidden(element: Any) -> bool:
    if element.get("hidden") is not None or element.get("aria-hidden") == "true":
        return True
    style = element.get("style")
    return style is not None and _HIDDEN.search(str(style)[:500].lower()) is not None
