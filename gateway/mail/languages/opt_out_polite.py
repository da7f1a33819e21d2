"""Bans of mail that are asked for in the infinitive, or hold "from now on"; by language."""

from __future__ import annotations

_END = r"(?= ?(?:[.,;!)]|$))"
_FR_ASK = (
    r"(?:merci|prière|veuillez|voudrez|pri(?:e|ons|és?|ées?)|demand(?:e|ons)|souhait(?:e|ons|erais)"
    r"|aimerais|préfère\w*|s'il vous plaît,?|svp,?|invit(?:e|ons)|bien vouloir"
    r"|(?:pourriez|pouvez|voulez)-vous)"
)
_FR_MAIL = (
    r"(?:mails?|e-?mails?|courriels?|messages?|publicités?|newsletters?|sollicitations?|spams?)"
)
_FR_VERB = r"(?:contacter|écrire|envoyer|solliciter|relancer|démarcher|adresser|importuner|spammer)"
_FR_TAIL = (
    r"(?: (?:(?:de |d'|d'autres |vos |des |aucun |tous vos |ces )"
    rf"{_FR_MAIL}(?: (?:publicitaires?|commerciaux|commerciales?|non sollicités?))?|rien))?"
    r"(?: (?:à l'avenir|désormais|dorénavant|svp|s'il vous plaît|merci|de votre part"
    rf"|à (?:cette|mon|notre) adresse))*{_END}"
)
_ES_ASK = (
    r"(?:favor|ruego|rogamos|pido|pedimos|agradecer\w+|agradezco|solicito|solicitamos|gracias por"
    r"|prefiero|les pido)"
)
_ES_FROM_NOW = r"(?:de ahora en adelante|(?:a partir|desde) (?:de )?(?:ahora|hoy)|en adelante)"
_ES_VERB = (
    r"(?:escrib(?:an?|as)|contact(?:en?|es)|env[íi](?:en?|es)|mand(?:en?|es)|molest(?:en?|es))"
)
_ES_MAIL = r"(?:correos?|e-?mails?|mensajes?|publicidad|boletines|nada)"
_PT_ASK = (
    r"(?:favor|peço|pedimos|solicito|solicitamos|queiram?|agradeço|agradecemos|gentileza"
    r"|gostaria de)"
)
_PT_FROM_NOW = (
    r"(?:a partir de (?:agora|hoje)|daqui (?:em|para|por) (?:a )?(?:diante|frente)|doravante)"
)
_PT_VERB = r"(?:mandem?|enviem?|escreva|escrevam|conta(?:c?)tem?)"
_PT_MAIL = r"(?:e-?mails?|mensagens|publicidade|newsletters?|nada)"
_IT_FROM_NOW = r"d'ora in (?:poi|avanti)"
_IT_WRITE = (
    r"(?:(?:scrive|contatta|disturba)(?:te|r)mi|(?:scrivete|contattate|disturbate)ci"
    r"|mandatemi (?:e-?mail|mail|nulla|niente)|mi (?:scriva|scriviate|contatti|contattiate))"
)
_DE_NOW = r"(?:ab (?:jetzt|heute|sofort)|künftig|zukünftig|in zukunft|fortan)"
_DE_MAIL = r"(?:e-?mails?|mails?|nachrichten|werbung|newsletter|werbemails)"
_NL_ASK = r"(?:gelieve|verzoeke?n?|vraag|vragen|graag|dringend)"

_EN_MAIL = r"(?:e-?mails?|mails?|messages?|newsletters?|mailings?|spam)"
_EN_FROM_NOW = (
    r"(?:from now on(?:wards?)?|from here on(?: out| in)?|going forward|moving forward|henceforth"
    r"|from (?:this (?:day|point|moment)|today) (?:on|onwards?|forward)|as of (?:now|today)"
    r"|hereafter)"
)

# Behind the comma after "from now on" these go on about the ban; others name who to write to.
_EN_END = (
    r"(?= ?(?:[.;!)]|$|, ?(?:$|[^\w\s]|(?:please|thanks?|thank you|cheers|i|i'm|i've|we|we're"
    r"|we've|it|this|your|or|not|ever|do you)\b)))"
)
# What stands right in front of an instruction: a mark, or one of these, and never its subject.
_EN_ORDER = (
    r"(?:(?<![\w'] )|(?<=please )|(?<=pls )|(?<=kindly )|(?<=\band )|(?<=\bso )|(?<=\bbut )"
    r"|(?<=just )|(?<=\bhi )|(?<=hello )|(?<=thanks )|(?<=\bask you )|(?<=\bask that you )"
    r"|(?<=request that you ))"
)

