"""Keys of the log: digests of words under a secret, and encryption that a tenant's key can end."""

import base64
import binascii
import hashlib
import hmac
import os
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
DIGEST_BYTES = 16
_NONCE_BYTES = 12
_NAME_CHARS = 64


class UnsealError(Exception):
    """What was sealed cannot be read: its key is gone, or it was changed."""


@dataclass(frozen=True, repr=False)
class Keys:
    """Named secrets of a setting; the first is the one in use, all of them read."""

    by_name: Mapping[str, bytes]

    @property
    def current(self) -> str:
        """The name of the key in use."""
        return next(iter(self.by_name))


def read_keys(setting: str) -> Keys:
    """Read `name:base64` between commas; raise ValueError, which quotes nothing of it."""
    keys: dict[str, bytes] = {}
    for part in setting.split(","):
        name, colon, encoded = part.strip().partition(":")
        try:
            key = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            key = b""
        if not colon or not name.isascii() or not 0 < len(name) <= _NAME_CHARS or name in keys:
            raise ValueError("must be keys between commas, each `name:base64`, each name once")
        if len(key) < KEY_BYTES:
            raise ValueError(f"each key must have {KEY_BYTES} bytes or more")
        keys[name] = key
    return Keys(keys)


def digest(key: bytes, tenant: str, text: str) -> bytes:
    """Return the 128 bits that name a tenant's text to whoever has the key, and only to him."""
    own = hmac.digest(key, b"tenant\0" + tenant.encode(), "sha256")
    return hmac.digest(own, text.encode("utf-8", "surrogatepass"), "sha256")[:DIGEST_BYTES]


def subject_digest(tenant: str, subject_ref: str) -> bytes:
    """Return the 256 bits by which an erasure names a subject."""
    name = tenant.encode() + b"\0" + subject_ref.encode()
    return hashlib.sha256(name).digest()


def spool_key(master: bytes) -> bytes:
    """Return the key under which words wait in the spool, derived from one of the setting."""
    return hmac.digest(master, b"trunkline prediction log spool", "sha256")


def seal(key: bytes, content: bytes, context: str) -> bytes:
    """Return the content encrypted (AES-256-GCM, nonce first), readable under `context` alone."""
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(key[:KEY_BYTES]).encrypt(nonce, content, context.encode())


def unseal(key: bytes, sealed: bytes, context: str) -> bytes:
    """Return what was sealed; raise UnsealError for another key, another context, other bytes."""
    return Opener(key)(sealed, context)


class Opener:
    """Reads many things that one key sealed: the cipher is made once."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key[:KEY_BYTES])

    def __call__(self, sealed: bytes, context: str) -> bytes:
        """See `unseal`."""
        try:
            nonce, content = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
            return self._cipher.decrypt(nonce, content, context.encode())
        except (InvalidTag, ValueError):
            raise UnsealError from None
