"""Is the whole message a machine's notice? Every sentence, and every word of it, must be one's.

People use the words of notices, but they add something of their own. So a message is known as a
notice only if each sentence does one of a notice's jobs (`notice_moves`) in words that notices are
made of (`notice_words`), and the jobs done weigh enough together. Who greets by name, or says of
his absence no more than a colleague would, may be a person all the same, and decides nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from gateway.mail.automatic.greeting import greets_by_name
from gateway.mail.automatic.sentences import ELSEWHERE, MAX_STRANGERS, read, sentences
from gateway.mail.automatic.wording import is_known
from gateway.mail.languages.machine_forms import INVITED_FORM, INVITED_SENTENCE

MAX_CHARS = 2_500
_MAX_SENTENCES = 40
_STRANGER = 2
_SENTENCES_FOR_STRANGERS = 3
_WEIGHTS: Mapping[str, Mapping[str, int]] = {
    "left_company": {
        "left": 2, "contact": 2, "us": 2, "forwarded": 2, "records": 2, "automated": 4,
        "thanks": 2, "thanked": 1, "enquiries": 1, "note": 1, "taken": 1, "dated": 1, "sorry": 1,
        "unmonitored": 2,
    },
    "address_changed": {
        "changed": 2, "use": 2, "old": 2, "forwarded": 2, "records": 2, "automated": 4,
        "thanks": 2, "thanked": 1, "note": 1, "dated": 1,
    },
    "unmonitored": {
        "unmonitored": 2, "contact": 2, "us": 2, "noreply": 2, "forwarded": 2, "automated": 4,
        "thanks": 2, "thanked": 1, "enquiries": 1, "note": 1, "urgent": 1,
    },
    "out_of_office": {
        "absent": 2, "dated": 2, "access": 2, "later": 1, "urgent": 1, "contact": 2,
        "forwarded": 2, "automated": 4, "thanks": 2, "thanked": 1, "now": 1, "sorry": 2,
        "note": 1, "enquiries": 1, "wish": 1, "received": 1,
    },
    "bounce": {"undelivered": 2, "diagnosis": 2},
    "challenge": {"held": 2, "verify": 2, "automated": 2},
    "auto_ack": {
        "received": 2, "number": 2, "soon": 2, "contacting": 2, "track": 2, "noreply": 2,
        "automated": 4, "thanks": 1, "thanked": 1, "sorry": 1, "urgent": 1,
    },
}  # fmt: skip
# The job without which it is no notice of that kind, and the weight at which it stands alone.
_CORES = (
    ("left_company", "left", 6),
    ("address_changed", "changed", 6),
    ("unmonitored", "unmonitored", 4),
    ("bounce", "undelivered", 4),
    ("challenge", "verify", 4),
    ("bounce", "diagnosis", 4),
    ("out_of_office", "absent", 4),
    ("auto_ack", "received", 5),
    ("auto_ack", "automated", 4),
)
# "Thanks for your mail. I'm on leave until 5 December with limited access to email and will answer
# then. Sorry!" may be all that a colleague writes, so that no thanks, apology or promise makes it a
# machine's. One of these does: it is automatic, mails are not forwarded or read, there is a ticket,
# or somebody else can be reached under an address or number.
_ONLY_MACHINES = frozenset(("automated", "forwarded", "number", ELSEWHERE))
_FORM_CHARS, _OPENING_CHARS = 600, 60
_MAY_INVITE = ("invitation", "meeting", "proposed", "event")
_INVITED = re.compile(INVITED_SENTENCE)
_ASKS = re.compile(r"[?？]")
_MARKS = ".,;:!()\"'*"


@dataclass(frozen=True)
class Notice:
    """A message that is a notice from end to end; `alone` if it says enough to decide alone."""

    kind: str
    alone: bool


def whole_notice(text: str) -> Notice | None:
    """Return what kind of notice all of `text` (already clean) is; None if a person may speak."""
    if not text or len(text) > MAX_CHARS or _ASKS.search(text) or _has_strangers(text):
        return None
    found = list(sentences(text))
    if len(found) > _MAX_SENTENCES:
        return None
    moves: set[str] = set()
    strangers = working = 0
    for place, sentence in enumerate(found):
        reading = read(sentence, place, len(found))
        if reading is None:
            return None
        moves |= reading.moves
        strangers += reading.strangers
        working += bool(reading.moves)
        if strangers > MAX_STRANGERS:
            return None
    if strangers and working < _SENTENCES_FOR_STRANGERS:
        return None
    notice = _weigh(moves, strangers)
    if notice is not None and notice.alone and _may_be_a_persons(notice.kind, moves, text):
        return Notice(notice.kind, False)
    return notice


def is_calendar_form(text: str) -> bool:
    """Whether a calendar program's sentence and its form ("When: ...") both stand in `text`."""
    head = text[:_FORM_CHARS].lower()
    if ":" not in head[:_OPENING_CHARS] and not any(map(head.__contains__, _MAY_INVITE)):
        return False  # quick: most mails
    head = " ".join(head.split())
    return _INVITED.search(head) is not None and re.search(INVITED_FORM, head) is not None


def _has_strangers(text: str) -> bool:
    """Whether more words than any notice may have are in no language's notices; quick.

    Only plain small words count: names, addresses, numbers and links are judged in their sentence.
    """
    strangers = 0
    for piece in text.split():
        word = piece.strip(_MARKS)
        if word.isalpha() and word.islower() and not is_known(word):
            strangers += 1
            if strangers > MAX_STRANGERS:
                return True
    return False


def _may_be_a_persons(kind: str, moves: set[str], text: str) -> bool:
    """Whether a colleague may have typed all of it, in spite of its weight.

    A help desk greets by name as well, but it names the ticket, or says that it is automatic.
    """
    if kind == "out_of_office" and moves.isdisjoint(_ONLY_MACHINES):
        return True
    named_ticket = kind == "auto_ack" and "number" in moves
    return "automated" not in moves and not named_ticket and greets_by_name(text)


def _weigh(moves: set[str], strangers: int) -> Notice | None:
    """Name the kind by its core; each strange word asks for half as much again to stand alone."""
    for kind, core, enough in _CORES:
        if core in moves:
            weights = _WEIGHTS[kind]
            weight = sum(weights.get(move, 0) for move in moves)
            alone = weight >= enough + _STRANGER * strangers
            return Notice(kind, alone) if alone or not strangers else None
    return None