ENGLISH_BANS: tuple[str, ...] = (
    rf"{_EN_ORDER}(?:cease|end|discontinue) (?:all |any )?(?:further )?contact(?= ?(?:[.;!]|$))",
    r"(?:do not|don'?t|never|not to) (?:ever |please |kindly )?(?:(?:e-?mail|mail|contact|message"
    r"|text|call|bother|approach|solicit|spam|pester)|(?:write|reach out|get in touch)(?: to"
    rf"| with)?) (?:me|us|this address|here) {_EN_FROM_NOW}{_EN_END}",
    rf"(?:do not|don'?t|never|not to) (?:ever |please )?send (?:(?:me|us) )?(?:any |more |these "
    rf"|your |further |such |unsolicited )*{_EN_MAIL}(?: to (?:me|us|this address))?"
    rf" {_EN_FROM_NOW}{_EN_END}",
    rf"{_EN_ORDER}(?:do not|don'?t|never) (?:ever |please )?send (?:me|us) (?:any |more |these "
    rf"|your |further |such |unsolicited )*{_EN_MAIL}(?: please| thanks)?(?= ?(?:[.;!]|$))",
    r"(?:rather|prefer)(?: to)? not (?:to )?(?:receive|get)(?: (?:any|more"
    rf"|further|your|these|such))* (?:{_EN_MAIL}(?: from you)?|{_EN_MAIL} like this){_END}",
)

