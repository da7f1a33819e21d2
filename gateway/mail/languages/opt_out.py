"""How people end all mail from us: instructions in English, and whole mails of one word."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.mail.languages.opt_out_polite import ENGLISH_BANS
from gateway.mail.languages.periods import words_of


@dataclass(frozen=True)
class OptOutWords:
    """One language's ways to end mail; patterns over small letters, spaces single.

    `removal` asks to be taken off or deleted and is turned round by a `negation` in it or right
    before it; `silence` forbids further mail; `likely` says so less plainly; `vetoes` anywhere in
    the sentence show that something else is meant. `rights` are wishes as laws name them (consent
    withdrawn, data erased), explicit whatever follows. `common` words tell the language; every
    match holds a word that begins with four letters of `stems`, where there are any.

    A match is less than an instruction behind `conditions` ("if"), where it names `others` than
    the author ("our customers"), or where somebody else says it: `reported` in front without the
    `speaker` ("ich"), or `reported_behind`.
    """

    common: frozenset[str]
    stems: frozenset[str]
    removal: tuple[str, ...]
    silence: tuple[str, ...]
    likely: tuple[str, ...]
    negation: str
    vetoes: tuple[str, ...]
    others: str
    conditions: str = ""
    reported: str = ""
    reported_behind: str = ""
    speaker: str = ""
    rights: tuple[str, ...] = ()


# Whose mail a firm does not refuse for itself, unless a department is named after them.
_STRANGERS = (
    r"(?:customer|client|user|member|patient|student|partner|supplier|vendor|investor|donor|guest"
    r"|tenant|contractor|dealer|competitor|prospect|lead|candidate|subscriber|reader|press|media)"
    r"s?'?s?\b(?! (?:care|experience|relations|services?|success|support|desk|department|team"
    r"|office)\b)"
)
# The author's side: what stands behind "my" or "our" where his own mail is refused.
_OURSELVES = (
    r"(?:company|companies|firm|business|organi[sz]ation|corporation|group|team|teams|staff"
    r"|employees?|people|colleagues?|co-?workers?|offices?|departments?|dept|division|branch|unit"
    r"|school|university|college|faculty|agency|charity|practice|clinic|hospital|shop|store|hotel"
    r"|sites?|board|ceo|cto|cfo|coo|cmo|cio|boss|managers?|directors?|executives?|execs"
    r"|leadership|management|reception\w*|switchboard|helpdesk|desk|inbox\w*|mail\w*|e-?mail\w*"
    r"|address\w*|accounts?|numbers?|phones?|mobile|cell|lines?|domains?|names?|details|data"
    r"|info\w*|entry|entries|contacts?|records?|profile|subscription|consent|coordinates|feed|side"
    r"|behalf|hq|it|hr|procurement|purchasing|finance|legal|sales|marketing|support|operations)\b"
)


_MINE = (
    r"(?:(?:my|our)(?: \w+)? (?:e-?mail|mail|address|name|domain|company|school|details|data|info"
    r"\w*|entry|number|contact|inbox|mailbox|office|organi[sz]ation|record|profile|firm|team)\w*"
    r"|(?:this|these) (?:\w+ )?(?:e-?mail|address|mailbox|inbox|domain|number|contact)\w*"
    r"|(?:the |this )?(?:whole|entire) (?:\S+ )?(?:domain|company|team|office)"
    r"|[\w.+-]{1,40}@\S{0,60}"
    r"|all (?:of )?(?:my|our|us|these|the|\w+ of our) ?\w*|all addresses(?: \S+){0,3}|mine"
    r"|every address \w+ \S+|(?:me|us)(?: all| too)?)"
)
_LIST = (
    r"(?:list|lists|mailing|mailings|mailing-?list|mail-?list|database|data base|db|crm"
    r"|distribution"
    r"|sequence|cadence|campaign|campaigns|records|newsletter|newsletters|files|mail|mails|emails"
    r"|e-mails|system|systems|outreach|contacts|audience|subscription|subscriptions|marketing"
    r"|correspondence|communications?|spam|rotation|drip)"
)
_MAILS = (
    r"(?:e-?mails?|mails?|messages?|spam|junk|newsletters?|mailings?|reminders?|correspondence"
    r"|communications?|contact|solicitations?|follow-?ups?|crap|rubbish|nonsense|stuff|ads"
    r"|advertising|offers|marketing|pitches)"
)
# "No more emails needed, send the contract" ends a talk, not the mail.
_NEEDED = r"(?!s? (?:are |is |will be )?(?:needed|necessary|required))"
# With the ways in which it is often misspelt.
_UNSUBSCRIBE = r"unsu(?:bscri|bcri|bscir|scri|bsci|bsri)be"


def _spelt(*patterns: str) -> tuple[str, ...]:
    return tuple(pattern.replace("unsubscribe", _UNSUBSCRIBE) for pattern in patterns)


ENGLISH = OptOutWords(
    common=words_of(
        "the|a|an|i|we|you|me|us|my|our|your|to|of|and|is|are|in|from|for|on|not|this|these"
        "|please|no|stop|it|off|do|don|be"
        "|any|more|list|emails|with|that|have|how|can|could|would|want|never|again|remove|out"
        "|take|t|was"
    ),
    stems=words_of(
        "unsu|opt|opte|remo|stop|quit|refr|ceas|desi|disc|dele|eras|purg|stri|scra|drop|cros|kick|excl"
        "|supp|expu|blac|omit|wipe|scru"
        "|cons|alon|peac|spam|junk|lose|sell|bloc|mute|knoc|last|hara|forg|obje|data|off|out|susp|list|addr"
    ),
    removal=_spelt(
        rf"(?:remove|take|strike|scratch|drop|delete|cross|purge|erase|kick|pull|exclude|get|leave"
        rf"|wipe|cut|scrub|omit|clear|keep|unsubscribe) {_MINE}(?: \w+){{0,2}}? (?:off|from"
        rf"|out of|out from|of)"
        rf"(?: of)?(?: \w+){{0,4}}? {_LIST}",
        rf"(?:remove|take|strike|scratch|get) {_MINE} off(?: (?:of )?(?:it|this|that|here"
        rf"|altogether"
        rf"|completely|please|pls|now|asap|immediately|everything|all of them|for good|entirely"
        rf"|ta|thanks))?"
        rf"(?= ?(?:[.,;!?)]|$))", r"take off (?:my|our) (?:name|address|e-?mail)\w*",
        rf"(?:remove|delete|unsubscribe|exclude|purge|erase|suppress|expunge|blacklist) {_MINE}"
        r"(?: (?:please|pls|now|asap|immediately|at once|today|altogether|completely|permanently"
        r"|for good"
        r"|right away|forthwith|thanks|thank you|too|as well|in future"
        r"|going forward))*(?= ?(?:[.,;!?)]|$| and | or ))",
        r"(?:delete|erase|remove|destroy|purge|wipe) (?:all (?:of )?)?(?:my|our|any) (?:personal "
        r"|contact )?"
        r"(?:data|details|information|info|coordinates|records?)", r"deletion of (?:my|our) \w+",
        r"(?:want|wish|like|love|asked|ask|asking|request|requested|requesting|demand|prefer|need"
        r"|trying|insist"
        r"|hereby \w+)(?: \w+)? to be (?:\w+ )?(?:removed|unsubscribed|taken off|deleted|excluded"
        r"|erased|opted out"
        r"|forgotten)", r"unsubscribe (?:me|us|this|my|our"
        rf"|from (?:everything|(?:this|these|all|any|it)(?= ?(?:[.,;!?)]|$))"
        rf"|(?:this|these|your|all|any)(?: \w+){{0,4}}? (?:{_LIST}|{_MAILS}|company|services?)\b))",
        r"(?:appreciate|prefer) being (?:removed|unsubscribed|taken off|deleted|excluded|erased)",
        r"(?:want|wish|like|trying|tried|need|have|going|asked|asking"
        r"|decided)(?: \w+)? to (?:unsubscribe|opt out)",
        r"^(?:\W|please|kindly|pls|hi|hello|just|so|ok|thanks|no|\w+ ,){0,3} ?(?:unsubscribe"
        r"|unsub|opt[ -]?out|opt me out)(?= ?(?:[.,;!?)]|$| please| now| and ))",
        r"opt (?:me|us) out", r"(?:i|we)(?: hereby)? (?:want out|opt out)(?= of (?:your|all|any"
        r"|these|this)| ?(?:[.,;!]|$))",
        r"(?:i|we)(?:'ve| have)? (?:already |just )?(?:unsubscribed|opted out)(?= (?:already"
        r"|twice|three|\w+ times"
        r"|before|again|weeks|months|last|from|of|and you|but you|ages|yesterday|\d))",
        r"(?:out from|out of|off) (?:your|the|this) (?:distribution|mailing|e-?mail|mail|contact"
        r"|marketing)? ?list"
        r"(?= ?(?:[.,;!?)]|$| please| now))", r"^\W*off (?:your|the|this) (?:mailing )?list",
        r"(?:put|add|place) (?:me|us|this address|my \w+) (?:to|on|onto|in) (?:your |the "
        r"|a )?(?:do[ -]not[ -]\w+"
        r"|suppression|no[ -]contact|block|black) ?-?list",
        r"cancel my (?:e-?mails?|mails?|subscription to (?:this|your|these) \w+)",
    ),
    silence=(
        r"(?:stop|quit|cease|discontinue|refrain from|desist from)(?: \w+){0,2}? (?:e-?mailing"
        r"|mailing|contacting"
        r"|messaging|writing|spamming|bothering|pestering|harassing|calling|texting"
        r"|sending)(?: to)?"
        r" (?:me|us|this (?:\w+ )?(?:address|inbox|mailbox|number)|my \w+(?: \w+)?"
        r"|our \w+(?: \w+)?|here|all of us)"
        r"(?! (?:(?:these|this|your|any|all) (?:\w+ )?)?(?:pdfs?|invoices?|links?|attachments?"
        r"|duplicates?|drafts?|quotes?)\b| (?:the|a|an|an?other|those|old|wrong|\d+)\b)",
        rf"(?:stop|quit|cease)(?: \w+)? (?:sending|with)(?: (?:me|us))?(?: (?:the|these|this"
        rf"|those|your|all|any|more"
        rf"|such|out|so many|further|unsolicited|unwanted|endless|daily|cold))*(?: \w+)? {_MAILS}",
        r"(?:stop|quit|cease)(?: \w+)? (?:e-?mailing|mailing|contacting|messaging|spamming"
        r"|sending)(?: (?:now|please|already|asap"
        r"|immediately|thanks|thank you|it|these|this|them|at once))*(?= ?(?:[.,;!?)]|$))",
        rf"(?:stop|end|cease|discontinue|no more(?: of)?|no further|halt|suspend)(?: (?:all|any"
        rf"|the|these|this|those|your|further"
        rf"|such|of|to|unsolicited))+(?: \w+)? {_MAILS}{_NEEDED}", rf"(?:no more|no further) (?:\w+"
        rf" )?{_MAILS}{_NEEDED}",
        r"no more (?:of (?:these|this|those|your|it)|please)",
        r"(?:can|could|will|would|won'?t) you (?:please |ever |just |kindly |finally )*(?:stop"
        r"|desist)(?: it| this| that)?(?: now| please)*(?= ?(?:[.,;!?)]|$))",
        r"cease and desist", r"^\W*(?:please |kindly )?(?:cease|desist)(?= ?(?:[.,;!]|$))",
        rf"(?:do not|don'?t|never|must not|not to|not|no need to) (?:ever |please "
        rf"|kindly )?(?:e-?mail|mail|contact|write|message|text|call"
        r"|send|bother|approach|solicit|spam|pester|reach out|get in touch|include"
        r"|remind)(?: (?:to )?(?:me|us|this (?:\w+ )?\w+|here|anything|it"
        rf"|any|my \w+|our \w+|{_MAILS}|these|this|anymore))*(?: \w+){{0,4}}? (?:again|any ?more"
        rf"|ever|any further|any longer|in (?:the )?future|further)(?!\w)",
        # "You never email me" complains of silence; "I ask that you never email me" does not.
        r"(?<!(?<!that )(?<!ask )(?<!want )you )(?<!\bi )(?<!\bwe )(?<!\bthey )(?<!\bhe )"
        r"(?<!\bshe )(?<!\bpeople )(?<!\bcolleagues )(?<!\bwho )(?:do not|don'?t|never)"
        r" (?:ever |please )?(?:e-?mail|contact|write(?: to)?|message|spam"
        r"|bother|solicit|mail) (?:me|us|this address|here)(?= ?(?:[.;!?]|$))",
        rf"(?:i|we|they)(?:'d| would| do| really| absolutely)* (?:do not|don'?t|no longer|never"
        rf"|not|didn'?t) (?:\w+ )?(?:want|wish|care|like|need)(?:ed)?(?: \w+)?"
        r" (?:to )?(?:receive|receiving|get|getting|hear from|be contacted|be e-?mailed"
        r"|see)(?: (?:any|more|further|these|this|your|such|of|the|from|you|all|those))*"
        rf"(?: \w+)?(?: {_MAILS}| from you| anymore| any longer| again| you)",
        rf"(?:i|we) (?:do not|don'?t|no longer) (?:want|wish for|need) (?:any |more |your |these "
        rf"|this |further |such )+(?:\w+ )?{_MAILS}",
        r"(?:would |should |'d )?(?:rather |be grateful |prefer "
        r"|like )(?:\w+ ){0,2}?not (?:to )?hear (?:from|of|about) (?:you|this|it|your \w+)",
        *ENGLISH_BANS,
        r"(?:not|never)(?: want| wish| like)? to hear from (?:you|your \w+)(?: \w+)? (?:again"
        r"|any ?more)",
        r"lose (?:my|this|our) (?:number|address|e-?mail)", r"(?:knock|cut) it off",
        r"object to (?:the |any "
        r"|your )?(?:further )?(?:processing"
        r"|use) of (?:my|our)",
        r"(?:erasure request|right to erasure|right to be forgotten|article 17|art\.? ?17)",
        r"(?:exclude|omit) (?:me|us) (?:from|in) (?:any |all |your )?(?:future|further)",
    ),
    likely=(
        r"leave (?:me|us) (?:alone|in peace|be)(?!\w)", r"(?:reported|reporting|report|marked"
        r"|marking|flagged"
        r"|blocked)(?: \w+){0,4}? (?:as|for)"
        r" (?:a )?(?:spam|junk)", r"(?:this|it|that)(?:'s| is) (?:just |pure |plain "
        r"|nothing but )?(?:spam|junk|harassment)",
        r"(?:never|did not|didn'?t|haven'?t) (?:sign(?:ed)?|subscribe[d]?|opt(?:ed)?|ask(?:ed)?"
        r"|agree[d]?|consent(?:ed)?)"
        r" (?:up |in )?(?:for|to|in)? ?(?:this|these|your|be|any|receive)",
        r"no need to (?:follow|write|reach|contact|get|keep|call|e-?mail)(?: \w+){0,3}",
        r"(?:do not|don'?t|please don'?t|stop|quit|needn'?t|no more) (?:follow|following|chasing"
        r"|chase|keep)(?:ing)?(?:[ -]ups?| checking| me| us)?(?: (?:up|any ?more|again"
        r"|on this))*(?= ?(?:[.,;!]|$))",
        r"(?:data protection|privacy) (?:authority|commissioner|regulator|complaint)",
        r"(?:where|how) did you (?:get|find|obtain) my (?:e-?mail|address|data|details)",
        r"how (?:do|can|could) (?:i|we) (?:unsubscribe|opt out|get off|stop (?:these|this|getting"
        r"|receiving))",
        r"(?:hope|hoping|wish|appreciate it if|glad if)(?: \w+){0,3} (?:this|that|it)(?:'s| is"
        r"| was| were)? (?:the |your )?last (?:one|e-?mail|mail|message)",
        r"(?:do not|don'?t|never) sell (?:or share )?(?:my|our) (?:personal )?(?:data|info)",
        r"no callbacks", r"mute,? block", r"(?:blocked|blocking) (?:you|your)(?: \w+)?",
        r"no need to keep (?:\w+ )?(?:checking|writing|asking)",
    ),
    negation=(
        r"(?:don'?t|do not|never|not|didn'?t|did not|wouldn'?t|no need to|shouldn'?t|without"
        r"|instead of|can'?t|cannot|unable to"
        r"|wasn'?t|why (?:was|were|did|have)|did (?:you|they|someone)|who|whether|happy to"
        r"|before you|let'?s|we (?:could|should|can|might)"
        r"|(?:asked|told|asks|tells|wants?|wanted) (?:me|us|him|her|them|you) to|accidentally"
        r"|how (?:do|does|can|could|would|did) (?:your|you|our|their|the|people|users|customers)"
        r"|(?:your|our|their|the) (?:customers|clients|users|contacts|recipients|readers"
        r"|subscribers|people|prospects)|people|users|customers|i'll|i will|we'll|we will"
        r"|i can|i could|can i|can we|do i|does it|does your \w+|can your \w+|will your \w+"
        r"|able to|helps? (?:you|us|me)?|to let|when|once|so that)"
        r"(?: \w+){0,3} ?$"
    ),
    vetoes=(
        r"by (?:accident|mistake)|(?:add|put|sign) me back|re-?subscribe|accidentally"
        r"|unsubscribe (?:rate|link|button|page|request|flow|option|feature|header|list)"
        r"|(?:waiting|wait|guest|price|speaker|attendee|invite|participant|short|to-?do|wish|task"
        r"|shopping|buy) ?-?list|off the (?:thread|call|invite|hook|slot)"
        r"|duplicates?|(?:our|my|any) (?:\w+ )?data from (?:the|our|an?|another)|our own list"
        r"|your (?:tool|product|platform|software|app) (?:\w+ ){0,3}(?:unsubscribe|remove|delete)",
    ),
    conditions=r"\b(?:if|unless|otherwise|or else)\b",
    others=rf"\b(?:my|our)\b(?! (?:(?!{_STRANGERS})[\w'-]+ ){{0,2}}?{_OURSELVES})",
    reported=(
        r"(?<=\w )(?<!\bas )(?<!\balready )(?:says|said|tells|told|writes|wrote|written|replies"
        r"|replied|answers|answered|asks|asked|shouts|shouted|complains|complained|demands"
        r"|demanded)\b(?! (?:you|your)\b)|\b(?:\w{3,}s|they|people|who|some|many|colleagues)"
        r"(?: (?:\w+ly|often|just|always|then))? (?:say|tell|write|reply|answer|ask|shout|complain"
        r"|demand)\b(?! (?:you|your)\b)"
    ),
    speaker=r"\b(?:i|we|i've|we've|you)\b",
)  # fmt: skip
# English words that forbid, and what they must stand by to end mail.
BANS = words_of("not|no|neve|don|dont|does|long|didn|rath|end|need")
WAYS = words_of(
    "emai|mail|e|cont|writ|mess|text|send|both|appr|soli|reac|hear|rece|pest|news|foll|chas|more"
    "|sign|subs|corr|comm|remi|furt"
    "|call|chec|agre|aske|ask|get"
)
# What ends a ban that is none for good, or moves it to another channel; for `silence` only.
PASSING = (
    r"\b(?:until|till|before|this (?:week|month|morning|afternoon|evening)|today|tomorrow|tonight"
    r"|on (?:mon|tues|wednes|thurs|fri|satur|sun)day"
    r"|between|after \d|at (?:night|work|home|weekends)|during|over the weekend|on weekends"
    r"|next week|so (?:early|late|often)|twice|the same|yet|too (?:early|late)"
    r"|for (?:now|the (?:moment|time being)|today))\b"
)
CHANNEL = (
    r"\b(?:instead|(?:call|ring|phone|text|whatsapp|e-?mail|mail|message|try|use|reach|contact"
    r"|ping|write(?: to)?) (?:me|us|him|her|my|our|the|this|at|on|via|by|\S+@)"
    r"|by phone|over the phone|on the phone|talk (?:by|on|in)|e-?mail (?:is|works|only)"
    r"|rather (?:by|via|call|talk)|meet|come by|pick up the phone|let'?s)\b"
)
# A third party was told, not we: what stands between these and the words is their name.
TOLD_OTHERS = (
    r"\b(?:told|tell|tells|telling|asked|asks|ordered|instructed|begged|advised|made|got) "
    r"(?!(?:you|u|your (?:\w+ )?(?:team|colleagues?|company|support|sales|office|staff|people"
    r"|reps?|boss|manager))\b)(?:[\w']+ ){1,4}(?:to |that (?:they|he|she) (?:should |must )?)?$"
)
# What leaves something of a removal over, or puts it off.
LEFT_OVER = (
    r"\bbut (?:please |do |you can |you may |still )*(?:keep|continue|leave)\b"
    r"|^[ ,]*(?:\w+ ){0,3}(?:when|after|once) (?:the|our|my|your|this)\b|^ (?:\w+ ){0,2}only\b"
)
# A question that holds none of these asks about something.
REQUESTS = (
    r"\b(?:please|pls|kindly|(?:can|could|would|will|won't|may|might) (?:you|i|we|someone))\b"
)
