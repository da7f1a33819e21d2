"""Take PGP armour off: signed words stay, signatures, keys and enciphered blocks go."""

from __future__ import annotations

import re

_BEGIN = re.compile(r"-----BEGIN PGP ([A-Z ,/0-9]{3,30})-----$")
_END = re.compile(r"-----END PGP ([A-Z ,/0-9]{3,30})-----$")
_FIELD = re.compile(r"(?:Hash|Version|Comment|Charset|MessageID|NotDashEscaped): ?\S*|Hash:")
_CODED = re.compile(r"[A-Za-z0-9+/]{1,120}={0,2}|=[A-Za-z0-9+/]{2,6}")
_SIGNED = "SIGNED MESSAGE"


def without_armour(text: str) -> tuple[str, set[str]]:
    """Return (the words, what was found): "residue", and "pgp_encrypted" of a message.

    Armour inside quoted lines is the quote's. A block without an end goes as far as its code does.
    """
    kept: list[str] = []
    found: set[str] = set()
    state = ""  # "", header (of signed words), signed, block (to be dropped)
    for line in text.split("\n"):
        bare = line.strip()
        opened = _BEGIN.match(bare) if line.startswith("-----BEGIN") else None
        if opened is not None:
            found.add("residue")
            state = "header" if opened.group(1) == _SIGNED else "block"
            if opened.group(1).startswith("MESSAGE"):
                found.add("pgp_encrypted")
        elif state == "header":
            # The fields end at a blank line; a conversion may have taken it out.
            state = "header" if _FIELD.match(bare) else "signed"
            kept += [line] if state == "signed" and bare else []
        elif state == "block" and bare.startswith("-----END"):
            state = "" if _END.match(bare) else state
        elif state == "block" and (not bare or _FIELD.match(bare) or _CODED.fullmatch(bare)):
            continue
        else:
            state = "signed" if state == "signed" else ""
            kept.append(_unescaped(line) if state else line)
    return "\n".join(kept), found


def _unescaped(line: str) -> str:
    """Undo the dash that PGP puts before dashes, but not so that armour comes out of armour."""
    return line[2:] if line.startswith("- -") and not line.startswith("- -----") else line
