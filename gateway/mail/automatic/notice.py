"""Is the whole message a machine's notice? Every sentence, and every word of it, must be one's.

People use the words of notices, but they add something of their own. So a message is known as a
notice only if each sentence does one of a notice's jobs (`notice_moves`) in words that notices are
made of (`notice_words`), and the jobs done weigh enough together.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gateway.mail.automatic.wording import (
    EVERY_LANGUAGE,
    UNSPACED,
    WORDINGS,
    Wording,
    languages_of,
)
from gateway.mail.languages.machine_forms import INVITED_FORM, INVITED_SENTENCE
from gateway.mail.languages.notice_phrases import AFTER_NAMES, GREETINGS
from gateway.mail.languages.signoffs import STRONG
from gateway.mail.patterns.evidence import ADDRESS, has_date
from gateway.mail.patterns.line_shape import PHONE, URL, contacts, is_name

MAX_CHARS = 2_500
_MAX_SENTENCES = 40
_MAX_NAMES = 4
_CLOSING_LINES = 5
_NAMING = frozenset(("contact", "left", "received"))  # moves that name somebody
_WEIGHTS: Mapping[str, Mapping[str, int]] = {
    "left_company": {
        "left": 2, "contact": 2, "us": 2, "forwarded": 2, "records": 2, "automated": 4,
        "thanks": 2, "thanked": 1, "enquiries": 1, "note": 1, "taken": 1, "dated": 1, "sorry": 1,
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
        "absent": 2, "dated": 2, "access": 2, "later": 2, "urgent": 2, "contact": 2,
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
    ("bounce", "diagnosis", 4),
    ("challenge", "verify", 4),
    ("out_of_office", "absent", 4),
    ("auto_ack", "received", 4),
    ("auto_ack", "automated", 4),
)
# A day's number, an initial and a title end in a stop as well.
_BREAK = re.compile(
    r"(?<!\D\d)(?<!\D\d\d)(?<!\b[A-Za-zÀ-ÿ])(?<!\bM[rs])(?<!\b[DF]r)(?<!\bMrs)(?<!\bext)"
    r"(?<!\b[Tt]el)(?<!\bSr)(?<!\bSra)[.!;:…]+(?=\s|$)|[。！；]"
)
_TOKEN = re.compile(r"[^\W_]+")
_SHORT_DATE = re.compile(r"(?<!\d)[0-3]?\d[./-] ?[01]?\d(?!\d)")
_INVITED = re.compile(INVITED_SENTENCE)
_ASKS = re.compile(r"[?？]")
_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


@dataclass(frozen=True)
class Notice:
    """A message that is a notice from end to end; `alone` if it says enough to decide alone."""

    kind: str
    alone: bool


def whole_notice(text: str) -> Notice | None:
    """Return what kind of notice all of `text` (already clean) is; None if a person may speak."""
    if not text or len(text) > MAX_CHARS or _ASKS.search(text):
        return None
    moves: set[str] = set()
    sentences = list(_sentences(text))
    if len(sentences) > _MAX_SENTENCES:
        return None
    for place, sentence in enumerate(sentences):
        done = _moves_of(sentence, place, len(sentences))
        if done is None:
            return None
        moves |= done
    return _weigh(moves)


def is_calendar_form(text: str) -> bool:
    """Whether a calendar program's sentence and its form ("When: ...") both stand in `text`."""
    head = " ".join(text[:600].lower().split())
    return _INVITED.search(head) is not None and re.search(INVITED_FORM, head) is not None


def _weigh(moves: set[str]) -> Notice | None:
    for kind, core, enough in _CORES:
        if core in moves:
            weights = _WEIGHTS[kind]
            return Notice(kind, sum(weights.get(move, 0) for move in moves) >= enough)
    return None


def _sentences(text: str) -> Iterator[str]:
    """Yield sentences; a line ends one unless it is long and the next goes on in small letters."""
    joined = re.sub(r"(?<=[^\n]{40}[\w,])\n(?=[a-zà-ÿ\d(])", " ", text)
    for line in joined.split("\n"):
        start = 0
        for match in _BREAK.finditer(line):
            if line[start : match.start()].strip(" .*_-–—•|#()"):
                yield line[start : match.end()].strip()
            start = match.end()
        if line[start:].strip(" .*_-–—•|#()"):
            yield line[start:].strip()


