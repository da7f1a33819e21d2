"""Decides which replies are read with the mail that they answer, in training as in serving."""

from __future__ import annotations

CONTEXT_WORDS = 4
CONTEXT_CHARS = 80
OUTBOUND_CHARS = 2_000
"""Characters of the outbound mail that are read, from its end: there stands the question."""


def needs_context(reply: str) -> bool:
    """Whether a reply is too short to be understood alone; what it answers is then read with it."""
    return bool(reply) and len(reply) <= CONTEXT_CHARS and len(reply.split()) <= CONTEXT_WORDS


def context_of(reply: str, outbound: str | None) -> str:
    """Return the end of `outbound`, its white space folded, where the reply needs it; else ""."""
    if not outbound or not needs_context(reply):
        return ""
    return " ".join(outbound[-OUTBOUND_CHARS:].split())
