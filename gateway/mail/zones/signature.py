"""Cut the author's signature: delimiter, tag line of a phone, closing formula, contact block."""

from __future__ import annotations

import re
from collections.abc import Sequence

from gateway.mail.languages.dates import MONTHS, WEEKDAYS
from gateway.mail.languages.signoffs import JOINING, STRONG, WEAK
from gateway.mail.languages.taglines import ENDS, PARTICLES, PRODUCTS, SENT, STARTS, WAYS
from gateway.mail.patterns.line_shape import contacts, is_name, is_sentence, is_titled

# With its blank nobody types it but to end a mail; without, it also parts what the author lists.
STANDARD_DELIMITER = "-- "
_DELIMITERS = frozenset(("--", "—", "––", "- -", "‐‐", "---"))
_QUESTION = re.compile(r"[?？](?!\S)")
_RULE = re.compile(r"^[-_=*─━—–~]{3,}$")
_DASHED_NAME = re.compile(r"^[-–—~/] ?[^\W\d_][\w.'’ \-]{0,30}$")
_POSTSCRIPT = re.compile(r"^(?:p\.? ?s\.?|ps|p\.p\.s\.?|pps|n\.?b\.?)\b ?[:.,\-–]?", re.IGNORECASE)
_TRIM = " \t,.;:!-–—~*_|>()\"'“”’।、。，！"
_POINTS = re.compile(
    r"\b(?:contact|reach|speak|talk|e-?mail|call|write|ask|try|details?|person|colleague|instead"
    r"|below|following|here|forward\w*|refer|connect|touch|kontakt\w*|wenden|ansprech\w*"
    r"|contacte\w*|contactar|contatt\w*|escrib\w*|adress\w*|neem)\b",
    re.IGNORECASE,
)
_MAX_TAIL = 16
_MAX_NAMED = 2  # lines that may name who signs
_MAX_NAME = 3  # words
_TARGET = re.compile(r"<(?:https?://|mailto:)[^<>\s]{1,600}>", re.IGNORECASE)


def cut_taglines(lines: Sequence[str]) -> tuple[list[str], list[str]]:
    """Cut "Sent from my iPhone" and its like, wherever they stand on a line of their own."""
    kept: list[str] = []
    cut: list[str] = []
    for line in lines:
        (cut if is_tagline(line) else kept).append(line)
    return kept, cut


def is_tagline(line: str) -> bool:
    """Whether a phone or a mail program wrote this line."""
    if not 5 <= len(line) <= 600:
        return False
    if "<" in line:
        line = " ".join(_TARGET.sub(" ", line).split())
    if len(line) > 140:
        return False
    bare = line.strip(" \t*_-–—~[]()<>.\"'|")
    text = bare.lower().lstrip("📱 ")
    if text.startswith(STARTS) or text.endswith(ENDS):
        words = text.split("http", 1)[0]
        if len(words.split()) <= 16 and any(product in text for product in PRODUCTS):
            return True
    return text.startswith(SENT) and _is_program(bare)


def _is_program(line: str) -> bool:
    """Whether a name and nothing else stands behind "Sent with": programs that no list knows."""
    _, _, name = line.partition(" ")
    way, _, name = name.partition(" ")
    words = name.split()
    if way.lower() not in WAYS or not 1 <= len(words) <= 6:
        return False
    if words[0].lower().strip(".,!") in WEEKDAYS or words[0].lower() in MONTHS:
        return False
    return all(
        word[0].isupper() or word[0].isdigit() or word.lower() in PARTICLES for word in words
    ) and any(word[0].isupper() for word in words)


def cut_signature(lines: Sequence[str], own_names: frozenset[str]) -> tuple[list[str], list[str]]:
    """Return (lines without the signature, the signature); `own_names` are the sender's, folded."""
    kept = list(lines)
    cut: list[str] = []
    for _ in range(4):
        start = _start(kept, own_names)
        if start is None or not any(line.strip() for line in kept[:start]):
            break
        postscript = next(
            (i for i in range(start + 1, len(kept)) if _POSTSCRIPT.match(kept[i].strip())), None
        )
        end = len(kept) if postscript is None else postscript
        cut = kept[start:end] + cut
        if len(next((line for line in reversed(kept) if line), "").split()) <= _MAX_NAME:
            own_names |= names_in_signature(cut)
        kept = kept[:start] + kept[end:]
        if postscript is not None:
            break
    return kept, cut


def names_in_signature(lines: Sequence[str]) -> frozenset[str]:
    """Return the names that a signature begins with, whole and first ones, in small letters."""
    names: set[str] = set()
    for line in lines[:_MAX_NAMED]:
        head = line.partition("|")[0].partition(",")[0].strip(_TRIM)
        if len(head) > 2 and is_name(head) and _formula(head) is None:
            names |= {head.lower(), head.split()[0].lower()}
    return frozenset(names)


def _start(lines: list[str], own_names: frozenset[str]) -> int | None:
    """Return where the signature starts, or None."""
    filled = [index for index, line in enumerate(lines) if line.strip()]
    if len(filled) < 2:
        return None
    delimiter = _delimiter(lines, filled)
    if delimiter is not None:
        return delimiter
    tail = filled[-_MAX_TAIL:]
    for place, index in enumerate(tail):
        if index != filled[0] and _closes(lines, tail[place:], own_names):
            return index
    last = lines[filled[-1]].strip()
    above = lines[filled[-2]].strip()
    listed = above[:1] == last[:1] or (last[1:2] == " " and _listed(lines))
    listed = listed or above.endswith((":", "："))
    if _DASHED_NAME.match(last) and is_name(last, lower=True) and not listed:
        return filled[-1]
    if last.strip(_TRIM).lower() in own_names and not _leads_on(above):
        return filled[-1]
    return _contact_block(lines, filled, own_names)


