"""The cleaner on one page: parse, find the newest words, let rules speak, name who was named."""

from __future__ import annotations

from gateway.mail.normalise import for_model, normalise
from gateway.mail.types import CleanedMail, MailInput


def clean(mail: MailInput) -> CleanedMail:
    """Return the newest words of `mail` with the evidence around them; pure, never raises."""
    text = normalise(mail.text or mail.html or (mail.raw or b"").decode("utf-8", "replace"))
    lines = text.split("\n")
    kept = "\n".join(line for line in lines if not line.startswith(">")).strip()
    quoted = "\n".join(line for line in lines if line.startswith(">"))
    model_text, hidden = for_model(kept)
    return CleanedMail(
        text=kept,
        model_text=model_text,
        quoted=quoted,
        flags=("obfuscated",) if hidden else (),
        decision=None if kept else "empty",
        rule=None if kept else "empty_body",
        kept_chars=len(kept),
        cut_chars=len(text) - len(kept),
    )
