"""How mail servers report a delivery: failed, still tried, passed on; matched on small letters."""

from __future__ import annotations

BOUNCED: tuple[str, ...] = (
    r"\bdelivery (?:has failed|status notification|to the following recipients?)\b",
    r"\bmail delivery (?:subsystem|system|failed)",
    r"\b(?:message|mail|e-?mail)s? (?:\w{1,12} ){0,6}?(?:could not|couldn't|cannot|can't|was"
    r" not|wasn't) be delivered\b",
    r"\bthis is the mail system at host\b",
    r"\b(?:unable|not able|wasn't able) to deliver your message\b",
    r"\byour message (?:was not|wasn't) delivered\b",
    r"\bwas undeliverable\b",
    r"\b[45]\d\d[ -:]{1,3}[45]\.\d{1,3}\.\d{1,3}\b",
    r"\byour message (?:to .{1,60} )?has been (?:blocked|rejected)\b",
    r"konnte nicht zugestellt werden", r"n'a pas pu être (?:remis|distribu)",
    r"no se (?:pudo|ha podido) entregar",
    r"non è stato possibile (?:recapitare|consegnare)", r"kon niet worden (?:bezorgd|afgeleverd)",
    r"não pôde ser entregue",
)  # fmt: skip
# A mail server that still tries, searched in its subject and body.
DELAYED: tuple[str, ...] = (
    r"\bwarning: (?:could not|message|mail)\b",
    r"\b(?:message|mail|delivery)\b.{0,60}\b(?:delayed|queued)\b",
    r"\bdelayed (?:mail|message|delivery)\b",
    r"\bnot yet (?:been )?(?:able to be )?delivered\b|\bnot (?:been )?delivered yet\b",
    r"\bstill undelivered\b|\bdelivery incomplete\b",
    r"\b(?:will|shall) (?:continue|keep) (?:to try|trying|for|attempting|to attempt|to retry)\b",
    r"\battempts will continue\b|\bwill (?:be retried|retry|try again)\b",
    r"\bstill (?:being (?:re)?tried|trying|in the queue)\b", r"\bwarning message only\b",
    r"\bnoch nicht zugestellt\b|\bverzögert\b|\bweiter(?:e|hin)? .{0,20}"
    r"(?:versuch|zuzustellen)", r"\bpas encore (?:été |pu être )?(?:remis|distribu|livré)"
    r"|\bremise .{0,20}(?:différée|retardée)|\btentatives .{0,30}(?:continu|poursui)",
    r"\b(?:aún|todavía) no se (?:ha|pudo).{0,20}entrega|\bse seguirá intentando\b"
    r"|\bentrega (?:se ha )?retrasad", r"\bnon (?:è stato |è )?ancora (?:stato )?"
    r"(?:consegnat|recapitat)|\bconsegna .{0,20}ritard", r"\bnog niet (?:bezorgd|afgeleverd)\b"
    r"|\bbezorging .{0,20}vertraag", r"\bainda não (?:foi |pôde ser )?entreg"
    r"|\bentrega .{0,20}(?:atrasad|adiada)", r"\bännu inte levererat|\bfördröj|\bforsinket\b",
    r"\bjeszcze nie (?:została )?dostarczon|\bopóźni", r"\bещ[её] не доставлен|\bзадержан",
    r"まだ配信|配信.{0,6}遅延|尚未(?:送达|投递)|投递.{0,4}延迟|아직 배달되지",
)  # fmt: skip
# A mail server that passed it on, or delivered it: no failure, unless FAILED stands there too.
PASSED_ON: tuple[str, ...] = (
    r"\bsuccessful(?:ly)? (?:relay|deliver|forward|expan)", r"\brelayed to (?:a )?non-dsn",
    r"\b(?:message|mail|e-?mail) (?:was|has been) (?:relayed|delivered|expanded|passed on)\b",
    r"\bdelivery .{0,60}\bis complete\b", r"\bdeliver(?:ed|y) (?:to|by|into) .{0,60}\bsucceeded\b",
    r"\b(?:relayed|delivered|expanded): ", r"\baction: (?:relayed|delivered|expanded)\b",
    r"\berfolgreich (?:zugestellt|weitergeleitet)\b|\bwurde (?:zugestellt|weitergeleitet)\b",
    r"\b(?:remise? .{0,40}(?:effectuée|terminée)|a (?:bien )?été (?:remis|relayé|transmis))\b",
    r"\b(?:se ha|ha sido) (?:entregado|retransmitido)|\bfoi (?:entregue|retransmitid)",
    r"\bè stat[oa] (?:consegnat|recapitat|inoltrat)"
    r"|\b(?:is|werd) (?:succesvol )?(?:afgeleverd|bezorgd|doorgestuurd)\b",
)  # fmt: skip
FAILED: tuple[str, ...] = (
    r"\b(?:not|cannot|unable|never|nicht|ne|pas|non|niet|não)\b|n't\b|\bn'a\b|\bno (?:se|fue|ha)\b"
    r"|\b(?:fail|reject|refus|undeliver|bounce|block|invalid|unknown|error\b|unzustell|erreur|fehl)",
)
GIVEN_UP: tuple[str, ...] = (
    r"\b(?:giving|gave|given) up\b", r"\bpermanent (?:fatal )?(?:error|failure)",
    r"\b(?:not|no longer) (?:be )?(?:re)?(?:tried|try)\b|\bno (?:further|more) attempts\b",
    r"\bnot going to try\b", r"\b(?:message|delivery time) expired\b|\btimeout exceeded\b",
    r"\bendgültig\b|\bdéfinitivement\b|\bdefinitivamente\b|\bdefinitief\b",
)  # fmt: skip
