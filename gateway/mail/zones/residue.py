"""Cut what programs leave between the words: marks of pictures and links, armour, numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence

from gateway.mail.languages.residue import (
    ATTACHED,
    CORE_LEVELS,
    DESCRIBED,
    LABELS,
    LEVELS,
    PICTURES,
    REFERENCES,
)
from gateway.mail.patterns.emoji import is_emoji
from gateway.mail.zones.armour import without_armour
from gateway.mail.zones.encoded import HINT, without_files
from gateway.mail.zones.joining import joining_blocks

_IMAGES = (
    ".png", ".jpg", ".jpeg", ".gif", ".bmp", ".tif", ".tiff", ".heic", ".svg", ".webp", ".emf",
)  # fmt: skip
_FILE_END = re.compile(r"\.(?i:" + "|".join(end[1:] for end in _IMAGES) + ")>")
_NAMES = "|".join(map(re.escape, PICTURES))
_PICTURE = re.compile(rf"(?:{_NAMES})(?:\s?[:：#]|\s?\d{{0,3}}$)")
_COMMENT = re.compile(r"<!--(?:(?!<!--|-->)[\s\S]){0,20000}-->")
# Groups do not hold their own opening sign, so that no character is looked at twice.
_GROUP = re.compile(r"<[^<>\n]{1,2000}>|!?\[[^\[\]\n]{1,400}\](?:\([^()\s]{1,500}\))?")
_ANGLES = re.compile(
    r"(?:\[[^\[\]\n]{0,80}\])?<(?:https?://|mailto:|#|file:|x-apple)[^<>\s]{1,2000}>",
    re.IGNORECASE,
)
_BOOKED = re.compile(
    r"calendly|calendar|/meet|book|schedul|doodle|\bcal\.com|savvycal", re.IGNORECASE
)
_LINKS = ("http://", "https://")
_TARGETS = (*_LINKS, "tel:", "fax:", "callto:", "sip:")
_TRACKED = re.compile(
    r"[?&](?:utm_\w+|upn|mc_eid|_hsenc|trk|mkt_tok)="
    r"|/(?:ls/click|wf/open|track(?:ing)?/|e/click|beacon|unsubscribe|open\.aspx|pixel)",
    re.IGNORECASE,
)
_TAKEN = "\x00"  # stands where a picture's mark was; no normalised text holds it
_GAP = re.compile(rf"(?:^[ \t]*)?[ \t]*{_TAKEN}[ \t{_TAKEN}]*", re.MULTILINE)
_MAX_FILES = 40
_FILE = re.compile(r"<[^<>/@\n]{1,120}\.[A-Za-z0-9]{2,5}>")
_LISTED_FILE = re.compile(
    r"(?:[-*•]|\d{1,2}[.)])?\s?[^/\n]{1,120}\.[A-Za-z0-9]{2,5}"
    r"(?:\s?[(\[]?\d[\d.,]{0,8}\s?[kmgt]?i?b(?:ytes)?[)\]]?)?(?:\s?<\S{1,500}>)?",
    re.IGNORECASE,
)
_STYLE = re.compile(r"[\w.#@:\\*, \-]{1,80}\{\s{0,9}[\w\-]{2,30}\s?:[^{}]{0,300}\}")
_SCRUBBED = re.compile(
    r"(?:An HTML|A non-text|Non-text|HTML|An embedded) (?:attachment|part|message) (?:was|has been)"
    r" (?:scrubbed|removed)|(?:Name|Type|Size|Desc|URL|From|Subject|Date): ?\S|Url ?: ?\S|"
    r"A message part incompatible with plain text",
)
_NEXT_PART = re.compile(r"-{10,20} ?next part ?-{10,20}$")
_TOKEN = re.compile(
    r"ref:[_!][\w!.]{4,60}:ref|thread::[\w\-]{4,60}::|\{#[\w:\-]{3,40}#\}|\[#{2,4}[\w\-]{2,40}#{0,4}\]"
    r"|\[[A-Z0-9]{4,10}-[A-Z0-9]{4,10}\](?=\s*$)|Ref ?: ?MSG\d{4,12}\w{0,40}",
    re.MULTILINE,
)
_NUMBERED = re.compile(
    r"[\[({]?([^\W\d_][\w .#]{1,24}?) ?[:#№-]{0,3} ?#?([\w./:\-]*\d[\w./:\-]*)[\])}]?"
)
_LEVELLED = re.compile(r"[\[(]?[A-Z][A-Z0-9]{1,20}[-_ ][A-Z]{2,20}[\])]?")
_LEVEL_MARK = re.compile(r"(?<=\S)[ \t]*\[[A-Z][A-Z0-9]{0,20}[-_ ]?[A-Z]{2,20}\]$")
# No residue lacks all of these; they spare ordinary replies the look at each line.
_HINT = re.compile(r"[<\[{#№：:]|[A-Z][-_ ][A-Z]{2}")
_TRIM = " \t*_-–—=|#[](){}<>.,:;!"


def may_hold_marks(text: str) -> bool:
    """Whether `strip_marks` may find anything in `text` or in lines of it."""
    return (
        "[" in text
        or "cid:" in text
        or "-----BEGIN PGP" in text
        or HINT in text
        or ("<" in text and ("<!--" in text or _FILE_END.search(text) is not None))
    )


def strip_marks(text: str) -> tuple[str, frozenset[str]]:
    """Return `text` without marks that are never words, and what they were.

    "residue" is said of any, "picture" of pictures, "pgp_encrypted" of an enciphered message.
    """
    found: set[str] = set()
    if "<!--" in text:
        text, count = _COMMENT.subn(" ", text)
        found |= {"residue"} if count else set()
    if "[" in text or "cid:" in text or ("<" in text and _FILE_END.search(text) is not None):
        text = _GROUP.sub(lambda match: _without_picture(match, found), text)
        text = _GAP.sub(_filled, text) if _TAKEN in text else text
    if HINT in text:
        text, taken = without_files(text)
        found |= {"residue"} if taken else set()
    if "-----BEGIN PGP" in text:
        text, kinds = without_armour(text)
        found |= kinds
    return text, frozenset(found)


def cut_residue(lines: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return (lines without those that a program wrote, those); a lone answer is never one."""
    if _HINT.search("\n".join(lines)) is None:
        return list(lines), []
    drop = set(joining_blocks(lines)) | _scrubbed(lines) | _attachments(lines)
    kept: list[str] = []
    cut: list[str] = []
    for index, line in enumerate(lines):
        bare = line.strip()
        if index in drop or (bare and _is_residue(bare) and not _answers(lines, index)):
            cut.append(line)
            continue
        rest = _inner(line) if bare else line
        if rest != line:
            cut.append(line)
        kept.append(rest)
    return (kept, cut) if cut else (list(lines), [])


