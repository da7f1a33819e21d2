"""The languages in which opt-outs are read, by code."""

from __future__ import annotations

from dataclasses import replace

from gateway.mail.languages import opt_out_east as east
from gateway.mail.languages import opt_out_north as north
from gateway.mail.languages import opt_out_west as west
from gateway.mail.languages.opt_out import ENGLISH, OptOutWords
from gateway.mail.languages.opt_out_polite import CALLS, POLITE_BANS
from gateway.mail.languages.opt_out_rights import RIGHTS, STEMS

_WEST = {
    "de": west.GERMAN,
    "fr": west.FRENCH,
    "es": west.SPANISH,
    "it": west.ITALIAN,
    "nl": west.DUTCH,
    "pt": west.PORTUGUESE,
}

_TABLES: dict[str, OptOutWords] = {
    "en": ENGLISH,
    **{
        code: replace(
            words,
            silence=words.silence + POLITE_BANS[code],
            vetoes=words.vetoes + ((CALLS[code],) if code in CALLS else ()),
        )
        for code, words in _WEST.items()
    },
    "sv": north.SWEDISH,
    "da": north.DANISH,
    "no": north.NORWEGIAN,
    "fi": north.FINNISH,
    "pl": east.POLISH,
    "cs": east.CZECH,
    "tr": east.TURKISH,
    "ru": east.RUSSIAN,
    "ja": east.JAPANESE,
    "zh": east.CHINESE,
    "ko": east.KOREAN,
}

OPT_OUTS: dict[str, OptOutWords] = {
    code: replace(words, rights=RIGHTS[code], stems=words.stems | STEMS.get(code, frozenset()))
    for code, words in _TABLES.items()
}
