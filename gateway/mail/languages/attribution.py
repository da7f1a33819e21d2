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
