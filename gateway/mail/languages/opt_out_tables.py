"""The languages in which opt-outs are read, by code."""

from __future__ import annotations

from gateway.mail.languages import opt_out_east as east
from gateway.mail.languages import opt_out_north as north
from gateway.mail.languages import opt_out_west as west
from gateway.mail.languages.opt_out import ENGLISH, OptOutWords

OPT_OUTS: dict[str, OptOutWords] = {
    "en": ENGLISH,
    "de": west.GERMAN,
    "fr": west.FRENCH,
    "es": west.SPANISH,
    "it": west.ITALIAN,
    "nl": west.DUTCH,
    "pt": west.PORTUGUESE,
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
