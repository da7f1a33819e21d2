"""Find lines that introduce a quote: by evidence (date, time, address) and a word or mark."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from gateway.mail.languages.attribution import LEAD_INS, OPENERS, TITLES
from gateway.mail.languages.dates import MONTHS, WEEKDAYS
from gateway.mail.patterns.attribution_words import (
    VERB,
    continues,
    is_complete,
    is_day,
    is_whole,
    names_in,
    says_little,
)
from gateway.mail.patterns.evidence import has_address, has_date, has_evidence, has_time
from gateway.mail.patterns.line_shape import is_name

MAX_LINES = 8
_NEAR = 4
_MAX_BLANKS = 4
_MAX_HEAD = 16  # characters of an opening's first line, if it holds no date
_COLONS = frozenset((":", "：", "︰"))
_MAX_LENGTH = 400
_EDGE = " \t*_-"
_ENDS = ".,;:!?\"'“”’()[]"
_FIRST_WORDS = frozenset(opener.split()[0] for opener in OPENERS)
_MAX_WORDS = 40
_OPENERS = "|".join(map(re.escape, sorted(OPENERS, key=len, reverse=True)))
_OPENER = re.compile(rf"(?:{_OPENERS})[ ,]")
_DATE_FIRST = re.compile(
    r"[\[(]?(?:\d{1,4} ?[-./年년月월:] ?\d"
    r"|\d{1,2}(?:\.|er|º|st|nd|rd|th)? (?:de |d')?([^\W\d_]{2,14})(\D{1,8}(?:19|20)\d{2})?)"
)
_NAME_ADDRESS = re.compile(r"[^<>@]{1,80}[<\[(] ?(?:mailto:)?[^\s<>@]{1,64}@[^\s<>]{1,100} ?[>\])]")
_GLUED = re.compile(
    r" (?<=\S )(?=(?:On|Am|Le|El|Il|Op|Em|Den) (?:[^\W\d_]{2,12}[.,]{0,2} ){0,2}"
    r"(?:den |dem )?\d{1,4}\W)"
)


def attribution_start(lines: Sequence[str], end: int, quote_follows: bool) -> int | None:
    """Return where the attribution that ends at line `end` starts, or None if there is none.

    `lines` are stripped; `quote_follows` says that the next non-blank line is marked as quoted.
    Looks at up to eight joined lines, sixteen with blank ones; constant work per call. Blank lines
    may lie between them only if an address follows, or if they hold nothing but an attribution's
    words and go on with each other: programs that wrap addresses, times and verbs print them so.
    """
    last = _bare(lines[end])
    if not last or not (quote_follows or _may_end(last)):
        return None
    start = _upwards(lines, end)
    for first in ([start] if start is not None else []) + [end]:
        text = _bare(" ".join(lines[first : end + 1]))
        if _is_attribution(text, quote_follows):
            pieced = None if is_complete(text) else _pieced(lines, end)
            first -= bool(first and _opens_above(lines[first - 1], lines[first]))
            return first if pieced is None else min(first, pieced)
    return _pieced(lines, end)


def glued_start(line: str) -> int | None:
    """Return where in `line` an attribution starts that stands behind the author's own words."""
    for match in list(_GLUED.finditer(line))[:8]:
        rest = line[match.end() : match.end() + _MAX_LENGTH]
        verb = VERB.search(rest.lower())
        tail = rest[verb.end() :].strip() if verb is not None else ""
        if verb is None or not (tail[:1] in _COLONS or _names_at_end(tail)):
            continue
        stop = verb.end() + 2 if tail[0] in _COLONS else len(rest)
        if _is_attribution(_bare(rest[:stop]), False):
            return match.end()
    return None


def _names_at_end(tail: str) -> bool:
    """Whether nothing but a name and a colon stands behind the verb ("schrieb Ann Lee:")."""
    return tail[-1:] in _COLONS and is_name(tail[:-1].strip())


