"""What a single line looks like: a name, a sentence, a contact detail."""

from __future__ import annotations

import re

from gateway.mail.patterns.evidence import has_address

PHONE = re.compile(r"(?<![\w.])(?:\+|\(|00)?\d[\d ().\-/]{6,20}\d(?!\w)")
URL = re.compile(
    r"https?://|www\.|\b[\w\-]{2,40}\.(?:com|org|net|io|co|de|fr|eu|uk|ai)(?:/|\b)", re.I
)
_CONTACT_LABEL = re.compile(
    r"(?:tel|telephone|phone|mobile|mob|cell|fax|office|direct|desk|e-?mail|web|website|skype"
    r"|linkedin|twitter|address|orcid|telefon|mobil|handy|téléphone|tél|portable|teléfono|móvil"
    r"|cellulare|telefoon|mobiel|telefone|celular|puh|gsm|тел|моб|电话|手机|電話|携帯|전화"
    r"|[mtpewocdfh])[.:]? ?[:|.] ?\S",
    re.I,
)
_PHONE_LABELLED = re.compile(r"[mtpocd] {1,2}[+(]?\d", re.I)
_TITLE = re.compile(
    r"\b(?:ceo|cto|cfo|coo|cmo|vp|svp|evp|president|director|manager|head of|founder|co-founder"
    r"|partner|engineer|consultant|analyst|officer|lead|executive|assistant|coordinator|specialist"
    r"|sales|marketing|account|inc\.?|ltd\.?|llc|gmbh|ag|s\.?a\.?|b\.v\.|corp\.?|plc|leiter\w*"
    r"|geschäftsführer\w*|directeur|directrice|responsable|gerente|direttore|chef)\b",
    re.I,
)
_NOT_NAMES = frozenset(
    "yes|no|ok|okay|sure|stop|remove|unsubscribe|later|maybe|never|nope|yep|yeah|please|bye|hi"  # noqa: SIM905
    "|hello|hey|pass|interested|done|great|perfect|noted|agreed|call|send|none|nothing|tomorrow"
    "|today|fine|ja|nein|oui|non|si|sí|sim|não|nee|hola|bonjour|monday|tuesday|wednesday"
    "|thursday|friday|saturday|sunday|delete|cancel|but|and|or|i|we|you|they|it|the|this|that"
    "|not".split("|")
)
_PARTICLES = frozenset("van|de|der|den|von|la|le|da|di|del|dos|ter|al|bin|zu".split("|"))  # noqa: SIM905
_NAME_MARKS = str.maketrans("", "", ".'’-()\"")
_PUNCTUATION = " \t,.;:!-–—~*_|/\\()[]<>\"'“”’•·"


def is_name(line: str, lower: bool = False) -> bool:
    """Whether `line` can be nothing but a person's name: up to four words, capitalised.

    With `lower` a single word in small letters will do.
    """
    text = line.strip(_PUNCTUATION)
    if not text or len(text) > 40 or any(c.isdigit() or c in "@?:" for c in text):
        return False
    words = text.replace(",", " ").split()
    if len(words) > 4 or any(word.lower().strip(".") in _NOT_NAMES for word in words):
        return False
    if not all(word.translate(_NAME_MARKS).isalpha() for word in words):
        return False
    if lower and len(words) == 1 and len(text) <= 14:
        return True
    if words[0].lower() in _PARTICLES and len(words) == 1:
        return False
    return all(_capital(word) or word in _PARTICLES for word in words) and _capital(words[-1])


def _capital(word: str) -> bool:
    return word[0] != word[0].lower() or word[0].upper() == word[0].lower()


def is_sentence(line: str) -> bool:
    """Whether `line` says something rather than naming somebody or giving a detail."""
    words = line.split()
    if line.rstrip(" *)").endswith(("?", "？")):
        return True
    if len(words) < 5:
        return False
    if line.rstrip(" *)\"'").endswith((".", "!", "。", "！", "…")) and len(words) >= 5:
        return True
    plain = sum(word.isalpha() and word.islower() for word in words)
    return len(words) >= 7 and plain * 2 > len(words)


def contacts(line: str) -> int:
    """How many contact details stand in `line`: addresses, numbers, links, labels."""
    count = int(has_address(line)) + int(PHONE.search(line) is not None)
    count += int(URL.search(line) is not None)
    head = line.strip(_PUNCTUATION)
    return count + int(
        _CONTACT_LABEL.match(head) is not None or _PHONE_LABELLED.match(head) is not None
    )


def is_titled(line: str) -> bool:
    """Whether `line` holds a job title or a kind of company, as signature lines do."""
    return len(line) <= 90 and _TITLE.search(line) is not None
