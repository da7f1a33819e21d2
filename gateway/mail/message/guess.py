"""Judge how likely decoded text is, and find the charset of bytes whose label cannot be true."""

from __future__ import annotations

import re
from collections.abc import Callable

_SAMPLE = 4_000
_ENOUGH = 0.45
_MARGIN = 0.3
_SURE = 0.7  # of another reading in Latin letters, where the label's is a mixture of languages
_SHOUTED = 0.9
_FEW, _SOME = 3, 5  # bytes above ASCII: fewer do not disprove a label, or only among Latin ones
_RUN = re.compile(rb"[\x80-\xff]{2,}")
_JOINTS = frozenset("’‘´·")
_MARKS = frozenset("’‘“”„–—…€«»°·´\xa0©®™£§¿¡•×±½¼¾µ¢¥²")
# A sign inside a word is a letter of another charset.
_INSIDE = re.compile("(?<=[a-z])[" + "".join(sorted(_MARKS - _JOINTS - {"\xa0"})) + "](?=[a-z])")
# Accented letters a language uses: a text has those of one, a wrong charset mixes them.
_WESTERN = (
    "äöüß", "éèàçêîôûâëïùœæü", "áéíóúñüº", "àèéìòùî", "áâãàçéêíóôõúü", "åäöé", "åøæéòôü", "ëïéèöü",
    "áðéíóúýþæö",
)  # fmt: skip
_CENTRAL = ("ąćęłńóśźż", "áčďéěíňóřšťúůýžľĺŕäô", "áéíóöőúüű", "ăâîşţșț", "čćđšž", "äöüß")
_TURKISH = ("çğıi̇öşüâî",)
_BALTIC = ("ąčęėįšųūž", "āčēģīķļņšūž", "äõöüšž")
_LATIN_SETS = tuple(map(frozenset, (*_WESTERN, *_CENTRAL, *_TURKISH, *_BALTIC)))
# Letters by how often they are used, the first third most.
_ALPHABETS = (
    "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфіїєъё", "αοιετσνηυρπκμλςωγδάόίέθήύώχφβξζψϊ",
    "יוהלאתרמבשנדחעקפכםגסטןצזףץך", "الينمتروبهدعسفةكقحجأشصطىخذضزئثءإغآظؤ",
    "านรกเงอมยลว่สทดต้หบปีัคพข์ชใไะแโจุิถผธศซู็ณ",
)  # fmt: skip
_WEIGHT = {
    letter: 1.0 if place * 3 < len(letters) else 0.6 if place * 3 < 2 * len(letters) else 0.2
    for letters in _ALPHABETS
    for place, letter in enumerate(letters)
}
_LAST = frozenset("םןךףץς")
_NEVER_FIRST = frozenset("ъьы" + "םןךףץς")
_HANZI = frozenset(
    "的一是不了在人有我他这中大来上国个到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可她"
    "里后小么心多天而能好都然没日于起还发成事只作当想看文无开手十用主行方又如前所本见经头面公同三已老"
    "從這個來國們為說時對過還發會學樣沒點們請謝您給與價錢興趣需请谢给与价钱兴电话邮件司資料明目"
)
Judge = Callable[[str, bytes], float]


def guess(data: bytes, latin: bool = False) -> tuple[str, float]:
    """Return (text, likelihood up to about 1) for bytes above ASCII that are not UTF-8.

    `latin`: only charsets of Latin letters come into question.
    """
    sample = data[:_SAMPLE]
    best, score = "cp1252", 0.0
    for codec, judge in _CANDIDATES[: _LATIN if latin else None]:
        points = judge(_sampled(sample, codec), sample)
        if points > score + 0.02:
            best, score = codec, points
    return data.decode(best, "replace"), score


def is_likely(score: float) -> bool:
    """Whether text of this likelihood may be shown as what was meant."""
    return score >= _ENOUGH


def checked(data: bytes, text: str, codec: str) -> tuple[str, bool]:
    """Return (`text`, True) if it can be what `data` says, else the likeliest text and False.

    `text` is `data` decoded by its label `codec`; codecs that nothing is known about are believed.
    """
    judge = _JUDGES.get(codec)
    score = _ENOUGH if judge is None else judge(text[:_SAMPLE], data[:_SAMPLE])
    if score >= _ENOUGH:
        return text, True
    high = sum(byte > 0x7F for byte in data[:_SAMPLE])
    if high < _FEW:
        return text, True
    other, points = guess(data, latin=high < _SOME)
    if points >= max(_SURE if _is_latin(other) else _ENOUGH, score + _MARGIN):
        return other, False
    return text, score > 0


def cyrillic_likelihood(text: str) -> float:
    """Return how likely `text` is one of a Cyrillic alphabet, up to 1, in capitals or not."""
    return _SHOUTED * _letters(text.lower(), b"") if text.isupper() else _letters(text, b"")


def letters_of(text: str) -> frozenset[str]:
    """Return the accented letters of the Latin language to which most of those in `text` belong."""
    high = [letter for letter in text.lower() if letter > "\x7f"]
    return max(_LATIN_SETS, key=lambda letters: sum(letter in letters for letter in high))


