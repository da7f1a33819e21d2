"""How people ask to be asked later: wishes, talks put off, waits, and what looks like them."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.mail.languages import movers, periods
from gateway.mail.languages.periods import Words, words_of


@dataclass(frozen=True)
class Cues:
    """One language's words around a date to come back; patterns over small letters.

    `wish` asks us to write again, `talk` puts off what both would do, `wait` says that nothing
    happens before or until a time, `maybe` stands right before one, `better` calls a time better.
    `promise` is the author's own move, `others` somebody else's, and `refusal` before a wish turns
    it round; `then` means a time named earlier. `once` opens a clause that tells a time; `common`
    words tell the language.
    """

    words: Words
    wish: tuple[str, ...]
    talk: tuple[str, ...]
    wait: tuple[str, ...]
    maybe: tuple[str, ...]
    better: tuple[str, ...]
    promise: tuple[str, ...]
    others: tuple[str, ...]
    refusal: tuple[str, ...]
    then: tuple[str, ...]
    once: tuple[str, ...]
    common: frozenset[str]


_ME = r"(?:me|us)"
_REACH_OTHERS = (
    r"(?:ping|try|call|ring|phone|e-?mail|mail|message|text|contact|ask|write to|speak to"
    r"|speak with|talk to|talk with|check with|connect with)"
)
_NUDGE = r"(?:call(?: back)?|callback|follow(?: |-)?up|reminder|nudge|ping|check-in)"
_SO_LONG = (
    r"(?:\d{1,3}(?:[.,]5)?|an?|one|two|three|four|five|six|seven|eight|nine|ten|twelve|another|several"
    r"|some)"
    r"(?: ?(?:-|–|to|or) ?\w+)?(?: and a half)?(?: \w+){0,2}?"
    r" (?:days|day|weeks|week|wks|months|month|quarters|quarter|fortnight|years|year)\b"
)
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
        r"pick (?:(?:it|this|that|things|the conversation|the thread) )?(?:back )?up(?: again)?"
        r"(?! (?:my|our|his|her)\b)",
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
        r"|trying again|touching base|reconnecting|revisiting|coming back|checking in"
        rf"|(?:dropping|giving|sending|shooting) {_ME} an?(?: \w+)?|(?:calling|ringing|pinging"
        rf"|e-?mailing|contacting|nudging|reminding|writing to) {_ME})",
        r"(?:i|we)(?:'d| would)? (?:really )?(?:appreciate|welcome|like|love|prefer|expect) (?:a"
        r"|another|your) (?:\w+ )?(?:call(?: back)?|callback|follow(?: |-)?up|reminder|nudge|ping)",
        rf"(?:i|we) could (?:really )?(?:use|do with) an?(?: \w+)? {_NUDGE}",
        rf"an?(?:other)?(?: \w+)? {_NUDGE}(?= (?:[\w-]+ ){{1,6}}would (?:be|help|suit|work))",
        # "Contact our CFO in May" is our move as well, where it is asked of us (`ASKED_OF_US`).
        rf"(?P<other>{_REACH_OTHERS} (?:him|her|them|(?:our|my) [\w-]+|(?:mr|mrs|ms|dr)\.? \w+))",
        rf"(?:give (?:it|us|me|this|that|things)|wait|hold off|hold on|hold fire|sit tight"
        rf"|leave (?:it|this|that|us))(?: (?:for|about|around|at least|say|maybe|like))*"
        rf"(?= {_SO_LONG})(?! \w+ \w+ ?'? ?notice)",
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
        r"(?:(?:happy|glad|willing|open|ready|free|keen|prepared|able) (?:to|for)|rather|better"
        r"|best|easier|(?:like|love|prefer|want|aim|plan|need) to) (?:to |for )?(?:\w+ )?(?:talk"
        r"|speak|discuss|meet|chat|have"
        r"|take|look|a chat|a talk|a call|another \w+|a \w+|discussing|talking|see|consider|hear"
        r"|explore|evaluate|wait|start|do (?:it|this))",
        r"worth another (?:\w+ )?(?:chat|call|talk|look|conversation|discussion|try)",
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
        r"|thanks for|thank you for|sorry to|(?<!that's )(?<!that is )when you|since you|after"
        r" you|if i|if we|when i"
        r"|when we)"
        r"(?: \w+){0,3}$", r"\b(?:i|we)(?: always| usually| often| normally| only)*$",
    ),
    others=movers.ENGLISH,
    refusal=(
        r"\b(?:don't|dont|do not|never|no need to|not|needn't|need not|stop|no point|won't|can't"
        r"|cannot|no use|unnecessary to|refrain from|nobody should|shouldn't|should not|without"
        r" having to)"
        r"(?: (?!hesitate|forget)\w+){0,2}$",
    ),
    then=(
        r"(?:then|that (?:day|week|month|quarter)|at that (?:time|point|stage)|around (?:then"
        r"|that time)|when (?:that|it)"
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
        "|let|would|could|try|ping|up|ll|ve|follow|call|get|touch|reach|happy|of|from|was|has|had"
        "|don|just|any|there|they|what|when|appreciate|down|off"),
)  # fmt: skip