def _without_picture(match: re.Match[str], found: set[str]) -> str:
    """Return a sign for a picture's mark, and any other bracketed group as it is.

    The sign becomes a blank, which keeps what stood around it from becoming a mark.
    """
    group = match.group()
    inner = group.lstrip("![<").lower()
    if group[0] == "<":
        inner = inner[:-1].strip()
        named = inner.endswith(_IMAGES) and "@" not in inner and "://" not in inner
        picture = named or inner.startswith("cid:")
    else:
        inner = inner.partition("]")[0].strip()
        picture = (group[0] == "!" and group[-1] == ")") or _is_picture(inner)
    if not picture:
        return group
    typed = group.strip("[]").partition(":")[2].strip()
    if typed and is_emoji(typed):
        found |= {"residue"}
        return typed
    found |= {"residue", "picture"}
    return _TAKEN


def _filled(match: re.Match[str]) -> str:
    """Return one blank for what was taken, and none at the start of a line."""
    start = match.start()
    return "" if not start or match.string[start - 1] == "\n" else " "


def _is_picture(inner: str) -> bool:
    return (
        inner.startswith("cid:")
        or _PICTURE.match(inner) is not None
        or inner.endswith(_IMAGES)
        or inner.rstrip(" .").endswith(DESCRIBED)
    )


def _without_target(match: re.Match[str]) -> str:
    """Return nothing of a link's target that a conversion glued to the link's words.

    A blank where more words are glued on behind. Behind a blank or a colon the link is what its
    author typed.
    """
    group, text, start = match.group(), match.string, match.start()
    if group[0] != "<" or not start:
        return group
    inner = group[1:-1].strip().lower()
    if inner.startswith("mailto:"):
        same = text[max(start - len(inner), 0) : start].lower().endswith(inner[7:])
        return "" if same else group
    before = text[start - 1]
    glued = inner.startswith(_TARGETS) and not before.isspace() and before not in ":：(<[]"
    if not glued:
        return group
    behind = text[match.end() : match.end() + 1]
    return " " if behind.isalnum() or (behind and not behind.isascii()) else ""


