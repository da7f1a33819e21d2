"""How people ask to be asked later: wishes, talks put off, waits, and what looks like them."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.mail.languages import periods
from gateway.mail.languages.dates import MONTHS
from gateway.mail.languages.periods import Words, words_of


@dataclass(frozen=True)
class Cues:
    """One language's words around a date to come back; patterns over small letters.

    `wish` asks us to write again, `talk` puts off what both would do, `wait` says that nothing
    happens before or until a time, `maybe` stands right before one, `better` calls a time better.
    `promise` is the author's own move and `refusal` before a wish turns it round; `then` means a
    time named earlier. `once` opens a clause that tells a time; `common` words tell the language.
    """

    words: Words
    wish: tuple[str, ...]
    talk: tuple[str, ...]
    wait: tuple[str, ...]
    maybe: tuple[str, ...]
    better: tuple[str, ...]
    promise: tuple[str, ...]
    refusal: tuple[str, ...]
    then: tuple[str, ...]
    once: tuple[str, ...]
    common: frozenset[str]


_ME = r"(?:me|us)"
ENGLISH = Cues(
    periods.ENGLISH,
    wish=(
        rf"(?:ping|try|call|ring|phone|e-?mail|mail|message|text|contact|chase|bug|nudge|poke|buzz"
        rf"|catch|ask|hit|remind|bother|pester|prod|bump|dm|write|write to|speak to|talk to"
        rf"|(?:get|come|circle|check|report|loop|go|write) back (?:to|with|in with|on)"
        rf"|check in with|be in touch with|get in touch with|touch base with|reconnect with"
        rf"|follow up with|reach out to) {_ME}(?: (?:back|again|up))*",
        r"(?:circle|loop|come|check|swing|get|write|try|knock) back(?: (?:in|round|around|again))?",
        r"(?:follow|followup)(?: |-)?up(?: again)?", r"reach (?:back )?out(?: again)?",
        r"touch base(?: again)?", r"get (?:back )?in touch(?: again)?", r"check in(?: again)?",
        r"(?:try|ask|write|call|knock|reach|inquire|enquire|e-?mail|contact)(?: (?:me|us|this|it))?"
        r"(?: out)? again", r"come again",
        r"reconnect", r"revisit", r"resurface(?: (?:it|this))?", r"re-?engage",
        r"pick (?:(?:it|this|that|things|the conversation|the thread) )?(?:back )?up(?: again)?",
        r"(?:pick|take) (?:it|this|that|things) (?:back )?up(?: again)?", r"have another go",
        rf"(?:give|drop|shoot|send) {_ME} (?:a|an|another) (?:quick )?(?:shout|call|ring|nudge|bell"
        rf"|ping|buzz|line|note|mail|e-?mail|message|text|reminder|holler|tinkle)",
        r"(?:set|put in|add) (?:yourself )?a reminder(?: for)?", r"diari[sz]e (?:it|this"
        r"|me)(?: for)?",
        r"(?:put|pencil|park|schedule|shelve|table|leave|hold|keep) (?:it|this|that|(?:me"
        r"|us)(?= on (?:hold|your))|the (?:project|topic|idea|discussion|conversation))"
        r"(?: (?:down|in|off|over|on hold|in your \w+))*(?: for| until| till)?(?= )",
        r"(?:have|take) (?:another|a fresh|a second) look", r"bump this(?: up)?",
        r"(?:mind|about|suggest|recommend|worth|try|appreciate you|appreciate your|like you to"
        r"|would be) (?:reaching out|following up|checking back|circling back|getting back"
        r"|trying again|touching base|reconnecting|revisiting|coming back|checking in)",
        r"(?:we|i|they|the \w+)(?:'ll| will| would| are going to| can| plan to| want to| may| might"
        r"| could)? (?:then )?(?:reconsider|reassess|re-?evaluate|look again|re-?review|reopen)",
    ),
    talk=(
        r"let'?s (?:\w+ )?(?:talk|speak|discuss|meet|chat|connect|catch up|look at|regroup"
        r"|schedule|do (?:it|this|that)|find a time|set something up|aim|plan|say|shoot|arrange"
        r"|have (?:a|that|this|another) \w+|do a \w+|postpone|push|move|defer|wait|try|make it)",
        r"(?:we|you) (?:can|could|should|might|may|would) (?:\w+ )?(?:talk|speak|discuss|meet|chat"
        r"|connect|catch up|look|regroup|schedule|arrange|consider|plan)",
        r"(?:can|could|shall|may|might|should) we (?:please |maybe |perhaps |rather )?(?:talk|speak"
        r"|discuss|meet|chat|connect|catch up|look at|do (?:it|this)|postpone|push|move|defer|wait"
        r"|schedule|aim|pick)",
        r"(?:happy|glad|willing|open|ready|free|keen|prepared|rather|able|better|best"
        r"|easier|(?:like|love|prefer|want|aim|plan|need) to) (?:to |for )?(?:\w+ )?(?:talk|speak"
        r"|discuss|meet|chat|have"
        r"|take|look|a chat|a talk|a call|another \w+|a \w+|discussing|talking|see|consider|hear"
        r"|explore|evaluate|wait|start|do (?:it|this))",
        r"(?:look|come) (?:at|into) (?:it|this|that)(?: again| properly)?",
        r"(?:talk|speak|chat) (?:again|more|further|about (?:it|this)|to you)",
        r"(?:this|it|that) (?:can|could|has to|will have to|must|needs to|should|would have to)"
        r" wait",
        r"consider (?:it|this|you|that|your \w+|again|new \w+)", r"think about (?:it"
        r"|this)(?: again)?",
        r"review (?:it|this|that|our options|the market|options|vendors|suppliers|your \w+)",
        r"send (?:me |us )?(?:it|this|that|over|something|the \w+|your \w+|a \w+|more \w+)"
        r"(?: (?:over|across|through|to me|to us|again))*",
        r"(?:might|may|could|would|will|'d|'ll|should) be (?:more |most |very )?(?:interested"
        r"|interesting|relevant|open|ready|receptive|in a (?:better |good )?\w+|looking|able to)",
        r"(?:postponed|pushed|deferred|delayed|parked|shelved|put off|put on hold)"
        r"(?: (?:it|this|that|everything|all of it|the \w+|back))*(?: to)?(?= )",
        r"(?:aim|shoot|plan|schedule) (?:it |this )?for", r"the plan is(?: to \w+)?",
        r"(?:next|another|new|future) (?:review|look|round|evaluation|vendor review) (?:is|will be"
        r"|would be|starts|begins|comes up|planned)", r"wait(?= (?:until|till))",
        r"(?:interesting|relevant|realistic|possible|doable|feasible|on the table)(?: again)?"
        r"(?: for us)?(?: only)?(?= (?:in|from|after|next|around|at))",
    ),
    wait=(
        r"not(?: really| realistically| likely| going to happen| possible| an option| something"
        r"| ready| able| available| in a position)?", r"nothing", r"no(?! later| need| problem)",
        r"none", r"never",
        r"(?:can|won|don|doesn|isn|aren|couldn|wouldn|shouldn|didn)'?t", r"cannot", r"unable",
        r"unlikely", r"too (?:busy|early|soon|much|swamped|stretched)", r"hardly",
        r"(?:swamped|slammed|busy|booked|tied up|flat out|snowed under|heads down|full|maxed out"
        r"|buried|underwater|frozen|on hold|paused|on ice|postponed|closed|allocated|spent|locked"
        r"|blocked|fully \w+|overloaded|stretched|stuck|short-?staffed|crazy|hectic|freeze)",
        r"(?:wait|hold off|hold on|hold fire|hang on|sit tight|stay put|leave it|park it"
        r"|bear with us"
        r"|hold that thought|give (?:us|me)|pause|postpone|shelve)",
        r"(?:earliest|soonest)",
    ),
    maybe=(
        r"(?:maybe|perhaps|possibly|potentially|probably|ideally|preferably|likely|how about"
        r"|what about|more like|rather|earliest)(?: (?:again|some ?time|only))*",
    ),
    better=(
        r"(?:would|might|may|could|will|is|are|'s|'d|'ll|looks|sounds|seems)(?: be| probably"
        r"| likely"
        r"| much| a lot| far| definitely)* (?:a |the )?(?:much )?(?:better|best|good|easier"
        r"|more realistic"
        r"|realistic|ideal|right|more suitable|the earliest|earliest|great)(?: (?:time|timing"
        r"|moment"
        r"|bet|window|slot))?", r"(?:works?|suits?(?: us| me)?) (?:much |far )?(?:better|best)",
        r"better (?:time|timing|moment)(?: (?:would be|is|might be|will be))?",
        r"(?:better|best|easier)",
        r"(?:would|'d) (?:much )?(?:prefer|suit)",
        r"at (?:the )?(?:very )?(?:earliest|soonest|best)", r"earliest",
    ),
    promise=(
        r"\bi(?:'ll| will| shall|'m going to| am going to| plan to| can| could| need to| have to"
        r"| might| may| intend to| promise to| want to| hope to| aim to)(?: \w+){0,2}$",
        r"\b(?:we|he|she|they|someone|somebody|\w+ team|colleague|boss|manager)(?:'ll| will| shall"
        r"|'re going to| are going to| plan to| intend to| have to| need to| promise to| hope to"
        r"|'d| would)(?: \w+){0,2}$",
        r"\b(?:did|didn't|asked|told|promised|agreed|supposed|trying|tried|said|forgot|used|failed"
        r"|thanks for|thank you for|sorry to|when you|since you|after you|if i|if we|when i"
        r"|when we)"
        r"(?: \w+){0,3}$", r"\b(?:i|we|he|she|they) (?:always |usually |often )?$",
    ),
    refusal=(
        r"\b(?:don't|dont|do not|never|no need to|not|needn't|need not|stop|no point|won't"
        r"|no use|unnecessary to|refrain from|nobody should|shouldn't|should not|without having to)"
        r"(?: (?!hesitate|forget)\w+){0,2}$",
    ),
    then=(
        r"(?:then|at that (?:time|point|stage)|around (?:then|that time)|when (?:that|it)"
        r" (?:happens|is over|ends|expires|is up)|at this (?:time|point)|nearer the time"
        r"|closer to (?:then|the time|the date|that date|that time))",
        r"(?:after that|after this|afterwards?|thereafter|once (?:that|it|this) (?:is|has) \w+"
        r"|once that's \w+|after it \w+)",
    ),
    once=(
        r"(?:after|once|as soon as|following|when)",
    ),
    common=words_of("maybe|perhaps|the|we|you|i|our|is|are|this|that|and|to|me|us|it|not|please|for"
        "|be|have|but|will|can|with|your|my|back|out|again|maybe|until|before|ends|then"
        "|let|would|could|try|ping"),
)  # fmt: skip
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
    r"|férias"
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
STOPS = words_of("and|but|so|because|as|since|if|unless|who|which|where|while|though|or|;|:|(|)")
LEADS = words_of("maybe|perhaps|possibly|ideally|preferably|say|probably|likely|around|or")
# Words that may stand between a time and the wish behind it.
BRIDGES = words_of(
    "you|can|could|may|might|we|us|would|be|is|should|just|feel|free|to|i|'|d|ll|will|love|happy|a"
    "|the|again|please|then|do|it|this|works|,|better|good|best|time|moment|for|get|try|have|and"
    "|glad|that|definitely|gladly|one|more|open|another|let|s|me|works|probably|much|also|when"
    "|ideal|great|fine|perfect"
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
    r"|thank you for|sorry to|sorry i|when we|when i|if i|if we|if you)(?: \w+){0,3}$"
)
EARLIEST = r"(?:erst|frühestens|pas|au plus tôt|só|como pronto|op zijn vroegst)\b"
# Words that hold something back until a time, in English and in the others.
HOLDS = (
    r"\b(?:until|till?|thru|through|before|prior to|ahead of|sooner than|earlier than"
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
) | words_of("quartal|quartals|woche|kalenderwoche|halbjahr|halbjahres|halbjahrs|kw")
