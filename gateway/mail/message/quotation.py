"""Which HTML elements hold quoted mail, a signature, or the start of the mail that was answered."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from gateway.mail.message.bars import left_bar
from gateway.mail.message.colours import is_neutral
from gateway.mail.patterns.attribution import attribution_start
from gateway.mail.patterns.attribution_words import VERB, names_in

_QUOTE_CLASS = re.compile(
    r"(?:^|\s)(?:gmail_attr|moz-cite-prefix|yahoo_quoted|yahoo-quoted\S*|protonmail_quote"
    r"|tutanota_quote|moz-email-headers-table|ms-outlook-mobile-reference-message"
    r"|zmail_extra|x_gmail_attr|moz-forward-container|outlookmessageheader|hey_quote"
    r"|front-blockquote|ik_mail_quote|mailbird_quote\S*|quoted-reply|airmail_on|bloop_markdown_quote"
    r"|reply-intro|freshdesk_quote|wisestamp_quote|WordSectionQuoted|gmail_quote_attribution)(?:$|\s)",
    re.IGNORECASE,
)
_ATTRIBUTION_CLASS = re.compile(r"(?:^|\s)(?:x_)*(?:gmail_attr|gmail_quote_attribution)(?:$|\s)")
_CONTAINER_CLASS = re.compile(r"(?:^|\s)(?:x_)*gmail_quote")
_CITED = re.compile(r"quot|cite|iosymail|yiv|messagereply", re.IGNORECASE)
_CUT_ID = re.compile(
    r"(?:x_)*(?:appendonsend|divrplyfwdmsg|stopspelling|mail-editor-reference-message-container"
    r"|replybody|isforwardcontent|originalmessage|outlookmessageheader|yahoo_quoted\S*"
    r"|ymail_quoted|mailplanequote)",
    re.IGNORECASE,
)
_OUTLOOK_RULE = re.compile(r"border\s?:\s?none;\s?border-top\s?:\s?solid", re.IGNORECASE)
_SIGNATURE = re.compile(
    r"(?:^|\s)(?:x_)*(?:gmail_signature|gmail_signature_prefix|moz-signature|protonmail_signature_block"
    r"|yahoo-signature|ymail_android_signature|ms-outlook-mobile-signature|applemailsignature"
    r"|tutanota-signature|elementtosignature|signature|mail_signature|wisestamp_signature"
    r"|front-signature|bloop_sign\S*|zm-_id_-sgn\d*|ydp\w{0,20}signature"
    r"|missive_signature|hey_signature|spark_signature)(?:$|\s)",
    re.IGNORECASE,
)
_NAMED = {"quote": "quote", "messageReplySection": "quote", "messageSignatureSection": "sig"}
_INDENT = re.compile(r"border(?:-left)?(?:-style|-width)?\s?:\s?(?:none|0)", re.IGNORECASE)
_WEB = ("http:", "https:", "www.")
_COLONS = (":", "：", "︰")
_MAX_ANCESTORS = 30
_MAX_LINES = 8
_NEAR = 60  # lines
_MAX_TEXTS = 40
_SHORT = 400  # characters
_STOPS = (".", "!", "…", "。", "！")


def zone_of(element: Any, tag: str, outer: str, above: Sequence[tuple[str, str]]) -> str:
    """Return the zone of `element` in the zone `outer`: new, quote or sig.

    `above` are the (zone, line) pairs written before it. A blockquote is somebody else's words if
    its mail program marked it so or a line above introduces it; else its author indented it, or
    quotes a page of the web.
    """
    if outer != "new":
        return outer
    names = f"{element.get('class') or ''} {element.get('id') or ''}"
    if tag == "blockquote":
        return "quote" if _is_quote(element, names, above) else "new"
    if tag == "div" and element.get("name") in _NAMED:
        return _NAMED[element.get("name")]
    if names != " ":
        if _QUOTE_CLASS.search(names):
            return "quote"
        if _SIGNATURE.search(names):
            return "sig"
    return "sig" if element.get("data-smartmail") == "gmail_signature" else "new"


def cuts(element: Any) -> bool:
    """Whether everything from `element` on is the mail that was answered."""
    identity = element.get("id")
    if identity and _CUT_ID.fullmatch(identity):
        return True
    style = element.get("style")
    if not style or "border-top" not in style.lower() or not _OUTLOOK_RULE.search(style):
        return False
    return bool(sum(text.count(":") for text in islice(element.itertext(), 40)) >= 2)


def _is_quote(element: Any, names: str, above: Sequence[tuple[str, str]]) -> bool:
    if (element.get("type") or "").lower() == "cite":
        return True
    cite = element.get("cite")
    web = (cite or "").strip().lower().startswith(_WEB)
    if cite is not None and not web:
        return True
    style = (element.get("style") or "")[:500]
    bar = left_bar(style) if style else None
    indents = bar is None and _INDENT.search(style) is not None
    named = _QUOTE_CLASS.search(names) or _CONTAINER_CLASS.search(names)
    if names != " " and not indents and (named or (not web and _CITED.search(names))):
        return True
    last = next((line for _, line in islice(reversed(above), _MAX_LINES) if line), "")
    if last.endswith(_COLONS) and _is_introduced(above):
        return True
    if bar is not None and not web:
        return _is_program_bar(element, bar, last, above)
    return not style and not web and _is_contained(element)


def _is_program_bar(element: Any, bar: str, last: str, above: Sequence[tuple[str, str]]) -> bool:
    """Whether a mail program drew the bar at the left of a quote, and not the author of his own.

    Programs draw it in gray or in one blue; authors announce what stands beside theirs, or colour
    it. A program that cut a quote into pieces goes on as it began.
    """
    if any(zone == "quote" for zone, _ in islice(reversed(above), _NEAR)):
        return True
    announced = last.endswith(_COLONS)
    if announced and VERB.search(last[-40:].lower()) and names_in(last) is not None:
        return True
    return not announced and is_neutral(bar) and not _is_within(element, last)


def _is_within(element: Any, last: str) -> bool:
    """Whether the only bar, a short one, stands between its author's sentences and asks nothing.

    Programs put the mail that is answered below or above what is typed. Between two sentences it
    stands only in pieces, or as a question that the next sentence answers.
    """
    if not last or last.endswith(","):  # nothing above it, or a greeting
        return False
    words = "".join(islice(element.itertext(), _MAX_TEXTS))
    if "?" in words or len(words) > _SHORT:
        return False
    if any(left_bar((other.get("style") or "")[:500]) for other in _later_quotes(element)):
        return False
    below = next((text for text in islice(_texts_below(element), _MAX_TEXTS) if text.strip()), "")
    return len(below) > 1 and below.strip()[-1:] in _STOPS


def _later_quotes(element: Any) -> Iterator[Any]:
    return islice(element.itersiblings("blockquote"), 5)


def _texts_below(element: Any) -> Iterator[str]:
    """Yield the texts behind `element`, in the order of the page."""
    yield element.tail or ""
    for sibling in islice(element.itersiblings(), _MAX_TEXTS):
        yield from islice(sibling.itertext(), _MAX_TEXTS)
        yield sibling.tail or ""


def _is_contained(element: Any) -> bool:
    """Whether it stands in a quotation's container that names whose words these are."""
    for ancestor in islice(element.iterancestors("div"), _MAX_ANCESTORS):
        if _CONTAINER_CLASS.search(ancestor.get("class") or ""):
            heads = islice(ancestor.iterdescendants(), 10)
            return any(_ATTRIBUTION_CLASS.search(head.get("class") or "") for head in heads)
    return False


def _is_introduced(above: Sequence[tuple[str, str]]) -> bool:
    """Whether the lines above say who wrote what follows, and when or from which address."""
    near = [line for _, line in islice(reversed(above), _MAX_LINES)]
    while near and not near[0]:
        del near[0]
    lines = [line.strip() for line in reversed(near)]
    return bool(lines) and attribution_start(lines, len(lines) - 1, False) is not None
