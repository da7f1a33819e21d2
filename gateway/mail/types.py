"""What goes into the mail cleaner and what comes out of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

CLEANER_VERSION = "2"
# Of a longer text only the beginning is split, so no more of it need be read.
MAX_SPLIT_CHARS = 200_000

Checkpoint = Callable[[], object]
"""Called between the stages of cleaning; what it raises ends the cleaning."""

Strength = Literal["explicit", "likely"]
Scope = Literal["newest", "thread"]


@dataclass(frozen=True)
class MailInput:
    """One mail in one of three shapes; `raw` wins over `html` and `text`, then `text` over `html`.

    `subject`, `headers` and `date` given here win over those of a raw message. `own_domains` are
    the asker's mail domains: nobody there is ever a referral. `last_outbound` is our last mail.
    `scope` "thread" keeps the words of the quoted mails too, below the newest ones.
    """

    raw: bytes | None = None
    html: str | None = None
    text: str | None = None
    subject: str | None = None
    headers: Mapping[str, str] | None = None
    date: datetime | None = None
    own_domains: tuple[str, ...] = ()
    last_outbound: str | None = None
    scope: Scope = "newest"


@dataclass(frozen=True)
class Referral:
    """Somebody the author points to; `start` and `end` are character offsets into the clean text.

    Every field was copied from the text; a redirect that names nobody has only nulls.
    """

    name: str | None = None
    email: str | None = None
    phone: str | None = None
    role: str | None = None
    team: str | None = None
    handed_over: bool = False
    start: int = 0
    end: int = 0


@dataclass(frozen=True)
class FollowUp:
    """When the author wants to hear from us again; `start` and `end` are offsets into the text.

    `not_before` and `until` are the first and the last day, None where open or where only the
    author knows; `text` is the time in his words.
    """

    not_before: date | None
    until: date | None
    text: str
    start: int
    end: int


@dataclass(frozen=True)
class OptOutEvidence:
    """Words by which the author ends all mail from us, and their offsets into the clean text.

    `strength` is "explicit" for an instruction about his own address, data or mail to him, and
    "likely" for less.
    """

    strength: Strength
    text: str
    start: int
    end: int


@dataclass(frozen=True)
class CleanedMail:
    """The newest words of one mail, what was cut from around them, and what rules say of them.

    `text` holds only lines of the newest message; `model_text` is the same text normalised for the
    encoder and `context` its optional second segment. `decision` is set where a rule decides alone
    (`auto_reply`, `bounce`, `calendar`, `unsubscribe`, `own_message`, `empty`, `no_words`,
    `unreadable`, `too_large`) and `rule` then names that rule. `unreadable`: there are words, and
    only a person with the right program reads them. `evidence` names what speaks for a machine
    without proving one, strongest first (`body.out_of_office`, `subject.bounce`, `header.bulk`).
    `opt_out` is what a rule proves of a wish for no more mail: None where it proves neither.
    `opt_out_evidence` is what the author's own words say of it, `opt_out_span` the offsets into
    `text` of the strongest such words. `thread_chars` of the `kept_chars` are the quoted mails'.
    """

    text: str
    model_text: str
    context: str | None = None
    signature: str = ""
    quoted: str = ""
    banner: str = ""
    disclaimer: str = ""
    flags: tuple[str, ...] = ()
    decision: str | None = None
    rule: str | None = None
    auto_kind: str | None = None
    evidence: tuple[str, ...] = ()
    opt_out: Literal["yes", "no"] | None = None
    referral: tuple[Referral, ...] = ()
    return_date: date | None = None
    delegate: Referral | None = None
    follow_up: FollowUp | None = None
    opt_out_evidence: Strength | None = None
    opt_out_span: tuple[int, int] | None = None
    kept_chars: int = 0
    thread_chars: int = 0
    cut_chars: int = 0
    cleaner_version: str = CLEANER_VERSION
