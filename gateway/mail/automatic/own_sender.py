"""Who sent a mail: we ourselves, a customer through our group, or somebody who looks like us."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from gateway.mail.message.parse import address_of

_ADDRESS = re.compile(r"[\w.+\-]{1,64}@[\w\-]{1,63}(?:\.[\w\-]{1,63}){1,5}")
_NAMED_ADDRESS = re.compile(r"([^<>\n;:@]{3,60})<([\w.+\-]{1,64}@[\w.\-]{3,120})>")
_WORD = re.compile(r"[^\W\d_]+")
_FULL_IN_ONE = re.compile("[\u3041-\u30ff\u4e00-\u9fff\uac00-\ud7a3]{3,6}")  # 山田太郎
_VIA = re.compile(r"\s(?:via|über|par|through|tramite|por|przez|přes|через|経由)\s", re.IGNORECASE)
_ORIGINAL = ("x-original-from", "x-original-sender", "reply-to")
_RECIPIENTS = ("to", "cc", "delivered-to")
_OFFICES = frozenset(
    ("team", "sales", "support", "service", "office", "info", "vertrieb", "ventas")
)
_QUOTED_CHARS = 2_000  # of a quote in which its writer is named
_MAX_VALUE = 2_000


def is_own(address: str, own_domains: Sequence[str]) -> bool:
    """Whether `address` is of one of our domains, sub-domains included."""
    domain = address.rpartition("@")[2].strip(". ").lower()
    own = (entry.strip("@. ").lower() for entry in own_domains)
    return bool(domain) and any(
        entry and (domain == entry or domain.endswith("." + entry)) for entry in own
    )


def is_ours(sender: str, headers: Mapping[str, str], own_domains: Sequence[str]) -> bool:
    """Whether we sent the mail; a group of ours that passes on another's mail is not its sender.

    Google Groups and Mailman put "Ann via Sales" and the group's address into From, and the
    writer's into another header.
    """
    if not is_own(sender, own_domains):
        return False
    if _VIA.search(headers.get("from", "")[:_MAX_VALUE]) is None:
        return True
    return not any(_is_foreign(headers.get(name, ""), own_domains) for name in _ORIGINAL)


def looks_like_us(headers: Mapping[str, str], quoted: str, own_domains: Sequence[str]) -> bool:
    """Whether a mail from elsewhere bears our name: nobody can tell from it who wrote.

    From shows an address of ours as its name, or the full name of one of us, as recipients and
    quoted mails name us beside our addresses; or Sender or Reply-To is ours, as no customer's is,
    unless a list of ours set it.
    """
    if not own_domains:
        return False
    name, email = address_of(headers.get("from", ""))
    if not email or is_own(email, own_domains):
        return False
    if any(is_own(address, own_domains) for address in _ADDRESS.findall(name)):
        return True
    if not any(header.startswith("list-") for header in headers):
        replies = (address_of(headers.get(header, ""))[1] for header in ("sender", "reply-to"))
        if any(is_own(address, own_domains) for address in replies):
            return True
    words = _words(name)
    if not _OFFICES.isdisjoint(words):
        return False
    if len(words) < 2 and _FULL_IN_ONE.fullmatch("".join(words)) is None:
        return False  # many share a first name
    # Before a name in a quote stand days and times; "Porter, Sam" is Sam Porter.
    return any(
        set(ours[-len(words) :]) == set(words) for ours in _our_names(headers, quoted, own_domains)
    )


def _is_foreign(value: str, own_domains: Sequence[str]) -> bool:
    address = address_of(value)[1]
    return bool(address) and not is_own(address, own_domains)


def _our_names(
    headers: Mapping[str, str], quoted: str, own_domains: Sequence[str]
) -> Iterator[list[str]]:
    """Yield the words of names that stand beside addresses of ours."""
    texts = (*(headers.get(name, "")[:_MAX_VALUE] for name in _RECIPIENTS), quoted[:_QUOTED_CHARS])
    for text in texts:
        for name, address in _NAMED_ADDRESS.findall(text):
            if is_own(address, own_domains):
                yield _words(name)


def _words(name: str) -> list[str]:
    return [word.casefold() for word in _WORD.findall(name)]