def _bare(line: str) -> str:
    line = line[:_MAX_LENGTH] if len(line) <= _MAX_LENGTH else line[:200] + line[-200:]
    return line.strip(_EDGE)


def _may_end(last: str) -> bool:
    """Look for a colon or a verb of writing, which end an attribution above unmarked words."""
    if last[-1:] in _COLONS:
        return True
    return VERB.search(last[-30:].lower()) is not None


def _upwards(lines: Sequence[str], end: int) -> int | None:
    """Find an opening ("On Monday, ...") at most seven lines up."""
    if _opens(lines[end]):
        return None
    blanks = 0
    for first in range(end - 1, max(end - MAX_LINES, -1), -1):
        line = lines[first]
        if not line:
            blanks += 1
            if blanks > _MAX_BLANKS:
                return None
            continue
        if line.startswith(">") and not is_closing(line):
            return None
        if _opens(_bare(line)):
            near = end - first < _NEAR and not blanks
            if not near and not _holds_together(lines[first : end + 1]):
                return None
            return first
        if _opens_above(line, lines[first + 1]) and _holds_together(lines[first : end + 1]):
            return first
        if line[-1:] in ".!?:" and not has_evidence(line):
            return None
    return None


def _opens_above(line: str, below: str) -> bool:
    """Whether `line` is the first word or two ("On", "On Tuesday,") of an opening cut in two."""
    if not 0 < len(line) <= _MAX_HEAD:
        return False
    head = _bare(line)
    if _OPENER.match(f"{head} ".lower()) is None or head[-1] in ".!?:" or names_in(head) != 0:
        return False
    below = _bare(below)
    # Where the line below opens by itself, an answer stands above it.
    return _OPENER.match(below.lower()) is None and _opens(f"{head} {below}")


def _pieced(lines: Sequence[str], end: int) -> int | None:
    """Find the start of an attribution in pieces, each of nothing but its words.

    Blank lines may part them where the lower piece goes on with the upper one. One verb and one
    colon end it: rows of them are no attribution.
    """
    text = below = ""
    gap = has_verb = False
    if not _may_end(_bare(lines[end])):
        return None
    for first in range(end, max(end - 2 * MAX_LINES, -1), -1):
        line = _bare(lines[first])
        if not line:
            gap = True
            continue
        is_verb = VERB.fullmatch(line.lower().rstrip(":：︰ ")) is not None
        ends = (below and line[-1] in _COLONS) or (is_verb and has_verb) or line[0] == ">"
        if ends or names_in(line) is None:
            return None
        if gap and not continues(line, below):
            return None
        has_verb = has_verb or is_verb
        text, below, gap = f"{line} {text}", line, False
        if is_whole(text):
            return None if _leads_in(text) else first
    return None


def is_closing(line: str) -> bool:
    """Whether a line that starts with ">" closes a bracket, with no more than a verb behind it."""
    rest = line[1:].strip().lower().rstrip(":： ")
    return len(line) <= 40 and (not rest or VERB.fullmatch(rest) is not None)


def _holds_together(lines: Sequence[str]) -> bool:
    """Whether lines far apart are one attribution: a date, an address, and no sentence between."""
    text = " ".join(filter(None, lines))
    inner = [line for line in lines[:-1] if line]
    if any(line[-1] in ".!?" and not has_address(line) for line in inner):
        return False
    return has_address(text) and (has_date(text) or has_time(text))


def _opens(line: str) -> bool:
    head = line[:120].lower()
    if _dated_first(head):
        return True
    return _OPENER.match(head) is not None and has_evidence(line[:160])


def _dated_first(lowered: str) -> bool:
    """Whether a day or a time stands first, and not the number of an item."""
    match = _DATE_FIRST.match(lowered)
    if match is None:
        return False
    return match.group(1) is None or match.group(1) in MONTHS or match.group(2) is not None


def _is_attribution(text: str, quote_follows: bool) -> bool:
    colon = text[-1:] in _COLONS
    lowered = text.lower()
    verb = VERB.search(lowered)
    if verb is not None and (colon or quote_follows or lowered.endswith(verb.group())):
        return _verb_with_evidence(text, lowered, verb, quote_follows)
    if not (colon or quote_follows):
        return False
    return _no_verb(text, lowered, quote_follows)


