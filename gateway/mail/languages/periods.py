"""How stretches of time are named: what a language's table holds, and English."""

from __future__ import annotations

from dataclasses import dataclass, field

# What a preposition makes of the stretch behind it.
IN, AFTER, FROM, UNTIL = "in", "after", "from", "until"
BEFORE, BY, WITHIN, THROUGH = "before", "by", "within", "through"
LAST = 9  # the ordinal of "the last quarter", "the last week of May"

# Numbers that end in a half, by their whole part, and a half behind a number or a unit.
HALVES = {
    "anderthalb": 1, "eineinhalb": 1, "zweieinhalb": 2, "dreieinhalb": 3, "viereinhalb": 4,
    "fünfeinhalb": 5, "sechseinhalb": 6, "anderhalf": 1, "anderhalve": 1, "tweeënhalf": 2,
    "tweeënhalve": 2, "tweeëneenhalve": 2, "tweeëneenhalf": 2,
}  # fmt: skip
AND_A_HALF = (
    "and a half", "- and - a - half", "and half", "& a half", "et demi", "et demie", "y medio",
    "y media", "e mezzo", "e mezza", "e meio", "e meia", "en een half", "en een halve",
    "und ein halbes", "und einem halben", "und einer halben", "½", ", 5", ". 5",
)  # fmt: skip

# Words that open a range of days, that join the ends as a choice, and that tie a day to its month.
RANGE_OPENERS = frozenset(
    "between from zwischen vom von entre du de del desde dal da tra fra tussen van do dos".split()  # noqa: SIM905
)
ALTERNATIVES = frozenset(("or", "oder", "ou", "o", "of"))
DAYS_OF = frozenset(("of", "de", "del", "d", "'", "di", "van"))


@dataclass(frozen=True)
class Words:
    """One language's words for time; keys of several words are split at spaces.

    `compounds` are one word for a part and what it is part of: "jahresende" is "end jahr".
    """

    prepositions: dict[str, str]
    units: dict[str, str]
    numbers: dict[str, int]
    upcoming: frozenset[str]
    current: frozenset[str]
    parts: dict[str, str]
    seasons: dict[str, int]
    events: dict[str, str]
    quarter: frozenset[str]
    half: frozenset[str]
    week: frozenset[str]
    ordinals: dict[str, int]
    skipped: frozenset[str]
    joins: frozenset[str]
    earliest: tuple[str, ...]
    past: frozenset[str]
    compounds: dict[str, str] = field(default_factory=dict)


def each(**lists: str) -> dict[str, str]:
    """Return every word of the lists (parted by "|") with the name of its list."""
    return {
        word.strip(): sense.rstrip("_")
        for sense, words in lists.items()
        for word in words.split("|")
    }


def numbers_of(*words: str, **more: int) -> dict[str, int]:
    """Return every word with the number that its list stands for, from one on, and `more`."""
    counted = {
        word: number
        for number, names in enumerate(words, start=1)
        for word in names.split("|")
        if word
    }
    return counted | more


def words_of(words: str) -> frozenset[str]:
    """Return the words that "|" parts."""
    return frozenset(words.split("|"))


def seasons_of(*words: str) -> dict[str, int]:
    """Return every word with its season: 0 is spring, 3 winter."""
    return {word: number for number, names in enumerate(words) for word in names.split("|")}


ENGLISH = Words(
    prepositions=each(
        in_="in|between|in about|in around|in roughly|around|about|sometime in|some time in|over"
        "|during"
        "|on|at|at the|come|towards|toward|somewhere in|somewhere around|on or around",
        after="after|once past|past|following|post|post-|not until after|until after|till after"
        "|any time after|anytime after",
        from_="from|as of|as from|starting|starting in|starting from|beginning|any time from"
        "|anytime from|effective",
        until="until|till|til|'til|from now until|from now till|for another|for the next|for at"
        " least the next"
        "|for the coming|for at least another",
        through="through|thru",
        before="before|pre|pre-|prior to|ahead of|earlier than|sooner than",
        by="by|no later than|between now and|from now to",
        within="within",
    ),
    units={
        "day": "d", "days": "d", "week": "w", "weeks": "w", "wks": "w", "wk": "w", "month": "m",
        "months": "m", "mths": "m", "mos": "m", "quarter": "q", "quarters": "q", "year": "y",
        "years": "y", "yrs": "y", "yr": "y", "fortnight": "f", "fortnights": "f", "decade": "x",
        "half a year": "h",
        "half year": "h",
        **dict.fromkeys(
            ("working day", "working days", "business day", "business days", "workday",
             "workdays", "work days", "weekdays"), "b"),
    },
    numbers=numbers_of(
        "a|an|one|another", "two|couple|a couple of|couple of|a couple",
        "three|few|a few|some|several", "four", "five", "six", "seven", "eight", "nine", "ten",
        "eleven", "twelve", thirteen=13, fourteen=14, fifteen=15, sixteen=16, eighteen=18,
        twenty=20, thirty=30, forty=40, sixty=60, ninety=90,
    ),
    upcoming=words_of("next|coming|following|upcoming"),
    current=words_of("this|current"),
    parts=each(
        early="early|early in|beginning of|the beginning of|start of|the start of"
        "|the top of|top of|turn of",
        mid="mid|middle of|the middle of|midway through|half way through|halfway through",
        late="late|late in|later in|latter part of|the latter part of",
        end="end of|the end of|end|close of|the close of|the very end of",
        later="later",
        early_mid="early to mid|early-to-mid|early mid",
        mid_late="mid to late|mid-to-late|mid late",
    ),
    seasons=seasons_of("spring|springtime", "summer|summertime", "autumn|fall", "winter"),
    events=each(
        easter="easter|easter break|easter holidays",
        christmas="christmas|xmas|christmas break",
        holidays="holidays|holiday season|festive season|festive period|holiday break"
        "|end of year holidays",
        newyear="new year|new year's|newyear|the new year",
        thanksgiving="thanksgiving",
        halloween="halloween",
        summerbreak="summer break|summer holidays|summer holiday|summer vacation|school holidays",
        weekend="weekend",
        fiscal="fiscal year|financial year|next fiscal year|new fiscal year|next financial year"
        "|new financial year|fiscal year end|financial year end|next fiscal|new fiscal"
        "|next budget cycle|next budget round|next budgeting cycle|next planning cycle"
        "|next budget year|next fy|next school year|next season",
        yearend="year end|year-end|yearend|eoy|the year end|calendar year end",
    ),
    quarter=words_of("quarter"),
    half=words_of("half|fortnight"),
    week=words_of("week|wk|cw|kw"),
    ordinals={"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "last": LAST},
    skipped=words_of("the|of|this|very"),
    joins=words_of("or|and|to|/|-|–|—|&|through|thru|until|till"),
    earliest=("at the earliest", "earliest", "at the very earliest", "at the soonest", "onwards",
              "onward", "or later", "or after", "and after", "at best"),
    past=words_of("ago|last|past|previous|earlier|back"),
    compounds={"eom": "end month", "eoq": "end quarter", "midyear": "mid year",
               "midsummer": "mid summer", "midwinter": "mid winter"},
)  # fmt: skip
