"""What mail servers, gatekeepers and calendars write about a message, as words and moves."""

from __future__ import annotations

# Beside the English words of notices.
TECHNICAL_WORDS = (
    "deliver* undeliver* bounce* permanent* fatal error* code* fail* failure recipient* user"
    " unknown host server* domain smtp rcpt said diagnostic remote result* reject* block*"
    " policy spam final action original quota over full exceed* size limit given inform afraid"
    " unable wasn weren couldn did didn found exist doesn invalid disabled listed relay denied"
    " program qmail postfix postmaster subsystem daemon returning returned attempt* try tried"
    " retr* queue* attached enclosed below transcript session follows command generated"
    " created reason account because could would should one more its check spelling typo*"
    " contains generating retried warning only resend report* real person human robot* verify"
    " verification confirm* prove click link button captcha complete protect* filter* junk"
    " allow* list whitelist* approved known senders quarantin* held hold release* word code"
    " reply pending challenge unconfirmed discard* once into"
)
TECHNICAL_MOVES: dict[str, str] = {
    "undelivered": r"\b(?:not|unable|could not|couldn't|wasn't|cannot|can't|failed|"
    r"failure)\b.{0,50}\b(?:deliver|reach)|\bdelivery\b.{0,30}\b(?:failed|failure|not "
    r"possible)|\bundeliver|\b(?:address|user|recipient|mailbox|"
    r"account)\b.{0,30}\b(?:not found|unknown|does not exist|doesn't exist|couldn't "
    r"be found|unavailable|is full|over quota|disabled)|\b(?:has been|was) (?:blocked|"
    r"rejected|returned)\b",
    "diagnosis": r"\b[45]\d\d[ -]{1,3}[45]\.\d{1,3}\.\d{1,3}|\bremote server\b|\bhost .{1,60} said|"
    r"\brcpt to\b|\bsmtp (?:error|code)|\bmail system at host\b|\bdiagnostic|"
    r"\bpermanent (?:fatal )?error|\bmail delivery (?:sub)?system|\bdelivery status "
    r"notification|\bqmail-send\b|\bautomatically by mail delivery software|"
    r"\breturning message to sender",
    "held": r"\b(?:message|e-?mail|mail)\b.{0,40}\b(?:held|quarantined|queued|delivered|"
    r"released)\b|\bprotect.{0,30}\b(?:spam|junk)|\bspam (?:filter|protection)|"
    r"\ballow list|\bwhitelist",
    "verify": r"\b(?:verify|prove|confirm)\b.{0,30}\b(?:you are|you're|you aren't|human|person|"
    r"robot)\b|\bclick (?:the|this|on)\b|\bcaptcha\b|\breply to this (?:message|"
    r"e-?mail) with",
}

# A calendar program's sentence and its form: both together stand in no person's mail.
INVITED_SENTENCE = (
    r"\bhas (?:accepted|declined|tentatively accepted|replied maybe to) (?:this|your|the) "
    r"(?:\w{1,12} )?invitation\b|\bhas (?:accepted|declined) your meeting\b|\bhas proposed "
    r"a new time\b|\bthis event has been (?:cancell?ed|changed|updated)\b|^(?:accepted|"
    r"declined|tentative|tentatively accepted|cancell?ed(?: event)?|new time proposed|"
    r"invitation updated|updated invitation|zugesagt|abgesagt|abgelehnt|mit vorbehalt|accepté|"
    r"refusé|annulé|provisoire|aceptad[ao]|rechazad[ao]|cancelad[ao]|provisional|accettato|"
    r"rifiutato|annullato|provvisorio|geaccepteerd|geweigerd|afgewezen|geannuleerd|voorlopig|"
    r"zaakceptowano|odrzucono|odwołano|wstępnie|aceito|aceite|recusado|provisório) ?: "
)
INVITED_FORM = (
    r"\b(?:when|where|wann|wo|quand|où|cuándo|dónde|quando|dove|wanneer|waar|kiedy|gdzie|onde)"
    r"\s?:|\binvitation from \w+ calendar\b|\bcalendar\.google\b|\bjoining info\b|"
    r"\borganizer\b|\d{1,2}[:.]\d\d ?(?:am|pm)? ?[-–] ?\d{1,2}(?:[:.]\d\d)?"
)
