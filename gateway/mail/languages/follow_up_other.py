"""How people ask to be asked later, beyond English: the cues of six more languages."""

from __future__ import annotations

from gateway.mail.languages import movers
from gateway.mail.languages import periods_other as periods
from gateway.mail.languages.follow_up import Cues
from gateway.mail.languages.periods import words_of

GERMAN = Cues(
    periods.GERMAN,
    wish=(
        r"melden sie sich", r"melde? dich", r"meldet euch", r"(?:sich|dich"
        r"|euch) (?:[\w.]+ ){0,8}?(?:zu )?"
        r"(?:wieder)?(?:ge)?melden", r"(?:wieder|nochmals?|noch ?mal|noch einmal|erneut"
        r"|erst) (?:zu )?(?:melden|an(?:zu)?rufen"
        r"|schreiben|an(?:zu)?fragen|nach(?:zu)?fragen|kontaktieren|nach(?:zu)?haken"
        r"|an(?:zu)?sprechen"
        r"|sprechen|reden|telefonieren|versuchen)", r"rufen sie(?: mich| uns)?",
        r"ruf (?:mich|uns)",
        r"schreiben sie(?: mir| uns)?", r"schreib (?:mir|uns)", r"kommen sie(?= (?:[\w.]+ ){0,8}?"
        r"(?:auf (?:mich|uns) zu|zurück))", r"komm(?:en)? (?:[\w.]+ ){0,4}?auf (?:mich|uns) zu",
        r"kontaktieren sie(?: mich| uns)?", r"fragen sie(?: mich| uns)?",
        r"erinnern sie(?: mich| uns)?", r"erinnere? (?:mich|uns)", r"sprechen sie (?:mich|uns)",
        r"haken sie",
        r"bei (?:mir|uns) (?:[\w.]+ )?(?:zu )?(?:melden|nach(?:zu)?fragen|nach(?:zu)?haken)",
        r"auf (?:mich|uns) zu(?:zu)?kommen", r"versuchen sie es", r"versuch(?:s| es)",
        r"bitte (?:um )?wiedervorlage",
    ),
    talk=(
        r"(?:lassen sie uns|lass uns|können wir|könnten wir|sollten wir|wollen wir|wir können"
        r"|wir könnten|wir sollten|gerne?|dann)(?: \w+){0,6}? (?:sprechen|reden|telefonieren"
        r"|treffen"
        r"|austauschen|anschauen|ansehen|besprechen)", r"(?:sprechen|reden|telefonieren) wir",
        r"(?:schicken|senden) sie (?:mir|uns)", r"(?:prüfen|schauen|evaluieren|bewerten) wir",
        r"verschieben(?: wir)?", r"wieder (?:ein )?(?:thema|interessant|relevant|aktuell|möglich"
        r"|soweit)",
    ),
    wait=(
        r"nicht", r"nichts", r"kein(?:e|en|er|em)?", r"erst", r"frühestens", r"ausgelastet",
        r"ausgebucht", r"eingefroren", r"voll", r"warten(?: sie)?", r"pausiert", r"gesperrt",
    ),
    maybe=(
        r"(?:vielleicht|eventuell|evtl|ggf|möglicherweise|eher|wohl|gerne|gern|lieber|erst"
        r"|frühestens"
        r"|aber)(?: (?:erst|wieder|dann|noch ?mal))*",
    ),
    better=(r"(?:wäre|ist|passt|passen|würde)(?: \w+){0,3}? (?:besser|günstiger|sinnvoller|gut"
        r"|ideal|passen)",
            r"(?:besser|günstiger)"),
    promise=(
        r"\bich (?:werde|melde|komme|rufe|schreibe|kontaktiere)\b", r"\bwir (?:werden|melden"
        r"|kommen|rufen)\b",
        r"\b(?:melde|melden) (?:mich|uns)\b", r"\b(?:werde|werden) (?:ich|wir) (?:mich|uns)\b",
    ),
    others=movers.GERMAN,
    refusal=(r"\b(?:nicht|nie|niemals|keine|keinesfalls)\b",),
    then=(r"(?:dann|zu (?:dem|diesem) zeitpunkt)", r"(?:danach|im anschluss|anschließend)"),
    once=(r"(?:nach|sobald|wenn)",),
    common=words_of("der|die|das|und|nicht|ich|wir|sie|bitte|ist|mich|uns|mir|auf|mit|den|noch|kein"
        "|keine|wieder|für|es|zu|sich|unser|haben|bei|im|melden|gerne|erst|dann"
        "|vielleicht|passiert|nichts"),
)  # fmt: skip
FRENCH = Cues(
    periods.FRENCH,
    wish=(
        r"recontactez[ -](?:moi|nous)", r"recontacte[ -](?:moi|nous)", r"rappelez[ -](?:moi|nous)",
        r"rappelle[ -](?:moi|nous)", r"relancez[ -](?:moi|nous)", r"relance[ -](?:moi|nous)",
        r"contactez[ -](?:moi|nous)", r"(?:revenez|revenir|reviens) vers (?:moi|nous)",
        r"(?:me|nous) (?:recontacter|rappeler|relancer|réécrire|solliciter|recontactiez|rappeliez)",
        r"(?:écrivez|réécrivez|écris)[ -](?:moi|nous)", r"reprenez contact", r"reprendre contact",
        r"(?:re)?prenez contact", r"réessayez", r"revenez",
    ),
    talk=(
        r"(?:reparlons|rediscutons|parlons|discutons|voyons)(?:[ -](?:en|nous|cela))?",
        r"(?:on|nous) (?:peut|pouvons|pourrait|pourrions|en) (?:\w+ ){0,3}?(?:reparler|parler"
        r"|discuter|revoir|reparle|reparlera)",
        r"(?:en )?(?:reparler|rediscuter|revoir)", r"envoyez[ -](?:moi|nous|le)", r"reporter",
        r"reportons",
    ),
    wait=(r"pas", r"sans", r"rien", r"aucune?", r"jamais", r"débordée?s?", r"sous l'eau",
        r"gelée?s?", r"attendre",
          r"attendez", r"patienter"),
    maybe=(r"(?:peut[ -]être|éventuellement|plutôt|probablement|idéalement|mais)(?: (?:plutôt|en"
        r"|vers))*",),
    better=(r"(?:serait|sera|est) (?:\w+ )?(?:mieux|préférable|plus (?:simple|opportun|adapté)"
        r"|idéal)", r"mieux"),
    promise=(r"\bje (?:vous|te) (?:re)?(?:contacte|rappelle|contacterai|rappellerai|recontacterai)",
             r"\b(?:je|nous) (?:reviendrai|reviendrons|reviens|revenons)\b", r"\bnous vous\b"),
    others=movers.FRENCH,
    refusal=(r"\b(?:ne|n) (?:me|nous|pas)\b|\binutile de\b|\bpas (?:la peine|besoin) de\b",),
    then=(r"(?:à ce moment|alors|à cette (?:date|période))", r"(?:ensuite|après cela|après ça)"),
    once=(r"(?:après|une fois|dès|quand|lorsque)",),
    common=words_of("le|la|les|nous|vous|je|moi|pas|ne|et|est|pour|votre|notre|avec|un|une|en|ce"
        "|merci|vers|on|plus|recontactez|bonjour|peut|être|que|sur|rien|dans|ai|il"),
)  # fmt: skip
SPANISH = Cues(
    periods.SPANISH,
    wish=(
        r"(?:escríb[ae](?:n)?(?:me|nos)|escribid(?:me|nos))", r"(?:llám[ae](?:n)?(?:me|nos))",
        r"(?:contáct[ae](?:n)?(?:me|nos)|contact[ae](?:n)?(?:me|nos))",
        r"(?:recuérd[ae](?:n)?(?:me|nos))",
        r"(?:vuelv(?:a|an|e)|volver|vuelves|volved) a (?:\w+)", r"(?:me|nos) (?:contact[ae]s?"
        r"|escrib[ae]s?"
        r"|llam[ae]s?|vuelv[ae]s?)", r"(?:contactar|escribir|llamar)(?:me|nos)",
        r"búsc(?:a|que)(?:me|nos)",
        r"retom(?:emos|amos|ar|e)(?:lo)?", r"insist(?:a|e|ir)", r"reto(?:me|mar) (?:el )?contacto",
    ),
    talk=(r"(?:hablamos|hablemos|hablar|lo vemos|veámoslo|lo revisamos|revisarlo|revisémoslo"
        r"|podemos hablar"
          r"|podríamos hablar|conversemos|conversamos|lo retomamos|nos vemos)",
          r"env(?:íe|ía|íen)(?:me|nos|lo|melo)",
          r"(?:posponer|aplazar)(?:lo)?", r"posponemos|aplazamos"),
    wait=(r"no", r"sin", r"nada", r"ning[uú]na?", r"nunca", r"saturad[oa]s?", r"ocupad[oa]s?",
        r"congelad[oa]s?", r"esperar",
          r"espere"),
    maybe=(r"(?:quizás?|tal vez|a lo mejor|posiblemente|mejor|puede que|pero)(?: (?:en|mejor"
        r"|para))*",),
    better=(r"(?:sería|será|es|vendría|me viene|nos viene) (?:\w+ )?(?:mejor|ideal"
        r"|más conveniente)", r"mejor"),
    promise=(r"\b(?:yo )?(?:le|te|os|les) (?:contacto|llamo|escribo|contactaré|llamaré|escribiré"
        r"|contactaremos)",
             r"\b(?:volveré|volveremos|vuelvo) a\b"),
    others=movers.SPANISH,
    refusal=(r"\bno (?:me|nos|es necesario|hace falta|vuelv\w+)\b",),
    then=(r"(?:entonces|en ese momento|para entonces|por esas fechas)",
        r"(?:después de eso|luego)"),
    once=(r"(?:después de|tras|cuando|una vez)",),
    common=words_of("quizás|quizá|el|la|los|nos|me|no|y|es|para|por|con|un|una|en|que|gracias|favor"
        "|lo|de|se|usted|hola|vuelva|vuelve|escríbeme|nuestro|estamos|tenemos|más|mejor"
        "|nada"),
)  # fmt: skip
PORTUGUESE = Cues(
    periods.PORTUGUESE,
    wish=(
        r"(?:volte|voltem|volta|voltar|voltares?) a (?:\w+)", r"(?:me |nos )(?:contate|contacte"
        r"|procure|ligue"
        r"|chame|escreva|contatar|procurar|ligar)", r"(?:contacte|contate|ligue|escreva|procure"
        r"|chame|lembre|ligar|contactar|contatar|escrever|procurar|chamar)[ -](?:me|nos)",
        r"(?:entre|entrem|entrar) em contato", r"(?:entre|entrar) em contacto",
        r"fale (?:comigo|conosco|connosco)",
        r"(?:ligue|liga|escreva|escreve|lembre|contacte|contate)(?: (?:para mim|de novo"
        r"|novamente))",
        r"retom(?:e|ar|amos|emos) (?:o |este |esse )?(?:contato|contacto|assunto|conversa)",
        r"(?:volte|volta) (?:em|no|na|daqui)",
        r"tente (?:novamente|de novo|outra vez)", r"(?:me|nos) (?:dá|dê) um toque",
    ),
    talk=(r"(?:falamos|vamos falar|conversamos|podemos falar|podemos conversar|podíamos falar"
        r"|voltamos a falar"
          r"|vamos conversar|retomamos)", r"(?:me )?(?:envie|mande|manda|envia)(?:[ -](?:me"
          r"|nos))?", r"adiar|adiamos"),
    wait=(r"não", r"nada", r"nenhuma?", r"nunca", r"sobrecarregad[oa]s?", r"ocupad[oa]s?",
        r"congelad[oa]s?", r"esperar",
          r"sem (?:tempo|orçamento|verba)"),
    maybe=(r"(?:talvez|quem sabe|possivelmente|provavelmente|melhor|mas|só)(?: (?:em|lá|só"
        r"|mais))*",),
    better=(r"(?:seria|será|é|fica) (?:\w+ )?(?:melhor|ideal|preferível)", r"melhor"),
    promise=(r"\b(?:eu )?(?:te|lhe|vos) (?:ligo|escrevo|contacto|contato|procuro|retorno)",
             r"\b(?:entrarei|entraremos|voltarei|voltaremos)\b", r"\bvou (?:entrar|voltar"
             r"|ligar)\b"),
    others=movers.PORTUGUESE,
    refusal=(r"\bnão (?:me|nos|é preciso|precisa|volte|entre|ligue|contacte|contate)\b",),
    then=(r"(?:então|nessa altura|nessa época|nesse momento)", r"(?:depois disso)"),
    once=(r"(?:depois|após|quando|assim que)",),
    common=words_of("talvez|o|os|as|nos|me|não|e|é|para|por|com|um|uma|em|que|obrigado|obrigada|favor"
        "|volte|de|se|você|olá|nosso|estamos|temos|mais|melhor|comigo|conosco|ao|no|na"
        "|nada"),
)  # fmt: skip
DUTCH = Cues(
    periods.DUTCH,
    wish=(
        r"(?:bel|mail|mailt|belt|contacteer|benader|app|herinner|schrijf)(?: u)? (?:me|mij|ons)",
        r"kom(?= (?:\w+ ){0,8}?(?:terug|langs))", r"komt u(?= (?:\w+ ){0,8}?terug)",
        r"neem(?:t u)?(?= (?:\w+ ){0,8}?contact)",
        r"contact op(?: te)?(?: nemen)?", r"(?:weer|nog eens|opnieuw|nogmaals"
        r"|nog een keer) (?:te )?(?:bellen|mailen"
        r"|contacten|proberen|benaderen|terugkomen|contact)", r"probeer (?:het|me|ons)",
        r"vraag (?:het )?(?:me|ons|nog)",
        r"(?:me|mij|ons) (?:\w+ ){0,5}?(?:terugbellen|bellen|mailen|benaderen|contacteren)",
    ),
    talk=(r"(?:laten we|kunnen we|zullen we|we kunnen)(?: \w+){0,6}? (?:spreken|praten|bellen"
        r"|afspreken|kijken|bekijken)",
          r"(?:spreken|praten|bellen|kijken) we", r"stuur (?:me|mij|ons|het)", r"uitstellen"),
    wait=(r"niet", r"zonder", r"niets", r"geen", r"pas", r"nooit", r"bezet", r"bevroren",
        r"wachten", r"volgeboekt"),
    maybe=(r"(?:misschien|wellicht|eventueel|mogelijk|liever|eerder|maar)(?: (?:in|pas|weer))*",),
    better=(r"(?:is|zou|lijkt|komt)(?: \w+){0,3}? (?:beter|handiger|geschikter)(?: (?:zijn|uit))?",
        r"beter"),
    promise=(r"\bik (?:neem|kom|bel|mail|zal|stuur)\b", r"\bwij? (?:nemen|komen|bellen|zullen)\b",
        r"\bwe (?:nemen|komen|bellen|zullen)\b"),
    others=movers.DUTCH,
    refusal=(r"\b(?:niet|nooit|geen|hoeft)\b",),
    then=(r"(?:dan|tegen die tijd|op dat moment)", r"(?:daarna)"),
    once=(r"(?:na|zodra|wanneer|als)",),
    common=words_of("misschien|de|het|een|en|niet|ik|wij|we|u|me|mij|ons|is|voor|met|van|nog|eens"
        "|graag|geen|pas|kom|bel|mail|dan|aan|op|dat|weer|contact|bedankt|onze|gaat"),
)  # fmt: skip
ITALIAN = Cues(
    periods.ITALIAN,
    wish=(
        r"(?:mi|ci) (?:ricontatti|ricontatta|ricontattate|richiami|richiama|richiamate|riscriva"
        r"|riscrivi|riscrivete|contatti"
        r"|risenta|chiami|scriva|contatta|scrivi|chiama)", r"(?:ricontattate|ricontatta|richiama"
        r"|richiamate|riscrivi|contatta"
        r"|contattate|scrivi|scrivete|chiama|chiamate)(?:mi|ci)", r"(?:ricontattar|richiamar"
        r"|contattar|risentir|chiamar"
        r"|scriver)(?:mi|ci)",
        r"risentiamoci", r"ci risentiamo", r"sentiamoci", r"ci sentiamo",
        r"torn(?:i|a|ate) (?:a \w+|da \w+)?", r"si faccia (?:sentire|vivo|viva)",
        r"fatti (?:sentire|vivo|viva)", r"fatevi (?:sentire|vivi)", r"riprov(?:i|a|ate)",
        r"riprendiamo",
        r"(?:può|potete|puoi) (?:ricontattare|risentire|richiamare)",
    ),
    talk=(r"(?:parliamone|riparliamone|ne (?:ri)?parliamo|possiamo (?:ri)?parlarne"
        r"|possiamo (?:ri)?sentirci|vediamoci|ci vediamo"
          r"|rivediamo|valutiamo|valuteremo)", r"(?:mi|ci) (?:mandi|invii|manda|invia)",
          r"rimandare|rimandiamo"),
    wait=(r"non", r"senza", r"niente", r"nulla", r"nessun[oa]?", r"mai", r"impegnat[oi]",
        r"bloccat[oi]", r"congelat[oi]", r"aspettare"),
    maybe=(r"(?:forse|magari|eventualmente|probabilmente|meglio|piuttosto|ma)(?: (?:in|da|a"
        r"|verso))*",),
    better=(r"(?:sarebbe|sarà|è) (?:\w+ )?(?:meglio|preferibile|ideale)", r"meglio"),
    promise=(r"\b(?:la|ti|vi) (?:ricontatto|richiamo|contatto|ricontatterò|richiamerò|contatterò"
        r"|ricontatteremo)",
             r"\b(?:mi faccio|mi farò|ci faremo) (?:sentire|vivo|viva|vivi)"),
    others=movers.ITALIAN,
    refusal=(r"\bnon (?:mi|ci|serve|occorre|si|contatt\w+|ricontatt\w+|torn\w+|chiam\w+)\b",),
    then=(r"(?:allora|in quel momento|in quel periodo)", r"(?:dopo di che|successivamente)"),
    once=(r"(?:dopo|quando|una volta|appena)",),
    common=words_of("forse|magari|il|lo|la|i|gli|ci|mi|non|e|è|per|con|un|una|che|grazie|favore|di|si"
        "|ne|nostro|abbiamo|siamo|più|meglio|può|ricontatti|della|al|del|risentiamoci"
        "|nulla"),
)  # fmt: skip
OTHERS = (GERMAN, FRENCH, SPANISH, PORTUGUESE, DUTCH, ITALIAN)
