"""Bytes to text: the declared charset, then UTF-8, then Windows-1252; never an error."""

from __future__ import annotations

import binascii
import re

_ALIASES = {
    "utf8mb4": "utf-8", "utf8mb3": "utf-8", "utf-8mb4": "utf-8", "utf8": "utf-8",
    "unicode-1-1-utf-8": "utf-8", "unicode-1-1-utf-7": "utf-7", "cp-850": "cp850",
    "cp-1252": "cp1252", "iso-8859-8-i": "iso-8859-8", "iso-8859-8-e": "iso-8859-8",
    "iso-8859-6-i": "iso-8859-6", "gb2312": "gb18030", "gbk": "gb18030", "x-gbk": "gb18030",
    "gb_2312-80": "gb18030", "ks_c_5601-1987": "cp949", "ks_c_5601": "cp949", "euc-kr": "cp949",
    "shift_jis": "cp932", "shift-jis": "cp932", "x-sjis": "cp932", "sjis": "cp932",
    "windows-31j": "cp932", "iso-2022-jp": "iso2022_jp_ext", "x-mac-roman": "mac-roman",
    "macintosh": "mac-roman", "iso-8859-1": "cp1252", "latin1": "cp1252", "latin-1": "cp1252",
    "l1": "cp1252", "iso8859-1": "cp1252", "iso_8859-1": "cp1252", "us-ascii": "ascii",
    "ansi": "cp1252", "ansi_x3.4-1968": "ascii", "x-windows-1252": "cp1252", "big5": "big5hkscs",
    "win-1251": "cp1251", "windows1251": "cp1251", "win1251": "cp1251", "tis-620": "cp874",
    "windows-874": "cp874", "x-cp1252": "cp1252", "iso-8859-11": "cp874", "8bit": "utf-8",
}  # fmt: skip
# Only charsets of mail: Python also knows codecs that are slow, or no charsets at all.
_KNOWN = re.compile(
    r"(?:utf[-_]?(?:7|8|8-sig|16|16[-_]?[lb]e|32|32[-_]?[lb]e)|ascii|iso[-_]?(?:8859|2022)[-_\w]*"
    r"|cp[-_]?\d{2,5}|windows-?\d{3,4}|koi8[-_]?[ru]|koi8|gb18030|gbk|big5\w*|euc[-_]\w{2}|mac-?\w+"
    r"|tis-?620|hz|johab|ptcp154)"
)
_WORD = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?]{0,2000})\?=(\s+(?==\?))?")


def decode(data: bytes, charset: str | None) -> str:
    """Decode `data`; a wrong or unknown charset falls back to UTF-8, then to Windows-1252."""
    for name in (_codec(charset), "utf-8"):
        if name is None:
            continue
        try:
            return data.decode(name)
        except (UnicodeError, LookupError, ValueError):
            continue
    return data.decode("cp1252", "replace").replace("\ufffd", "")


def decode_transfer(body: bytes, encoding: str) -> bytes:
    """Undo base64 or quoted-printable as far as it goes; anything else is left as it is."""
    encoding = encoding.strip().lower()
    if encoding == "quoted-printable":
        return binascii.a2b_qp(body)
    if encoding == "base64":
        return _base64(body)
    return body


def decode_words(value: str) -> str:
    """Decode RFC 2047 words in a header value; broken ones stay as they are."""
    if "=?" not in value:
        return value
    pieces: list[str] = []
    pending: tuple[str, bytes] | None = None
    position = 0
    for match in _WORD.finditer(value):
        between = value[position : match.start()]
        charset, data = match.group(1).split("*")[0], _word_bytes(match.group(2), match.group(3))
        if pending is not None and (between.strip() or pending[0] != charset.lower()):
            pieces.append(decode(pending[1], pending[0]))
            pending = None
        pieces.append(between if between.strip() or pending is None else "")
        pending = (charset.lower(), (pending[1] if pending else b"") + data)
        position = match.end()
    if pending is not None:
        pieces.append(decode(pending[1], pending[0]))
    return "".join(pieces) + value[position:]


def _codec(charset: str | None) -> str | None:
    if not charset:
        return None
    name = charset.strip(" \t\"'").lower()[:60]
    name = _ALIASES.get(name, name)
    return name if _KNOWN.fullmatch(name) else None


def _base64(body: bytes) -> bytes:
    data = re.sub(rb"[^A-Za-z0-9+/=]", b"", body)
    if b"=" in data:
        data = data[: data.index(b"=")]
    data = data[: len(data) - 1] if len(data) % 4 == 1 else data
    return binascii.a2b_base64(data + b"=" * (-len(data) % 4))


def _word_bytes(kind: str, payload: str) -> bytes:
    raw = payload.encode("ascii", "ignore")
    if kind in "bB":
        return _base64(raw)
    return binascii.a2b_qp(raw, header=True)
