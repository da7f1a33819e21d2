"""How people use their rights by law: consent withdrawn, marketing objected to, own data erased.

Forms of the first person alone, about one's own consent and data: whoever asks how a product
handles such wishes, or withdraws an offer, says none of them.
"""

from __future__ import annotations

from gateway.mail.languages.periods import words_of

_END = r"(?= ?(?:[.,;:!)]|$)| (?:and|und|et|y|e|en|och|og|sekä|a|oraz) )"
_W = r"[^\s.,;:!?]+"
# What a consent is to where it ends mail: mail, marketing, data; nobody means a recording by it.
_PURPOSE = (
    r"(?:\S*marketing|\S*market\w+|\S*werb\w+|\S*markkinoin\w+|\S*marknadsför\w+|\S*markedsför\w+"
    r"|\S*markedsfør\w+|publici\w+|pubblic\w+|prospec\w+|promo\w+|reclame\w*|\S*rekl[aá]m\w*"
    r"|comercia\w+|commercia\w+|handlow\w+|obchodní\w*|e-?mails?|mails?|maili|mailings?|mailów"
    r"|\S*mejl\w*|e-?post\w*|sähköposti\w*|correos?|courriels?|newsletter\w*|nieuwsbrie\w+"
    r"|nyhe[td]sb\w+|communicat\w+|comunica\w+|communicaties|sollicit\w+|envíos?|envios?|utskick"
    r"|nachrichten|kontaktaufnahme|messages?|viest\w+|data|datenverarbeitung|daten|données|datos"
    r"|dados|dati|gegevens|uppgifter|oplysninger|opplysninger|danych|údajů|contacted|contact)"
)


def _for(*links: str) -> str:
    """Return what may follow a consent: nothing, or what mail it allowed."""
    return rf"(?:{_END}| (?:{'|'.join(links)})(?: ?{_W}){{0,7}}? ?{_PURPOSE}(?!\w))"


_DE_OBJECT = (
    r"(?:(?:ich|wir) (?:hiermit )?widersprechen?|widersprechen? (?:ich|wir)|hiermit widerspreche)"
)
_KO_DO = (
    r"(?:합니다|하겠|하고 ?싶|할게|할래|해 ?주|하여 ?주|하고자|드립|드려|부탁|바랍|원합|희망합"
    r"|\W*$)"
)
_KO_ASK = rf"(?:을|를)? ?(?:{_KO_DO}|(?:처리|요청|신청|등록)(?:을|를)? ?(?:{_KO_DO}|요청 ?드))"
_JA_DO = r"(?:します|いたします|致します|したい|を?希望(?:します|いた|致)|を?お願い|\W*$)"

