"""Keeps the key that a person signed in with in a cookie, and foreign pages from using it."""

import hashlib
import hmac

from flask import Request, Response

from gateway.auth.errors import ForeignPostError

_COOKIE = "trunkline_key"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_OWN_SITES = frozenset({"same-origin", "none"})
FORM_FIELD = "csrf"


def signed_in_key(call: Request) -> str | None:
    """Return the key that the person signed in with, unchecked; None without one."""
    return call.cookies.get(_COOKIE) or None


def remember_key(response: Response, key: str, call: Request) -> None:
    """Let the browser keep the key until it is closed, out of every script's reach."""
    response.set_cookie(
        _COOKIE, key, httponly=True, samesite="Lax", secure=_is_encrypted(call), path="/"
    )


def forget_key(response: Response, call: Request) -> None:
    """Let the browser forget the key."""
    response.delete_cookie(
        _COOKIE, httponly=True, samesite="Lax", secure=_is_encrypted(call), path="/"
    )


def token_for(call: Request) -> str:
    """Return what a form of ours must send beside the cookie; empty where nobody signed in."""
    key = signed_in_key(call)
    if key is None:
        return ""
    return hmac.new(key.encode(), b"trunkline form", hashlib.sha256).hexdigest()


def require_own_post(call: Request) -> None:
    """Raise ForeignPostError for a post that no form of ours sent.

    A browser says where it comes from (`Sec-Fetch-Site`, older ones `Origin`); who signed in must
    send the token of a form as well, by field or header. Programs that show a key in a header
    have no cookie that others could use.
    """
    if call.method in _SAFE:
        return
    site = call.headers.get("Sec-Fetch-Site")
    if site is not None and site not in _OWN_SITES:
        raise ForeignPostError
    origin = call.headers.get("Origin")
    if site is None and origin not in (None, f"http://{call.host}", f"https://{call.host}"):
        raise ForeignPostError


def require_token(call: Request, sent: str) -> None:
    """Raise ForeignPostError where a signed-in person's form has not the token of theirs."""
    if not hmac.compare_digest(token_for(call).encode(), sent.encode()):
        raise ForeignPostError


def _is_encrypted(call: Request) -> bool:
    """Whether the browser speaks TLS, to us or to the proxy before us."""
    proto = call.headers.get("X-Forwarded-Proto", "").partition(",")[0].strip().lower()
    origin = call.headers.get("Origin", "")
    return call.is_secure or proto == "https" or origin.startswith("https://")
