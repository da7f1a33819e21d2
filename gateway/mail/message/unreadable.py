"""Say what words of a message nobody here can read: sealed, enciphered, packed, or painted."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.mail.message.parse import Part

# In the order in which they explain a mail without words.
UNREADABLE = ("winmail", "smime_encrypted", "smime_opaque", "pgp_encrypted", "image_only")
_TNEF = ("application/ms-tnef", "application/vnd.ms-tnef")
_SMIME = ("application/pkcs7-mime", "application/x-pkcs7-mime")
_SEALED = ("enveloped-data", "authenveloped-data", "encrypted-data")
_PGP_OPENING = "-----BEGIN PGP MESSAGE-----"


def unreadable_parts(parts: Sequence[Part], media: str) -> frozenset[str]:
    """Return a flag for each kind of part that holds words out of reach; `media` is the mail's."""
    found = set()
    for part in parts:
        if part.media in _TNEF or part.name == "winmail.dat":
            found.add("winmail")
        elif part.media in _SMIME or part.name == "smime.p7m":
            # Without a type nobody can tell; most programs name it when it is only signed.
            opaque = part.kind and part.kind not in _SEALED
            found.add("smime_opaque" if opaque else "smime_encrypted")
        elif part.media == "application/pgp-encrypted" or part.text.startswith(_PGP_OPENING):
            found.add("pgp_encrypted")
    return frozenset(found | ({"pgp_encrypted"} if media == "multipart/encrypted" else set()))


def has_picture(parts: Sequence[Part]) -> bool:
    """Whether a picture came along, shown in the mail or not."""
    return any(part.media.startswith("image/") for part in parts)
