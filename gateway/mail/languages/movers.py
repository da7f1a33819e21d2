"""Whose move a wish's words name: subjects right before them make it somebody else's, not ours.

Patterns over the small letters of a sentence up to the cue; each ends where the cue begins.
"""

from __future__ import annotations

_OFTEN = (
    r"(?: (?:always|usually|often|generally|normally|typically|mostly|rarely|seldom|never|sometimes"
    r"|regularly|only|also|just|all|still|then|now|probably|likely|really|even|occasionally|both"
    r"|already|frequently|simply|each|ever))*"
)
_WILL = (
    r"(?:'ll|(?:^| )(?:will|shall|won't|has to|needs to|wants to|plans to|intends to|tends to"
    r"|hopes to|expects to|promises to|promised to|agreed to|offered to|wanted to|planned to"
    r"|(?:is|are|was|were) (?:going|supposed|due|expected|likely|set|planning|about|scheduled"
    r"|meant|hoping) to)|'s going to|'re going to)"
)
_CAN = (
    r"(?:'d| (?:would|can|could|may|might|should|must|do|does|did|have to|need to|want to|plan to"
    r"|intend to|tend to|hope to|expect to|like to))"
)
_THEY = (
    r"(?:they|he|she|people|folks|everyone|everybody|others|nobody|who|business|things"
    r"|demand|trade|traffic)"
)
_NO_NOUN = r"(?!(?:you|u|ya|we|i|it|to|and|or|but|that|which|when|if|please)\b)[\w'-]+"
_NO_SUBJECT = (
    r"(?!(?:days|weeks|months|quarters|years|holidays|thanks|always|perhaps|sometimes|besides"
    r"|regards|unless|afterwards|towards|cheers|things|happens|ends|starts|begins|opens|closes"
    r"|comes|passes|finishes|settles|changes|improves|works|does|sounds|looks|suits|makes|needs"
    r"|means|goes|details|specs|numbers|sucks|ours|yours|hers|theirs)\b)"
)
_MANY = (
    rf"(?:{_NO_SUBJECT}\w{{2,}}(?<![suis])s(?<!'s)|people|staff|folks|sales|management|crew"
    r"|procurement|accounting)"
)
ENGLISH = (
    # "Anna will ...": whoever it is, it is a forecast.
    rf"(?<!\byou)(?<!\bu){_WILL}{_OFTEN}$",
    rf"\b{_THEY}(?:{_CAN})?{_OFTEN}$",
    rf"(?:^|[\s,;(])(?:my|our|their|his|her|its|the|these|those|this|some|many|most|all|both"
    rf"|several|other|another|every|each|a|an|no) (?:{_NO_NOUN} ){{0,2}}{_NO_NOUN}{_CAN}{_OFTEN}$",
    rf"(?<!after )(?<!once )(?<!until )(?<!when )(?<!before )(?<!soon as )(?<!for )(?<!in )"
    rf"(?<!with )(?<!given )(?<!from )(?<!during )\b(?:my|our|your|the|their|his|her|these|those"
    rf"|some|many|most|all|both|several|other|few|no|of) (?:{_NO_NOUN} ){{0,2}}{_MANY}{_OFTEN}$",
    rf"(?:^|[,;:(–—-] ?|\b(?:and|but|because|since|so|where|while|though|if) )"
    rf"(?:(?!(?:hi|hello|dear|hey|thanks|many|it|he|she|this|that)\b)\w+ )?{_MANY}{_OFTEN}$",
    r"\b(?:let|have|having|make) (?:(?:my|our|the) (?:\w+ )?\w+|him|her|them)(?: to)?$",
    r"\b(?:us|me) to(?: \w+)?$",
    r"\b(?:let|allow) me(?: to)?(?: \w+)?$",
    r"\b(?:the|your|my|our|their|his|last|previous|earlier)$",  # "your follow-up in May": a thing
)
# A plan to look again is worth a mail then, whoever looks.
DECISIONS = r"revisit|reconsider|reassess|re-?evaluate|look|re-?review|review|reopen|consider|think"
# The addressee is asked: nothing but politeness or "you may" stands before the verb.
ASKED_OF_US = (
    r"(?:^|[,;:.!?(–—-]|\b(?:and|so|then|but|please|kindly|just|maybe|perhaps|better|instead|rather"
    r"|(?:can|could|would|will|may|might|should) you|you (?:can|could|should|may|might|must|have to"
    r"|need to|want to|will have to|'ll have to|'ll need to|'d better)|(?:free|best|better|you|mind"
    r"|welcome|worth|sure|remember|idea) to))(?: (?:please|just|also|maybe|then|always|simply))*$"
)


