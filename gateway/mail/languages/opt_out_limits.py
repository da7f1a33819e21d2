"""What shows that words which end mail end something else, in every language of opt-outs."""

from __future__ import annotations

from gateway.mail.languages.periods import words_of

# A list, mailing or store of addresses, by the parts of words that name one.
LISTS = (
    r"(?:list|lijst|verteil|datenb|adressb|kartei|datei|databa|databá|newsletter|mailing"
    r"|crm|s[iy]st[eèé]m"
    r"|fichier|\bbases?\b|\bbaz|diffusion|distribu|\benvois?\b|envios|bolet[íi]n|cadastro"
    r"|\bbanco|conta[ct]"
    r"|elenc|indirizz|regist|rejest|utskick|nyhe[td]sbrev|kartote|\bbestand|nieuwsbr"
    r"|\bsubs[ck]r|odběr"
    r"|rozes|evidenc|seznam|spam|publici|werb|marketing|reklam|campa[ig]|kampan|correos|mails?\b"
    r"|jakelu|tietokan|uutiskir|postitus|veri ?taban|b[üu]lten|abonel|[üu]yeli|рассыл|спис|баз"
    r"|подпис|serv[ei]|archiv|record|messages?|communicat|correspond|sequence|cadence|outreach"
    r"|messag|mensaj|nachricht|zusend|列表|名单|名單|清单|清單|数据|資料|邮件|郵件|库)"
)
# What a removal is from: prepositions, with an article where they may be a part of a verb.
FROM = (
    r"\b(?:(?:aus|von|für) (?:das|dem|der|den|dies\w+|ihre\w|unsere\w|eure\w|meine\w) |vom |beim "
    r"|(?:uit|van|voor) (?:de|het|deze|dit|die|dat|uw|jullie|je|onze|mijn) "
    r"|de (?:la|las|los|le|les|cette|ce|cet|este|esta|su|sus|tu|mi|votre|vos|notre|nos|sua|seu) "
    r"|de l'|du |des |del |da |do |dal |dalla |dallo |dai |dalle |dagli |dall'|della |dello "
    r"|fr[åa]n? |från |fra |ze? |из |от |с )(?P<of>[\w'-]+(?: [\w-]+)?)"
)
FROM_ENGLISH = r"\bfrom (?P<of>[\w'-]+(?: [\w-]+){0,3})"
# Cases that say the same without a preposition, Finnish, Turkish and Chinese.
FROM_CASE = (
    r"\b(?P<of>\w{2,}(?:st[aä]|lt[aä]))\b|\b(?P<of_tr>\w{2,}'?[dt][ae]n)(?= (?:\S+ )?(?:[çc][ıi]kar"
    r"|sil|kald|d[üu][şs]))|[从從](?P<of_zh>\w{1,12}?)[中里裡]?(?:删除|刪除|移除|去掉|剔除|移出)"
)
# Those behind "from" who are we ourselves, and what is no sender at all.
US = (
    r"(?:(?:la|le|el|il|les|los|las|the|lo|gli) )?(?:you\w*|\w+ like|no-?reply|u|us|new|multiple"
    r"|various|this|these|that|here|now|today|all|any\w*|everything|future|receiv\w*|it"
    r"|ihnen|ihr\w*|euch|eure\w*|eurem|dir|dein\w*|dies\w*|jetzt|heute|nun|ab|anfang|mir|uns|sich"
    r"|vous|votre|vos|toi|ta|ton|ce|cet\w*|ces|cela|part\w*|suite|ma|notre|sorte|quelque"
    r"|type|tout\w*"
    r"|ustedes|usted|su|sus|ti|tu|tus|vosotros|vuestr\w*|est[eao]s?|ahora|inmediato|ningun\w*|tipo"
    r"|forma|parte|manera|nada|hoy|baja|nuevo"
    r"|voi|lei|te|vostr\w*|su[aoei]|quest\w*|ora|oggi|subito|nessun\w*|nuovo"
    r"|jullie|uw|je|jou\w*|dez\w*|dit|die|dat|nu|vandaag|toekomst|zukunft|harte"
    r"|vocês?|seus?|suas?|sua|vós|voss\w*|dest\w*|imediato|agora|vez|qualquer|nenhum\w*|lado"
    r"|er|era|ert|dig|din\w*|detta|den\w*|dem|idag|jer|jeres|dem|deres|dere|denne|dette|disse|i"
    r"|państwa|was|wasz\w*|pan\w*|ciebie|tej|tego|góry|dziś|vás|vaš\w*|vašeho|této|tohoto|tebe"
    r"|вас|ваш\w*|тебя|этой|этого|сегодня"
    r"|spam\w*|publici\w*|pubblic\w*|werb\w*|mark\w*|reklam\w*|e|e-?mails?|mails?|mejl"
    r"|correos?|courriels?"
    r"|mess\w*|mens\w*|nachr\w*|newsl\w*|bolet[íi]n\w*|comunic\w*|vent\w*)"
)
SENDERS = r"\b(?:von|van|från|fra|od|от) (?P<x>(?:\w+\W)?\w[\w'-]*)"
SENDERS_BEHIND = (
    r"\b(?:(?:from|des?|di|d[ao]s?|del|della|dal|dalla|dei|du) |d')"
    r"(?=(?P<x>\w[\w'-]*(?: \w[\w'-]*)?))"
)
SENDERS_CASE = (
    r"\b(?!teiltä|sinulta|tältä|yritykseltänne|taholtanne|puoleltanne|lista|posti)\w+lt[aä]\b"
    r"|\b(?!siz|sen|taraf|[şs]irket|bun|[şs]im|bug|art[ıi]k|yen|bir)\w{2,}'?[dt][ae]n"
    r"(?: \S+){0,2}? (?:e-?posta|mail|mesaj|b[üu]lten)"
    r"|[收接][到收](?!你|您|贵|貴|这|這|此|任何|更|类|類|了)\w{1,12}?的"
    r"|(?<!御社)(?<!貴社)(?<!そちら)(?<!あなた)(?<!様)からの(?:メール|ご?連絡)"
)
# A way of working that ends, not mail to the author.
PROCESS = (
    r"\b(?:a mano|manua\w*|manuell\w*|handmatig\w*|von hand|by hand|à la main|för hand|for hånd"
    r"|i hånden|käsin|ręczn\w*|ručn\w*|вручную)\b"
)
PHONE = (
    r"\b(?:appel\w*|llam\w*|chiam\w*|ring\w?\b|ringe\b|ringa\b|ruf\w*|anruf\w*|bel\b|bellen|belt\b"
    r"|ligu\w*|ligar\w*|telef\w*|dzwon\w*|nevolejte|volat|звон\w*|soitta\w*|aramay\w*)"
)
WRITE = (
    r"(?:écri|contact|envo|sollicit|escrib|escrev|env[ií]|mand|scriv|invi|skriv|mejl|mail"
    r"|skick|send"
    r"|schreib|kontakt|schick|stuur|schrij|pis|piš|пиш|пис|присыл|lähet|kirjoit|yaz|g[öo]nder)"
)
# Where or how we may go on to write.
INVITES = (
    r"(?<!ne m')(?:écrivez|écris)[ -](?:moi|nous)|(?<!no )\bescr[íi]b[ae]n?(?:me|nos)\b"
    r"|\bescrev[ae]m?[ -](?:me|nos)|(?<!non )\b(?:scrivete|scrivi)(?:mi|ci)|(?<!non )\bmi scriva"
    r"|, (?:mejla|maila|skriv|mail|e-?mail|schrijf|piszcie|pište|пишите|kirjoittakaa"
    r"|yazın)\b(?! \w+ (?:niet|inte|ikke|nicht))"
    r"|(?:schreiben|mailen) sie (?:mir |uns )?(?:lieber|bitte|stattdessen)"
    r"|, (?:\S+ ){0,3}(?:per|par|por|via|över|på|z) (?:e-?mail|mail|mejl|correo|courriel|e-?post)"
    r"|(?<!vous )\butilisez\b|\butilice\w*|\butiliz[ae]m\b|(?<!che )\busate\b|(?<!ik )\bgebruik\b"
    r"|\b(?:käyttäkää|używajcie|použijte|používejte|используйте|kullanın)\b"
    r"|\buse (?:(?:this|the|my|our) (?:\w+ )?(?:one|address|e-?mail)\b|\S{1,60}@)"
    r"|\be-?mail (?:is|works) (?:fine|ok|okay|better|best)"
    r"|, (?:\S+ ){0,3}(?:an|unter|auf|à|sur|a|en|para|to|at|til|till|på|naar|op|na|do|на) \S{1,60}@"
)
# In the sentence of a ban: it moves.
INSTEAD = (
    r"\b(?:sondern|stattdessen|plutôt|sino|en su lugar|invece|em vez|i stället|i stedet|zamiast)\b"
)
IN_LANGUAGE = (
    r"\b(?:auf (?:englisch|deutsch|französisch|spanisch)|en (?:anglais|français|allemand|inglés"
    r"|español)|em (?:inglês|português)|in (?:english|inglese|italiano|het \w+s)|in 't engels"
    r"|på (?:engelsk|svensk|dansk|norsk)a?|po (?:angielsku|polsku)|anglicky|česky|по-английски"
    r"|по-русски|englanniksi|suomeksi|ingilizce|türkçe)\b"
)
OLD = (
    r"\b(?:old|former|previous|alte[nr]?|ancienne?|antigu[oa]|vecchi[oa]|oude|antig[oa]|gamla|gamle"
    r"|stary|starý|старый|vanha|eski)\b"
)
SENDING = (
    r"\b(?:env[ií]|mand|invi|envoy|send|schick|skick|sturen|stuur|wysy|przysy|posíl|neposíl|присыл"
    r"|отправл|шлите|слать|lähet)\w*"
)
# What a ban of sending may name: mail, ourselves, him, and how long.
MAIL = (
    r"(?:mail|mejl|correo|courriel|mess|mens|nachricht|news|nyhe|bolet[íi]n|spam|publici"
    r"|pubblic|werb|rekl"
    r"|market|comunic|commun|bericht|meldin|medde|besked|utskick|(?<!per )post|wiadom"
    r"|zpráv|пис[ье]м|сообщ"
    r"|рассыл|реклам|спам|viest|mainos|angeb|ofert|offer|offre|aanbied|obchod|nabíd|tarjous|proposta"
    r"|zusend|nouvel|sollic|информ|инфо|nyhet|cose|cosas|coisas|saker|ting|dingen|etwas"
    r"|quoi|rien|nada"
    r"|niente|nulla|nichts|niets|noget|noe|något|nic|ничего|mitään|algo)"
)
FILLERS = words_of(
    "me|nos|mi|ci|mir|mich|uns|sie|bitte|mig|meg|oss|os|mij|moi|nous|vous|mnie|nam|mě|mne|nás|mi"
    "|нам|мне|minulle|meille|a|à|á|till|til|do|to|aan|más|nunca|plus|jamais|più|mai|mais|mehr|nicht"
    "|nie|nunca|wieder|nochmal|meer|niet|nooit|inte|aldrig|mer|igen|längre|ikke|aldri|lenger|igjen"
    "|mere|więcej|już|nigdy|už|více|víc|nikdy|больше|никогда|enää|koskaan|nu|nå|now|tack|tak|takk"
    "|gracias|merci|grazie|danke|dank|obrigado|obrigada|kiitos|proszę|dziękuję|prosím|děkuji"
    "|спасибо|пожалуйста|por|favor|svp|aub|alstublieft|venligst|vennligst|snälla|ya|já|ora|sofort"
    "|immédiatement|inmediatamente|subito|immediatamente|imediatamente|direct|omedelbart|med|e|y|et"
    "|und|en|och|og|i|a|и|ja|ni|ou|o|ahora|ce|ça|das|dies|ceci|esto|isto|isso|questo|dit|dat|det|to"
    "|det här|detta|dette|sig|ons|d'autres|d|autres|de|des|di|do|da|otra|vez|nada|gång|flere|fler"
    "|flera|så|tilbage|ho|hoc|per|cortesia|piacere|s'il|plaît|keine|keinen"
)
