"""What notices say in fixed phrases, how they greet, and how they write dates."""

from __future__ import annotations

# What is taken out as a whole, before words are looked at: in other company these words are talk.
NOTICE_PHRASES: dict[str, tuple[str, ...]] = {
    "en": (
        r"\b(?:reach|contact|call|text) me (?:directly )?(?:on|at|via|by) (?:my |the )?"
        r"(?:mobile|cell|phone|number|telephone|whatsapp|(?=[^\w ]|$| +(?:[^\w ]|$|or\b|if\b)))",
        r"\bafter (?:my return|i (?:return|get back)|(?:we|the office) reopens?|the holidays?"
        r"|return)\b",
        r"\bso (?:please|replies|responses|my|there)\b",
        r"\bupon (?:my|the)\b",
        r"\bplease bear with (?:me|us)\b",
        r"\b(?:is|are|will be) looking after\b",
        r"\bask for\b",
    ),
    "de": (
        r"\bbefinde mich\b",
        r"\berreichen (?:sie )?mich\b",
        r"\bbin ich\b",
        r"\bwerde mich\b",
        r"\bmelde mich\b",
        r"\berst (?:danach|wieder|nach)\b",
    ),
    "nl": (r"\bbereiken? (?:u )?(?:mij|me)\b",),
    "pt": (r"\bencontro-me\b", r"\bme encontro\b", r"\bdepois disso\b"),
    "sv": (r"\bnå mig\b",),
    "no": (r"\bnå meg\b",),
}

# Short names of months and days, and what stands around dates and hours, in all languages.
SHORT_DATES: frozenset[str] = frozenset(
    """jan feb mar apr may jun jul aug sep oct nov dec okt dez mrz mai mei maj mon tue wed thu fri
sat sun am pm uhr st nd rd th kl klo cet cest gmt est pst""".split()  # noqa: SIM905
)

# Words of greetings, any language.
GREETINGS: frozenset[str] = frozenset(
    """hello hi dear greetings sir madam everyone all sender there thank you thanks good day
morning afternoon colleague colleagues customer customers hallo guten tag liebe lieber sehr
geehrte geehrter damen und herren vielen dank danke absender bonjour madame monsieur merci
hola buenos días buenas tardes estimado estimada gracias muchas buongiorno salve gentile
grazie beste geachte heer mevrouw lezer klant relatie bedankt olá bom dia boa tarde obrigado
obrigada prezado prezada hej tack hei tak takk kiitos dzień dobry szanowni państwo szanowny
szanowna pani panie witam dziękuję dobrý den děkuji
здравствуйте добрый день спасибо kære kjære or""".split()  # noqa: SIM905
)

# Words with which people open a mail, beside those of `GREETINGS`.
GREETINGS_OF_PEOPLE: frozenset[str] = frozenset(
    """hey hiya evening ciao caro cara gentili egregio querido querida cher chère chers cześć
drogi droga ahoj milý milá vážený vážená moi terve hyvä arvoisa hoi dag goedemorgen
goedemiddag lieve goededag oi tere god morgen servus moin grüß gott abend привет
уважаемый уважаемая дорогой дорогая much many so very best""".split()  # noqa: SIM905
)

# What stands before a surname.
TITLES: frozenset[str] = frozenset(
    """mr mrs ms miss dr prof herr herrn frau señor señora sr sra don doña mme mlle m signor
signora sig dott mevr dhr senhor senhora pan pana paní пан господин госпожа""".split()  # noqa: SIM905
)

# Whom machines greet: anybody.
ADDRESSEES: frozenset[str] = frozenset(
    """sender senders customer customers client clients team user users valued friend friends
member members subscriber reader partner partners kunde kunden kundin kundinnen absender absenderin
zusammen
kollege kollegen kolleginnen kollegin interessent interessenten geschäftspartner
expéditeur tous toutes client cliente clients collègue collègues remitente cliente clientes todos
todas compañeros compañeras cliente clienti mittente tutti colleghi colleghe afzender lezer klant
klanten allemaal collega relatie remetente cliente clientes todos colegas kund kunder avsändare alla
afsender alle kolleger avsender asiakas lähettäjä kaikki kliencie klienci nadawco odesílateli
zákazníku клиент клиенты отправитель коллеги all everyone applicant candidate guest""".split()  # noqa: SIM905
)

# A name greeted where words are written together: before its honorific, anybody aside.
UNSPACED_NAMED = (
    r"^(?!お客|各位|皆|関係|고객|여러분|尊敬的客户|客户|客戶)"
    r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af ]{1,8}?"
    r"(?:様|さん|さま|殿|님|씨|先生|女士|小姐)[、，,。!！:： ]"
)

# Who names his own number names nobody else's.
OWN_CONTACT = (
    r"\b(?:reach|contact|call|text|e-?mail|ring|phone|write to|to|with|ask) me\b|"
    r"\b(?:erreichen|kontaktieren|rufen|schreiben) (?:sie )?mi(?:ch|r)\b|"
    r"\bmi(?:ch|r) .{0,30}\b(?:unter|auf|über)\b|\bbin ich (?!nicht).{0,30}\b(?:unter|über|auf)\b|"
    r"\bbereik\w* (?:u )?(?:mij|me)\b|\b(?:mij|me) .{0,20}\b(?:bereiken|bellen|mailen)\b|"
    r"\b(?:nå|kontakte?a?|ringe?a?|ring|på|til|till) m[ei]g\b|\b(?:do|ze|dla|na) mn(?:ie|ą|ě|ou)\b|"
    r"\b(?:ко мне|со мной|мне)\b|\bminu(?:un|lle|t)\b|"
    r"\bi(?: can| may|'m|'ll| will| am)?(?: still)? (?:be )?(?:reach|contact|available)|"
    r"\b(?:my|mein\w*|mijn|mon|mi|mio|meu|min|mitt|mój|můj) (?:own |private[sn]? )?"
    r"(?:mobil\w*|cell\w*|"
    r"phone|number|handy\w*|nummer|telefon\w*|telefoon\w*|portable|numéro|móvil|número|teléfono|"
    r"celular|telemóvel|numero|telefono|numer|číslo)\b|"
    r"\b(?:llam|escrib|contact|localiz)\w{1,4}me\b|\b(?:chiam|scriv|contatt|trov)\w{1,4}mi\b|"
    r"\b\w{3,12}-me\b|\bm'(?:appel|écri|envoy)|私(?:の携帯|まで|に)|我(?:的)?(?:手机|手機|电话|電話)|"
    r"(?:联系|聯繫|聯絡)我|(?:저에게|제 (?:휴대폰|핸드폰|번호))"
)

# After a name that opens a sentence comes one of these, unless another name does.
AFTER_NAMES: frozenset[str] = frozenset(
    """is has will can may was ist hat wird kann hilft vertritt est a sera peut es está ha puede è
può heeft kan é pode är har er on jest je and und et y e en och og""".split()  # noqa: SIM905
)