def speaks_cjk(text: str, codec: str) -> bool:
    """Whether text decoded by a two-byte `codec` holds characters that its readers use daily."""
    if codec in ("cp932", "euc-jp", "euc_jp"):
        return _japanese(text, b"") >= _ENOUGH
    if codec in ("cp949", "johab"):
        return _korean(text, b"") >= _ENOUGH
    high = [letter for letter in text[:_SAMPLE] if letter > "\x7f"]
    return sum(letter in _HANZI for letter in high) * 12 >= len(high)


def _is_latin(text: str) -> bool:
    return all(letter < "\u0250" or letter in _MARKS for letter in text[:_SAMPLE])


def _sampled(sample: bytes, codec: str) -> str:
    """Decode the sample; a character cut off at its end does not count."""
    try:
        return sample.decode(codec)
    except UnicodeError:
        return sample.decode(codec, "replace").rstrip("\ufffd")


def _alone(sample: bytes) -> bool:
    """Whether bytes above ASCII stand alone between letters, as accents do, and not in rows."""
    high = sum(byte > 0x7F for byte in sample)
    rows = sum(len(row) for row in _RUN.findall(sample))
    return rows * 5 <= high * 4 or high < 3


def _accents(languages: tuple[str, ...]) -> Judge:
    sets = [frozenset(letters) for letters in languages]

    def judge(text: str, sample: bytes) -> float:
        high = [letter.lower() for letter in text if letter > "\x7f"]
        if not high or not _alone(sample):
            return 0.0
        marks = sum(letter in _MARKS for letter in high) - len(_INSIDE.findall(text))
        good = max(sum(letter in letters for letter in high) for letters in sets)
        return (good + 0.7 * marks - (len(high) - good - marks)) / len(high)

    return judge


def _letters(text: str, sample: bytes) -> float:
    """Judge alphabets other than Latin by frequent letters, and capitals where they belong."""
    points, count, before = 0.0, 0, " "
    for letter in text:
        if before in _LAST and letter.isalpha():
            points -= 1.0
        if letter > "\x7f":
            count += 1
            points += _letter(letter, before)
        before = letter
    return points / count if count else 0.0


def _letter(letter: str, before: str) -> float:
    small = letter.lower()
    if small != letter:
        if before.isalpha() and before == before.lower():
            return -1.0
        return 0.6 * _WEIGHT.get(small, -1.0)
    if letter in _NEVER_FIRST and not before.isalpha():
        return -1.5
    return _WEIGHT.get(letter, 0.3 if letter in _MARKS else -1.0)


def _chinese(text: str, sample: bytes) -> float:
    high = [letter for letter in text if letter > "\x7f"]
    if not high or "\ufffd" in text:
        return 0.0
    common = sum(letter in _HANZI for letter in high)
    signs = sum("\u3000" <= letter <= "\u303f" or letter > "\uff00" for letter in high)
    ideographs = sum("\u3400" <= letter <= "\u9fff" or letter > "\U00020000" for letter in high)
    if (ideographs + signs) * 10 < len(high) * 9:
        return 0.0
    return 0.3 + min(common * 2 / len(high), 0.6) + 0.1 * (signs > 0)


def _japanese(text: str, sample: bytes) -> float:
    high = [letter for letter in text if letter > "\x7f"]
    if not high or "\ufffd" in text:
        return 0.0
    kana = sum("\u3041" <= letter <= "\u30ff" for letter in high)
    others = sum("\u3000" <= letter <= "\u9fff" or letter > "\uff00" for letter in high)
    narrow = sum("\uff61" <= letter <= "\uff9f" for letter in high)
    if others * 10 < len(high) * 9 or narrow * 2 > len(high):
        return 0.0
    return min(0.3 + kana * 1.6 / len(high), 1.2)


def _korean(text: str, sample: bytes) -> float:
    high = [letter for letter in text if letter > "\x7f"]
    if not high or "\ufffd" in text:
        return 0.0
    # Syllables in everyday use have their first byte between B0 and C8.
    usual = sum(
        "\uac00" <= letter <= "\ud7a3" and letter.encode("cp949")[0] >= 0xB0 for letter in high
    )
    return 1.15 * usual / len(high) if usual * 10 >= len(high) * 8 else 0.0


_LATIN = 4  # of the candidates
_CANDIDATES: tuple[tuple[str, Judge], ...] = (
    ("cp1252", _accents(_WESTERN)),
    ("cp1250", _accents(_CENTRAL)),
    ("iso-8859-2", _accents(_CENTRAL)),
    ("cp1254", _accents(_TURKISH)),
    ("cp1251", _letters),
    ("koi8-u", _letters),
    ("cp866", _letters),
    ("iso-8859-5", _letters),
    ("cp1253", _letters),
    ("cp1255", _letters),
    ("cp1256", _letters),
    ("cp874", _letters),
    ("gb18030", _chinese),
    ("big5hkscs", _chinese),
    ("cp932", _japanese),
    ("euc_jp", _japanese),
    ("cp949", _korean),
)
_JUDGES = {
    **dict(_CANDIDATES),
    "koi8-r": _letters,
    "windows-1251": _letters,
    "windows-1250": _accents(_CENTRAL),
    "windows-1252": _accents(_WESTERN),
    "windows-1254": _accents(_TURKISH),
    "iso-8859-15": _accents(_WESTERN),
    "iso-8859-7": _letters,
    "iso-8859-8": _letters,
    "euc-jp": _japanese,
}