def _subjects(openers: str, verbs: str, length: int = 2) -> tuple[str, ...]:
    """Return a pattern for a subject of up to `length` words more, and the verbs behind it."""
    words = rf"(?: (?!(?:{_STOPS})\b)\w+){{0,{length}}}"
    return (rf"\b(?:{openers}){words}(?: (?:{verbs}))?$",)


_STOPS = (
    "que|qui|di|a|à|per|para|pour|por|e|y|o|ou|et|und|en|da|dal|bitte|sie|du|ihr|vous|tu|u|je|jij"
    "|lei|usted|você|ustedes|prego|ruego|pido|peço|chiedo|invito|vorrei|favor|favore"
)
GERMAN = (
    # "Unsere Kunden rufen Sie ..." has the letters of "Rufen Sie ...".
    r"(?<!für )(?<!über )(?<!in )(?<!nach )(?<!an )(?<!auf )(?<!durch )(?<!ohne )(?<!um"
    r" )\b(?:unsere"
    r"|meine|ihre|eure|die|alle|viele|manche|einige|andere|diese|beide|mehrere|sie|kollegen|kunden"
    r"|mitarbeiter|leute|lieferanten|partner)(?: (?!(?:und|bitte|dann|sie)\b)\w+){0,2}$",
    r"\bwir$",
    r"(?<!\bsie )\b(?:wird|werden|will|wollen|möchte|möchten|soll|sollen|muss|müssen|würde|würden)"
    r"(?: (?!sie\b|man\b)\w+){0,3}$",
    r"\b(?:unsere|meine|die|alle|viele) \w+ (?:können|sollen|müssen|dürfen|sollten)(?: \w+){0,5}$",
    r"\b(?:herr|frau|kollege|kollegin|chef|chefin|team|kunde|einkauf|buchhaltung) (?:\w+ ){0,2}"
    r"(?:kann|könnte|wollte|sollte)(?: \w+){0,2}$",
)
FRENCH = (
    r"\b(?:va|vont|doit|doivent|veut|veulent|souhaite|souhaitent|compte|comptent|pense|pensent"
    r"|devrait|devraient|peut|peuvent|pourra|pourront|viendra|viendront|ira|iront|préfère"
    r"|préfèrent|aimerait|aimeraient|voudrait|voudraient|promis de|prévu de|prévoit de)$",
)
SPANISH = _subjects(
    "el|la|los|las|mi|mis|nuestro|nuestra|nuestros|nuestras|su|sus|un|una|cada|todos|muchos|algunos"
    "|él|ella|ellos|ellas|quien|alguien|nadie|clientes",
    "va a|van a|debe|deben|quiere|quieren|suele|suelen|puede|pueden|piensa|piensan|tiene que"
    "|tienen que|siempre|normalmente",
)
PORTUGUESE = _subjects(
    "o|a|os|as|meu|minha|meus|minhas|nosso|nossa|nossos|nossas|seu|sua|um|uma|cada|todos|muitos"
    "|alguns|ele|ela|eles|elas|alguém|ninguém|quem|clientes",
    "vai|vão|deve|devem|quer|querem|costuma|costumam|pode|podem|tem que|tem de|sempre|normalmente",
)
DUTCH = _subjects(
    "onze|ons|mijn|de|het|een|hun|zijn|haar|alle|veel|sommige|die|deze|hij|zij|ze|wij|we|iemand"
    "|niemand|men|klanten|mensen",
    "zal|zullen|gaat|gaan|moet|moeten|wil|willen|kan|kunnen|altijd|meestal",
)
ITALIAN = _subjects(
    "il|lo|la|i|gli|le|mio|mia|miei|mie|nostro|nostra|nostri|nostre|suo|sua|loro|un|una|ogni|lui"
    "|qualcuno|nessuno|chi|clienti",
    "va a|vanno a|deve|devono|vuole|vogliono|può|possono|intende|sempre|di solito",
)
