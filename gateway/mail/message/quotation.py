"""Which HTML elements hold quoted mail, a signature, or the start of the mail that was answered."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice
from typing import Any

from gateway.mail.languages.attribution import WROTE

_QUOTE_CLASS = re.compile(
    r"(?:^|\s)(?:gmail_attr|moz-cite-prefix|yahoo_quoted|yahoo-quoted\S*|protonmail_quote"
    r"|tutanota_quote|moz-email-headers-table|ms-outlook-mobile-reference-message"
    r"|zmail_extra|x_gmail_attr|moz-forward-container|outlookmessageheader|hey_quote"
    r"|front-blockquote|ik_mail_quote|mailbird_quote\S*|quoted-reply|airmail_on|bloop_markdown_quote"
    r"|freshdesk_quote|wisestamp_quote|WordSectionQuoted|gmail_quote_attribution)(?:$|\s)",
    re.IGNORECASE,
)
_ATTRIBUTION_CLASS = re.compile(r"(?:^|\s)(?:x_)*(?:gmail_attr|gmail_quote_attribution)(?:$|\s)")
_CONTAINER_CLASS = re.compile(r"(?:^|\s)(?:x_)*gmail_quote")
_CITED = re.compile(r"quot|cite|iosymail|yiv|messagereply", re.IGNORECASE)
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
_INDENT = re.compile(r"border(?:-left)?(?:-style|-width)?\s?:\s?(?:none|0)", re.IGNORECASE)
_BAR = re.compile(r"border-left(?:-style|-width|-color)?\s?:|border-inline-start", re.IGNORECASE)
_VERB = re.compile(
    r"(?<!\w)(?:" + "|".join(map(re.escape, sorted(WROTE, key=len, reverse=True))) + r")(?!\w)"
)
_WHEN = re.compile(r"\d{1,2}[:.h]\d{2}|\d{4}|\d[./-]\d")
_MAX_ANCESTORS = 30
_MAX_LINES = 4


def zone_of(element: Any, tag: str, outer: str, above: Sequence[tuple[str, str]]) -> str:
    """Return the zone of `element` in the zone `outer`: new, quote or sig.

    `above` are the (zone, line) pairs written before it. A blockquote is somebody else's words if
    its mail program marked it so or a line above introduces it; else its author indented it.
    """
    if outer != "new":
        return outer
    names = f"{element.get('class') or ''} {element.get('id') or ''}"
    if tag == "blockquote":
        return "quote" if _is_cited(element, names) or _is_introduced(above) else "new"
    if tag == "div" and element.get("name") == "quote":
        return "quote"
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


def _is_cited(element: Any, names: str) -> bool:
    """Whether a mail program marked this blockquote as a quotation."""
    if (element.get("type") or "").lower() == "cite" or element.get("cite") is not None:
        return True
    style = (element.get("style") or "")[:500]
    indents = _INDENT.search(style) is not None
    if names != " " and _CITED.search(names) and not indents:
        return True
    if not indents and _BAR.search(style):
        return True
    return not style and _is_contained(element)


def _is_contained(element: Any) -> bool:
    """Whether it stands in a quotation's container that names whose words these are."""
    for ancestor in islice(element.iterancestors("div"), _MAX_ANCESTORS):
        if _CONTAINER_CLASS.search(ancestor.get("class") or ""):
            heads = islice(ancestor.iterdescendants(), 10)
            return any(_ATTRIBUTION_CLASS.search(head.get("class") or "") for head in heads)
    return False


def _is_introduced(above: Sequence[tuple[str, str]]) -> bool:
    """Whether the lines above say who wrote what follows, and when or from which address."""
    lines = [line for zone, line in islice(reversed(above), 2 * _MAX_LINES) if line]
    text = " ".join(reversed(lines[:_MAX_LINES]))[-400:].lower()
    if not text.endswith((":", "：", "︰")) or not _WHEN.search(text):
        return False
    return "@" in text or _VERB.search(text[-160:]) is not None
