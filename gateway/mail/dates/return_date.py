"""When will an absent author be back? Dates as people write them, seen from the mail's own date."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

from gateway.mail.dates.days import day_of, next_day, numeric_day
from gateway.mail.dates.return_phrases import day_before, day_behind
from gateway.mail.languages.dates import MONTHS, TOMORROW, WEEKDAYS
from gateway.mail.languages.returns import BACK, BACK_ENGLISH

MAX_DAYS = 400
_READ = 1_500
_BESIDE = 60  # characters beside a cue
_BACK = re.compile(rf"(?<!\w)(?:(?P<english>{BACK_ENGLISH})|{BACK})\b")
_UNTIL = re.compile(
    r"(?:until|till|til|through|thru|to|bis(?: zum| einschließlich| inkl\.?)?|jusqu'(?:au|à|en)"
    r"|hasta(?: el)?|fino (?:al|a|all')|tot(?: en met)?|t/m|até(?: o| a)?|t\.o\.m\.|till och med"
    r"|til og med|do|asti|saakka|до|al|au|-|–)(?= )"
    r"|(?<=\d)(?: ?[-–] ?)(?=\d)"
)
_ISO = re.compile(
    r"(?<!\d)(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)|(\d{4})[年/.] ?(\d{1,2})[月/.] ?(\d{1,2})日?"
)
_NUMERIC = re.compile(r"(?<!\d)(\d{1,2})([./\-])(\d{1,2})(?:\2(\d{4}|\d{2}))?(?![\d%])")
_CJK = re.compile(r"(?<!\d)(\d{1,2}) ?[月월] ?(\d{1,2}) ?[日일]")
_WORDS = re.compile(r"[^\W\d_]+(?:-feira)?|\d{1,4}")
_ORDINALS = frozenset(
    "st|nd|rd|th|er|de|of|the|le|el|den|o|a|il|del|do|º|ª|am|den|dem|e|d".split("|")  # noqa: SIM905
)


def return_date(text: str, sent: date | None) -> date | None:
    """Return the day `text` names for the return, or None; past days and far ones are ignored.

    Days without a year are read as the next such day after `sent`; without `sent` only full dates
    count. Words of return ("back on") win over ends of absence ("until").
    """
    text = " ".join(text[:_READ].lower().replace("’", "'").split())
    for match in list(_BACK.finditer(text))[:12]:
        found = _return_beside(text, match, sent)
        if found is not None:
            return found
    for match in list(_UNTIL.finditer(text))[:12]:
        found = _behind(text, match, sent)
        if found is not None:
            return found
    cjk = _CJK.findall(text) if re.search("[\u3040-\u9fff\uac00-\ud7a3]", text) else []
    days = [next_day(int(d), int(m), sent) for m, d in cjk[-1:]] + [
        day for day in _days(text[-200:], sent) if cjk or re.search("[\u3040-\u9fff]", text)
    ]
    return next((day for day in days if day is not None and _plausible(day, sent)), None)


def _return_beside(text: str, cue: re.Match[str], sent: date | None) -> date | None:
    """Return the day behind words of return, so long from now behind them, or the day before."""
    found = _behind(text, cue, sent)
    if found is not None:
        return found
    is_english = cue["english"] is not None
    before = text[max(cue.start() - _BESIDE, 0) : cue.start()]
    days = (
        day_behind(before, text[cue.end() : cue.end() + _BESIDE], sent, is_english),
        day_before(before, sent, is_english),
    )
    return next((day for day in days if day is not None and _plausible(day, sent)), None)


def _behind(text: str, cue: re.Match[str], sent: date | None) -> date | None:
    found = next(_days(text[cue.end() : cue.end() + _BESIDE], sent), None)
    return found if found is not None and _plausible(found, sent) else None


def _plausible(day: date, sent: date | None) -> bool:
    return sent is None or timedelta(0) <= day - sent <= timedelta(days=MAX_DAYS)


def _days(window: str, sent: date | None) -> Iterator[date]:
    """Yield the dates in a short text that starts behind a cue, first those spelled best."""
    found: list[tuple[int, date]] = []
    for match in _ISO.finditer(window):
        y, m, d = (int(part) for part in match.groups() if part)
        _add(found, match.start(), day_of(y, m, d))
    if not found:
        for match in _NUMERIC.finditer(window):
            _add(found, match.start(), numeric_day(match, sent))
        named = _named(window, sent)
        if named is not None:
            found.append(named)
    if not found and sent is not None:
        relative = _relative(window, sent)
        if relative is not None:
            found.append(relative)
    for position, day in sorted(found):
        if position <= 45:
            yield day


def _add(found: list[tuple[int, date]], position: int, day: date | None) -> None:
    if day is not None:
        found.append((position, day))


def _named(window: str, sent: date | None) -> tuple[int, date] | None:
    """Find a month's name with the day beside it ("3rd of January 2027", "Jan 3", "3. Januar")."""
    words = [(match.group(), match.start()) for match in _WORDS.finditer(window)]
    words = [pair for pair in words if pair[0] not in _ORDINALS]
    for place, (word, position) in enumerate(words):
        month = MONTHS.get(word)
        if month is None:
            continue
        before = words[place - 1][0] if place else ""
        after = words[place + 1][0] if place + 1 < len(words) else ""
        for text, year_at in ((before, place + 1), (after, place + 2)):
            if text.isdecimal() and 1 <= int(text) <= 31:
                year = words[year_at][0] if year_at < len(words) else ""
                if year.isdecimal() and len(year) == 4:
                    day = day_of(int(year), month, int(text))
                else:
                    day = next_day(int(text), month, sent)
                return None if day is None else (position, day)
    return None


def _relative(window: str, sent: date) -> tuple[int, date] | None:
    """Read a weekday (the next one after the mail), tomorrow, next week's Monday."""
    for match in list(_WORDS.finditer(window))[:5]:
        word = match.group()
        if word in WEEKDAYS and (len(word) > 3 or word in ("mon", "tue", "wed", "thu", "fri")):
            ahead = (WEEKDAYS[word] - sent.weekday() - 1) % 7 + 1
            return _later(match.start(), sent, ahead)
        if word in TOMORROW:
            return _later(match.start(), sent, 1)
    if window.lstrip().startswith(("next week", "nächste woche", "la semaine prochaine")):
        return _later(0, sent, 7 - sent.weekday())
    return None


def _later(position: int, sent: date, days: int) -> tuple[int, date] | None:
    try:
        return position, sent + timedelta(days=days)
    except OverflowError:  # a mail may claim to be from the last day there is
        return None
