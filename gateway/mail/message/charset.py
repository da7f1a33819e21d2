"""Bytes to text: the label where it can be true, else UTF-8, else a guess that says it is one."""

from __future__ import annotations

import binascii
import re

from gateway.mail.message.guess import checked, guess, is_likely, speaks_cjk
from gateway.mail.message.jis import ESCAPE, decode_jis, restore_escapes
from gateway.mail.message.siblings import better_sibling

GUESSED = "charset_guessed"
UNDECODABLE = "undecodable"
_ALIASES = {
    "utf8mb4": "utf-8", "utf8mb3": "utf-8", "utf-8mb4": "utf-8", "utf8": "utf-8",
    "unicode-1-1-utf-8": "utf-8", "unicode-1-1-utf-7": "utf-7", "cp-850": "cp850",
    "cp-1252": "cp1252", "iso-8859-8-i": "iso-8859-8", "iso-8859-8-e": "iso-8859-8",
    "iso-8859-6-i": "iso-8859-6", "gb2312": "gb18030", "gbk": "gb18030", "x-gbk": "gb18030",
    "gb_2312-80": "gb18030", "euc-cn": "gb18030", "cp936": "gb18030", "hz-gb-2312": "hz",
    "ks_c_5601-1987": "cp949", "ks_c_5601": "cp949", "euc-kr": "cp949", "ks_c_5601-1989": "cp949",
    "ksc5601": "cp949", "shift_jis": "cp932", "shift-jis": "cp932", "x-sjis": "cp932",
    "sjis": "cp932", "shiftjis": "cp932", "ms_kanji": "cp932", "windows-31j": "cp932",
    "iso-2022-jp-ms": "iso-2022-jp", "cp50220": "iso-2022-jp", "cp50221": "iso-2022-jp",
    "cp50222": "iso-2022-jp", "x-windows-iso2022jp": "iso-2022-jp", "csiso2022jp": "iso-2022-jp",
    "_iso-2022-jp": "iso-2022-jp", "jis": "iso-2022-jp", "x-euc-jp": "euc-jp",
    "x-mac-roman": "mac-roman", "macintosh": "mac-roman", "iso-8859-1": "cp1252",
    "latin1": "cp1252", "latin-1": "cp1252", "l1": "cp1252", "iso8859-1": "cp1252",
    "iso_8859-1": "cp1252", "us-ascii": "ascii", "ansi": "cp1252", "ansi_x3.4-1968": "ascii",
    "x-windows-1252": "cp1252", "x-cp1252": "cp1252", "big5": "big5hkscs", "x-big5": "big5hkscs",
    "cn-big5": "big5hkscs", "win-1251": "cp1251", "windows1251": "cp1251", "win1251": "cp1251",
    "x-cp1251": "cp1251", "tis-620": "cp874", "windows-874": "cp874", "iso-8859-11": "cp874",
    "iso-8859-9": "cp1254", "8bit": "utf-8", "unicode": "utf-16", "ucs-2": "utf-16",
    "utf16": "utf-16", "koi8": "koi8-r", "unicode-utf-8": "utf-8",
    "utf7": "utf-7", "utf_7": "utf-7",
}  # fmt: skip
# Only charsets of mail: Python also knows codecs that are slow, or no charsets at all.
_KNOWN = re.compile(
    r"(?:utf[-_]?(?:7|8|8-sig|16|16[-_]?[lb]e|32|32[-_]?[lb]e)|ascii|iso[-_]?(?:8859|2022)[-_\w]*"
    r"|cp[-_]?\d{2,5}|windows-?\d{3,4}|koi8[-_]?[ru]|gb18030|big5\w*|euc[-_]\w{2}|mac-?\w+"
    r"|tis-?620|hz|johab|ptcp154)"
)
_WORD = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?]{0,2000})\?=(\s+(?==\?))?")
_META = re.compile(
    rb"<meta[^>]{0,200}?charset\s{0,3}=\s{0,3}[\"']?\s{0,3}([\w.:\-]{2,40})"
    rb"|<\?xml[^>]{0,80}?encoding\s?=\s?[\"']([\w.:\-]{2,40})",
    re.IGNORECASE,
)
_META_BYTES = 4_096
_BOMS = (
    (b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"),
)  # fmt: skip
_SHIFTED = ("utf-7", "hz", "iso-2022-")  # seven bits, and yet not ASCII
_PAIRED = ("gb18030", "big5hkscs", "cp932", "cp949", "euc-jp", "euc_jp", "johab", "big5")
_USUAL = re.compile(
    "[\n -~\u00c0-\u017f\u0370-\u06ff\u0900-\u0dff\u0e00-\u0e7f\u2010-\u203a\u3000-\u30ff"
    "\u4e00-\u9fff\uac00-\ud7a3\uff00-\uff5e]"
)
_PRINTED = bytes([9, 10, 13, *range(32, 256)])
_NOT_BASE64 = bytes(
    byte for byte in range(256) if not re.fullmatch(rb"[A-Za-z0-9+/=]", bytes([byte]))
)
_STRAY = re.compile("[\udc80-\udcff]+")


def decode(data: bytes, charset: str | None) -> str:
    """Decode `data` as `decode_flagged` does, without its flag."""
    return decode_flagged(data, charset)[0]


def decode_flagged(
    data: bytes, charset: str | None, hint: str | None = None, *, guesses: bool = True
) -> tuple[str, str]:
    """Return (text, flag): "" where the charset is certain, else GUESSED or UNDECODABLE.

    `charset` is the label, `hint` what the document itself says. A label that cannot be true is
    passed over; never raises. Linear in `data`. Without `guesses`, which cost milliseconds, a label
    is believed, and bytes without one are Windows-1252.
    """
    codec = _codec(charset)
    shifted = codec is not None and codec.startswith(_SHIFTED)
    if not shifted and data.isascii() and b"\x1b" not in data and b"\x00" not in data:
        return data.decode("ascii"), ""
    if codec in ("hz", "utf-7"):
        return _marked(data.decode(codec, "replace"), "")
    for mark, name in _BOMS:
        if data.startswith(mark):
            return _marked(data.decode(name, "replace"), "")
    if (codec or "").startswith("iso-2022-") and b"\x1b" not in data and b"$" in data:
        data = restore_escapes(data)
    if ESCAPE.search(data) is not None:
        return _marked(decode_jis(data), "")
    wide = _wide(data, codec)
    if wide is not None:
        return wide
    return _narrow(data, codec, _codec(hint)) if guesses else _believed(data, codec, _codec(hint))


def charset_of_html(data: bytes) -> str | None:
    """Return the charset that an HTML document names in its own head, or None."""
    match = _META.search(data[:_META_BYTES])
    if match is None:
        return None
    name = (match.group(1) or match.group(2)).decode("ascii", "ignore")
    # The name was read as ASCII, so it cannot be UTF-16.
    return "utf-8" if name.lower().startswith(("utf-16", "utf-32", "ucs")) else name


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


def _narrow(data: bytes, codec: str | None, hint: str | None) -> tuple[str, str]:
    """Decode what leaves ASCII alone: UTF-8 proves itself, all others need a likely label."""
    unicode_text = _strict(data, "utf-8")
    if unicode_text is not None and codec not in _PAIRED:
        return unicode_text, ""
    for name in (codec, hint):
        if name is None or name in ("utf-8", "ascii", "utf-8-sig"):
            continue
        text = _strict(data, name)
        if text is None:
            continue
        if unicode_text is not None:
            return (text if speaks_cjk(text, name) else unicode_text), ""
        closer = better_sibling(data, text, name)
        if closer is not None:
            return _marked(closer, GUESSED)
        likeliest, certain = checked(data, text, name)
        if certain:
            return text, ""
        if name == hint or hint is None:
            return _marked(likeliest, GUESSED)
    return (unicode_text, "") if unicode_text is not None else _guessed(data, codec)


def _believed(data: bytes, codec: str | None, hint: str | None) -> tuple[str, str]:
    """Decode by UTF-8 or the label, without a look at what comes out."""
    for name in ("utf-8", codec, hint):
        text = None if name is None else _strict(data, name)
        if text is not None:
            return text, "" if name == "utf-8" else GUESSED
    return _as_windows(data)


def _guessed(data: bytes, codec: str | None) -> tuple[str, str]:
    """Decode without a label that holds: a few bad bytes, or another charset altogether."""
    text = data.decode("utf-8", "surrogateescape")
    good = len(data.decode("utf-8", "ignore"))
    bad = len(text) - good
    if good - len(data.decode("ascii", "ignore")) >= 4 * bad:
        return _mended(text)
    if codec in _PAIRED:
        text = data.decode(codec, "replace")
        if text.count("\ufffd") * 20 <= len(text):
            return text, UNDECODABLE
    text, score = guess(data)
    if is_likely(score):
        return _marked(text, GUESSED)
    return _as_windows(data)


def _as_windows(data: bytes) -> tuple[str, str]:
    return data.decode("cp1252", "ignore"), UNDECODABLE


def _mended(text: str) -> tuple[str, str]:
    """Read bytes that are no UTF-8 among some that are as Windows-1252, glued in later."""

    def mend(match: re.Match[str]) -> str:
        raw = match.group().encode("utf-8", "surrogateescape")
        return raw.decode("cp1252", "ignore") if len(raw) == 1 else ""

    return _STRAY.sub(mend, text), GUESSED


def _marked(text: str, flag: str) -> tuple[str, str]:
    return (text, UNDECODABLE) if "\ufffd" in text else (text, flag)


def _strict(data: bytes, codec: str) -> str | None:
    try:
        return data.decode(codec)
    except (UnicodeError, LookupError, ValueError):
        return None


def _wide(data: bytes, codec: str | None) -> tuple[str, str] | None:
    """Decode UTF-16 and UTF-32 without a mark in the likelier order of bytes."""
    name = (codec or "").replace("_", "-")
    if not name.startswith(("utf-16", "utf-32")):
        even, odd = data[::2].count(0), data[1::2].count(0)
        zeros = not min(even, odd) and max(even, odd) >= 2 and max(even, odd) * 5 >= len(data)
        if not zeros and len(data.translate(None, _PRINTED)) * 4 < len(data):
            return None
    elif data.isascii() and b"\x00" not in data:
        return data.decode("ascii"), ""
    if "32" in name:
        order = "be" if data[:1] == b"\x00" else "le"
        return _marked(data.decode(f"utf-32-{order}", "replace"), "")
    orders = ("le", "be") if name.endswith("le") else ("be", "le")  # the first wins a tie
    texts = [data.decode(f"utf-16-{order}", "replace") for order in orders]
    return _marked(max(texts, key=lambda text: len(_USUAL.findall(text[:2_000]))), "")


def _codec(charset: str | None) -> str | None:
    if not charset:
        return None
    name = charset.strip(" \t\"'").lower()[:60].removesuffix("$sio").removesuffix("$esc")
    name = _ALIASES.get(name, name)
    return name if _KNOWN.fullmatch(name) else None


def _base64(body: bytes) -> bytes:
    data = body.translate(None, _NOT_BASE64)
    if b"=" in data:
        data = data[: data.index(b"=")]
    data = data[: len(data) - 1] if len(data) % 4 == 1 else data
    return binascii.a2b_base64(data + b"=" * (-len(data) % 4))


def _word_bytes(kind: str, payload: str) -> bytes:
    raw = payload.encode("ascii", "ignore")
    if kind in "bB":
        return _base64(raw)
    return binascii.a2b_qp(raw, header=True)