RIGHTS: dict[str, tuple[str, ...]] = {
    "en": (
        rf"(?:i|we)(?:'d| {_W}){{0,4}}? (?:withdraw|revoke|rescind|withdrawn|revoked)(?: {_W})?"
        r" (?:my|our|all|any)(?: \w+)? (?:consent|permission|opt-in)"
        rf"(?:{_for('to', 'for', 'regarding')}| (?:which|that) (?:i|we|you)(?!\w))",
        rf"(?:i|we)(?: {_W}){{0,2}}? object to (?:{_W} ){{0,3}}?(?:(?:direct|e-?mail) marketing"
        r"|unsolicited|being (?:contacted|e-?mailed)|receiving|(?:processing|use|storage)"
        r" of (?:my|our))",
        r"exercis(?:e|ing) (?:my|our) rights? (?:to (?:object|erasure|deletion|be forgotten"
        r"|opt out|restrict)|of (?:objection|erasure|deletion))",
        r"stop (?:processing|using|storing) (?:any of |all )?(?:my|our) (?:personal |contact )?"
        r"(?:data|details|information|address)",
    ),
    "de": (
        rf"(?:widerrufe|widerrufen|ziehe|ziehen)(?: ich| wir)?(?: {_W}){{0,2}}? (?:meine|unsere"
        rf"|jede"
        r"|jegliche)(?: \w+)? \w*(?:einwilligung|zustimmung|erlaubnis)(?: zurück)?"
        + _for("in", "zu", "zur", "zum", "für"),
        r"^\W*widerruf (?:meiner|unserer)(?: \w+)? \w*(?:einwilligung|zustimmung)"
        + _for("in", "zu", "zur", "zum", "für"),
        rf"{_DE_OBJECT}(?: hiermit)?(?: nach| gemäß| gem) art(?:ikel)?(?!\w)",
        rf"{_DE_OBJECT}(?: \S+){{0,5}}? (?:der|jeder|jeglicher) (?:{_W} )?"
        r"(?:verarbeitung|nutzung|verwendung|speicherung) (?:meiner|unserer)",
    ),
    "fr": (
        rf"(?:retir(?:e|ons)|révoqu(?:e|ons))(?: {_W})? (?:mon|notre|tout) (?:consentement|accord)"
        + _for("à", "pour", "au", "aux", "concernant", "quant"),
        r"(?:m'oppose|nous opposons|m'opposer|nous opposer)(?: \S+)? (?:à l'(?:utilisation"
        r"|usage) de"
        r" (?:mes|nos)|au traitement de (?:mes|nos)|à (?:la|toute) (?:\w+ )?(?:prospection"
        r"|sollicitation)|à l'envoi de)",
        r"(?:(?:j')?exerc(?:e|er)|exerçons|user de|faire valoir)(?: \w+)? (?:mon|notre|nos"
        r"|mes) droits?"
        r" (?:d'opposition|à l'effacement|à l'oubli|d'effacement|de suppression)",
        r"(?:d'|l')?(?:effacer|effacement de|suppression de|effacez) (?:toutes )?(?:mes|nos)"
        r" (?:données|coordonnées)(?: personnelles)?(?:" + _END + r"| de (?:vos|votre))",
    ),
    "es": (
        rf"(?:retir(?:o|amos)|revoc(?:o|amos))(?: {_W})? (?:mi|nuestro|el|todo) consentimiento"
        + _for("para", "al", "a", "de", "del"),
        rf"me opongo (?:al|a que|a)(?: {_W}){{0,5}}? (?:mis datos|publicidad|marketing"
        r"|comunicaciones comerciales)",
        r"(?:ejer(?:zo|cemos|cer|cito))(?: \w+)? (?:mi|nuestro|el) derecho (?:de|a la|al)"
        r" (?:oposición|supresión|cancelación|olvido)",
        r"(?:supresión|eliminación|cancelación|borrado) de (?:todos )?(?:mis|nuestros) datos"
        r"(?: personales)?" + _END,
        rf"no autoriz(?:o|amos)(?: {_W}){{0,3}}? (?:envío de|recibir|mis datos)",
    ),
    "it": (
        rf"(?:revoc(?:o|hiamo)|ritir(?:o|iamo))(?: {_W})? (?:il|il mio|il nostro|ogni) consenso"
        + _for("al", "alla", "all'", "a", "per", "ad", "alle"),
        rf"(?:mi oppongo|ci opponiamo)(?: {_W}){{0,2}}? (?:trattamento|uso|utilizzo) (?:dei|di)"
        r" (?:miei|nostri)",
        r"(?:cancellazione|eliminazione|rimozione) dei (?:miei|nostri) dati(?: personali)?"
        r"(?:" + _END + r"| ai sensi| dai (?:vostri|tuoi))",
        rf"non (?:autorizzo|acconsento|acconsentiamo)(?: {_W}){{0,3}}? ?(?:invio di|ricevere"
        r"|ricezione|trattamento dei)",
    ),
    "pt": (
        rf"(?:retir(?:o|amos)|revog(?:o|amos))(?: {_W})? (?:meu|o meu|nosso|o nosso) consentimento"
        + _for("para", "ao", "à", "a", "de", "do"),
        r"(?:oponho-me|opomo-nos|me oponho) ao (?:tratamento|uso) (?:dos|de) (?:meus|nossos)",
        r"(?:exclusão|eliminação|remoção|apagamento) d(?:e todos os|os|e) (?:meus|nossos) dados"
        r"(?: pessoais)?(?:" + _END + r"| conforme| nos termos| da sua| do seu)",
        rf"não autoriz(?:o|amos)(?: {_W}){{0,2}}? (?:envio de|receber)",
    ),
    "nl": (
        rf"trek(?:ken)?(?: ik| wij| we)?(?: {_W})? (?:mijn|onze) toestemming(?: (?:voor|tot|om)"
        rf"(?: {_W}){{0,6}})? in" + _for("voor", "tot", "om"),
        rf"ma(?:ak|ken)(?: ik| wij| we)?(?: {_W})? bezwaar tegen(?: {_W}){{0,4}}? (?:(?:mijn|onze)"
        r" gegevens|direct[ -]?marketing|reclame)",
    ),
    "sv": (
        r"(?:återkallar|drar tillbaka)(?: härmed)? (?:mitt|vårt) samtycke" + _for("till", "för"),
        rf"motsätter (?:mig|oss)(?: {_W}){{0,2}}? (?:direktmarknadsföring|marknadsföring|utskick"
        r"|(?:behandling|användning)\w* av (?:mina|våra))",
    ),
    "da": (
        r"(?:trækker|tilbagekalder|tilbagetrækker)(?: hermed)? (?:mit|vores) samtykke"
        r"(?: tilbage)?" + _for("til", "om"),
        r"slet(?:te)?(?: \w+)? (?:alle )?(?:mine|vores) (?:oplysninger|personoplysninger|data"
        r"|kontaktoplysninger)(?:" + _END + r"| i henhold| jf| fra jeres)",
        rf"gør(?: {_W})? indsigelse mod(?: {_W}){{0,3}}? (?:mine|vores|markedsføring)",
    ),
    "no": (
        r"trekker(?: herved)?(?: tilbake)? samtykket (?:mitt|vårt)(?: tilbake)?"
        + _for("til", "om", "for"),
        r"trekker(?: herved)?(?: tilbake)? (?:mitt|vårt) samtykke(?: tilbake)?"
        + _for("til", "om", "for"),
        r"slette?(?: \w+)? (?:(?:person)?opplysningene|dataene|kontaktinformasjonen) (?:mine|våre"
        r"|min|vår)" + _END,
        rf"reserverer (?:meg|oss) mot(?: {_W}){{0,2}}? (?:reklame|markedsføring|henvendelser"
        r"|e-poster|slike)",
    ),
    "fi": (
        r"(?:peruutan|peruutamme|perun|perumme)(?: \w+)? (?:\w*suostumukse(?:ni|mme|n)"
        r"|markkinointilupa\w*)(?:" + _END + rf"| {_PURPOSE})",
        rf"(?:kiellän|kiellämme)(?: {_W}){{0,2}}? (?:suoramarkkinoin\w+|markkinoin\w+"
        r"|(?:henkilö)?tietojeni)",
        r"poista(?:maan|kaa)?(?: \w+)? (?:kaikki )?(?:henkilö|yhteys)?(?:tietoni|tietomme)(?: \w+)?"
        + _END,
    ),
    "pl": (
        rf"(?:wycofuj(?:ę|emy)|cofam|cofamy|odwołuj(?:ę|emy))(?: {_W})? zgod(?:ę|y)"
        + _for("na", "marketingow\\w+"),
        rf"sprzeciwiam(?:y)? się(?: {_W})? (?:przetwarzaniu (?:moich|naszych)|marketingowi)",
        r"(?:usunięci[ea]|usunąć) (?:wszystkich )?(?:moich|naszych) (?:\w+ )?danych",
        rf"nie wyraża(?:m|my)(?: już)? zgody na(?: {_W}){{0,4}}? ?{_PURPOSE}(?!\w)",
    ),
    "cs": (
        rf"(?:odvolávám|odvoláváme|beru zpět)(?: {_W})? souhlas" + _for("se?", "k", "ke"),
        rf"nesouhlasím(?:e)? se? (?:{_W} )?zasíláním(?: {_W}){{0,2}}? ?{_PURPOSE}",
        r"(?:vznáším(?:e)?|podávám) námitku proti (?:zpracování|přímému marketingu)",
        r"(?:výmaz|vymazání) (?:všech )?(?:mých|našich) (?:\w+ )?údajů",
    ),
    "ru": (
        rf"отзыва(?:ю|ем)(?: {_W})? согласие(?:{_END}| (?:на|с)(?: {_W}){{0,3}}? (?:рассылк"
        rf"|получени"
        r"|обработк|реклам|использован)\w*)",
        r"прекрати(?:ть|те)(?: \w+)? (?:обработку|использование) (?:моих|наших)(?: \w+)? данных",
        rf"не соглас(?:ен|на|ны) (?:на|с) (?:{_W} )?(?:получение\w* (?:реклам|рассыл)|рассылк)\w*",
        r"(?:удалите|уничтожьте)(?: \w+)? (?:мои|наши) (?:\w+ )?данные" + _END,
    ),
    "tr": (
        r"(?:\w*onay|r[ıi]za|izn|muvafakat)\w*m[ıi]\w* (?:geri (?:al|[çc]ek)(?!m)\w*"
        r"|iptal (?:et|ed)(?!m)\w*)",
        r"(?:ticari|reklam|tan[ıi]t[ıi]m|pazarlama)(?: elektronik| ama[çc]l[ıi])? (?:ileti|e-?posta"
        r"|mesaj|mail)\w*(?: \w+)? almak istemiyor\w+",
    ),
    "zh": (
        r"(?:我|本人|我们|我們|兹|茲)(?:在此|现|現|要|想|希望|决定|決定|正式)?(?:撤回|收回|撤销"
        r"|撤銷)"
        r"\w{0,4}(?:同意(?:接收|收取|使用|处理|處理|\W*$)|(?:接收|收取|使用|处理"
        r"|處理)\w{0,14}(?:同意"
        r"|授权|授權))",
        r"(?:^|(?<=[，,。;； 请請])|我|本人|我们|我們)(?:在此|明确|明確)?(?:拒绝|拒絕"
        r"|拒)(?:再)?(?:接收"
        r"|收取|收到|收)(?:任何|所有|此类|此類|贵司|贵公司)?\w{0,4}(?:广告|廣告|营销|行銷|推广"
        r"|推廣|商业"
        r"|宣传|邮件|郵件|电邮|電郵)",
        r"(?:删除|刪除|移除|清除|销毁)我(?:们|們)?的(?:个人|個人)(?:信息|資料|资料|数据|數據|資訊)",
    ),
    "ja": (
        rf"(?:受信|配信|広告|勧誘|営業)(?:メール|電話)?(?:の(?:受信|配信|送信))?を?(?:拒否"
        rf"|拒絶){_JA_DO}",
        rf"(?:受信|配信|利用|送信|メール)\w{{0,8}}(?:同意|承諾)を(?:撤回|取り消し|取消){_JA_DO}",
        rf"オプトアウト{_JA_DO}",
        r"(?:配信|受信|メルマガ|広告メール"
        r"|営業メール)[をは](?:今後)?(?:一切)?(?:希望(?:しません|いたしま"
        r"せん|致しません)|望みません)",
        r"(?:今後の|以降の|メールの|メルマガの|広告の|^)(?:配信|送信|送付)は(?:一切)?(?:不要"
        r"|結構です"
        r"|必要ありません)",
        r"個人(?:情報|データ)の(?:利用|使用)?の?(?:停止|削除|消去|抹消)を?(?:求め|請求し|お願い"
        r"|希望し)",
    ),
    "ko": (
        rf"수신(?:을)? ?(?:거부|거절){_KO_ASK}",
        rf"(?:광고|마케팅|홍보|메일|이메일|뉴스레터|정보|수신)\S*(?: \S+){{0,3}}? ?동의(?:를"
        rf"|을)? ?철회"
        rf"{_KO_ASK}",
        rf"^\W*(?:(?:저는|저희는|본인은|이에) )?동의(?:를|을) ?철회{_KO_DO}",
        rf"(?:광고|홍보|마케팅|메일)\S*(?: \S+)? ?(?:전송|발송|송신)(?:을|를)? ?(?:거부|거절"
        rf"|중단|중지)"
        rf"{_KO_ASK}",
        r"(?:제|저의|저희|내|본인의?) ?(?:개인 ?정보|정보|이메일|메일|연락처|데이터)\S*(?: \S+)?"
        rf" ?(?:삭제|파기|폐기|처리 ?정지){_KO_ASK}",
    ),
}

# The first four letters of the words above, one of which each match holds.
STEMS: dict[str, frozenset[str]] = {
    code: words_of(stems)
    for code, stems in {
        "en": "with|revo|resc|obje|exer|stop",
        "de": "wide|zieh",
        "fr": "reti|révo|oppo|exer|effa|supp|fair|user",
        "es": "reti|revo|opon|ejer|supr|elim|canc|borr|auto",
        "it": "revo|riti|oppo|canc|elim|rimo|auto|acco",
        "pt": "reti|revo|opon|opom|excl|elim|remo|apag|auto",
        "nl": "trek|bezw",
        "sv": "åter|drar|mots",
        "da": "træk|tilb|slet|inds",
        "no": "trek|slet|rese",
        "fi": "peru|kiel|pois",
        "pl": "wyco|cofa|odwo|sprz|usun|wyra",
        "cs": "odvo|beru|neso|námi|výma|vyma",
        "tr": "onay|rıza|riza|izni|muva|tica|rekl|tanı|tani|paza|geri",
    }.items()
}
