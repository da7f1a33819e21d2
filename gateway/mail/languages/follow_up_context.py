"""What around a date to come back says otherwise: clock times, the past, contracts; and fillers."""

from __future__ import annotations

from gateway.mail.languages.dates import MONTHS
from gateway.mail.languages.periods import words_of

_TALKS = (
    r"(?:call|chat|talk|conversation|meeting|demo|discussion|e-?mail|mail|message|voicemail|visit)"
)
# A clock time in the sentence makes its day an appointment.
CLOCK = (
    r"\b\d{1,2}[:h]\d{2}\b|\b\d{1,2}\.[0-5]\d\b(?![./\d])|\b\d{1,2} ?(?:am|pm|uhr|h)\b|\b(?:at|um"
    r"|à|às|alle|a las|om) (?:\d{1,2}"
    r"\b(?![/-]\d| the)|noon|midday|half|one|two|three|four|nine|ten|eleven|twelve)"
)
# Between a wish and a time, these make the time that of an earlier talk.
PAST = (
    rf"\b(?:our|the|your|my|a|last|previous|that|this) (?:\w+ )?{_TALKS}\b|\b(?:we|i|you) (?:had"
    rf"|sent"
    r"|spoke|talked|met|discussed|called|signed|bought|got|were|was)\b|\b(?:since|ago|last)\b"
)
# A contract's end and an absence are facts, not times to come back.
TIED = (
    r"contract|contrat|vertrag|licen|lizenz|agreement|subscription|renew|warranty|tied in|office"
    r"|\bback\b|away|leave|travel|holiday|vacation|\bout\b|büro|urlaub|congé|vacances|vacaciones"
    r"|férias|invoice|payment|\bdue\b"
    r"|vakantie|ferie|oficina|escritório|ufficio|abwesen|absen|ausen|zurück|can't wait|deadline"
)
# "After lunch" and "after you have read it" are no times that a calendar knows.
NO_EVENT = (
    r"(?:you|your|u|(?:i|we) (?:can|could|get|have|find|know)|those|these|they|there|lunch|work"
    r"|hours|that|this|it|noon|dinner|breakfast"
    r"|\d+|(?:the|our|my|your|this"
    rf"|that) (?:\w+ )?(?:{_TALKS}|lunch|weekend|webinar|training|fact)|me|us|him|her|them|all"
    r"|having|reading|reviewing|again|more|every|a while|some time|convenient|possible|ready"
    r"|the time|necessary|needed)\b"
)
# Behind these a bare "two weeks" is a time to wait.
LEADING, GIVEN = words_of("for|to"), words_of("give|wait|hold|sit|leave")
# "In Q4, so that's when you should get in touch": the time named before.
THAT_TIME = (
    r"\bthat(?:'s| is|'d be| would be| will be) (?:when|(?:the |a )?(?:best |right |good |better"
    r"|perfect |ideal )?(?:time|moment|point|period|window))\b"
)
# "The best time to plant", "good for our customers": better for something else than a talk.
BETTER_ELSE = (
    r"(?: (?:time|season|month|period|place|moment|deal|price|value|quarter)s?)?(?: of (?:the"
    r" )?year)?"
    r" (?:to (?!(?:talk|speak|chat|discuss|meet|connect|reconnect|call|ring|reach|contact|check"
    r"|follow"
    r"|circle|touch|catch|get|come|look|revisit|try|start|do|have|ping|pick|review|approach|ask"
    r"|e-?mail|write|hear|schedule|set|plan|go|send|sit|explore|evaluate|consider|bring|dive|book"
    r"|see|be|wait)\b)\w+|for (?!us\b|me\b|both|everyone|all\b|this|that|it\b|talk|you|our (?:side"
    r"|team|end|schedule|budget|company|part)|my (?:team|boss|side|schedule)|an?\b)\w+)"
)
# "Wait until May to ship it": what waits is no talk with us, unless we talk or decide then.
HOLD = r"(?:wait|hold|hang|sit|stay|pause|postpone)\b"
WAIT_ELSE = (
    r" (?:with (?:the|this|that|it)\b|(?:before|for) \w+ing (?:it|this|that|the|your)\b|to"
    r" (?!(?:talk|speak|chat|discuss|meet|connect|reconnect|call|ring|reach|contact|check|follow"
    r"|circle|touch|catch|get|come|look|revisit|review|try|start|do|have|ping|pick|approach|ask"
    r"|e-?mail|write|hear|schedule|set|plan|go|send|see|be|wait|explore|evaluate|consider|bring"
    r"|book|decide|know|commit|sign|buy|purchase|invest|budget|move|proceed|make|finali[sz]e"
    r"|confirm|resume|continue|take|find|allow|avoid|give|us|me|the|a|our|my|your|q\d)\b)[a-z]+\b)"
)
# "We didn't start until March", "nothing came in until April": what was.
PAST_WAIT = (
    r"\b(?:(?:did|was|were|had)(?:n'?t| not)|(?:nothing|nobody|never|none|no \w+)(?: \w+)?"
    r" (?:happened"
    r"|came|went|moved|worked|changed|arrived|started|was|were|had|did|got|reached|shipped))\b"
)
STOPS = words_of("and|but|so|because|as|since|if|unless|who|which|where|while|though|or|;|:|(|)")
LEADS = words_of("maybe|perhaps|possibly|ideally|preferably|say|probably|likely|around|or")
# Words that may stand between a time and the wish behind it.
BRIDGES = words_of(
    "you|can|could|may|might|we|us|would|be|is|should|just|feel|free|to|i|'|d|ll|will|love|happy|a"
    "|the|again|please|then|do|it|this|works|,|better|good|best|time|moment|for|get|try|have|and"
    "|glad|that|definitely|gladly|one|more|open|another|let|s|me|works|probably|much|also|when"
    "|ideal|great|fine|perfect|week|day|month|quarter|period|window|slot"
)
# Words that add nothing to a mail which only names a time.
FILLERS = words_of(
    "gern|gerne|wieder|nochmal|noch|mal|volontiers|con|gusto|graag|volentieri|"
    "maybe|perhaps|possibly|probably|thanks|thank|you|please|again|sorry|hi|hello|ok|okay|.|,|!|?|("
    "|)|-|–|…|later|no|not|now|yes|vielleicht|danke|bitte|erst|merci|peut|être|gracias|quizás|quizá"
    "|obrigado|obrigada|talvez|bedankt|misschien|grazie|forse|try|ideally|sometime|only|earliest"
)
NEGATIONS = words_of("not|no|pas|non|não|niet|nicht|kein|keine|nie")
# A time that opens a clause stands behind one of these, or first in its sentence.
OPENERS = words_of(",|;|:|-|–|but|and|so|maybe|perhaps|please|then")
CLAUSE_OPENERS = words_of("when|once|if|after|though|but|and|as|because")
CLAUSE_ENDS = words_of(",|.|;|!|?|)|(|but|because|–")
# What both sides do is no promise of the author's ("we could talk", "we'll revisit this").
SHARED = (
    r"reconnect|revisit|reconsider|reassess|evaluate|look|review|talk|speak|re-?engage|reopen"
    r"|discuss"
    r"|meet|chat|consider|think|wait|interest|relevant|open|ready|push|postpone|park|pick|better"
    r"|happy|able"
)
# Behind these a wish is one that was, or one that is not meant.
ASKED = (
    r"\b(?:did|didn't|asked|told|promised|agreed|supposed|tried|said|forgot|used|failed|thanks for"
    r"|thank you for|sorry to|sorry i|had to|when we|when i|if i|if we|if you)(?: \w+){0,3}$"
)
EARLIEST = r"(?:erst|frühestens|pas|au plus tôt|só|como pronto|op zijn vroegst)\b"
# Words that hold something back until a time, in English and in the others.
HOLDS = (
    r"\b(?:until|till?|thru|through|before|pre(?=[ -])|prior to|ahead of|sooner than|earlier than"
    r"|for (?:another|the next|the coming|at least))\b"
)
OTHER_HOLDS = (
    r"\b(?:vor|bis|erst|frühestens|die (?:nächsten|kommenden)|au plus tôt|avant|jusqu|antes|hasta"
    r"|até|só|voor|vóór|tot|pas|prima|fino|como pronto)\b"
)
# Beginnings of words of which every wish has one; a weekday without any is an appointment's.
ASKS = words_of(
    "ping|try|call|ring|phon|emai|mail|mess|text|cont|chas|bug|nudg|poke|buzz|catc|ask|hit|remi"
    "|both|pest"
    "|prod|bump|dm|writ|spea|talk|back|foll|reac|touc|reco|revi|resu|enga|pick|take|give|drop"
    "|shoo|send"
    "|set|put|add|diar|chec|agai|get|have|let|look|happ|glad|open|post|push|wait|come|hold|leav"
    "|park"
    "|meld|ruf|rufe|schr|komm|frag|erin|spre|hake|vers|wied|noch|sich|auf|rapp|rela|écri|reve"
    "|repr|prev"
    "|rées|llám|llam|escr|vuel|recu|reto|busc|búsc|insi|lig|ligu|fale|volt|proc|entr|cham|lemb"
    "|bel|belt"
    "|kom|neem|stuu|prob|vraa|rich|risc|rico|scri|chia|sent|ci|mi|torn|ripr|fatt"
)
# What a dotted number counts; months that are also words that open a sentence are none.
ORDERED = (
    frozenset(month for month in MONTHS if len(month) > 2)
    - words_of("may|out|set|mag|dic|dec|march")
    | frozenset(f"{month}{part}" for month in MONTHS for part in ("hälfte", "woche"))
) | words_of("quartal|quartals|woche|kalenderwoche|halbjahr|halbjahres|halbjahrs|kw")