def _answers(lines: Sequence[str], index: int) -> bool:
    """Whether the line is what a line above it announces: "Here it is:"."""
    above = next(
        (lines[i].strip() for i in range(index - 1, max(index - 3, -1), -1) if lines[i].strip()), ""
    )
    return above.endswith((":", "："))


def _is_residue(bare: str) -> bool:
    """Whether a line holds nothing that its author typed."""
    if len(bare) > 4_000:
        return False
    if bare[0] in "<[" and _is_of_links(bare):
        return _BOOKED.search(bare) is None
    if bare[0] == "<" and _FILE.fullmatch(bare):
        return True
    if bare[-1] == "}" and _STYLE.fullmatch(bare):
        return True
    if bare[:4].lower() == "http" and all(word.startswith(_LINKS) for word in bare.split()):
        return _TRACKED.search(bare) is not None
    if bare[:4].lower() == "cid:" and " " not in bare:
        return True
    if len(bare) > 90:
        return False
    return not _TOKEN.sub("", bare).strip() or _is_number(bare) or _is_level(bare)


def _is_of_links(bare: str) -> bool:
    """Whether a line is links in angle brackets and signs; a lone sign may close or open words."""
    rest, count = _ANGLES.subn("", bare)
    return count > 0 and not rest.strip(_TRIM + "•·")


def _is_number(bare: str) -> bool:
    """Tell the number under which a ticket system files the mail."""
    match = _NUMBERED.fullmatch(bare.strip("*_ "))
    return match is not None and match.group(1).lower().strip(" .#") in REFERENCES


def _is_level(bare: str) -> bool:
    label, colon, value = bare.strip(_TRIM).partition(":")
    if colon and label.strip(_TRIM).lower() in LABELS:
        words = re.split(r"[\s\-–/_]+", value.strip(_TRIM).lower())
        return bool(words[0]) and all(word in LEVELS for word in words)
    return _LEVELLED.fullmatch(bare) is not None and _names_level(bare)


def _names_level(mark: str) -> bool:
    return not CORE_LEVELS.isdisjoint(re.split(r"[-_ \[\]()]+", mark.lower()))


def _inner(line: str) -> str:
    """Return the line without marks that ticket and labelling systems put beside the words."""
    rest = _GROUP.sub(_without_target, line) if "<" in line else line
    if "[" in line or "::" in line or "{" in line or "ef:" in line.lower():
        rest = _TOKEN.sub(" ", rest)
    mark = _LEVEL_MARK.search(rest[-60:]) if rest.endswith("]") else None
    if mark is not None and _names_level(mark.group()):
        rest = rest[: len(rest) - len(mark.group())]
    return rest.rstrip()


def _scrubbed(lines: Sequence[str]) -> set[int]:
    """Find what a mailing list says of the attachments that it took out."""
    found: set[int] = set()
    for index, line in enumerate(lines):
        if "next part" not in line or not _NEXT_PART.match(line.strip()):
            continue
        found.add(index)
        for below in range(index + 1, min(index + 20, len(lines))):
            bare = lines[below].strip()
            if bare and not _SCRUBBED.match(bare):
                break
            found.add(below)
    return found


def _attachments(lines: Sequence[str]) -> set[int]:
    """Find a list of attached files that a program printed below the words."""
    found: set[int] = set()
    for index in range(len(lines) - 1, max(len(lines) - _MAX_FILES, -1), -1):
        bare = lines[index].strip()
        if not bare:
            continue
        label, _, value = bare.partition(":")
        if label.strip(_TRIM + "0123456789").lower() in ATTACHED:
            whole = bool(found) if not value.strip() else not found and _is_file(value.strip())
            return found | {index} if whole else set()
        if not _is_file(bare):
            return set()
        found.add(index)
    return set()


def _is_file(name: str) -> bool:
    return len(name) < 700 and _LISTED_FILE.fullmatch(name) is not None
