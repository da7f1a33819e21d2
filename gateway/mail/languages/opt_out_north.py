"""How people end all mail in Swedish, Danish, Norwegian and Finnish."""

from __future__ import annotations

from gateway.mail.languages.opt_out import OptOutWords
from gateway.mail.languages.periods import words_of

SWEDISH = OptOutWords(
    common=words_of("jag|vi|mig|oss|från|er|era|inte|och|att|det|är|en|ett|på|min|mina|med|snälla"
        "|tack|vänligen|vill|fler|listan|lista|ta|bort|sluta|ha|mejl|mejla"),
    stems=words_of("bort|stry|rade|avre|ploc|avan|avpr|vill|slut|upph|kont|mejl|mail|skri|skic"
        "|ring|inga|läm|lämn"),
    removal=(r"(?:ta bort|stryk|radera|avregistrera|plocka bort|avanmäl"
    r"|avprenumerera)(?: \S+)? ?(?:mig|oss|min \S+|mina \S+|vår \S+"
    r"|våra \S+)(?: \S+){0,4}? ?(?:lista|listor|listan|utskick|maillista|mejllista"
    r"|register|databas|nyhetsbrev|sändlista|system)", r"(?:radera|ta bort) (?:mina"
    r"|våra) (?:uppgifter|data)|(?:radera"
    r"|ta bort) min (?:adress|e-?post\S*"
    r"|mejladress|mailadress)", r"(?:avregistrera|avanmäl|avprenumerera) (?:mig|oss)",
    r"vill (?:avregistrera mig|bli borttagen|avsluta prenumerationen)"),
    silence=(r"(?:sluta|upphör)(?: med)?(?: att)? (?:mejla|maila|skicka|kontakta|skriva|spamma"
        r"|ringa|höra av)(?: \S+){0,4}", r"(?:kontakta|mejla|maila|skriv|skicka"
        r"|ring)(?: \S+){0,3}? (?:mig|oss) (?:inte"
        r"|aldrig)(?: \S+)? ?(?:mer|igen|längre)?", r"(?:vill|önskar) inte (?:ha|få"
        r"|längre)(?: \S+){0,3}? (?:mejl|mail|utskick"
        r"|meddelanden|fler)", r"inga fler (?:mejl|mail|utskick|meddelanden)"),
    likely=(r"lämna mig i fred",),
    negation=r"\b(?:inte|aldrig|hur|varför|utan|om)\b",
    vetoes=(r"era kunder|våra kunder|före (?:måndag|tisdag|onsdag|torsdag|fredag)|denna vecka"
        r"|väntelista",),
    conditions=r"\b(?:om|annars)\b",
    others=(r"\b(?:vår|våra|mina?) (?:\w+ )?(?:kund|klient|partner|leverantör|konkurrent"
        r"|press|investerare|medlem|patient)"),
    reported=(r"\b(?:säger|sa|sade|sagt|skriver|skrev|skrivit|ber|bad|bett|svarar|svarade"
        r"|ropar|står)\b"),
    speaker=r"\b(?:jag|vi)\b",
)  # fmt: skip
DANISH = OptOutWords(
    common=words_of("jeg|vi|mig|os|fra|jeres|ikke|og|at|det|er|en|et|på|min|mine|med|venligst|tak"
        "|vil|flere|listen|fjern|ønsker|stop|mails|gerne|mere|nyhedsbrev|slet|deres"),
    stems=words_of("fjer|slet|afme|tag|stry|fram|stop|hold|kont|mail|skri|send|ring|ønsk|vil|ikke"
        "|lad"),
    removal=(r"(?:fjern|slet|afmeld|tag|stryg)(?: venligst)? (?:mig|os|min \S+|mine \S+"
    r"|vores \S+)(?: \S+){0,4}? (?:liste|lister|listen|mailingliste|mailliste|nyhedsbrev"
    r"|database|system|register|kartotek)", r"(?:slet|fjern) (?:mine|vores) (?:oplysninger|data)"
    r"|(?:slet|fjern) min (?:adresse|e-?mail\S*"
    r"|mailadresse)", r"(?:afmeld|frameld) (?:mig|os)", r"vil (?:gerne )?(?:afmeldes|frameldes"
    r"|fjernes|slettes|afmelde mig)"),
    silence=(r"(?:stop|hold op)(?: nu| venligst)?(?: med)?(?: at)? (?:maile|sende|kontakte|skrive"
        r"|spamme|ringe)(?: \S+){0,4}", r"(?:kontakt|mail|skriv|send|ring)(?: \S+){0,3}? (?:mig"
        r"|os) (?:ikke|aldrig)(?: \S+)? ?(?:mere|igen|længere)?", r"(?:ønsker|vil) ikke (?:at "
        r"|længere |have |modtage "
        r"|få )*(?:flere "
        r"|mere )?(?:mails|e-?mails"
        r"|beskeder|nyhedsbreve"
        r"|modtage)", r"(?:ønsker|vil have) ikke flere (?:mails|e-?mails|beskeder)",
        r"ikke flere (?:mails|e-?mails|beskeder)"),
    likely=(r"lad mig være i fred",),
    negation=r"\b(?:ikke|aldrig|hvordan|hvorfor|uden|hvis)\b",
    vetoes=(r"jeres kunder|vores kunder|før (?:mandag|tirsdag|onsdag|torsdag|fredag)|denne uge"
        r"|venteliste",),
    conditions=r"\b(?:hvis|ellers)\b",
    others=(r"\b(?:vores|mine?) (?:\w+ )?(?:kund|klient|partner|leverandør|konkurrent"
        r"|presse|investor|medlem|patient)"),
    reported=(r"\b(?:siger|sagde|sagt|skriver|skrev|skrevet|beder|bad|bedt|svarer|svarede"
        r"|råber|står)\b"),
    speaker=r"\b(?:jeg|vi)\b",
)  # fmt: skip
NORWEGIAN = OptOutWords(
    common=words_of("jeg|vi|meg|oss|fra|deres|ikke|og|å|det|er|en|et|på|min|mine|med|vennligst"
        "|takk|vil|flere|listen|fjern|ønsker|slutt|sende|gjerne|mer|slett|e"),
    stems=words_of("fjer|slet|avme|meld|ta|stry|slut|stop|hold|kont|mail|skri|send|ring|ønsk|vil"
        "|ikke|la"),
    removal=(r"(?:fjern|slett|avmeld|meld|ta|stryk)(?: vennligst)? (?:meg|oss|min \S+|mine \S+"
    r"|vår \S+|våre \S+)(?: \S+){0,4}? (?:liste|lister|listen|e-?postliste\w*"
    r"|mailingliste|nyhetsbrev|database|system|register)", r"(?:slett|fjern) (?:mine"
    r"|våre) (?:opplysninger|data)"
    r"|(?:slett|fjern) (?:adressen min"
    r"|e-?postadressen min|min (?:adresse"
    r"|e-?post\S*))", r"(?:avmeld|meld) (?:meg|oss)(?: av)?(?= ?(?:[.,;!]|$))",
    r"(?:ønsker|vil) å (?:bli fjernet|melde meg av|avmeldes)"),
    silence=(r"(?:slutt|stopp|hold opp)(?: nå| vennligst)?(?: med)?(?: å)? (?:sende|maile"
        r"|kontakte|skrive|spamme|ringe)(?: \S+){0,4}", r"(?:kontakt|mail|skriv|send"
        r"|ring)(?: \S+){0,3}? (?:meg"
        r"|oss) (?:ikke|aldri)(?: \S+)? ?(?:mer"
        r"|igjen|lenger)?", r"ikke (?:kontakt|skriv til|send|ring)(?: til)? (?:meg"
        r"|oss)(?: \S+){0,2}? (?:mer|igjen|lenger|flere)", r"(?:ønsker|vil) ikke (?:å |lenger "
        r"|ha |motta |få )*(?:flere "
        r"|mer )?(?:mail|mailer|e-?poster?"
        r"|meldinger|nyhetsbrev|motta)", r"ikke flere (?:mail|mailer|e-?poster|meldinger)"),
    likely=(r"la meg være i fred",),
    negation=r"\b(?:ikke|aldri|hvordan|hvorfor|uten|hvis)\b",
    vetoes=(r"deres kunder|våre kunder|før (?:mandag|tirsdag|onsdag|torsdag|fredag)|denne uken"
        r"|venteliste",),
    conditions=r"\b(?:hvis|ellers)\b",
    others=(r"\b(?:vår|våre|mine?) (?:\w+ )?(?:kund|klient|partner|leverandør|konkurrent"
        r"|presse|investor|medlem|pasient)"),
    reported=(r"\b(?:sier|sa|sagt|skriver|skrev|skrevet|ber|ba|bedt|svarer|svarte|roper"
        r"|står)\b"),
    speaker=r"\b(?:jeg|vi)\b",
)  # fmt: skip
FINNISH = OptOutWords(
    common=words_of("en|minut|meidät|ei|ja|on|että|se|teiltä|enää|listalta|postituslistalta"
        "|kiitos|pyydän|viestejä|poistakaa|älkää|halua|ole|tietoni|sähköposteja"
        "|lopettakaa|lähettäkö|minua|kiinnosta|emme"),
    stems=words_of("pois|otta|peru|halu|lope|älkä|älä|jätt|en|emme"),
    removal=(r"(?:poistakaa|poista|poistattehan|poistattekaan|ottakaa"
    r"|perukaa)(?: \S+){0,2}? (?:minut|meidät|osoitteeni|tietoni|sähköpostini"
    r"|sähköpostiosoitteeni|yhteystietoni)(?: \S+){0,3}?(?: (?:listalta|listaltanne"
    r"|postituslistalta\w*|rekisteristä\w*|jakelusta|jakelulistalta|tietokannasta\w*)"
    r"|(?= ?(?:[.,;!]|$)))", r"(?:minut|meidät|osoitteeni|tietoni) (?:voi |saa "
    r"|pitää )?(?:poistaa|poistettava)", r"(?:haluan|haluaisin) (?:pois (?:listalta"
    r"|postituslistalta)|perua (?:tilauksen|uutiskirjeen))"),
    silence=(r"(?:en|emme) (?:halua|toivo|haluaisi)(?: \S+)? (?:enää"
        r"|lisää)(?: \S+){0,3}?(?: (?:viestejä|sähköposteja|sähköpostia|postia|mainoksia"
        r"|yhteydenottoja))?", r"(?:lopettakaa|lopeta)(?: \S+)? (?:viestien|sähköpostien"
        r"|lähettäminen|lähettely|yhteydenotot|postitus|spämmääminen"
        r"|roskapostin)(?: \S+)?", r"älkää (?:enää )?(?:lähettäkö|ottako|kirjoittako"
        r"|soittako)(?: \S+){0,3}?(?: (?:enää|viestejä|yhteyttä))?",
        r"älä (?:enää )?(?:lähetä|ota|kirjoita)(?: \S+){0,3}? ?(?:enää|viestejä)"),
    likely=(r"jättäkää (?:minut|meidät) rauhaan",),
    negation=r"\b(?:älkää|älä|ei|en|miten|miksi)\b",
    vetoes=(r"asiakkaanne|ennen (?:maanantaita|tiistaita|perjantaita)|tällä viikolla|jonotuslista"
        ,),
    conditions=r"\b(?:jos|muuten)\b",
    others=(r"\b(?:meidän )?(?:asiakka|kumppani|toimittaji|kilpailij|sijoittaji|jäsen"
        r"|potilai)\w*mme\b|\basiakk\w+"),
    reported=(r"\b(?:sanoo|sanovat|sanoi|sanoivat|kirjoittaa|kirjoittavat|kirjoitti"
        r"|kirjoittivat|pyytää|pyytävät|pyysi|pyysivät|vastaa|vastaavat|vastasi"
        r"|lukee)\b"),
    speaker=r"\b(?:minä|me)\b",
)  # fmt: skip
