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

# After a name that opens a sentence comes one of these, unless another name does.
AFTER_NAMES: frozenset[str] = frozenset(
    """is has will can may was ist hat wird kann hilft vertritt est a sera peut es está ha puede è
può heeft kan é pode är har er on jest je and und et y e en och og""".split()  # noqa: SIM905
)
