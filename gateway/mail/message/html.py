"""HTML mail to lines of text: hidden matter dropped, quotes marked, signatures set apart."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, NamedTuple

from lxml import etree

from gateway.mail.message.numbering import Numbering
from gateway.mail.message.quotation import cuts, zone_of
from gateway.mail.message.visibility import SEEN, Sight, sight_of
from gateway.mail.patterns.emoji import is_emoji

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
_LISTED = frozenset(("ol", "ul", "li"))
_SPACES = re.compile(r"[ \t\r\n\f\xa0]+")
# One tag, quoted values and all. Possessive, so that every character is read once.
_TAG = re.compile(
    r"(<[A-Za-z][^\s/>]{0,30})((?:[^>=\"']|=\s*+\"[^\"]*+\"?|=\s*+'[^']*+'?|[=\"'])*+)(?:>|\Z)"
)
_BETWEEN = re.compile(r"[\s/\"']+")
_LARGE = 16_000
_MAX_TAG = 2_000
_MAX_ATTRIBUTES = 100
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass
class Budget:
    """How much HTML may still be read; shared by all parts of a mail, spent by `html_to_text`."""

    chars: int = MAX_CHARS
    elements: int = MAX_NODES


@dataclass
class _Page:
    """Lines as they are built: (zone, text), zones being new, quote and signature."""

    lines: list[tuple[str, str]] = field(default_factory=list)
    current: list[str] = field(default_factory=list)
    zone: str = "new"
    length: int = 0
    verbatim: int = 0  # how many <pre> are open
    pictures: int = 0
    elements: int = 0
    cut_short: bool = False
    numbering: Numbering = field(default_factory=Numbering)
    number: str = ""  # of a list's item none of whose words is written yet

    def write(self, text: str, sight: Sight) -> None:
        if not sight.shows:
            return
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
        if self.number and text.strip():
            text, self.number = self.number + text.lstrip(), ""
        if text.strip() or (self.current and text):
            self.current.append(text)
            self.length += len(text)

    def turn(self, zone: str, blank: bool = False) -> None:
        """End the line, and go on in `zone`."""
        text = self._line()
        if text or (self.lines and self.lines[-1][1]):
            if text:
                self.lines.append((self.zone, text))
            if blank and self.lines and self.lines[-1][1]:
                self.lines.append((self.zone, ""))
        self.current = []
        self.zone = zone

    def break_line(self) -> None:
        """End the line at a br element; an empty one becomes a blank line."""
        self.lines.append((self.zone, self._line()))
        self.current = []

    def _line(self) -> str:
        """Return the line without blanks around it, but for the one that ends a delimiter."""
        text = "".join(self.current).lstrip()
        return text if text == "-- " else text.rstrip()


class _Open(NamedTuple):
    """An element that was entered and not yet left."""

    element: Any
    children: Iterator[Any]  # drawn one by one: a node that is never reached is never made
    zone: str
    outer: str  # the zone to go on in when it is left
    sight: Sight


class HtmlText(NamedTuple):
    """HTML as text: quoted lines marked ">> ", the signature apart, and what a reader sees."""

    text: str
    signature: str
    pictures: int = 0  # images large enough to be looked at
    flags: frozenset[str] = frozenset()


def html_to_text(html: str, budget: Budget | None = None) -> HtmlText:
    """Return what a reader of `html` sees; bounded in characters and nodes, never raises.

    What `budget` has left is the bound, by default that of one page. If nothing is seen, although
    words are there and no quote explains it, all words are kept and the flag is `unsplit`.
    """
    budget = budget or Budget()
    root = _parse(html[: budget.chars])
    flags = {"truncated"} if len(html) > budget.chars else set()
    budget.chars -= min(len(html), budget.chars)
    if root is None:
        return HtmlText("", "", flags=frozenset(flags))
    page, flags = _seen(root, budget, flags)
    text = _joined(page.lines, frozenset(("sig",)))
    signature = "\n".join(line for zone, line in page.lines if zone == "sig").strip()
    spoken = any(zone == "new" and line for zone, line in page.lines)
    if signature and not spoken:
        # Some people type their answer into the signature's box: keep it then.
        text, signature = _joined(page.lines, frozenset()), ""
    return HtmlText(text, signature, page.pictures, frozenset(flags))


def _seen(root: Any, budget: Budget, flags: set[str]) -> tuple[_Page, set[str]]:
    """Render what is seen, else all words; return it with the flags that say so."""
    bound = budget.elements
    page = _render(root, bound, plain=False)
    budget.elements -= page.elements
    flags = flags | ({"truncated"} if page.cut_short else set())
    if not page.pictures and not any(line for _, line in page.lines) and _has_words(root):
        page = _render(root, bound, plain=True)
        budget.elements = max(budget.elements - page.elements, 0)
        flags |= {"unsplit"} if any(line for _, line in page.lines) else set()
    return page, flags


def _joined(lines: list[tuple[str, str]], without: frozenset[str]) -> str:
    return "\n".join(
        QUOTE + line if zone == "quote" else line for zone, line in lines if zone not in without
    )


def _has_words(root: Any) -> bool:
    """Whether letters stand anywhere in the page, hidden or not."""
    texts = islice(root.itertext(), MAX_NODES)
    return any(any(map(str.isalnum, text[:1_000])) for text in texts)


def _parse(html: str) -> Any:
    source = _ILLEGAL.sub("", html)
    if not source.strip():
        return None
    if len(source) > _LARGE:
        source = _TAG.sub(_bounded, source)
    parser = etree.HTMLParser(
        recover=True, no_network=True, remove_comments=True, remove_pis=True, encoding="utf-8"
    )
    try:
        return etree.fromstring(source.encode("utf-8", "ignore"), parser)
    except (etree.XMLSyntaxError, ValueError, AssertionError):
        return None


def _bounded(tag: re.Match[str]) -> str:
    """Drop the attributes of a tag with hundreds: the parser compares each with all before it."""
    attributes = tag.group(2)
    if len(attributes) <= _MAX_TAG or len(_BETWEEN.findall(attributes)) <= _MAX_ATTRIBUTES:
        return tag.group()
    return tag.group(1) + ">"


def _render(root: Any, bound: int, plain: bool) -> _Page:
    """Walk up to `bound` elements; `plain` takes all words for new ones that are seen."""
    page = _Page()
    cut = False
    opened: list[_Open] = []
    element: Any = root
    while element is not None and page.elements < bound and page.length <= MAX_CHARS:
        page.elements += 1
        tag = element.tag if isinstance(element.tag, str) else ""
        outer_sight = opened[-1].sight if opened else SEEN
        sight = SEEN if plain else sight_of(element, tag, outer_sight)
        if not tag or tag in _DROPPED or sight is None:
            page.write(element.tail or "", outer_sight)
        else:
            cut = not plain and (cut or cuts(element))
            outer_zone = opened[-1].zone if opened else "new"
            if tag == "blockquote":
                page.turn(page.zone, blank=True)  # the line above it may introduce it
            zone = "new" if plain else zone_of(element, tag, outer_zone, page.lines)
            zone = "quote" if cut else zone
            outer = "quote" if cut else page.zone
            _enter(page, element, tag, zone, sight)
            children = element.iterchildren() if len(opened) < MAX_DEPTH else iter(())
            opened.append(_Open(element, children, zone, outer, sight))
        element = _next(page, opened)
    page.cut_short = element is not None
    page.turn("new")
    return page


def _show(page: _Page, element: Any, zone: str, sight: Sight) -> None:
    """Write an emoji that is drawn as a picture; count any other picture of the author's."""
    words = (element.get("alt") or "").strip()
    if words and is_emoji(words):
        page.write(words, sight)
    else:
        page.pictures += zone == "new" and _is_picture(element)


