"""Words that point to somebody else, and words for what that somebody does."""

from __future__ import annotations

# A name or an office stands behind these.
POINTS_TO: tuple[str, ...] = (
    r"(?:talk|speak|write|turn|go|reply|report)(?:ing)? (?:to|with)", r"contact(?:ing)?(?: our"
    r"| my)?",
    r"reach(?: out)?(?: directly)? to",
    r"reach(?: out)?", r"get in touch with", r"be in touch with", r"get hold of", r"get a hold of",
    r"ask(?: for)?", r"e-?mail(?:ing)?",
    r"call", r"ring", r"phone", r"message", r"ping", r"try", r"hit up", r"cc'?(?:ing|ed|d)?:?",
    r"copying(?: in)?", r"copied(?: in)?",
    r"adding(?: in)?", r"added", r"loop(?:ing|ed)?(?: in)?", r"bringing in",
    r"introduce(?: you to)?", r"introducing", r"meet",
    r"connect(?:ing)?(?: you)?(?: with| to)", r"follow up with", r"check(?:ing)? with",
    r"(?:goes?|is|went|go|run) (?:through|past|via|by|to)",
    r"(?:replaced|taken over|handled|managed|run|decided|done|owned|led|covered|bought|made"
    r"|looked after|overseen|dealt with) by",
    r"(?:is|are|sits|lies|rests|was|now) (?:all )?(?:now )?with",
    r"handed (?:it |this |that |everything )?(?:over |on )?to",
    r"(?:gave|given|giving) (?:it |this |that |your \w+ )?to",
    r"(?:refer|direct|point|send|forward|pass|address|route|put|push|shoot)(?:ed|ing|t)?"
    r"(?: (?:you|it|this|that|them|these|your (?:e-?mail|message|info|note|details|mail"
    r"|request)|the (?:e-?mail|info|details)|all \w+|any \w+"
    r"|questions?))?(?: (?:on|over|along|through|directly|instead))? to",
    r"(?:sent|fwd|forwarded|passed|given|transferred|assigned) (?:it |this |your \w+ )?(?:on "
    r"|over )?to",
    r"(?:passed|popped|forwarded|endorsed|fwd'?e?d|shared|sending|forwarding|passing) (?:it"
    r"|this|that|your \w+)?"
    r"(?: (?:on|over|along|already))* ?(?:to|with)",
    r"(?:the )?(?:best|right|correct|proper) (?:person|contact|one|place)(?: to \w+(?: to|"
    r" with)?)?"
    r"(?: (?:here|for \w+(?: \w+)?))? ?(?:is|would be|'s|will be)",
    r"(?:my|the|his|her|our) (?:replacement|successor|colleague|contact)(?: is|,)?",
    r"you(?:'d| would|'ll| will|'re)? (?:want|need|looking for|after)(?: to (?:see|talk to"
    r"|speak (?:to|with)|contact))?",
    r"(?:that|it)(?: would|'d| will|'ll) be", r"name(?: is|'s)",
    r"(?:please work|co-?ordinate|liaise|set (?:it|this|something) up|arrange (?:it|this)) with",
    r"over to", r"pitch", r"approach", r"handed (?:your \w+|it|this) (?:over )?to",
    r"(?:falls|comes) (?:under|to|within)", r"belongs to", r"up to", r"point of contact(?: is|:)?",
    r"who (?:handles|runs|does) \w+ is",
    r"sondern (?:an|mit|bei)", r"mais (?:à|avec)", r"sino (?:a|con)",
    r"wenden sie sich (?:bitte )?(?:direkt )?an", r"sprechen sie (?:bitte )?mit",
    r"kontaktieren sie(?: bitte)?", r"fragen sie(?: bitte)?", r"demandez à", r"pregunt[ae]n? a",
    r"chied[ae](?:te)? a", r"vraag (?:het|aan)(?: aan)?", r"pergunte (?:a|ao|à)",
    r"ansprechpartner(?:in)?"
    r"(?: (?:ist|wäre|dafür ist|hierfür ist))?:?", r"zuständig(?: dafür| hierfür)? ist",
    r"melden sie sich (?:bitte )?bei", r"weitergeleitet an",
    r"leite (?:es |das |ihre \w+ )?(?:\w+ )?weiter an", r"schreiben sie(?: bitte)?(?: an)?",
    r"contactez", r"contacter", r"adressez-vous à",
    r"voyez(?: cela| ça)? avec", r"voir avec", r"transmis à", r"transféré à", r"parlez à",
    r"contacte (?:a|con)", r"contactar (?:a|con)",
    r"hable con", r"habla con", r"póngase en contacto con", r"diríjase a", r"escriba a",
    r"reenviado a", r"contatt(?:i|are|ate)",
    r"si rivolga a", r"parli con", r"scriva a", r"inoltrato a",
    r"neem(?:t u)? (?:aub )?contact op met", r"contact opnemen met", r"spreek met",
    r"doorgestuurd (?:aan|naar)", r"fale com", r"contacte(?: o| a)?", r"entre em contato com",
    r"encaminhei (?:para|a)", r"kontakta", r"kontakt",
    r"prata med", r"vidarebefordrat till", r"snakk med", r"tal med", r"skontaktuj się z",
    r"proszę (?:o kontakt z|pisać do)", r"ota yhteyttä",
)  # fmt: skip
# A name stands in front of these.
NAMED_DOES: tuple[str, ...] = (
    r"handles?", r"runs?", r"does", r"decides?", r"looks? after", r"deals? with", r"manages?",
    r"takes? care", r"took over", r"takes? (?:it |this |that )?(?:on|over)\b", r"owns?",
    r"took (?:it|this|that|everything) on", r"(?:is|'s) (?:picking up|taking (?:on|over|this|it))",
    r"(?:has been|was) appointed", r"will (?:sort|arrange|organi[sz]e|be)", r"is acting",
    r"leads?", r"heads?", r"buys?", r"covers?", r"oversees?", r"keeps?", r"picks?", r"replaces?",
    r"replaced (?:me|him|her)", r"will be the (?:one|person)",
    r"(?:is|'s|’s|was) (?:now )?(?:the|our|my|your|in charge|responsible|who|handling|running"
    r"|covering|looking after|dealing with|taking over)",
    r"(?:would|will|'ll) (?:be (?:the|your|able)|know|help|take|handle|answer|get back|reach"
    r" out|write|be in touch|contact|follow up)",
    r"has (?:taken over|the|my|our)",
    r"(?:does|makes|signs|approves|purchases|chooses|books|orders|holds|knows)\b", r"can help",
    r"might know",
    r"may be able", r"ist (?:zuständig|verantwortlich|die|der|unser|unsere)", r"kümmert sich",
    r"s'occupe", r"est (?:responsable|en charge)",
    r"se encarga", r"es (?:el|la) (?:responsable|encargad)", r"si occupa", r"gaat (?:over|hier)",
    r"é (?:o|a) responsável", r"ansvarar",
)  # fmt: skip
HANDED_OVER: tuple[str, ...] = (
    r"\b(?:forwarded|forwarding|fwd'?e?d|passed (?:it|this|that|your|on|along)|passing (?:it"
    r"|this|that|your|on)|cc'?(?:ing|ed|d)\b|copied|copying"
    r"|looping|looped|adding|added|handed (?:it|this|that|over)|gave (?:it|this|that)|given"
    r" (?:it|this|that)|sent (?:it|this|that|your \w+)"
    r"(?: on| over)? to|popped this|endorsed|shared (?:it|this|your)|introduc(?:e|ing)|bringing"
    r" in|connecting you|marking this|take it from here"
    r"|i(?:'ll| will| have|'ve)? (?:pass|forward|forwarded|share|hand) (?:it|this|that|your)"
    r"|weitergeleitet|leite .{0,30}weiter|in cc|en copie|transmis|transféré|transfère|en copia"
    r"|reenviado|reenvío|inoltrato|inoltro|in copia"
    r"|doorgestuurd|stuur .{0,20}door|encaminhei|encaminhado|em cópia|vidarebefordra\w*"
    r"|videresend\w*|przekaza\w+|przesła\w+)|^\+ ?[A-Z]|^\+\w",
)  # fmt: skip
# A redirect that may well name nobody: these words alone make a Referral without fields.
VAGUE: tuple[str, ...] = (
    r"\b(?:talk|speak|reach out|write|go|reach)(?:ing)? (?:to|with) (?:someone|somebody|one of"
    r"|another"
    r"|the (?:right|relevant|appropriate|correct|responsible)"
    r"|a different|my (?:colleague|boss|manager|team|assistant)|our \w+|whoever)",
    r"\b(?:contact|ask|try|e-?mail|call) (?:someone|somebody|another"
    r"|the (?:right|relevant|appropriate|responsible)|a different|my (?:colleague|boss|manager"
    r"|team|assistant|successor)|our \w+|one of)",
    r"\b(?:forwarded|passed|forwarding|passing|forward|pass|sent|share|shared|sending|send)"
    r" (?:it|this|that|your (?:e-?mail|message|info\w*|note"
    r"|details|mail))(?: (?:on|over|along))* ?(?:to|with) (?:the|my|our|someone|a|them|him|her"
    r"|whoever)\b", r"\bforwarded (?:it|this)\b",
    r"\b(?:passed|forwarded|handed) (?:it|this|that) (?:on|along|over)\b",
    r"\b(?:someone|somebody) else (?:handles|deals|does|runs|looks|is|in)",
    r"\b(?:another|a different) (?:person|department|team|colleague) (?:handles|deals|does|runs"
    r"|looks|is|who)",
    r"\bwill (?:pass|forward) (?:it|this|that|your \w+) (?:on|along|to)\b",
    r"\bmy (?:colleague|replacement|successor) (?:will|handles|is|deals)",
)  # fmt: skip
ROLES: tuple[str, ...] = (
    r"(?:chief [a-z]+(?: [a-z]+)? officer)", r"\bC[A-Z]{1,2}O\b", r"\bCISO\b",
    r"\b[SE]?VP(?: (?:of )?[A-Z][\w&]+(?: [A-Z&][\w]*)?)?",
    r"(?:vice president|head|director|manager|chief|chair|secretary|dean|lead) (?:of|for)"
    r" (?:the )?[A-Za-z][\w&]+(?:(?: and| &)? (?-i:[A-Z])[\w&]+){0,2}",
    r"(?<![\w'])(?:(?!our\b|my\b|the\b|is\b|to\b|with\b|and\b|a\b|an\b|contact\b"
    r"|ask\b|or\b|her\b|his\b|their\b|your\b|not\b|but\b|as\b|oder\b|ihr|sein|ou\b|son\b|su\b"
    r"|notre\b|mon\b|unser|mein)[A-Za-z][\w&'-]{1,16} ){0,2}(?:managing director|vice president"
    r"|director|manager|lead|supervisor|coordinator|officer|engineer|architect|buyer"
    r"|administrator|admin|assistante?|assistent(?:in|e)?|asistente|controller|accountant"
    r"|treasurer|bookkeeper|specialist|analyst|executive|secretary|president|principal|partner"
    r"|founder|cofounder|co-founder|owner|broker"
    r"|consultant|clerk|receptionist|foreman|registrar|headteacher|scheduler|planner"
    r"|responsable|leiter(?:in)?|geschäftsführer(?:in)?"
    r"|direct(?:eur|rice|or|ora)|gerente|encargad[oa]|teamlead|team lead|recruiter|head chef"
    r"|chef)\b",
)  # fmt: skip
# How the word begins without which nothing above can match.
ROLE_NOUNS: tuple[str, ...] = (
    r"\b(?:chief|head|director|manag|chair|secretar|dean|lead|vice president|supervisor"
    r"|coordinator|officer|engineer|architect|buyer|admin|assistant|assistent|asistente|controller"
    r"|accountant|treasurer|bookkeeper|specialist|analyst|executive|president|principal|partner"
    r"|founder|cofounder|co-founder|owner|broker|consultant|clerk|receptionist|foreman|registrar"
    r"|headteacher|scheduler|planner|responsable|leiter|geschäftsführer|direct|gerente|encargad"
    r"|team|recruiter|chef|c[a-z]{1,2}o\b|ciso\b|[se]?vp\b)",
)
TEAMS: tuple[str, ...] = (
    r"(?<!\w)(?:(?!our\b|my\b|the\b|to\b|with\b|by\b|your\b|a\b|an\b|in\b|from\b|contact\b"
    r"|ask\b|of\b"
    r"|for\b|other\b|whole\b|this\b|that\b)"
    r"[A-Za-z][\w&'-]{1,18} (?:and |& )?){1,3}(?:team|department|dept|desk|office|group"
    r"|division|unit|committee|board|centre|center)\b",
    r"\b(?:procurement|purchasing|marketing|sales|finance|accounting|accounts payable|accounts"
    r"|legal|compliance|operations|logistics|payroll"
    r"|facilities|engineering|(?-i:IT|HR)|human resources|people ops|customer (?:success"
    r"|service|support)|support|security|infosec|communications|comms"
    r"|head office|headquarters|(?-i:HQ)|partnerships|(?<=in )ops|(?<=from )ops"
    r"|business development|central purchasing"
    r"|category management|einkauf|marketingabteilung"
    r"|vertrieb|buchhaltung|personalabteilung|achats|service achats|compras|acquisti|ufficio"
    r" acquisti|inkoop|inköp|vendor portal|supplier portal)\b",
)  # fmt: skip
TEAM_NOUNS: tuple[str, ...] = (
    r"\b(?:team|department|dept|desk|office|group|division|unit|committee|board|cent|procurement"
    r"|purchasing|marketing|sales|financ|account|legal|compliance|operations|logistics|payroll"
    r"|facilities|engineering|it\b|hr\b|human|people|customer|support|security|infosec|comm|head"
    r"|hq\b|partnerships|ops\b|business|category|einkauf|vertrieb|buchhaltung|personalabteilung"
    r"|achats|service|compras|acquisti|ufficio|inkoop|inköp|vendor|supplier)",
)
TITLES = (
    r"(?:Mr|Mrs|Ms|Miss|Dr|Prof|Herrn?|Frau|Monsieur|Madame|Mme|Sra?|Dra|Señora?|Sig\.ra|Sig|Dott"
    r"|Ing|Capt|Engr|Sir|Dame|Fr|Rev|Deacon)\.?"
)
# The first four letters of words of which every role has one, and every team.
ROLE_STEMS: frozenset[str] = frozenset(
    """ceo cto cfo coo cmo cio cro cpo ciso cso cdo cao cbo cgo cho cno cvo cxo chro cpto svp evp
vp vice pres head dire mana chie chai secr dean lead supe coor offi engi arch buye admi assi cont
acco trea book spec anal exec prin part foun cofo co owne brok cons cler rece fore regi sche plan
resp leit gesc gere enca team recr chef
asis hea quar""".split()  # noqa: SIM905
)
TEAM_STEMS: frozenset[str] = frozenset(
    """team depa dept desk offi grou divi unit comm boar cent proc purc mark sale fina acco lega
comp oper logi payr faci engi hr huma peop cust supp secu info head hq part ops busi cate eink vert
buch pers serv acha acqu uffi inko inkö vend
asis hea quar""".split()  # noqa: SIM905
)
# Relatives and their like, as titles before a name ("my sister Ann").
KIN: frozenset[str] = frozenset(
    "wife|husband|son|daughter|sister|brother|nephew|niece|mother|father|dad|mum|mom|uncle|aunt"  # noqa: SIM905
    "|cousin|friend|mate|neighbour|ea|pa".split("|")
)
NOT_NAMES: frozenset[str] = frozenset(
    """i|we|you|he|she|it|they|the|this|that|these|those|a|an|my|our|your|his|her|their|please|thanks|thank|hi|hello|dear|hey|best|regards|kind
monday|tuesday|wednesday|thursday|friday|saturday|sunday|january|february|march|april|may|june
july|august|september|october|november|december
jan|feb|mar|apr|jun|jul|aug|sep|sept|oct|nov|dec|mon|tue|wed|thu|fri|sat|sun|linkedin|zoom|teams
slack|google|whatsapp|telegram|outlook|excel
salesforce|hubspot|sap|oracle|microsoft|aws|q1|q2|q3|q4|ceo|cto|cfo|coo|cmo|cio|ciso|cro|cpo|vp
svp|evp|hr|it|head|director|manager|chief
procurement|purchasing|marketing|sales|finance|accounting|legal|compliance|operations|logistics
payroll|facilities|engineering|support|security
team|department|office|desk|group|yes|no|not|ok|okay|sorry|unfortunately|what|when|where|who|how
why|if|as|at|in|on|for|to|from|by|with|and|but
or|so|just|maybe|also|there|here|then|now|next|anything|everything|nothing|all|any|some|someone
nobody|everyone|mrs|mr|ms|dr|german|english
french|spanish|european|american|british|sie|ihnen|ich|wir|bitte|vous|nous|je|usted|ustedes|lei|u
ons|me|us|him|them|good|great|could|can|would
will|do|does|is|are|was|have|has|had|let|send|call|email|ask|try|contact|only|even|still|happy
christmas|easter|internet|web|ps|re|fyi|ooo|asap
accounts|purchase|vendor|supplier|central|corporate|global|regional|human|resources|customer
service|information|technology|business|board
committee|council|head-office|hq|management|admin|reception|switchboard|connect|another|one|two
demo|product|api|crm|erp|dm|dms|uk|us|usa|eu
export|mobile|whatsapp|zalo|order|case|number|cell|tel|take|services|health|insurance|sourcing|document|control
|qualification|acquisition|talent|test|architect|risk|ethics|dispatch|despatch|enrollment|digital|manufacturing
|by-law|revops|finops|devops|secops|invoice|ref|reference|ticket|po|room|building|floor|unit|dean
|look|perhaps|remove|every|whoever|nor|about|quick|which|sir|madam|mister|wife|gate|each
both|such|since|after|before
because|while|until|once|first|second|last|further|copying|adding|looping|cc|fwd|forwarded
controller|clerk|housekeeper|treasurer
secretary|buyer|cpa|partner|treasury|projects|president|principal|vice|executive|senior|deputy
assistant|officer|supply|chain|civic
centre|center|architecture|review|student|life|demand|gen|enablement|cluster|town|county|city
state|scheme|pension|portuguese|american
thing|things|people|folks|guys|nope|yeah|yep|yes|well|right|look|listen|honestly|actually
basically|frankly|either|neither|instead|lol
ours|mine|yours|hers|his|theirs|re|regarding|attn|attention|kindly|speak|talk|write|reach|email
emailed|message|ring|phone|mail|see|find
|import|fleet|freight|training|recruitment|maintenance|equipment|enterprise|general|affairs|quality|medical|clinical
|dial-in|dial|pin|meeting|conference|passcode|call-in
|development|estates|letters|coding|records|studies|solutions|notice|recipient""".replace(
        "\n", "|"
    ).split("|")
)  # fmt: skip
