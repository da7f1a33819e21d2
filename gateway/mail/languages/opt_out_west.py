"""How people end all mail in German, French, Spanish, Italian, Dutch and Portuguese."""

from __future__ import annotations

from gateway.mail.languages.opt_out import OptOutWords
from gateway.mail.languages.periods import words_of

GERMAN = OptOutWords(
    common=words_of("der|die|das|den|dem|und|nicht|ich|wir|sie|bitte|ist|mich|uns|mir|auf|mit"
        "|noch|kein|keine|wieder|für|es|zu|sich|unser|unsere|meine|aus|ihrem|ihrer"
        "|von|ihnen|mehr|danke|weitere|weiteren|wie|haben|werden|abmelden|löschen"
        "|möchte|verteiler"),
    stems=words_of("nehm|nimm|stre|lösc|entf|trag|meld|aust|abme|abge|gest|gelö|geno|raus|abbe"
        "|künd|kein|schr|kont|schi|send|rufe|mail|belä|hör|höre|hört|unte|stop|been"
        "|ange|ansc|anzu|wide|lass|spam|wohe"),
    removal=(
        r"(?:nehmen|streichen|löschen|entfernen|tragen|nimm|streich|streiche|lösch|lösche"
        r"|entferne?|trag|nehmt|löscht|streicht|melden|melde)(?: sie)?(?: bitte)? (?:mich|uns"
        r"|meine \S+|unsere \S+|diese \S+)(?: \S+){0,4}? (?:aus|von"
        r"|vom)(?: \S+){1,3}? (?:verteiler|verteilern|verteilerliste|liste|listen|mailingliste"
        r"|newsletter|datenbank|adressbestand|adressliste|crm|system|datei|kartei)",
        r"aus (?:ihrem|dem|ihrer|der|eurem|eurer|deinem|ihren|diesem"
        r"|dieser) (?:\S+ )?(?:verteiler|verteilern|liste|listen|mailingliste|newsletter"
        r"|datenbank|crm)(?: \S+){0,3}? (?:nehmen|streichen|löschen|entfernen|austragen|raus"
        r"|gestrichen|gelöscht|genommen|entfernt)",
        r"(?:lösch\w+|entfern\w+|streich\w+)(?: sie)?(?: \S+){0,2}? (?:meine|unsere|alle meine"
        r"|all meine) (?:\S+ )?(?:daten|adresse|adressen|e-?mail\S*|mailadresse|kontaktdaten)",
        r"(?:meine|unsere) (?:\S+ )?(?:daten|adresse|e-?mail\S*|mailadresse"
        r"|kontaktdaten)(?: \S+){0,4}? (?:zu löschen|löschen|entfernen|streichen|gelöscht)",
        r"(?:möchte|möchten|will|wollen)(?: \S+){0,5}? (?:abgemeldet|ausgetragen|gestrichen"
        r"|gelöscht) werden", r"(?:möchte|will) mich(?: \S+){0,5}? (?:abmelden|austragen)",
        r"(?:melden|tragen|melde|trag) (?:sie )?(?:mich|uns)(?: bitte)?(?: \S+){0,4}? (?:ab"
        r"|aus)(?= ?(?:[.,;!]|$))", r"newsletter (?:bitte )?(?:abbestellen|abmelden|kündigen)",
    ),
    silence=(
        r"(?:keine|keinerlei) (?:weiteren |weitere |solchen |mehr )?(?:e-?mails?|mails?"
        r"|nachrichten|werbung|newsletter|werbemails|zuschriften|kontaktaufnahmen?"
        r"|angebote)(?: \S+){0,5}? (?:mehr|erhalten|bekommen|senden|schicken|wünsch\w+|erwünscht"
        r"|zuschicken|zusenden)",
        r"keine (?:weiteren|weitere) (?:e-?mails?|mails?|nachrichten|werbung|newsletter"
        r"|kontaktaufnahme)",
        r"(?:schreiben|kontaktieren|schicken|senden|rufen|mailen|belästigen|schreib|kontaktiere"
        r"|schick)(?: sie)?(?: bitte)? (?:mir|mich|uns)(?: \S+){0,5}? (?:nicht mehr|nie wieder"
        r"|nie mehr|nichts mehr|mehr)(?! (?:infos?|informationen|details|über))",
        r"hören sie (?:bitte |endlich )?auf,? (?:mir|mich|uns)", r"hör(?:t)? auf,? (?:mir|mich"
        r"|uns)",
        r"(?:unterlassen|stoppen|beenden) sie (?:\S+ ){0,4}?(?:zusendung|werbung|mails|e-mails"
        r"|kontaktaufnahme|nachrichten|kontaktversuche)",
        r"(?:nicht mehr|nie wieder)(?: von ihnen)? (?:kontaktiert|angeschrieben|kontaktieren"
        r"|anschreiben|anzuschreiben|zu kontaktieren|belästigt)",
        r"widerspreche(?: ich)?(?: hiermit)? (?:der|jeder|jeglicher"
        r"|einer) (?:\S+ ){0,3}?(?:verarbeitung|nutzung|werbung|zusendung|kontaktaufnahme)"
        r"(?! (?:unsere[sr]|ihre[sr]|eure[sr]|de[sr]) (?!\S*(?:daten|adresse|mail|kontakt)))",
    ),
    likely=(r"lassen sie (?:mich|uns) in ruhe", r"(?:ist|als) spam", r"woher haben sie meine"),
    negation=(r"\b(?:nicht|nie|kein\w*|ohne|warum|wieso|ob|wenn)\b"
        r"|\bwie\b(?! (?:ich|wir|gesagt|schon|bereits|geschrieben)\b)"),
    vetoes=(r"wie (?:melden|können|kann) (?:sich )?(?:ihre|unsere|die) |kunden|bis (?:montag"
        r"|dienstag|mittwoch|donnerstag|freitag)|diese woche|anrufen|warteliste|zum thema"
        r"|auf(?:nehmen|zunehmen|genommen)",),
    conditions=r"\b(?:falls|wenn|sonst)\b",
    others=(r"\b(?:unser|mein)\w* (?:\w+ )?(?:kund|klient|mandant|partner|liefer|wettbewerb"
        r"|konkurr|presse|investor|mitglied|patient|händler)"),
    reported=(r"\b(?:sagt|sagte|sagten|sagen|schreibt|schreiben|schrieb|schrieben|meint"
        r"|meinte|meinen|bittet|bitten|bat|baten|ruft|rufen|antwortet|antworten"
        r"|antwortete|antworteten|verlangt|verlangen|geschrieben|gesagt|gebeten"
        r"|heißt es|hieß es|steht)\b"),
    speaker=r"\b(?:ich|wir)\b",
)  # fmt: skip
FRENCH = OptOutWords(
    common=words_of("le|la|les|nous|vous|je|moi|pas|ne|et|est|pour|votre|vos|notre|mon|ma|mes"
        "|avec|un|une|ce|merci|de|des|plus|que|en|svp|bonjour|être|souhaite|liste"
        "|comment|n|m|s|veuillez|écrivez|retirez|supprimez"),
    stems=words_of("reti|supp|enle|enlè|effa|raye|radi|ôtez|dési|désa|écri|cont|envo|soll|rela"
        "|appe|déra|déma|arrê|cess|stop|souh|voud|veux|voul|plus|lais|spam"),
    removal=(
        r"(?:retirez|retirer|supprimez|supprimer|enlevez|enlever|effacez|rayez|radiez|ôtez"
        r"|désinscrivez|désabonnez|désinscrire|désabonner|retire|supprime|enlève)(?:[ -](?:moi"
        r"|nous)| (?:mon|notre|mes|nos|cette) \S+)(?: \S+){0,3}? (?:de|des) (?:votre|vos|la|cette"
        r"|toutes vos|ta) (?:\S+ )?(?:liste|listes|base|bases|fichiers?|mailing|newsletter"
        r"|diffusion|envois)",
        r"(?:me|nous) (?:retirer|supprimer|enlever|effacer|rayer|désinscrire|désabonner"
        r"|radier)(?: \S+){0,3}?(?: (?:liste|listes|base|fichiers?|mailing|newsletter)"
        r"|(?= ?(?:[.,;!]|$)))",
        r"(?:désinscrivez|désabonnez|retirez|supprimez|désinscris|désabonne)[ -](?:moi|nous)",
        r"(?:supprimez|supprimer|effacez|effacer)(?: \S+)? (?:mes|nos) (?:données"
        r"|coordonnées)(?! de (?!vo))"
        r"|(?:supprimez|supprimer|effacez|effacer) (?:mon|notre) (?:adresse|e-?mail|contact)",
        r"(?:souhaite|souhaitons|voudrais|veux|voulons|désire|demande à)(?: \S+){0,2}? (?:me "
        r"|nous |être |m'|à )?(?:désinscrire|désabonner|désinscrit\w*|désabonné\w*|retiré\w*"
        r"|supprimé\w*)",
    ),
    silence=(
        r"(?:ne |n')(?:me |m'|nous )?(?:écrivez|contactez|envoyez|sollicitez|relancez|appelez"
        r"|dérangez|démarchez|écris|contacte|envoie)(?: \S+){0,2}? plus(?! tard)(?! de \d)",
        r"(?:ne |n')(?:\S+ ){0,2}?(?:souhait\w+|veux|voulons"
        r"|désir\w+)(?: \S+)? plus(?: \S+){0,2}? (?:recevoir|être contact\w+|être sollicit\w+"
        r"|de vos|vos)",
        r"(?:arrêtez|cessez|stoppez|arrête)(?: \S+){0,2}? (?:de |d')(?:m'|me |nous )?(?:écrire"
        r"|envoyer|contacter|solliciter|relancer|harceler|spammer|appeler)",
        r"(?:arrêtez|cessez|stoppez)(?: \S+)? (?:ces|vos|les|tout|toute) (?:\S+ )?(?:mails?"
        r"|e-?mails?|courriels?|messages?|envois|sollicitations?|spams?|envoi|contact)",
        r"plus (?:de|aucun) (?:mails?|e-?mails?|courriels?|messages?)(?: de votre part| svp"
        r"| s'il)?(?= ?(?:[.,;!]|$| svp| merci| s'il| de votre))",
    ),
    likely=(r"laissez[ -](?:moi|nous) tranquilles?", r"c'est du spam"),
    negation=r"\b(?:ne|n'|pas|comment|pourquoi|sans|si)\b",
    vetoes=(r"vos clients|nos clients|avant (?:lundi|mardi|mercredi|jeudi|vendredi)"
        r"|liste d'attente|plus (?:tard|de détails|d'informations|d'infos)|cette semaine"
        r"|appelez[ -]moi",),
    conditions=r"\b(?:si|sinon)\b",
    others=(r"\b(?:nos|notre|mes|mon) (?:\w+ )?(?:client|partenaire|fournisseur|concurrent"
        r"|presse|investisseur|membre|patient|abonné)"),
    reported=(r"\b(?:dit|disent|disait|disaient|écrit|écrivent|écrivait|répond|répondent"
        r"|répondu|demande|demandent|demandé|crie|crient)\b"),
    speaker=r"\b(?:j'|je\b)",
)  # fmt: skip
SPANISH = OptOutWords(
    common=words_of("el|la|los|las|nos|me|no|y|es|para|por|con|un|una|en|que|gracias|favor|lo|de"
        "|se|su|sus|mi|más|baja|ya|hola|lista|correo|correos|quiero|cuál|denme|dame"
        "|dar|quítenme"),
    stems=words_of("quít|elim|borr|bórr|sáqu|sáca|remu|reti|baja|supr|quit|saca|escr|cont|enví"
        "|envi|mand|llam|mole|vuel|quie|dese|quer|deje|deja|para|pare|opon|déje|spam"
        "|reci|más"),
    removal=(
        r"(?:quít[ae]n?|elimín[ae]n?|bórr[ae]n?|sáqu?[ae]?[cqu]*en?|sácame|remuév[ae]n?"
        r"|retír[ae]n?)(?:me|nos)(?: \S+){0,3}? (?:lista|listas|base|bases|boletín|newsletter"
        r"|correos|mailing|distribución)",
        r"(?:d[ae]n?|dad)(?:me|nos) de baja", r"(?:darme|darnos|darse) de baja",
        r"dar de baja(?= ?(?:[.,;!]|$| por favor| ya\b)| (?:a )?(?:mi|mis|este|esta|nuestr[oa]s?)"
        r" (?:correo|e-?mail|dirección|suscripción|datos|contacto)| de (?:su|la|esta) lista)",
        r"(?:quiero|queremos|deseo|quisiera|solicito|pido|exijo)(?: \S+){0,2}? (?:la|mi) baja",
        r"(?:elimin\w+|borr\w+|quit\w+|suprim\w+) (?:mi|mis|nuestr[oa]s?) (?:datos|correo"
        r"|dirección|email|e-mail|contacto|información)", r"(?:eliminar|borrar|quitar|sacar)(?:me"
        r"|nos) de (?:su|la|esta|tu|vuestra"
        r"|sus) (?:\S+ )?(?:lista|base|listas)",
    ),
    silence=(
        r"no (?:me|nos) (?:escrib\w+|contact\w+|envíe\w*|envié\w*|envíes|mand\w+|llam\w+"
        r"|molest\w+|vuelv\w+ a \S+)(?: \S+){0,3}? (?:más|nunca)(?! (?:tarde|información|detalles"
        r"|info))", r"no (?:me|nos) (?:vuelv\w+) a (?:escribir|contactar|enviar|mandar|llamar"
        r"|molestar)",
        r"(?:no (?:quiero|queremos|deseo|deseamos)|ya no (?:quiero|queremos|deseo)) (?:recibir"
        r"|seguir recibiendo|más)(?: \S+){0,4}? ?(?:correos?|e-?mails?|mensajes?|publicidad"
        r"|boletines|comunicaciones|newsletters?|de ustedes|suyos|más)",
        r"(?:deje|dejen|deja|dejad|paren|pare|para) de (?:escribir|contactar|enviar|mandar"
        r"|molestar|llamar)(?:me|nos|les)?", r"no más (?:correos|e-?mails|mensajes|publicidad)",
        r"me opongo al (?:tratamiento|uso) de mis datos",
    ),
    likely=(r"déj(?:e|en|a)(?:me|nos) en paz", r"esto es spam"),
    negation=r"\b(?:no|nunca|cómo|por qué|sin|si)\b",
    vetoes=(r"tasas? de baja|sus clientes|nuestros clientes|baja (?:médica|por|laboral)|antes del"
        r"|esta semana|lista de espera|(?:está|estoy|estaba|estaré) de baja",),
    conditions=r"\b(?:si)\b",
    others=(r"\b(?:nuestr[oa]s?|mis?) (?:\w+ )?(?:client|soci[oa]|proveedor|competidor"
        r"|prensa|inversor|miembro|paciente)"),
    reported=(r"\b(?:dice|dicen|dijo|dijeron|decía|decían|escribe|escriben|escribió"
        r"|escribieron|responde|responden|respondió|contesta|contestan|contestó|pide"
        r"|piden|pidió|pidieron|ha dicho|han dicho)\b"),
    speaker=r"\b(?:yo|nosotros)\b",
)  # fmt: skip
ITALIAN = OptOutWords(
    common=words_of("il|lo|la|i|gli|ci|mi|non|e|è|per|con|un|una|che|grazie|favore|di|si|vostra"
        "|vostro|vostri|dalla|mio|miei|più|lista|della|vi|chiedo|prego|rimuovere"
        "|cancellatemi|voglio|questa|smettetela"),
    stems=words_of("canc|rimu|rimo|togl|tolg|elim|disi|scri|cont|invi|mand|dist|chia|vogl|desi"
        "|inte|smet|cess|bast|revo|riti|lasc|chie|vorr"),
    removal=(
        r"(?:cancella|cancellate|cancelli|rimuovi|rimuova|rimuovete|rimuovere|togli|tolga"
        r"|togliete|togliere|elimina|elimini|eliminate|disiscrivi|disiscriva|disiscrivete)(?:mi"
        r"|ci)(?: \S+){0,4}? (?:lista|liste|mailing|newsletter|database|elenco|indirizzario"
        r"|rubrica|contatti)",
        r"(?:mi|ci) (?:cancelli|rimuova|tolga|elimini|disiscriva|cancella|rimuova|togliete"
        r"|cancellate|rimuovete)(?: \S+){0,4}? (?:lista|liste|mailing|newsletter|database|elenco"
        r"|indirizzario|contatti)", r"(?:cancellar|rimuover|toglier|eliminar|disiscriver)(?:mi"
        r"|ci)(?: \S+){0,4}? (?:lista|liste|mailing|newsletter"
        r"|database|elenco|indirizzario)",
        r"(?:cancell\w+|rimuov\w+|elimin\w+|togl\w+)(?: \S+)? (?:il mio|la mia|i miei|il nostro"
        r"|i nostri|la nostra) (?:indirizzo|dati|e-?mail|mail|contatto|nominativo)",
        r"(?:disiscrivete|disiscriva|disiscrivi|cancellate)(?:mi|ci)",
        r"(?:voglio|vorrei|desidero|chiedo di)(?: \S+)? (?:disiscrivermi|cancellarmi"
        r"|essere (?:rimosso|rimossa|cancellato|cancellata))",
    ),
    silence=(
        r"non (?:mi |ci )?(?:scriv\w+|contatt\w+|invi\w+|mand\w+|disturb\w+|chiam\w+)(?:mi"
        r"|ci)?(?: \S+){0,2}? (?:più|mai più)", r"non (?:voglio|vogliamo|desidero|desideriamo"
        r"|intendo)(?: \S+)?(?: più)? (?:ricevere"
        r"|essere contattat\w+)(?: \S+){0,4}?(?: "
        r"(?:e-?mail|mail|messaggi|comunicazioni"
        r"|newsletter|pubblicità|più|altro|nulla)"
        r"|(?= ?(?:[.,;!]|$)))",
        r"(?:smett\w+|smettetela|smettila|cessate|basta)(?: \S+)? (?:di "
        r"|con )(?:\S+ )?(?:scriver\w*|contattar\w*|inviar\w*|mandar\w*|disturbar\w*|mail|e-?mail"
        r"|messaggi)",
    ),
    likely=(r"lasciate(?:mi|ci) in pace",),
    negation=r"\b(?:non|come|perché|senza|se)\b",
    vetoes=(r"i vostri clienti|i nostri clienti|prima di (?:lunedì|martedì|mercoledì|giovedì"
        r"|venerdì)|lista d'attesa|più tardi",),
    conditions=r"\b(?:se|altrimenti)\b",
    others=(r"\b(?:nostr[aieo]|miei?|mi[ao]) (?:\w+ )?(?:client|partner|fornitor|concorrent"
        r"|stampa|investitor|membr|pazient|soci)"),
    reported=(r"\b(?:dice|dicono|disse|dissero|scrive|scrivono|scrisse|risponde|rispondono"
        r"|chiede|chiedono|ha (?:detto|scritto|chiesto|risposto)|hanno (?:detto|scritto"
        r"|chiesto|risposto))\b"),
    speaker=r"\b(?:io|noi)\b",
)  # fmt: skip
DUTCH = OptOutWords(
    common=words_of("de|het|een|en|niet|ik|wij|we|u|me|mij|ons|is|voor|met|van|uit|graag|geen"
        "|meer|aub|op|dat|jullie|uw|hoe|alstublieft|bedankt|haal|wil|mijn|onze|lijst"
        "|verwijder|uitschrijven"),
    stems=words_of("haal|verw|schr|gooi|meld|uits|afme|wis|wist|geen|niet|mail|stuu|bena|cont|bel"
        "|stop|hou|houd|ontv|wil|wens|laat|spam|will|graa|uitg|afge"),
    removal=(
        r"(?:haal|haalt u|verwijder|verwijdert u|schrap|gooi)(?: u)? (?:mij|me|ons|mijn \S+"
        r"|onze \S+|dit \S+)(?: \S+){0,5}? (?:lijst|lijsten|mailinglijst|mailinglist|bestand"
        r"|bestanden|database|verzendlijst|nieuwsbrief|maillijst|adressenlijst|systeem)",
        r"(?:schrijf|meld|schrijft u|meldt u) (?:mij|me|ons)(?: \S+){0,4}? (?:uit|af)(?!\w)",
        r"(?:mij|me|ons) (?:\S+ ){0,5}?(?:uit te schrijven|af te melden|te verwijderen"
        r"|uitschrijven|afmelden|verwijderen)", r"(?:verwijder|wis)(?:t u)?(?: alstublieft"
        r"| aub)? (?:mijn|onze|al mijn) (?:gegevens|adres"
        r"|e-?mail\S*|mailadres)",
        r"verwijder (?:mij|me|ons)(?= ?(?:[.,;!-]|$| alstublieft| aub))",
        r"(?:wil|willen|graag)(?: \S+)? (?:me |mij |ons )?(?:uitgeschreven|afgemeld"
        r"|verwijderd) worden",
    ),
    silence=(
        r"(?:geen|niet) (?:\S+ )?(?:e-?mails?|mails?|mailtjes|berichten|reclame|nieuwsbrieven"
        r"|aanbiedingen) meer", r"(?:mail|stuur|schrijf|benader|contacteer|bel"
        r"|e-mail)(?:t u)? (?:mij|me|ons)(?: \S+){0,3}? (?:niet meer"
        r"|nooit meer|niets meer|geen \S+ meer)", r"(?:stop|hou op|houd op"
        r"|stopt u)(?: \S+)? (?:met|mij"
        r"|me) (?:\S+ ){0,3}?(?:mailen|sturen|e-mailen"
        r"|mails|schrijven|berichten|spammen|benaderen)",
        r"niet meer (?:benaderd|gemaild|gecontacteerd|benaderen|mailen)",
        r"(?:ontvang|ontvangen|wil|wensen?)(?: \S+){0,2}? (?:liever "
        r"|graag )?geen (?:\S+ )?(?:mails?|e-?mails?|berichten|nieuwsbrieven)(?: \S+)? (?:meer"
        r"|ontvangen)",
    ),
    likely=(r"laat (?:mij|me|ons) met rust", r"dit is spam"),
    negation=r"\b(?:niet|nooit|geen|hoe|waarom|zonder|als)\b",
    vetoes=(r"jullie klanten|onze klanten|uw klanten|voor (?:maandag|dinsdag|woensdag|donderdag"
        r"|vrijdag)|wachtlijst|deze week|bel me",),
    conditions=r"\b(?:als|anders)\b",
    others=(r"\b(?:onze?|mijn) (?:\w+ )?(?:klant|cliënt|partner|leverancier|concurrent"
        r"|pers\b|investeerder|leden|patiënt)"),
    reported=(r"\b(?:zegt|zeggen|zei|zeiden|schrijft|schrijven|schreef|schreven|vraagt|vragen"
        r"|vroeg|vroegen|antwoordt|antwoorden|antwoordde|roept|roepen|gezegd|geschreven"
        r"|gevraagd|staat)\b"),
    speaker=r"\b(?:ik|wij|we)\b",
)  # fmt: skip
PORTUGUESE = OptOutWords(
    common=words_of("o|os|a|as|nos|me|não|e|é|para|por|com|um|uma|em|que|obrigado|obrigada|favor"
        "|de|da|do|sua|seu|seus|meu|minha|mais|lista|quero|receber|temos|meus|dados"
        "|deixem|parem"),
    stems=words_of("remo|reti|tire|tira|excl|elim|apag|desc|quer|gost|dese|soli|peço|canc|escr"
        "|cont|envi|mand|ligu|inco|pare|para|deix|volt|cheg|bast|isto|isso|rece"),
    removal=(
        r"(?:remov[ae]m?|retir[ae]m?|tir[ae]m?|exclu[aí]a?m?|elimin[ae]m?|apagu?[ae]m?"
        r"|descadastr[ae]m?)[ -](?:me|nos)(?: \S+){0,3}? (?:lista|listas|base|mailing|newsletter"
        r"|cadastro|banco|contatos|contactos)", r"(?:me|nos) (?:remov\w+|retir\w+|tir\w+|exclu\w+"
        r"|descadastr\w+)(?: \S+){0,3}? (?:lista|listas"
        r"|base|mailing|newsletter|cadastro)",
        r"(?:tir|retir)[ae]m? (?:o )?(?:meu|nosso) (?:e-?mail|endereço|nome|contato) (?:da|do"
        r"|de) (?:\S+ )?"
        r"(?:lista|base|cadastro|mailing)",
        r"(?:descadastr[ae]m?|remov[ae]m?|exclu[ai]m?|apagu?[ae]m?|elimin[ae]m?) (?:os? "
        r"|as? )?(?:meus?|minhas?|nossos?) (?:e-?mails?|dados|contat?[oc]?t?os?|endereço"
        r"|informações)", r"(?:descadastr[ae]m?|remov[ae]m?)[ -](?:me|nos)(?= ?(?:[.,;!]|$| por))",
        r"(?:quero|gostaria de|desejo|solicito|peço)(?: \S+){0,2}? (?:descadastr\w+|remoção"
        r"|cancelar (?:a |minha )(?:inscrição|subscrição)|ser removid[oa]|sair da lista)",
        r"cancel(?:e|em|ar) (?:a )?minha (?:inscrição|subscrição|assinatura)",
    ),
    silence=(
        r"não (?:quero|queremos|desejo|desejamos|pretendo"
        r"|gostaria de)(?: \S+)?(?: mais)? (?:receber|ser contat\w+"
        r"|ser contact\w+)(?: \S+){0,4}?(?: (?:e-?mails?|mensagens|contatos|contactos"
        r"|newsletters?|mais|nada)|(?= ?(?:[.,;!]|$)))", r"não (?:me|nos) (?:escrev\w+|contat\w+"
        r"|contact\w+|envi\w+|mand\w+|ligu?\w+"
        r"|incomod\w+)(?: \S+){0,3}? mais(?! "
        r"(?:tarde|detalhes|informações))",
        r"(?:pare|parem|para|deixe|deixem) de (?:me |nos |enviar|mandar|escrever|contat|contact"
        r"|ligar)", r"não (?:voltem?|volte) a (?:contactar|contatar|escrever|enviar"
        r"|ligar)(?:[ -](?:me|nos))?", r"(?:chega|basta) de (?:e-?mails?|mensagens|spam)",
    ),
    likely=(r"(?:me deixe|me deixem|deixe-me|deixem-me) em paz", r"isto é spam|isso é spam"),
    negation=r"\b(?:não|nunca|como|porque|sem|se)\b",
    vetoes=(r"seus clientes|nossos clientes|antes de (?:segunda|terça|quarta|quinta|sexta)"
        r"|lista de espera|esta semana",),
    conditions=r"\b(?:se|caso|senão)\b",
    others=(r"\b(?:noss[oa]s?|meus?|minhas?) (?:\w+ )?(?:client|parceir|fornecedor"
        r"|concorrent|imprensa|investidor|membro|paciente|sócio)"),
    reported=(r"\b(?:diz|dizem|(?<!já )disse|disseram|escreve|escrevem|escreveu|escreveram"
        r"|responde|respondem|respondeu|pede|pedem|pediu|pediram)\b"),
    speaker=r"\b(?:eu|nós)\b",
)  # fmt: skip
