"""One email as a caller hands it over, and its JSON; nothing of it shows in a `repr`."""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Mail:
    """One email: exactly one of `text`, `html` and `raw` (the RFC 822 message's bytes).

    The rest is what is known beside it, as the API's document describes it. Raises ValueError for
    no content or several.
    """

    text: str | None = field(default=None, repr=False)
    html: str | None = field(default=None, repr=False)
    raw: bytes | None = field(default=None, repr=False)
    subject: str | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    date: datetime | None = None
    own_domains: Sequence[str] = field(default=(), repr=False)
    last_outbound: str | None = field(default=None, repr=False)
    scope: Literal["newest", "thread"] = "newest"
    subject_ref: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if sum(part is not None for part in (self.text, self.html, self.raw)) != 1:
            raise ValueError("give exactly one of text, html and raw")

    @property
    def is_bare_message(self) -> bool:
        """Whether it is a message that needs no member but those that a query holds."""
        beside = (self.subject, self.date, self.last_outbound)
        plain_tags = not any("," in value for value in self.tags.values())
        return (
            self.raw is not None
            and not self.headers
            and plain_tags
            and all(part is None for part in beside)
        )

    def members(self) -> dict[str, Any]:
        """Return the members of its JSON object; those left at their defaults are left out."""
        raw = None if self.raw is None else base64.b64encode(self.raw).decode()
        members: dict[str, Any] = {
            "text": self.text,
            "html": self.html,
            "raw": raw,
            "subject": self.subject,
            "headers": dict(self.headers) or None,
            "date": None if self.date is None else self.date.isoformat(),
            "own_domains": list(self.own_domains) or None,
            "last_outbound": self.last_outbound,
            "scope": None if self.scope == "newest" else self.scope,
            "subject_ref": self.subject_ref,
            "tags": dict(self.tags) or None,
        }
        return {name: value for name, value in members.items() if value is not None}


def as_mail(mail: Mail | str) -> Mail:
    """Return a plain text as the email that it is."""
    return Mail(text=mail) if isinstance(mail, str) else mail


def encoded(value: object) -> bytes:
    """Return JSON in UTF-8, escaped where a text holds what UTF-8 cannot (a lone surrogate)."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    try:
        return text.encode()
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":")).encode()
