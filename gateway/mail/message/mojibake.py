"""Repair text that was encoded twice: UTF-8 read as a one-byte charset, and encoded again."""

from __future__ import annotations

import re
from collections.abc import Mapping

_MAX_ROUNDS = 4
_RARE = 8  # runs that fit for each that does not


def _as_read(byte: int) -> tuple[str, str]:
    """Return how Windows-1252 and Latin-1 read one byte."""
    return bytes((byte,)).decode("cp1252", "ignore") or chr(byte), chr(byte)


_BYTES = {ord(sign): chr(byte) for byte in range(0x80, 0x100) for sign in reversed(_as_read(byte))}
_NEXT = "".join(re.escape(sign) for byte in range(0x80, 0xC0) for sign in _as_read(byte))
# A blank and a closing quote behind an accent are French, not one of three bytes.
_SEQUENCE = (
    f"(?<=[\xc2-\xdf])[{_NEXT}]|(?<=[\xe0-\xef])(?!\xa0\xbb)[{_NEXT}]{{2}}"
    f"|(?<=[\xf0-\xf4])[{_NEXT}]{{3}}"
)
# The first sign stands before the choice, so that the search is for one set.
_TWICE = re.compile(f"[\xc2-\xf4](?:{_SEQUENCE})")
# What mail holds: no controls, no letters of scripts that nobody writes.
_MEANT = re.compile(
    "[\xa0-\u024f\u0370-\u06ff\u0900-\u0e7f\u1e00-\u1fff\u2009-\u203f\u20a0-\u20bf\u2100-\u27bf"
    "\u2b00-\u2bff\u3000-\u30ff\u4e00-\u9fff\uac00-\ud7a3\ufb00-\ufb06\ufe0f\uff00-\uffef"
    "\U0001f000-\U0001faff\u200b-\u200f\ufffd]+"
)
_OTHER_SCRIPT = re.compile("[\u0370-\u07ff]")
# One sign behind a capital may be meant as it stands: "JÄ...".
_TYPED = re.compile("[\xc2-\xdf][…“”‘’–—‚„‹›«»]")
_LOST_BLANK = re.compile(r"Ã (?:(?=\W)|$)|Ã(?= )")
# How other charsets read the first bytes of letters in UTF-8, and what their readers do write
# behind those.
_OTHERS = {
    "cp1250": ("ĂÄĹÂâĐŃ", ""),
    "cp1251": ("РСГВЂв", "а-яА-ЯёЁ"),
    "mac-roman": ("√¬ƒ‚", ""),
    "cp437": ("├┬╨Γ", ""),
    "koi8-r": ("пяцБ", "а-яА-ЯёЁ"),
}
_DENSE = ("cp1251", "koi8-r")  # whose readers write two such letters in a row
_SUSPECTS = "".join(first for first, _ in _OTHERS.values())
_OTHERWISE = "|".join(f"(?<=[{first}])[^\x00-\x7f{usual}]" for first, usual in _OTHERS.values())
_SUSPECT = re.compile(f"[{_SUSPECTS}](?:{_OTHERWISE})")
_EITHER = re.compile(f"[\xc2-\xf4{_SUSPECTS}](?:{_SEQUENCE}|{_OTHERWISE})")
_RUN = re.compile("[^\x00-\x7f]+")


def repaired(text: str) -> tuple[str, bool]:
    """Return `text` with what was encoded twice read once, and whether anything was.

    Each line is judged by itself: where such sequences are few among its other letters, only those
    inside of words are read again. Linear.
    """
    if text.isascii():
        return text, False
    result = text
    for _ in range(_MAX_ROUNDS):
        if _EITHER.search(result) is None:
            break
        again = "\n".join(map(_line, result.split("\n")))
        if again == result:
            break
        result = again
    return result, result != text


def _line(line: str) -> str:
    if line.isascii():
        return line
    if _SUSPECT.search(line) is not None:
        line = _otherwise(line)
    return _once(line) if _TWICE.search(line) is not None else line


def _once(text: str) -> str:
    """Read again what Windows-1252 or Latin-1 had read."""
    runs = _TWICE.findall(text)
    inside = sum(map(len, runs))
    high = len(text) - len(text.encode("ascii", "ignore"))
    mostly = inside >= 2 * (high - inside - text.count("Ã "))
    lone = len(runs) == 1 and _TYPED.fullmatch(runs[0]) is not None

    def mend(match: re.Match[str]) -> str:
        run, before, after = (
            match[0],
            text[match.start() - 1 : match.start()],
            text[match.end() : match.end() + 1],
        )
        read = run.translate(_BYTES).encode("latin-1").decode("utf-8", "ignore")
        touched = _is_ascii_letter(before) or _is_ascii_letter(after)
        if not _MEANT.fullmatch(read) or (touched and _OTHER_SCRIPT.search(read)):
            return run
        if lone and not before.islower():
            return run
        return read if mostly or (touched and read.isalpha()) else run

    result = _TWICE.sub(mend, text)
    return _LOST_BLANK.sub("à", result) if mostly and result != text else result


def _is_ascii_letter(sign: str) -> bool:
    return sign.isascii() and sign.isalpha()


def _otherwise(text: str) -> str:
    """Read again what another charset had read, if that fits nearly all of its letters."""
    runs = set(_RUN.findall(text))
    for codec, (first, _) in _OTHERS.items():
        if not any(sign in text for sign in first):
            continue
        known = {run: new for run in runs if (new := _read(run, codec)) is not None}
        enough = len("".join(known.values())) > (codec in _DENSE)
        if enough and (len(runs) - len(known)) * _RARE <= len(runs):
            return _replaced(text, known)
    return text


def _replaced(text: str, known: Mapping[str, str]) -> str:
    return _RUN.sub(lambda match: known.get(match[0], match[0]), text)


def _read(run: str, codec: str) -> str | None:
    try:
        return run.encode(codec).decode("utf-8")
    except UnicodeError:
        return None
