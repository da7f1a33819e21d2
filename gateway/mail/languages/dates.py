"""Names of months and weekdays, and words that count days, in the languages of business mail."""

from __future__ import annotations

_MONTHS = (
    "january jan januar jänner jänn janvier janv enero ene gennaio gen januari janeiro stycznia"
    " styczeń sty ledna leden января янв январь січня tammikuu tammikuuta január ianuarie ocak"
    " ιανουαρίου siječnja",
    "february feb februar februari février fevrier févr fév febrero febbraio fevereiro fev lutego"
    " luty února únor февраля фев февраль лютого helmikuu helmikuuta február februarie şubat"
    " φεβρουαρίου veljače febr",
    "march mar märz mrz mär mars marzo maart mrt março marca marzec března březen марта мар март"
    " березня maaliskuu maaliskuuta március martie mart μαρτίου ožujka marts maerz",
    "april apr avril avr abril abr aprile abril kwietnia kwiecień dubna duben апреля апр апрель"
    " квітня huhtikuu huhtikuuta április aprilie nisan απριλίου travnja",
    "may mai mayo maggio mag mei maio maj maja května květen мая май травня toukokuu toukokuuta"
    " május mayıs μαΐου svibnja",
    "june jun juni juin junio giugno giu junho czerwca czerwiec června červen июня июн июнь червня"
    " kesäkuu kesäkuuta június iunie haziran ιουνίου lipnja",
    "july jul juli juillet juil julio luglio lug julho lipca lipiec července červenec июля июл июль"
    " липня heinäkuu heinäkuuta július iulie temmuz ιουλίου srpnja",
    "august aug août aout agosto ago augustus augusti agosto sierpnia sierpień srpna srpen августа"
    " авг август серпня elokuu elokuuta augusztus ağustos αυγούστου kolovoza",
    "september sep sept septembre septiembre settembre set setembro września wrzesień září"
    " сентября сен сентябрь вересня syyskuu syyskuuta szeptember septembrie eylül σεπτεμβρίου"
    " rujna",
    "october oct oktober okt octobre octubre ottobre ott outubro out października październik října"
    " říjen октября окт октябрь жовтня lokakuu lokakuuta október octombrie ekim οκτωβρίου"
    " listopada",
    "november nov novembre noviembre novembro listopad listopadu ноября ноя ноябрь"
    " листопада marraskuu marraskuuta noiembrie kasım νοεμβρίου studenoga",
    "december dec dezember dez décembre diciembre dic dicembre dezembro grudnia grudzień"
    " prosince prosinec декабря дек декабрь грудня joulukuu joulukuuta decembrie aralık"
    " δεκεμβρίου prosinca desember",
)  # fmt: skip
_WEEKDAYS = (
    "monday mon montag mo lundi lun lunes lunedì lunedi maandag ma segunda segunda-feira måndag mån"
    " mandag man poniedziałek poniedziałku pondělí понедельник пн maanantai hétfő pazartesi",
    "tuesday tue tues dienstag di mardi mar martes martedì martedi dinsdag terça terça-feira tisdag"
    " tis tirsdag tir wtorek wtorku úterý вторник вт tiistai kedd salı",
    "wednesday wed weds mittwoch mi mercredi mer miércoles miercoles mercoledì mercoledi woensdag"
    " wo quarta quarta-feira onsdag ons środa środę środy středa среда ср keskiviikko szerda"
    " çarşamba",
    "thursday thu thur thurs donnerstag do jeudi jeu jueves giovedì giovedi donderdag quinta"
    " quinta-feira torsdag tor tors czwartek czwartku čtvrtek четверг чт torstai csütörtök"
    " perşembe",
    "friday fri freitag fr vendredi ven viernes venerdì venerdi vrijdag vr sexta sexta-feira fredag"
    " fre piątek piątku pátek пятница пт perjantai péntek cuma",
    "saturday sat samstag sonnabend sa samedi sam sábado sabado sabato zaterdag lördag lör lørdag"
    " lør sobota sobotę суббота сб lauantai szombat cumartesi",
    "sunday sun sonntag so dimanche dim domingo domenica zondag söndag sön søndag søn niedziela"
    " niedzielę neděle воскресенье вс sunnuntai vasárnap pazar",
)  # fmt: skip

MONTHS: dict[str, int] = {
    name: number for number, names in enumerate(_MONTHS, start=1) for name in names.split()
}
WEEKDAYS: dict[str, int] = {
    name: number for number, names in enumerate(_WEEKDAYS) for name in names.split()
}
TOMORROW = frozenset(
    [
        "tomorrow",
        "morgen",
        "demain",
        "mañana",
        "domani",
        "amanhã",
        "imorgon",
        "imorgen",
        "jutro",
        "zítra",
        "завтра",
    ]
)