def _verb_with_evidence(text: str, lowered: str, verb: re.Match[str], quote_follows: bool) -> bool:
    tail = text[verb.end() :].strip(" :：*")
    if has_evidence(text):
        if _leads_in(text[: verb.start()]):
            return False
        # Verbs that stand early ("schrieb Ann Lee:") leave a name behind them, not a sentence.
        return len(tail) <= 120 and (quote_follows or _shaped(text, lowered, verb.start()))
    return quote_follows and not tail and _is_author(text[: verb.start()])


def _leads_in(head: str) -> bool:
    """Whether the author himself says what stands before the verb, whatever day he names.

    A sentence ends in it ("Yes. As Ann"), or it begins as no program does ("As Ann", "My boss").
    """
    words = head.split()[:_MAX_WORDS]
    if not words:
        return False
    for word, follower in pairwise(words):
        if _ends_sentence(word) and _begins_sentence(word, follower):
            return True
    lowered = head.lower()
    if "<" in head or _dated_first(lowered) or _OPENER.match(lowered):
        return False
    first = words[0].strip(_ENDS).lower()
    return first in LEAD_INS and not is_day(first) and words[0][-1:] != "."


def _begins_sentence(word: str, follower: str) -> bool:
    """Whether a new sentence begins behind the dot of `word`, which may end a short form."""
    bare = word.strip(_ENDS)
    if not bare or is_day(bare.lower()) or not bare.isalpha() or not follower[:1].isupper():
        return False
    small = follower.strip(_ENDS).lower()
    return bare.islower() or small in LEAD_INS or small in _FIRST_WORDS


def _is_author(head: str) -> bool:
    """Whether `head` names somebody and no more: without a date it may lead in the author's way.

    "Yes. As Ann" and "My boss" are his own words, "On Monday, Dr. Ann Lee" is a program's.
    """
    opener = _OPENER.match(head.lower())
    words = (head if opener is None else head[opener.end() :]).split()
    bare = [word.strip(_ENDS).lower() for word in words]
    while bare and (bare[0] in WEEKDAYS or not bare[0]):
        del words[0], bare[0]
    if not words:
        return True
    if not LEAD_INS.isdisjoint(bare) or any(map(_ends_sentence, words[:-1])):
        return False
    name = " ".join(words)
    return is_name(name) and names_in(name) is not None


def _ends_sentence(word: str) -> bool:
    """Whether a dot ends a sentence at `word`, and not an initial or a title."""
    return word[-1:] in ".!?" and len(word) > 2 and word[:-1].lower() not in TITLES


def _shaped(text: str, lowered: str, verb_at: int) -> bool:
    """Check that the line begins like an attribution, as it must without marks below."""
    if _dated_first(lowered) or _NAME_ADDRESS.match(text):
        return True
    if _OPENER.match(lowered):
        return True
    tail = text[verb_at:]
    if has_date(tail) and has_time(tail) and is_name(text[:verb_at].partition("/")[0]):
        return True
    head = lowered.split(" ", 1)[0].rstrip(".,")
    return has_address(text) or (head in WEEKDAYS and has_date(text))


def _no_verb(text: str, lowered: str, quote_follows: bool) -> bool:
    """Without a verb take only a date with an address, in the order that programs print."""
    if not has_address(text):
        return (
            quote_follows
            and _OPENER.match(lowered) is not None
            and has_time(text)
            and has_date(text)
        )
    named = _NAME_ADDRESS.match(text)
    if quote_follows and named:
        return True
    if not has_date(text):
        return False
    if named and names_in(named.group()) is not None and says_little(text):
        return True
    if "<" in text and has_time(text) and (quote_follows or says_little(text)):
        return True
    if not (_dated_first(lowered) or _OPENER.match(lowered)):
        return False
    return quote_follows or names_in(text) is not None
