"""Find header blocks and dividers above quoted mail, by label, by value and by company."""

from __future__ import annotations

import re
from collections.abc import Sequence

from gateway.mail.languages.dividers import PHRASES, REPLY_ABOVE, STARTS
from gateway.mail.languages.headers import KIND_OF, TRANSPORT
from gateway.mail.patterns.alternation import alternation
from gateway.mail.patterns.evidence import has_address, has_date, has_time

_WINDOW = 14
_MAX_LABEL = 30
_ABOVE = re.compile(alternation(map(re.escape, REPLY_ABOVE)))
_EDGE = " \t>*_|#[]"
_GLUED = re.compile(r"(?<=[ \t*])\*{0,2}([^\W\d_][\w \-]{0,14})\*{0,2} ?[:：]\*{0,2}")
_GLUED_DIVIDER = re.compile(r"-{4,12} ?([^\W\d_][\w '’\-]{5,40}?) ?-{4,12}")
RULE = re.compile(r"^[\s>]{0,4}[-_=*─━—–~#]{5,}\s{0,3}$")


def label_of(line: str) -> tuple[str, str] | None:
    """Return (kind, value) of a header line as mail programs print it, or None."""
    head = line[: _MAX_LABEL + 8]
    colon = head.find(":")
    wide = head.find("：")
    if colon < 0 or 0 <= wide < colon:
        colon = wide
    if colon <= 0:
        return None
    label = " ".join(head[:colon].strip(_EDGE).lower().split())
    kind = KIND_OF.get(label) or KIND_OF.get(label.replace(" ", ""))
    return None if kind is None else (kind, line[colon + 1 :].strip(" *\t"))


def is_header_block(lines: Sequence[str], start: int, after_divider: bool = False) -> bool:
    """Whether the lines from `start` are a printed header: author and date, or an address."""
    first = label_of(lines[start])
    if first is None:
        return False
    if not after_divider and _pasted(lines, start):
        return False
    found: dict[str, str] = dict(_glued(lines[start]))
    found.setdefault(*first)
    misses = 0
    for line in lines[start + 1 : start + _WINDOW]:
        if not line.strip(" >*"):
            continue
        pair = label_of(line)
        if pair is None:
            misses += 1
            if misses > 2 or not _folded(line):
                break
            continue
        found.setdefault(*pair)
    return _enough(found, after_divider)


def is_divider(line: str) -> bool:
    """Whether `line` is a drawn divider with a known phrase in it, which needs no more evidence."""
    text = line.strip(" >*\t")
    if len(text) > 90 or len(text) < 6:
        return False
    lowered = text.lower()
    if lowered.startswith(STARTS) or lowered.startswith("[original message processed by"):
        return True
    if text[0] in "-_=*#~" and text[-1] in "-_=*#~:":
        bare = " ".join(lowered.strip("-_=*#~: \t").split())
        return bare in PHRASES or any(bare.startswith(p + " ") for p in ("forwarded by",))
    return False


def is_plain_divider(line: str) -> bool:
    """Whether `line` is a divider's phrase without dashes; a header or quote must follow it."""
    text = line.strip(" >*\t")
    if not 6 <= len(text) <= 60:
        return False
    return text.rstrip(":： ").lower() in PHRASES


def reply_above(line: str) -> bool:
    """Whether a ticket system says here that answers go above this line."""
    text = line[:200].lower()
    return len(line) < 160 and _ABOVE.search(text) is not None


def glued_divider(line: str) -> int | None:
    """Return where a divider starts behind the author's own words on the same line."""
    if "----" not in line:
        return None
    for match in _GLUED_DIVIDER.finditer(line[:2000]):
        if match.group(1).lower().strip() in PHRASES and match.start() > 0:
            return match.start()
    return None


def glued_block(line: str) -> int | None:
    """Return where three or more header fields start behind the author's words on one line."""
    if line.count(":") + line.count("：") < 3:
        return None
    spots = _fields(line[:1000])
    for place, (start, _, kind) in enumerate(spots):
        if kind == "from" and start > 0 and len({k for _, _, k in spots[place : place + 6]}) >= 3:
            return start if _enough(dict(_glued(line[start:])), False) else None
    return None


def introduced_at(lines: Sequence[str], start: int) -> int:
    """Return where the words start below the divider or printed header at `start`."""
    index, labels = start, 0
    for index in range(start, min(start + 2 * _WINDOW, len(lines))):
        line = lines[index].strip(_EDGE)
        if label_of(lines[index]) is not None:
            labels += 1
        elif line and labels and not _folded(lines[index]):
            return index
        elif not line and labels:
            return index + 1
        elif line and not labels and index > start and not is_plain_divider(line):
            return index
    return index + 1


def _fields(text: str) -> list[tuple[int, int, str]]:
    """Find known labels in one line: (start, end of label, kind)."""
    found = []
    for match in _GLUED.finditer(" " + text):
        words = match.group(1).strip().lower().split(" ")
        label = words[-1]
        if label in KIND_OF:
            start = match.start(1) + len(" ".join(words[:-1])) - 1 + (len(words) > 1)
            found.append((start, match.end() - 1, KIND_OF[label]))
    return found


def _glued(line: str) -> list[tuple[str, str]]:
    """Read header fields that a careless conversion put on one line."""
    text = line[:400]
    known = _fields(text)
    ends = ([s for s, _, _ in known[1:]] + [len(text)])[: len(known)]
    return [(kind, text[e:end]) for (_, e, kind), end in zip(known, ends, strict=True)]


def _folded(line: str) -> bool:
    """Tell a continued list of addresses: indented, or holding addresses or a folded name."""
    return line[0] in " \t" or "@" in line or ";" in line or len(line.split()) <= 5


def _pasted(lines: Sequence[str], start: int) -> bool:
    """Find transport headers above: the author pasted a header as evidence then."""
    for line in lines[max(start - 2, 0) : start]:
        if line[:40].lower().lstrip(" *").startswith(TRANSPORT):
            return True
    return False


def _enough(found: dict[str, str], after_divider: bool) -> bool:
    if len(found) < 2 or ("from" not in found and not after_divider):
        return False
    if after_divider:
        return True
    when = found.get("sent", "") or found.get("date", "")
    if has_address(found["from"]):
        return True
    dated = has_date(when)
    if dated and ("sent" in found or has_time(when)):
        return True
    if dated and "subject" in found:
        return True
    return "subject" in found and "to" in found and (dated or has_address(found["to"]))