def _moves_of(sentence: str, place: int, count: int) -> set[str] | None:
    """The jobs that one sentence does; None if no notice would hold it."""
    plain = URL.sub(" ", PHONE.sub(" ", ADDRESS.sub(" ", sentence)))
    bare = " ".join(plain.lower().replace("’", "'").replace("‘", "'").split())
    if _UNSPACED.search(bare):
        return _unspaced_moves(bare)
    words = _words(plain)
    done = _spaced_moves(words, plain, bare)
    if done:
        return done | _dated(done, bare)
    lowered = {word.lower() for word in words}
    if lowered <= GREETINGS or (place == 0 and _greets(words)):
        return set()
    if place >= count - _CLOSING_LINES and place > 0 and _closes(sentence, plain):
        return set()
    if place > 0 and contacts(sentence) and all(map(_capital, words)) and len(words) <= _MAX_NAMES:
        return {"contact"}
    return None


def _spaced_moves(words: list[str], plain: str, bare: str) -> set[str]:
    """All jobs done in the languages of which every word is, names aside."""
    done: set[str] = set()
    own = _closed_in(words)
    for wording in WORDINGS:
        if own & wording.bit or _closed_without(wording, plain, bare):
            done |= wording.moves_in(bare)
    return done


def _closed_in(words: list[str]) -> int:
    """The languages of which all words are or, few of them, names."""
    languages = EVERY_LANGUAGE
    capitals: list[int] = []
    for place, word in enumerate(words):
        mask = languages_of(word.lower())
        if _capital(word) and (place or _opens_with_name(words)):
            capitals.append(mask)
        else:
            languages &= mask
            if not languages:
                return 0
    for wording in WORDINGS if capitals else ():
        if languages & wording.bit:
            strangers = sum(not mask & wording.bit for mask in capitals)
            languages &= ~wording.bit if strangers > wording.names else languages
    return languages


def _opens_with_name(words: list[str]) -> bool:
    """The first word has a capital anyway: it is a name if what follows a name follows it."""
    return len(words) > 1 and (_capital(words[1]) or words[1] in AFTER_NAMES)


def _closed_without(wording: Wording, plain: str, bare: str) -> bool:
    """Whether the words are the language's once its phrases are taken out."""
    if wording.phrases is None or wording.phrases.search(bare) is None:
        return False
    return bool(_closed_in(_words(wording.phrases.sub(" ", plain))) & wording.bit)


def _words(plain: str) -> list[str]:
    return [word for word in _TOKEN.findall(plain) if not _neutral(word)]


def _unspaced_moves(bare: str) -> set[str] | None:
    for wording in UNSPACED:
        leftover = wording.leftover(bare)
        if leftover > _MAX_NAMES:
            continue
        moves = wording.moves_in(bare)
        if moves and leftover <= (_MAX_NAMES if moves & _NAMING else 1):
            return moves | _dated(moves, bare)
        if leftover == 0 and not moves:
            return set()
    return None


def _dated(moves: set[str], bare: str) -> set[str]:
    if not moves & {"absent", "back", "left"}:
        return set()
    return {"dated"} if has_date(bare) or _SHORT_DATE.search(bare) else set()


def _neutral(word: str) -> bool:
    return any(map(str.isdigit, word[:4])) or word[-1].isdigit()


def _capital(word: str) -> bool:
    return word[0].isupper()


def _greets(words: list[str]) -> bool:
    return (
        bool(words)
        and words[0].lower() in GREETINGS
        and all(_capital(word) or word.lower() in GREETINGS for word in words)
        and len(words) <= 5
    )


def _closes(sentence: str, plain: str) -> bool:
    """A closing formula with a name or without, a name, or a contact line at the end."""
    line = sentence.strip(" ,.!-–—|*")
    words = line.split()
    for count in range(len(words), 0, -1):
        if " ".join(words[:count]).lower().strip(" ,.!") in STRONG:
            return all(map(_capital, words[count:])) and len(words) - count <= _MAX_NAMES
    return (len(words) > 1 and is_name(line)) or not plain.strip(" ,.:;-–—|/()<>[]*+")
