"""Words that turn a pointer to somebody round: not him, without him, he is gone."""

from __future__ import annotations

_REACH = (
    r"(?:contact|call|ring|phone|e-?mail|mail|message|write|ask|talk|speak|reach(?: out)?|bother"
    r"|ping"
    r"|cc|copy|loop(?: in)?|add|involve|include|approach|disturb|chase|pitch|try|use|send|forward"
    r"|get in touch|follow up|invite|harass|pester|text|waste|put)"
)
# The end of what stands right in front of somebody whom nobody should turn to.
NOT_TO: tuple[str, ...] = (
    rf"(?:don'?t|do not|never|no need to|not to|must not|should not|shouldn'?t|stop|avoid"
    rf"|refrain from"
    rf"|better not|please not|cannot|can'?t|no longer|no point in|useless to|quit)(?: (?!hesitate"
    rf"|forget)\w+)?"
    rf" {_REACH}(?:ing)?(?: (?:to|with|for|it|this|that|these|anything|mails?|e-?mails?|on|in|our"
    rf"|my|the|colleague|cc))*",
    r"(?:rather than|instead of|not|but not|as opposed to|other than|except"
    r"|without)(?: (?:to|with|via|through|our|my|the|by|asking|calling|contacting|writing"
    r"|bothering))*",
    r"(?:nicht(?: mehr)?|nie(?: wieder)?|niemals|keinesfalls|statt|anstatt|anstelle von|außer"
    r"|ohne)(?: (?:an|mit|bei|zu|direkt|bitte|den|die|der))*",
    r"ne (?:\w+ )?\w+ (?:plus|pas|jamais)(?: (?:à|avec|de|le|la))*|n'\w+ (?:plus|pas"
    r"|jamais)(?: (?:à|avec))*|(?:au lieu de|plutôt que|pas à|pas avec|et non|sans)(?: à| avec)?",
    r"no (?:me |le |se |lo )?(?:contact\w*|escrib\w*|llam\w*|habl\w*|molest\w*|envi\w*|comuni\w*"
    r"|dirij\w*)(?: (?:a|con|más|mas|al|nunca))*|(?:en vez de|en lugar de|y no)(?: (?:a|con))?",
    r"non (?:si |mi |lo )?(?:contatt\w*|scriv\w*|chiam\w*|parl\w*|disturb\w*|rivolg\w*)(?: (?:a"
    r"|con|più|ad|al))*|(?:invece di|al posto di|e non)(?: (?:a|con))?",
    r"não (?:me |se )?(?:contact\w*|contat\w*|escrev\w*|lig\w*|fal\w*|incomod\w*|envi\w*"
    r"|entre \w+ \w+)(?: (?:a|o|com|para|mais|ao))*|(?:em vez de|e não)(?: (?:a|o|com))?",
    r"geen contact(?: meer)? op(?: (?:te nemen )?met)?|(?:mail|bel|schrijf|benader|contacteer"
    r"|vraag|stuur)(?: \w+)? niet(?: (?:meer|naar|aan))*|(?:in plaats van|en niet)",
    r"(?:kontakta|kontakt|skriv|ring|mejla|maila|mail|prata|snakk|tal)(?: (?:til|till"
    r"|med))? (?:inte|ikke|aldrig|aldri)(?: (?:til|till|med|mer|mere))*|ikke (?:kontakt|skriv"
    r"|ring|snakk|tal)(?: (?:til|med))*|(?:i stället för|i stedet for|istället för)",
    r"(?:proszę )?nie (?:proszę )?(?:kontaktować się|pisać|dzwonić|kontaktuj\w*|pisz\w*"
    r"|dzwoń\w*)(?: (?:z|do|więcej|już))*|zamiast(?: (?:do|z))?",
    r"(?:älkää|älä) (?:ottako |ota )?\w*(?: \w+)?|nekontaktujte|nepište|не (?:пишите|звоните"
    r"|обращайтесь)(?: (?:к|больше))*|вместо",
)  # fmt: skip
# The end of what stands in front of somebody to be taken off a list.
REMOVE: tuple[str, ...] = (
    r"(?:remove|delete|take|drop|strike|unsubscribe|scratch|exclude|purge|erase|cross|replace|omit)"
    r"(?: (?:our|my|the|former|ex|old|colleagues?|both|also|please|contact|address|name|e-?mail"
    r"|mr|ms|mrs|of))*",
    r"(?:nehmen|streichen|löschen|entfernen|streich|lösch|entferne?|tragen)(?: sie)?(?: (?:bitte"
    r"|den|die|auch|unseren?|herrn|frau|meinen?|kollegen))*",
    r"(?:retirez|supprimez|enlevez|retirer|supprimer|désinscrivez)(?: (?:notre|mon|collègue"
    r"|monsieur|madame|m\.|mme))*",
    r"(?:elimin\w+|quit[ae]\w*|borr[ae]\w*|dad? de baja|remuev\w+|sa[cq]u?en?)(?: (?:a|al|el|mi"
    r"|nuestro))*",
    r"(?:rimuov\w+|cancell\w+|tolg\w+|elimin\w+)(?: (?:il|la|mio|nostro|collega))*",
    r"(?:remov\w+|exclu\w+|retir\w+|tir[ae]m?)(?: (?:o|a|meu|nosso|colega))*",
    r"(?:verwijder|haal|schrap)(?: (?:mijn|onze|collega))*", r"(?:ta bort|stryk|fjern|slett"
    r"|slet)(?: (?:min|vår|vores"
    r"|kollega))*",
    r"(?:usuń|usunąć|wypisz|poistakaa|vyřaďte|odhlaste|удалите|уберите)",
)  # fmt: skip
# What stands right behind somebody who is gone.
GONE: tuple[str, ...] = (
    r"(?:has |have |had |'s |just |already |recently |unfortunately |sadly |who |, who |, he "
    r"|, she )*(?:left(?! (?:it|this|that|me|us (?:the|a|it|to)|you|a|the (?:decision|matter"
    r"|details|choice)|his|her|word|to|for (?:me|us|you|lunch))\b)"
    r"|resigned|retired|quit|departed|passed away|died|moved on|moved to (?:another|a different"
    r"|a new)|is gone|was let go|was laid off|got fired|was fired)",
    r"(?:is|has|does|do|was|will|he|she|who|, who|sadly|unfortunately| )*(?:no longer"
    r"|not longer) (?:works?|working|with|at|here|employed|part|in|an?|available|the|our|been"
    r"|handles?|deals?|responsible|on|be)",
    r"(?:is|does|has|do|who|, who| )*(?:n't|not) (?:work|working|with|here|employed"
    r"|part of)(?: \w+){0,4} (?:any ?more|any longer)", r"(?:doesn'?t|does not|isn'?t"
    r"|is not) (?:work|with|employed"
    r"|here)(?: \w+){0,3} (?:any ?more"
    r"|any longer)?",
    r"(?:,? ?(?:der|die) )?(?:arbeitet|ist|war) (?:leider |schon |inzwischen )*(?:nicht mehr"
    r"|nicht länger|ausgeschieden|in rente|weg|im ruhestand)", r"hat (?:\w+ ){0,4}(?:verlassen"
    r"|gekündigt|aufgehört)",
    r"(?:ne travaille plus|n'est plus|a quitté|est parti|nous a quittés|a démissionné"
    r"|ne fait plus partie|n'y travaille plus)",
    r"(?:ya no|dejó|se fue|ha dejado|se jubiló|renunció|no trabaja (?:ya|más|aquí))",
    r"(?:non lavora più|non è più|ha lasciato|se n'è andat[oa]|si è dimess[oa]"
    r"|è andat[oa] in pensione|non fa più parte)",
    r"(?:werkt (?:hier |bij ons |er )?niet meer|is vertrokken|is weg|heeft (?:\w+ ){0,3}verlaten"
    r"|is niet (?:meer|langer))", r"(?:não trabalha mais|já não|não está mais|saiu|deixou a"
    r"|se aposentou|não faz mais parte)",
    r"(?:har (?:slutat|sluttet|stoppet|forlatt|forladt)|arbetar inte längre|jobbar inte"
    r"|er (?:stoppet|fratrådt|sluttet)|arbejder ikke længere|jobber ikke lenger)",
    r"(?:już nie pracuje|nie pracuje już|odszedł|odeszła|ei ole enää|on lähtenyt"
    r"|už (?:u nás )?nepracuje|odešel|odešla|больше не работает|уволил(?:ся|ась))",
)  # fmt: skip
# A ban that ends: the person is still one to turn to, later.
LATER = (
    r"\b(?:until|till|before|unless|vor|bis|bevor|avant|antes|hasta|até|prima|fino|voor|tot"
    r"|före|før|ennen|przed|до)\b"
)
# Addresses that no person reads: robots, list machinery, message numbers, pictures.
ROBOT = (
    r"(?:no-?_?reply|do-?_?not-?_?reply|donotreply|mailer-?daemon|mail-?daemon|daemon|postmaster"
    r"|bounces?|return|mailer"
    r"|notifications?|alerts?|unsubscribe|list-?unsubscribe|listserv|majordomo|auto-?reply|abuse"
    r"|root|nobody|devnull)(?:[+._\-=].*)?"
    r"|[\w.+\-]*\.(?:png|jpe?g|gif|bmp|svg|webp|tiff?|heic)"
    r"|(?=[\w.+\-]{24,})(?=\D*\d)[\w.+\-]*\d{4}[\w.+\-]*|[0-9a-f]{16,}[\w.+\-]*"
)