POLITE_BANS: dict[str, tuple[str, ...]] = {
    "de": (
        rf"(?:schicken|senden|schick|sende|schreiben|schreib|mailen)(?: sie)?(?: bitte)?"
        rf" (?:mir|uns) (?:bitte )?{_DE_NOW} (?:bitte )?(?:keine (?:\S+ )?{_DE_MAIL}"
        rf"|nichts|nicht){_END}",
        rf"bitte (?:mir |uns )?{_DE_NOW} nicht mehr (?:an)?(?:schreiben|mailen){_END}",
        rf"sehen sie (?:bitte )?(?:{_DE_NOW} )?von (?:weiteren |jeglichen |solchen )(?:\S+ )?"
        rf"(?:{_DE_MAIL}|kontakt\w+|zusend\w+|werbe\w+) ab{_END}",
    ),
    "fr": (
        rf"stop (?:aux|à (?:vos|ces|tous (?:vos|ces))|avec vos) (?:\S+ )?{_FR_MAIL}",
        rf"{_FR_ASK}(?: \S+){{0,3}}? (?:de |d'|à )?ne plus (?:jamais )?(?:m'|me |nous )"
        rf"{_FR_VERB}{_FR_TAIL}",
        rf"{_FR_ASK}(?: \S+){{0,3}}? (?:de |d'|à )?ne plus (?:jamais )?envoyer (?:de |d'|vos "
        rf"|aucun )?{_FR_MAIL}(?: à (?:cette|mon|notre) adresse)?{_END}",
        rf"{_FR_ASK}(?: \S+){{0,2}}? (?:de |d')?(?:cesser|arrêter|stopper) (?:de |d')"
        rf"(?:m'|me |nous ){_FR_VERB}(?: des {_FR_MAIL})?{_FR_TAIL}",
        rf"{_FR_ASK}(?: \S+){{0,2}}? (?:de |d')?(?:cesser|arrêter|stopper) (?:l'envoi|vos envois"
        rf"|tout envoi|les envois)(?: de (?:vos |ces |tous vos )?{_FR_MAIL})?{_END}",
    ),
    "es": (
        rf"que no me (?:lleguen|llegue|envíen|manden|escriban)(?: \S+)? más {_ES_MAIL}",
        rf"{_ES_ASK}(?: \S+){{0,2}}? no (?:enviar|mandar|escribir|contactar|molestar)(?:me|nos)"
        rf"(?: \S+)? más(?: {_ES_MAIL})?{_END}",
        rf"{_ES_ASK}(?: \S+){{0,2}}? no (?:me|nos) (?:envia(?:ra|se)n?|mandaran?|escribieran?"
        rf"|contactaran?)(?: \S+)? más(?: {_ES_MAIL})?{_END}",
        rf"{_ES_FROM_NOW},? (?:por favor,? )?no (?:me|nos) {_ES_VERB}(?: más)?"
        rf"(?: {_ES_MAIL})?{_END}",
        rf"no (?:me|nos) {_ES_VERB}(?: {_ES_MAIL})? {_ES_FROM_NOW}{_END}",
        rf"no env[ií](?:en?|es) más {_ES_MAIL}"
        rf"(?: a (?:esta|este|mi|nuestra?) \S+)?(?: por favor)?{_END}",
    ),
    "it": (
        rf"{_IT_FROM_NOW},? (?:per favore,? |vi prego di |la prego di )?non {_IT_WRITE}{_END}",
        rf"non {_IT_WRITE} {_IT_FROM_NOW}{_END}",
        r"(?:chied\w+|preg\w+|desider\w+|vorrei|vorremmo)(?: \S+){0,2}? non essere più"
        rf" (?:contattat|disturbat)\w(?: da (?:voi|lei))?{_END}",
    ),
    "nl": (
        rf"{_NL_ASK}(?: \S+){{0,3}}? (?:mij|me|ons) (?:\S+ )?niet meer te (?:e-?mailen|mailen"
        rf"|benaderen|contacteren|schrijven)(?: aub| alstublieft)?{_END}",
    ),
    "pt": (
        rf"{_PT_ASK}(?: \S+){{0,2}}? não (?:enviar|mandar|escrever|contactar|contatar)(?:[ -](?:me"
        rf"|nos))?(?: \S+)? mais(?: {_PT_MAIL})?(?: para (?:este|esta|o meu|meu|nosso) \S+)?{_END}",
        rf"{_PT_FROM_NOW},? (?:por favor,? )?não (?:me|nos) {_PT_VERB}(?: mais)?"
        rf"(?: {_PT_MAIL})?{_END}",
        rf"não (?:me|nos) {_PT_VERB}(?: {_PT_MAIL})? {_PT_FROM_NOW}{_END}",
        rf"não (?:enviem?|mandem?) mais {_PT_MAIL}"
        rf"(?: para (?:este|esta|o meu|meu|nosso) \S+)?{_END}",
    ),
}  # fmt: skip
# A ban that ends, holds at times, or of copies: none, in these six languages.
PASSING_OTHERS = (
    r"\bjusqu(?:'|e )(?!à nouvel )|\bhasta (?!luego|nunca|siempre|la vista|pronto|nuev[oa] )"
    r"|\baté (?!logo|breve|mais|sempre|nov[oa] |nunca)|\bfino (?:(?:a|al|alla|ad) (?!nuov)|all')"
    r"|\btot (?!ziens|nu|nader|snel)|\bbis (?!dann|bald|auf|dahin|später|jetzt)"
    r"|\bavant (?:le|la|les|lundi|mardi|mercredi|jeudi|vendredi|demain|midi|\d)"
    r"|\b(?:antes|prima) d(?:el?|a|o|i|ella|i)\b|\bvor (?:dem|der|montag|mittag|\d)"
    r"|\bvoor (?:de|het|maandag|\d+ )"
    r"|\b(?:ce|cette) (?:mois|semaine)|\best[ea] (?:mes|semana|mês)|\bquest[ao] (?:mese|settimana)"
    r"|\bdeze (?:week|maand)|\bdiese[nr]? (?:woche|monat)"
    r"|\b(?:pendant|durante|während|tijdens)\b|\bweek-?ends?\b|\bwochenende|\bfines de semana"
    r"|\bpour l'instant|\bpour le moment|\bpor ahora|\bvorerst|\bim moment\b|\bvoorlopig"
    r"|\bper (?:ora|adesso)\b|\bpor enquanto"
    r"|\ben double|\bdoublons?\b|\bduplicad|\bdoppelt|\bdubbel"
)
# A ban of writing that asks for a call instead, or, in French, to turn to another.
CALLS: dict[str, str] = {
    "de": r"rufen sie (?:mich |uns |lieber |bitte |einfach )*an\b",
    "fr": r"(?:^|[,.;:!] ?)(?:contactez|appelez|joignez)[ -](?!plus|pas|jamais|vous)",
    "es": r"(?<!no )\bll[áa]m[ae]n?(?:me|nos)\b",
    "it": r"(?<!non )(?:chiama(?:te)?(?:mi|ci)|mi chiami)\b(?! più)",
    "pt": r"(?<!não )(?:liguem?[ -](?:me|nos)|me ligue)\b",
}
