"""Words by which one person is denied and another put in his place, and what no person is."""

from __future__ import annotations

# What denies, in front of whom it is not.
DENIALS = (
    r"(?:not|never|isn't|aren't|wasn't|don't|doesn't|won't|cannot|can't|nicht|nie|kein\w*|pas|plus"
    r"|no|non|niet|geen|não|inte|ikke|nie|ei|en|älä|älkää|ne|nejsem|není|nechtějte)"
)
# Who is denied where it is the author.
SELVES = (
    r"(?:me|myself|i|us|ich|mich|mir|moi|yo|mí|io|ik|mij|eu|mim|jag|mig|jeg|meg|ja|mnie|minä|minua"
    r"|já|mě)"
)
# What stands between who is denied and who is meant.
BUTS: tuple[str, ...] = (
    "but", "sondern", "mais", "sino", "ma", "bensì", "maar", "mas", "sim", "utan", "men", "ale",
    "lecz", "vaan", "nýbrž",
)  # fmt: skip
# What may stand right before who is meant.
LEADS = (
    r"(?:rather|instead|to|with|at|ask|contact|call|write|try|email|our|my|the|please|an|bei|mit|zu"
    r"|unsere|unseren|meine|meinen|kollegin|kollegen|à|avec|notre|ma|mon|a|al|con|la|el"
    r"|el|nuestr[oa]|il|lo|nostr[oa]|met|aan|naar|bij|onze|mijn|o|ao|com|nosso|nossa|med|till|til"
    r"|vår|min|do|z|na)"
)
# What is refused where a person is denied: without one of these a firm may be meant.
REACHES = (
    r"(?:contact|ask|talk|speak|write|call|reach|e-?mail|turn|send|kontaktier|wende|sprech|frag"
    r"|schreib|melde|contact|parle|écri|adress|demand|habl|escrib|preg|contatt|scriv|chied|neem"
    r"|mail|bel|spreek|vraag|fal|escrev|kontakt|skriv|ring|prata|snakk|tal|pisz|dzwo)\w*"
)
# What people do: behind who is meant.
DOES = (
    r"(?:who|qui|quien|che|die|der|som|handles?|decides?|does|runs?|should|will|is|knows"
    r"|entscheidet|macht|ist|kümmert|décide|gère|decide|se encarga|gestiona|si occupa|beslist"
    r"|regelt|bestämmer|sköter|bestemmer|decyduje)"
)
# Whose matter it is: what a person is denied before another one "is".
COMPETENCE = (
    r"(?:(?:right|correct|best|proper|appropriate) (?:person|contact|one|guy|man|woman)|responsible"
    r"|in charge|decision[- ]?maker|handle|deal with|decide|buy|the one"
    r"|my (?:area|job|call|decision|department|responsibility|field|thing)"
    r"|richtige\w* (?:ansprechpartner\w*|person|adresse|kontakt)|zuständig|verantwortlich"
    r"|ansprechpartner\w*|bonne personne|bon (?:contact|interlocuteur)|responsable|en charge"
    r"|persona (?:adecuada|correcta|indicada)|encargad[oa]|persona giusta|responsabile"
    r"|juiste persoon|verantwoordelijk|pessoa (?:certa|indicada)|responsável|rätt person|ansvarig"
    r"|rette person|riktig person|ansvarlig|właściw\w+ osob\w+|odpowiedzialn\w+|oikea henkilö"
    r"|vastuussa|správn\w+ osob\w+|(?<=not )me|(?<=nicht )ich|(?<=pas )moi|(?<=no soy )yo"
    r"|(?<=sono )io|(?<=niet )ik|(?<=inte )jag|(?<=ikke )(?:jeg|meg|mig))"
)
# "That is" before a name.
THAT_IS = (
    r"(?:it's|it is|that's|thats|that is|that would be|das ist|das wäre|das macht|c'est|ce serait"
    r"|es|sería|è|sarebbe|dat is|é|seria|det är|det er|to|se on|je to)(?: (?:a|o|la|die|der|mon|ma"
    r"|my|our))?"
)
# "Is" behind a name, with which the sentence ends.
IS_IT = (
    r"(?:is|does|has|would|can|will|handles (?:it|that|this)|ist es|macht das|ist zuständig|l'est"
    r"|lo es|lo è|wel|är det|er det)(?: (?:here|now|though|instead|it|that))?"
)
# The last words of what stands behind a name above.
ENDINGS = frozenset(
    "is|does|has|would|can|will|it|that|this|here|now|though|instead|es|das|zuständig|l'est|è|wel"  # noqa: SIM905
    "|det".split("|")
)
# How a firm's name ends.
LEGAL_FORMS = frozenset(
    "corp|corporation|inc|incorporated|ltd|limited|llc|llp|plc|gmbh|ag|kg|ohg|ug|mbh|sarl|sas|sa"  # noqa: SIM905
    "|spa|srl|bv|nv|ab|oy|oyj|aps|a/s|pty|pte|kft|sro|co|company|holding|holdings".split("|")
)
# Machines and sites that one may ask, in small letters.
NO_PERSONS = frozenset(
    "chatgpt|gpt|openai|chatbot|gemini|copilot|perplexity|deepseek|siri|cortana|bing|bard|grok"  # noqa: SIM905
    "|wikipedia|youtube|facebook|instagram|twitter|tiktok|reddit|quora|trustpilot|yahoo|amazon"
    "|ebay|calendly|docusign|zendesk|jira|github|gitlab|notion|confluence|sharepoint|dropbox"
    "|duckduckgo|stackoverflow|skype|webex|discord|signal".split("|")
)
# Somebody else's office: what joins it to a person named before ("or her assistant").
ANOTHER = (
    r"(?:\b(?:or|oder|ou|o|of|eller|lub|tai|nebo)(?: (?:else|to|with|an|mit|bei|à|avec|a|con|med"
    r"|till?))*(?: (?:her|his|their|my|our|the|an?|ihr\w*|sein\w*|mein\w*|unser\w*|de[rn]|die"
    r"|son|sa|ses|mon|ma|notre|le|la|su|mi|nuestr[oa]|el|il suo|la sua|il|haar|zijn|mijn|onze|de"
    r"|sua|seu|hans|hennes|hendes|sin|sitt|min|mitt|vår))?"
    r"|\b(?:and|plus|und|et|y|e|en|och|og|i|ja|a)(?: to| with)?(?: (?:her|his|their|my|ihr\w*"
    r"|sein\w*|mein\w*|son|sa|mon|ma|su|mi|haar|zijn|mijn|hans|hennes|hendes|min))) $"
)
