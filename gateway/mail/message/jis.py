"""Decode ISO-2022 mail (JIS) as it is sent: vendor characters, lost escapes, stray resets."""

from __future__ import annotations

import re

# Escapes that switch to two-byte sets or to katakana: no other text of a mail holds them.
ESCAPE = re.compile(rb"\x1b(?:\$\(?[@-DO-Q]|\$\)[A-G]|\([IJ])")
_SWITCH = re.compile(rb"(\x1b(?:\$[()]?[@-Z]|[()][@-Z])|[\r\n]+)")
_OPENED = re.compile(rb"\$[@B](?=[!-~]{2})")
_CLOSED = re.compile(rb"\([BJ]")
_REPLACED = "\ufffd"
_HIGH = bytes(byte | 0x80 for byte in range(256))
_EUC = {b"\x1b$A": "gb2312", b"\x1b$(A": "gb2312", b"\x1b$(C": "cp949"}


def decode_jis(data: bytes) -> str:
    """Decode `data` switched by escapes; U+FFFD stands for what no table knows."""
    codec = "iso2022_kr" if b"\x1b$)C" in data else "iso2022_jp_ext"
    try:
        # A line starts in ASCII, whether or not the line before it switched back.
        return data.replace(b"\n", b"\x1b(B\n").decode(codec)
    except (UnicodeError, ValueError):
        if codec == "iso2022_kr":
            return data.decode(codec, "replace")
    pieces: list[str] = []
    mode = b""
    for piece in _SWITCH.split(data):
        if piece[:1] == b"\x1b":
            mode = piece
        elif piece[:1] in (b"\r", b"\n"):
            mode = b""
            pieces.append(piece.decode("ascii"))
        else:
            pieces.append(_segment(piece, mode))
    return "".join(pieces)


def restore_escapes(data: bytes) -> bytes:
    """Put back the escape characters that a relay took out of text declared as JIS."""
    pieces: list[bytes] = []
    position = 0
    while (opened := _OPENED.search(data, position)) is not None:
        closed = _CLOSED.search(data, opened.end())
        if closed is None:
            break
        inside = data[opened.start() : closed.start()]
        pieces += (data[position : opened.start()], b"\x1b", inside, b"\x1b", closed.group())
        position = closed.end()
    return b"".join(pieces) + data[position:]


def _segment(piece: bytes, mode: bytes) -> str:
    if mode in (b"\x1b$B", b"\x1b$@", b"\x1b$(B", b"\x1b$(@", b"\x1b$(O", b"\x1b$(Q"):
        return _two_bytes(piece)
    if mode == b"\x1b(I":
        return piece.translate(_HIGH).decode("cp932", "replace")
    if mode == b"\x1b$(D":
        wide = b"".join(b"\x8f" + piece[at : at + 2] for at in range(0, len(piece), 2))
        return wide.translate(_HIGH).decode("euc_jp", "replace")
    if mode in _EUC:
        return piece.translate(_HIGH).decode(_EUC[mode], "replace")
    return piece.decode("ascii", "replace")


def _two_bytes(piece: bytes) -> str:
    """Read JIS X 0208 with the rows of NEC and IBM, the cells of Windows' Shift JIS."""
    cells = bytearray()
    pairs = bytes(byte for byte in piece if 0x20 < byte < 0x7F)
    for first, second in zip(pairs[::2], pairs[1::2], strict=False):
        lead = ((first - 0x21) >> 1) + 0x81
        cells.append(lead if lead <= 0x9F else lead + 0x40)
        if first & 1:
            cells.append(second + (0x1F if second < 0x60 else 0x20))
        else:
            cells.append(second + 0x7E)
    text = cells.decode("cp932", "replace")
    return text + _REPLACED if len(pairs) % 2 else text
