"""How stretches of time are named: what a language's table holds, and English."""

from __future__ import annotations

from dataclasses import dataclass

# What a preposition makes of the stretch behind it.
IN, AFTER, FROM, UNTIL = "in", "after", "from", "until"
BEFORE, BY, WITHIN, THROUGH = "before", "by", "within", "through"


@dataclass(frozen=True)
class Words:
    """One language's words for time; keys of several words are split at spaces."""

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


def each(**lists: str) -> dict[str, str]:
    """Return every word of the lists (parted by "|") with the name of its list."""
    return {
        word.strip(): sense.rstrip("_")
        for sense, words in lists.items()
        for word in words.split("|")
    }


def numbers_of(*words: str) -> dict[str, int]:
    """Return every word with the number that its list stands for, from one on."""
    return {
        word: number
        for number, names in enumerate(words, start=1)
        for word in names.split("|")
        if word
    }


def words_of(words: str) -> frozenset[str]:
    """Return the words that "|" parts."""
    return frozenset(words.split("|"))


def seasons_of(*words: str) -> dict[str, int]:
    """Return every word with its season: 0 is spring, 3 winter."""
    return {word: number for number, names in enumerate(words) for word in names.split("|")}


ENGLISH = Words(
    prepositions=each(
        in_="in|in about|in around|in roughly|around|about|sometime in|some time in|over|during"
        "|on|at|at the|come|towards|toward|somewhere in|somewhere around|on or around",
        after="after|once past|past|following|post|not until after|until after|till after"
        "|any time after|anytime after",
        from_="from|as of|as from|starting|starting in|starting from|beginning|any time from"
        "|anytime from|effective",
        until="until|till|til|'til|for another|for the next|for at least the next"
        "|for the coming|for at least another",
        through="through|thru",
        before="before|prior to|ahead of|earlier than|sooner than",
        by="by|no later than",
        within="within",
    ),
    units={
        "day": "d", "days": "d", "week": "w", "weeks": "w", "wks": "w", "wk": "w", "month": "m",
        "months": "m", "mths": "m", "mos": "m", "quarter": "q", "quarters": "q", "year": "y",
        "years": "y", "yrs": "y", "yr": "y", "fortnight": "f", "fortnights": "f", "decade": "x",
        "half a year": "h",
        "half year": "h",
    },
    numbers={
        **numbers_of("a|an|one", "two|couple|a couple of|couple of", "three|few|a few|some|several",
                   "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
        "eighteen": 18, "twenty": 20,
    },
    upcoming=words_of("next|coming|following|upcoming"),
    current=words_of("this|current"),
    parts=each(
        early="early|early in|beginning of|the beginning of|start of|the start of"
        "|the top of|top of|turn of",
        mid="mid|middle of|the middle of|midway through|half way through|halfway through",
        late="late|late in|later in|latter part of|the latter part of",
        end="end of|the end of|end|close of|the close of|the very end of",
        later="later",
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
        yearend="year end|yearend|the year end|calendar year end",
    ),
    quarter=words_of("quarter"),
    half=words_of("half"),
    week=words_of("week|wk|cw|kw"),
    ordinals={"first": 1, "second": 2, "third": 3, "fourth": 4, "last": 4},
    skipped=words_of("the|of|this|very"),
    joins=words_of("or|and|to|/|-|–|&|through|until"),
    earliest=("at the earliest", "earliest", "at the very earliest", "at the soonest", "onwards",
              "onward", "or later", "or after", "and after", "at best"),
    past=words_of("ago|last|past|previous|earlier|back"),
)  # fmt: skip