def _is_picture(element: Any) -> bool:
    """Whether an image is more than a dot that tells when a mail was opened."""
    sizes = (element.get("width") or "", element.get("height") or "")
    return not any(size.strip().removesuffix("px") in ("0", "1") for size in sizes)


def _next(page: _Page, opened: list[_Open]) -> Any:
    """Return the element that follows, after leaving those that have no more children."""
    while opened:
        child = next(opened[-1].children, None)
        if child is not None:
            return child
        element, _, _, outer, _ = opened.pop()
        page.verbatim -= element.tag == "pre"
        if element.tag in _LISTED:
            page.numbering.leave(element.tag)
            page.number = ""
        if element.tag in _BLOCKS or page.zone != outer:
            page.turn(outer, element.tag in _SPACED)
        if opened and element.tail:
            page.write(element.tail, opened[-1].sight)
    return None


def _enter(page: _Page, element: Any, tag: str, zone: str, sight: Sight) -> None:
    page.verbatim += tag == "pre"
    if tag in _LISTED:
        page.number += page.numbering.enter(element, tag)
    if tag == "br":
        page.break_line()
    elif tag in _BLOCKS or zone != page.zone:
        page.turn(zone, tag in _SPACED)
    elif tag in ("td", "th"):
        page.write(" ", SEEN)
    elif tag == "img":
        _show(page, element, zone, sight)
    if element.text:
        page.write(element.text, sight)