def _leads_on(above: str) -> bool:
    """Whether the line `above` goes on below it: a name there is part of what is said."""
    words = above.rsplit(None, 1)
    return above.endswith((":", "：")) or (bool(words) and words[-1].lower() in JOINING)


def _listed(lines: list[str]) -> bool:
    """Whether dashes are this author's bullets."""
    return sum(line.lstrip()[:2] in ("- ", "– ", "— ") for line in lines[-40:]) > 1


def _delimiter(lines: list[str], filled: list[int]) -> int | None:
    for place, index in enumerate(filled):
        text = lines[index].strip() if len(lines[index]) < 120 else ""
        if place == 0 or text[:1] not in "-_=*─━—–~‐" or not text or len(filled) - place > 39:
            continue
        if lines[index] == STANDARD_DELIMITER:
            return index
        rest = [lines[i].strip() for i in filled[place + 1 :]]
        if text in _DELIMITERS and _is_signed(rest):
            parts = sum(lines[i].strip() == text for i in filled)
            if parts == 1 or _contact_like(rest):
                return index
        if _RULE.match(text) and rest and _no_sentences(rest[:3]) and _contact_like(rest):
            return index
        if _RULE.match(text) and not rest:
            return index
    return None


def _is_signed(rest: list[str]) -> bool:
    """Whether nothing is said or asked behind a delimiter."""
    return _no_sentences(rest) and not any(_QUESTION.search(line) for line in rest)


def _contact_like(rest: list[str]) -> bool:
    if len(rest) > 12:
        return False
    return sum(map(contacts, rest)) >= 1 or any("mailing list" in line.lower() for line in rest)


def _no_sentences(rest: list[str]) -> bool:
    return not any(is_sentence(line) for line in rest)


def _closes(lines: list[str], tail: list[int], own_names: frozenset[str]) -> bool:
    """Whether the line at `tail[0]` is a closing formula and only a signature follows it."""
    head = lines[tail[0]].strip()
    if len(head) > 80:
        return False
    kind = _formula(head)
    if kind is None:
        return False
    rest = [lines[i].strip() for i in tail[1:]]
    for place, line in enumerate(rest):
        if _POSTSCRIPT.match(line):
            rest = rest[:place]
            break
    if kind == "inline":
        return all(_signature_line(line) for line in rest)
    if kind == "weak":
        if not rest:
            return head.endswith((",", "，"))
        return len(rest) <= 12 and _signs(rest, own_names)
    loose = sum(not _signature_line(line) for line in rest)
    return (len(rest) <= 7 and loose == 0) or (
        len(rest) <= 14 and loose <= 1 and _signs(rest[:1], own_names)
    )


def _signs(rest: list[str], own_names: frozenset[str]) -> bool:
    """Whether the first line names the signer and the others are details."""
    first = rest[0]
    formula = _formula(first)
    named = formula is not None or first.strip(_TRIM).lower() in own_names
    if not (
        named or is_name(first, lower=len(rest) == 1) or (is_titled(first) and contacts(first) > 0)
    ):
        return False
    return all(_signature_line(line) for line in rest[1:])


def _signature_line(line: str) -> bool:
    if contacts(line) or _formula(line) is not None:
        return len(line) <= 160
    return len(line) <= 100 and not is_sentence(line)


def _formula(line: str) -> str | None:
    """Return "strong" or "weak" for a closing formula, "inline" when a name stands behind it."""
    if len(line) > 80:
        return None
    text = " ".join(line.strip(_TRIM).lower().split())
    kind = _kind(text)
    if kind is not None:
        return kind
    head, comma, name = line.partition(",")
    if comma and _kind(head.strip(_TRIM).lower()) and is_name(name) and len(name.split()) <= 3:
        return "inline"
    words = line.split()
    for size in (1, 2):
        opening = " ".join(words[:-size]).strip(_TRIM).lower()
        if len(opening.split()) > 1 and opening in STRONG and is_name(" ".join(words[-size:])):
            return "inline"
    return None


def _kind(text: str) -> str | None:
    if text in STRONG:
        return "strong"
    if text in WEAK:
        return "weak"
    for joint in (
        " and ",
        " & ",
        " und ",
        " et ",
        " y ",
        " e ",
        " en ",
        " och ",
        " og ",
        " i ",
        ", ",
        " / ",
        "/",
        ". ",
        "! ",
    ):
        left, found, right = text.partition(joint)
        if found and left in STRONG | WEAK and right in STRONG | WEAK:
            return "strong" if left in STRONG or right in STRONG else "weak"
    return None


def _contact_block(lines: list[str], filled: list[int], own_names: frozenset[str]) -> int | None:
    """Say whether the last paragraph names somebody and gives details, and says nothing."""
    start = filled[-1]
    while start > 0 and lines[start - 1].strip():
        start -= 1
    block = [line.strip() for line in lines[start:] if line.strip()]
    above = next((lines[i].strip() for i in reversed(filled) if i < start), "")
    if not above or len(block) > 12 or any(len(line) > 160 for line in block):
        return None
    details = sum(map(contacts, block))
    if not details or not _no_sentences(block) or above.endswith((":", "：")):
        return None
    own = any(name in line.lower() for line in block for name in own_names if len(name) > 3)
    if not own and _POINTS.search(above[-200:]):
        return None
    if own or (len(block) >= 2 and (is_name(block[0]) or is_titled(block[0]) or details >= 2)):
        return start
    return start if details >= 2 and "|" in block[0] else None
