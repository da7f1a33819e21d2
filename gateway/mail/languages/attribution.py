"""The words that introduce a quote ("On Monday, Ann wrote:") in thirty languages."""

from __future__ import annotations

# Verbs and phrases after or around the author's name.
WROTE: tuple[str, ...] = (
    "wrote", "writes", "has written", "wrote the following", "schrieb", "schreibt", "geschrieben",
    "hat geschrieben", "a écrit", "a ecrit", "écrit", "écrivait", "écrivit", "escribió",
    "escribio", "ha escrito", "escribía", "escribe", "ha scritto", "scrive", "scrisse",
    "ha scritto nel messaggio", "schreef", "heeft geschreven", "het volgende geschreven",
    "schrijft", "escreveu", "escribiu", "escreveu o seguinte", "va escriure", "ha escrit",
    "skrev", "skrev följande", "har skrevet", "skriver", "kirjoitti", "skrifaði", "napisał",
    "napisała", "napisał(a)", "napisał/a", "napisali", "pisze", "napsal", "napsala", "napsal(a)",
    "napísal", "napísala", "napísal(a)", "je napisao", "je napisala", "je napisal/a", "piše",
    "napisao", "napisal", "написал", "написала", "написал(а)", "написали", "пишет", "писал",
    "писал(а)", "написав", "написала", "пише", "написа", "írta", "ezt írta", "a következőt írta",
    "a scris", "yazdı", "şunları yazdı", "yazmış", "έγραψε", "γράφει", "כתב", "כתבה", "כתב/ה",
    "‫כתב", "كتب", "كتبت", "نوشت", "đã viết", "viết", "menulis", "tulis", "เขียนว่า", "เขียน",
    "ने लिखा", "写道", "寫道", "写到", "写了", "書いた", "書きました", "さんは書きました",
    "のメール",
    "からのメール", "님이 작성", "작성", "님이 쓴 글", "rašė", "rakstīja", "kirjutas", "shkroi",
    "idatzi zuen", "sgrifennodd", "ysgrifennodd", "escriviu", "skreiv", "ha escrito lo siguiente",
)  # fmt: skip

# First words of an attribution; a date must follow them.
OPENERS: tuple[str, ...] = (
    "on", "am", "le", "el", "il", "il giorno", "op", "em", "den", "på", "w dniu", "dnia", "dne",
    "dňa", "în", "pe", "la", "vào", "vào ngày", "pada", "dana", "на", "në", "στις", "το", "a",
    "il dì", "em data de", "in data", "no dia", "quoting", "at", "ter", "sur", "au", "ons", "tor",
    "fre", "man", "tir", "lør", "søn", "mån", "tis", "tors", "lör", "sön", "from", "ar", "kl",
    "on the", "y", "в", "בתאריך", "ב-", "في", "vom", "von",
)  # fmt: skip

# Between the parts of an attribution: before a time and after it, zones, endings of days.
JOINTS: frozenset[str] = frozenset(
    "at um à a las les los alle ore om às o kl klo hodin в у de den del dem der d la le da"  # noqa: SIM905
    " das do uhr h hrs hs am pm gmt utc cet cest est edt pst pdt cst cdt mst mdt bst ist jst"
    " msk via mailto st nd rd th er godz saat tarihinde időpontban klokken klockan kello ob v"
    " ve ngày lúc giờ the of and und et y e og och by par von from email e-mail".split()
)
# Short names of days and months that stand in attributions alone.
SHORT_DAYS: frozenset[str] = frozenset(
    "pn wt śr sr czw pt sob niedz nd pon út st čt pá so ne seg ter qua qui sex sáb sab dom"  # noqa: SIM905
    " gio ven lun mié mie jue vie sty lut kwi cze lip sie wrz paź paz lis gru kvě srp zář čvn"
    " čvc led úno bře dub říj gen mag giu lug ago set ott dic ene abr mai jui déc pzt sal çar"
    " per cum cmt oca şub nis haz tem ağu eyl eki kas ara пн вт ср чт пт сб вс янв фев мар апр"
    " июн июл авг сен окт ноя дек".split()
)
# With one of these before the verb the author himself leads in what he quotes ("As Ann wrote:").
LEAD_INS: frozenset[str] = frozenset(
    "as like what which that how when if because since here there then see so also this these and"  # noqa: SIM905
    " but or my your our his her their its i we you he she they who someone somebody everyone"
    " nobody yesterday earlier recently once now well right true thanks per for yes no ok"
    " wie was weil dass da wenn hier so mein meine dein deine unser unsere ihr ihre sein seine ich"
    " du er sie wir wer jemand gestern kürzlich neulich auch und aber"
    " comme ce que quand car si voici mon ma mes notre votre vos nos je tu il elle nous vous ils"
    " on quelqu'un hier mais et"
    " como lo cuando porque mi mis su sus nuestro nuestra yo tú él ella ellos usted alguien ayer"
    " pero meu minha nosso nossa eu ele ela você alguém ontem mas quando conforme según"
    " come ciò perché mio mia nostro nostra io lui lei noi voi qualcuno ieri ma"
    " zoals wat toen omdat mijn onze jouw uw ik jij hij zij wij iemand gisteren maar"
    " som vad hvad hva när når min mitt vår vores jag jeg du han hon hun vi de nån igår men"
    " jak co gdy mój moja nasz nasza ja ty on ona my wczoraj ale můj náš"
    " как что когда мой моя наш наша я ты он она мы вы они вчера но".split()
)
# Their dot ends no sentence.
TITLES: frozenset[str] = frozenset(
    "dr mr mrs ms mx prof st jr sr hr fr ing dipl mag phd sra srta dott sig mme mlle".split()  # noqa: SIM905
)
