"""How stretches of time are named in German, French, Spanish, Portuguese, Dutch, Italian."""

from __future__ import annotations

from gateway.mail.languages.periods import Words, each, numbers_of, seasons_of, words_of

GERMAN = Words(
    prepositions=each(
        in_="in|im|in der|in den|am|zum|zur|anfang des|um|um den|gegen|gegen den|so in|etwa in",
        after="nach|nach dem|nach der|nach den|erst nach",
        from_="ab|ab dem|ab der|frühestens|frühestens im|frühestens ab|frühestens in|erst ab"
        "|erst im|erst in|erst wieder im|erst wieder ab",
        until="bis|bis zum|bis zur|bis in den|bis in die|die nächsten|die kommenden|bis nach",
        before="vor|vor dem|vor der|vor den",
        by="spätestens|bis spätestens",
    ),
    units={
        "tag": "d", "tage": "d", "tagen": "d", "woche": "w", "wochen": "w", "monat": "m",
        "monate": "m", "monaten": "m", "monats": "m", "quartal": "q", "quartale": "q",
        "quartalen": "q", "quartals": "q", "jahr": "y", "jahre": "y", "jahren": "y", "jahres": "y",
        "halbjahr": "h", "halbjahres": "h", "halben jahr": "h",
    },
    numbers=numbers_of("ein|eine|einem|einer|einen", "zwei", "drei|paar|einigen|einige|ein paar",
                     "vier", "fünf", "sechs", "sieben", "acht", "neun", "zehn", "elf", "zwölf"),
    upcoming=words_of("nächste|nächsten|nächstes|nächster|nächstem|kommende|kommenden|kommendes"
                  "|kommendem|kommender"),
    current=words_of("diese|diesen|dieses|diesem|dieser|laufenden"),
    parts=each(early="anfang|beginn|zu beginn", mid="mitte", late="ende|gegen ende",
                later="später|noch"),
    seasons=seasons_of("frühling|frühjahr", "sommer", "herbst", "winter"),
    events=each(
        easter="ostern", christmas="weihnachten", newyear="neujahr|neuen jahr|jahreswechsel",
        holidays="feiertagen|feiertage", summerbreak="sommerferien|sommerurlaub|sommerpause"
            "|urlaubszeit",
        weekend="wochenende", fiscal="geschäftsjahr|wirtschaftsjahr|haushaltsjahr",
    ),
    quarter=words_of("quartal|quartals"),
    half=words_of("halbjahr|jahreshälfte"),
    week=words_of("kw|kalenderwoche"),
    ordinals={"erste": 1, "ersten": 1, "zweite": 2, "zweiten": 2, "zweites": 2, "dritte": 3,
              "dritten": 3, "drittes": 3, "vierte": 4, "vierten": 4, "viertes": 4, "letzten": 4},
    skipped=words_of("der|die|das|den|dem|des|erst|wieder|so"),
    joins=words_of("oder|und|/|-|–|bis"),
    earliest=("frühestens", "oder später"),
    past=words_of("letzten|letztes|letzte|letzter|vergangenen|vergangenes"),
)  # fmt: skip
FRENCH = Words(
    prepositions=each(
        in_="en|au|dans|à|à la|au mois de|courant|dans le courant du|vers|sur|pendant|durant",
        after="après|après la|après les|passé|une fois passé",
        from_="au plus tôt|au plus tôt en|au plus tôt à|à partir de|à partir du|dès|à compter de"
        "|à compter du",
        until="jusqu'à|jusqu'en|jusqu'au|jusqu à|jusqu en|jusqu au|d'ici",
        before="avant|avant la|avant le|avant les",
    ),
    units={
        "jour": "d", "jours": "d", "semaine": "w", "semaines": "w", "mois": "m", "trimestre": "q",
        "trimestres": "q", "an": "y", "ans": "y", "année": "y", "années": "y", "semestre": "h",
    },
    numbers=numbers_of("un|une", "deux", "trois|quelques", "quatre", "cinq", "six", "sept", "huit",
                     "neuf", "dix", "onze", "douze"),
    upcoming=words_of("prochain|prochaine|prochains|prochaines"),
    current=words_of("ce|cet|cette"),
    parts=each(early="début", mid="mi|milieu", late="fin|fin de"),
    seasons=seasons_of("printemps", "été", "automne", "hiver"),
    events=each(
        easter="pâques", christmas="noël", newyear="nouvel an", holidays="fêtes|les fêtes",
        summerbreak="vacances d'été|vacances d été|grandes vacances|congés d été|vacances",
        rentree="rentrée", weekend="week end|weekend", fiscal="exercice fiscal|exercice",
    ),
    quarter=words_of("trimestre"),
    half=words_of("semestre"),
    week=words_of("semaine"),
    ordinals={"premier": 1, "1er": 1, "deuxième": 2, "second": 2, "troisième": 3, "quatrième": 4,
              "dernier": 4},
    skipped=words_of("le|la|les|l|du|de|des|d|'|mois"),
    joins=words_of("ou|et|/|-|–|à"),
    earliest=("au plus tôt", "minimum"),
    past=words_of("dernier|dernière|passé|passée"),
)  # fmt: skip
SPANISH = Words(
    prepositions=each(
        in_="en|a|al|para|hacia|dentro de|sobre|a lo largo de|por",
        after="después de|después del|tras|pasado|pasada|pasadas",
        from_="a partir de|a partir del|desde|como pronto en|como muy pronto en",
        until="hasta|hasta el|hasta la",
        before="antes de|antes del",
    ),
    units={
        "día": "d", "días": "d", "semana": "w", "semanas": "w", "mes": "m", "meses": "m",
        "trimestre": "q", "trimestres": "q", "año": "y", "años": "y", "semestre": "h",
    },
    numbers=numbers_of("un|una|uno", "dos|un par de", "tres|unos|unas|algunos|algunas", "cuatro",
                     "cinco", "seis", "siete", "ocho", "nueve", "diez", "once", "doce"),
    upcoming=words_of("próximo|próxima|próximos|próximas|viene|entrante|que"),
    current=words_of("este|esta"),
    parts=each(
        early="principios|principios de|comienzos|comienzos de|inicios|inicios de|primeros de",
        mid="mediados|mediados de", late="finales|finales de|fin|fin de|fines de",
    ),
    seasons=seasons_of("primavera", "verano", "otoño", "invierno"),
    events=each(
        easter="semana santa|pascua", christmas="navidad|navidades", newyear="año nuevo",
        holidays="fiestas|las fiestas", summerbreak="vacaciones de verano|vacaciones",
        fiscal="ejercicio|año fiscal|ejercicio fiscal",
    ),
    quarter=words_of("trimestre"),
    half=words_of("semestre"),
    week=words_of("semana"),
    ordinals={"primer": 1, "primero": 1, "segundo": 2, "tercer": 3, "tercero": 3, "cuarto": 4,
              "último": 4},
    skipped=words_of("el|la|los|las|del|de"),
    joins=words_of("o|y|/|-|–|a"),
    earliest=("como pronto", "como muy pronto"),
    past=words_of("pasado|pasada|hace"),
)  # fmt: skip
PORTUGUESE = Words(
    prepositions=each(
        in_="em|no|na|nos|nas|daqui a|dentro de|lá para|lá pra|por volta de|para|pelo|pela",
        after="depois de|depois do|depois da|depois das|depois dos|após|após o|após a",
        from_="a partir de|a partir do|a partir da|só em|só no|desde",
        until="até|até ao|até o|até a|até à",
        before="antes de|antes do|antes da",
    ),
    units={
        "dia": "d", "dias": "d", "semana": "w", "semanas": "w", "mês": "m", "meses": "m",
        "trimestre": "q", "trimestres": "q", "ano": "y", "anos": "y", "semestre": "h",
    },
    numbers=numbers_of("um|uma", "dois|duas", "três|uns|umas|alguns|algumas", "quatro", "cinco",
                     "seis", "sete", "oito", "nove", "dez", "onze", "doze"),
    upcoming=words_of("próximo|próxima|próximos|próximas|vem|que"),
    current=words_of("este|esta|neste|nesta|deste"),
    parts=each(early="início|início de|começo|começo de|princípio|princípio de",
                mid="meados|meados de|meio", late="fim|fim de|final|final de|finais de"),
    seasons=seasons_of("primavera", "verão", "outono", "inverno"),
    events=each(
        easter="páscoa", christmas="natal", newyear="ano novo", holidays="festas",
        summerbreak="férias de verão|férias", fiscal="ano fiscal|exercício",
    ),
    quarter=words_of("trimestre"),
    half=words_of("semestre"),
    week=words_of("semana"),
    ordinals={"primeiro": 1, "segundo": 2, "terceiro": 3, "quarto": 4, "último": 4},
    skipped=words_of("o|a|os|as|do|da|de"),
    joins=words_of("ou|e|/|-|–|a"),
    earliest=("no mínimo", "o mais cedo"),
    past=words_of("passado|passada|há"),
)  # fmt: skip
DUTCH = Words(
    prepositions=each(
        in_="in|over|op|rond|tijdens|met|begin",
        after="na|na de|na het|pas na",
        from_="vanaf|per|pas in|pas vanaf|pas",
        until="tot|tot in|tot en met|de komende",
        before="voor|vóór",
    ),
    units={
        "dag": "d", "dagen": "d", "week": "w", "weken": "w", "weekje": "w", "maand": "m",
        "maanden": "m", "kwartaal": "q", "kwartalen": "q", "jaar": "y", "jaren": "y",
        "halfjaar": "h", "half jaar": "h",
    },
    numbers=numbers_of("een|één", "twee|paar|een paar", "drie|enkele", "vier", "vijf", "zes",
                     "zeven", "acht", "negen", "tien", "elf", "twaalf"),
    upcoming=words_of("volgend|volgende|komend|komende"),
    current=words_of("dit|deze"),
    parts=each(early="begin|het begin van", mid="medio|half|midden", late="eind|einde|het eind van"
                "|het einde van"),
    seasons=seasons_of("lente|voorjaar", "zomer", "herfst|najaar", "winter"),
    events=each(
        easter="pasen", christmas="kerst", newyear="nieuwjaar|nieuwe jaar|jaarwisseling",
        holidays="feestdagen", summerbreak="zomervakantie|vakantie", weekend="weekend",
        fiscal="boekjaar",
    ),
    quarter=words_of("kwartaal"),
    half=words_of("helft"),
    week=words_of("week"),
    ordinals={"eerste": 1, "tweede": 2, "derde": 3, "vierde": 4, "laatste": 4},
    skipped=words_of("de|het|van|pas"),
    joins=words_of("of|en|/|-|–|tot"),
    earliest=("op zijn vroegst", "op z'n vroegst"),
    past=words_of("geleden|vorig|vorige|afgelopen"),
)  # fmt: skip
ITALIAN = Words(
    prepositions=each(
        in_="in|a|ad|tra|fra|nel|nella|nell|verso|verso la|per|durante",
        after="dopo|dopo il|dopo la|dopo le|passata|passato",
        from_="da|dal|dalla|a partire da|a partire dal",
        until="fino a|fino al|fino alla|fino ad",
        before="prima di|prima del|prima della",
    ),
    units={
        "giorno": "d", "giorni": "d", "settimana": "w", "settimane": "w", "mese": "m", "mesi": "m",
        "trimestre": "q", "trimestri": "q", "anno": "y", "anni": "y", "semestre": "h",
    },
    numbers=numbers_of("un|una|uno", "due|paio di|un paio di", "tre|qualche", "quattro", "cinque",
                     "sei", "sette", "otto", "nove", "dieci", "undici", "dodici"),
    upcoming=words_of("prossimo|prossima|prossimi|prossime"),
    current=words_of("questo|questa|quest"),
    parts=each(early="inizio|inizi", mid="metà", late="fine"),
    seasons=seasons_of("primavera", "estate", "autunno", "inverno"),
    events=each(
        easter="pasqua", christmas="natale", newyear="capodanno|anno nuovo|nuovo anno",
        holidays="feste", summerbreak="vacanze estive|vacanze|ferie|ferie estive",
        fiscal="esercizio|anno fiscale",
    ),
    quarter=words_of("trimestre"),
    half=words_of("semestre"),
    week=words_of("settimana"),
    ordinals={"primo": 1, "secondo": 2, "terzo": 3, "quarto": 4, "ultimo": 4},
    skipped=words_of("il|la|lo|l|le|i|gli|del|della|dell|di|d|'"),
    joins=words_of("o|e|/|-|–|a"),
    earliest=("al più presto", "non prima"),
    past=words_of("scorso|scorsa|fa"),
)  # fmt: skip
