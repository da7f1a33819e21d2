"""The words beside which an absent author names the day of his return, by language."""

from __future__ import annotations

# Words of return; a day behind them, or right before them, is the day.
BACK_ENGLISH = (
    r"back(?: in the office| at work| at my desk| online)?|resume\w*"
    r"|return(?:ing)?(?! (?:the (?!office)|your|this|these|my (?!desk)|it|them|any|a)\b)"
    r"|available again"
)
BACK = (
    r"zurück|wieder (?:da|erreichbar|im büro|im haus|für sie da|zurück|verfügbar|ansprechbar)"
    r"|de retour|retour|reprendrai|reviens(?! vers)|reviendrai(?! vers)|rentre(?:rai)?"
    r"|(?:à|de) nouveau (?:disponible|joignable|au bureau)"
    r"|vuelvo|regreso|volver(?:é|emos)|de vuelta|reincorpor\w+"
    r"|de nuevo (?:disponible|en la oficina)|regresar\w+"
    r"|rientr\w+|torn\w+|sar(?:ò|emo) di nuovo"
    r"|terug|weer (?:aanwezig|bereikbaar|beschikbaar|op kantoor)"
    r"|regress\w+|volto|voltar(?:ei|emos)|de volta|retorn\w+"
    r"|(?:de novo|novamente) (?:disponível|no escritório)"
    r"|tillbaka|åter|tilbake|tilbage|wracam|wrócę|powrót|takaisin|palaan|zpět|вернусь|возвращаюсь"
)
# What leads to so long from now: "in two weeks".
AHEAD: frozenset[str] = frozenset(
    "in within after innerhalb nach dans après d'ici en dentro tras em daqui após over binnen na"  # noqa: SIM905
    " tra fra dopo entro".split()
)
# Behind words of return these make an answer of it: "I'll get back to you in two days".
ANSWERING = (
    r" ?(?:to (?!work|the office|my desk|office|normal)|with (?:an?|the|more|your|details)\b"
    r"|vers |op (?:uw|je|jouw) "
    r"|a (?:escribir|contactar|llamar|responder|contestar|ligar|scriver|chiamar|contattar)\w*)"
)
# Between a day and the words of return behind it these tear them apart, or turn them round.
APART: frozenset[str] = frozenset(
    "and but or not no never then und aber oder nicht kein keine dann et mais ou pas ne puis y pero"  # noqa: SIM905
    " entonces e ma mas poi então não non en maar of niet geen dan away out gone weg fort absent"
    " ausente fuera fora afwezig assente bij"
    " when my our he she they who darauf".split()
)
# Behind the comma after a day these go on with it: "In two weeks, I will be back".
SUBJECTS: frozenset[str] = frozenset("i i'll we we'll je nous on yo nosotros eu nós io noi".split())  # noqa: SIM905
# In front of a day these speak of an answer: "Ich melde mich in zwei Tagen zurück".
PROMISING: frozenset[str] = frozenset(
    "get write call answer reply melde melden rufe rufen schreibe schreiben antworte antworten"  # noqa: SIM905
    " bel bellen mail schrijf antwoord rappelle réponds respondo llamo ligo scrivo chiamo".split()
)
# Right in front of words of return these make a request or a row of meetings of them.
RETURNING: frozenset[str] = frozenset("send ring write back".split())  # noqa: SIM905
# Before a day these say since when, until when, how it began, or that it is not so.
SINCE: frozenset[str] = frozenset(
    "not nicht pas no niet non não nie since seit depuis desde sinds from vom von du del dal"  # noqa: SIM905
    " dalla van until till bis tot".split()
)
