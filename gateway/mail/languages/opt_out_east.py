"""How people end all mail in Polish, Czech, Russian, Turkish, Chinese, Japanese and Korean."""

from __future__ import annotations

from gateway.mail.languages.opt_out import OptOutWords
from gateway.mail.languages.periods import words_of

POLISH = OptOutWords(
    common=words_of("nie|mnie|nas|i|z|na|proszę|prosimy|się|to|do|jest|dziękuję|listy|więcej"
        "|wiadomości|moje|usunąć|usuńcie|chcę|życzę|sobie|maili|jak|wasi|dane|adres"
        "|od|państwa"),
    stems=words_of("usun|usuń|wypi|wykr|skre|chcę|żąda|rezy|życz|otrz|dost|pisa|pisz|wysy|kont"
        "|dzwo|prze|dajc"),
    removal=(r"(?:usun\w+|usuń\w*|wypis\w+|wykreśl\w+|skreśl\w+)(?: \S+){0,2}? (?:mnie|nas"
    r"|mój adres\S*|moje dane|nasz adres|nasze dane)(?: \S+){0,3}?(?: (?:listy|bazy"
    r"|newslettera|subskrypcji|mailingu|systemu|baz)|(?= ?(?:[.,;!]|$)))",
    r"(?:mnie|nas) (?:usunąć|wypisać|wykreślić|skreślić)(?: \S+){0,2}? (?:listy|bazy|newslettera"
    r"|subskrypcji|mailingu)", r"(?:chcę|chciał\w+|proszę o|żądam)(?: \S+){0,2}? (?:wypisać się"
    r"|wypisanie|usunięcie|usunięcia)(?: \S+){0,4}", r"rezygnuję z (?:newslettera|subskrypcji"
    r"|otrzymywania)",
    r"(?:proszę|prosimy|wnoszę) o (?:\S+ )?(?:wykreślenie|wypisanie|skreślenie|usunięcie)(?: \S+)?"
    r" z(?: \S+)? (?:listy|bazy|newslettera|subskrypcji|mailingu)"),
    silence=(r"nie (?:życzę|życzymy) sobie(?: \S+){0,4}", r"(?:nie chcę"
        r"|nie chcemy)(?: \S+)? (?:więcej |już "
        r"|dłużej )?(?:otrzymywać"
        r"|dostawać)(?: \S+){0,3}", r"(?:proszę |prosimy )?(?:nie (?:pisać|pisz\w*|wysyłać"
        r"|wysyłaj\w*|kontaktować|kontaktuj\w*"
        r"|dzwonić))(?: \S+){0,3}? (?:więcej|już|nigdy)", r"(?:proszę |prosimy )?(?:więcej"
        r"|już) (?:\S+ ){0,2}?nie (?:pisać"
        r"|pisz\w*|wysyłać|wysyłaj\w*"
        r"|kontaktować)", r"(?:przestańcie|przestań|proszę przestać)(?: \S+){0,2}? (?:pisać"
        r"|wysyłać|wysyłania|kontaktować|spamować|przysyłać)"),
    likely=(r"dajcie mi spokój",),
    negation=r"\b(?:nie|nigdy|jak|dlaczego|bez|jeśli)\b",
    vetoes=(r"wasi klienci|nasi klienci|państwa klienci|przed (?:poniedziałkiem|wtorkiem"
        r"|piątkiem)|w tym tygodniu",),
    conditions=r"\b(?:jeśli|jeżeli)\b",
    others=(r"\b(?:nasz\w*|moi\w*) (?:\w+ )?(?:klient|partner|dostawc|konkuren|pras"
        r"|inwestor|członk|pacjent)"),
    reported=(r"\b(?:mówi|mówią|mówił[aio]?|mówiły|powiedział[ao]?|powiedzieli|pisze|piszą"
        r"|napisał[ao]?|napisali|prosi|proszą|prosił[aio]?|poprosił[aio]?|odpisał[ao]?"
        r"|odpisali)\b(?! o)"),
    speaker=r"\b(?:ja|my)\b",
)  # fmt: skip
CZECH = OptOutWords(
    common=words_of("mě|mne|nás|z|ze|na|prosím|se|to|je|děkuji|seznamu|nechci|další|už|mi|nepište"
        "|odběru|odhlaste|e|maily|jak|vaši|moje|dostávat|od|vás|nepřeji|přestaňte"),
    stems=words_of("odhl|vyřa|odst|vyma|smaž|vyšk|chci|přej|žádá|nech|nepř|nepi|nepo|neko|nevo"
        "|neob|přes|už"),
    removal=(r"(?:odhlaste|odhlas|vyřaďte|vyřaď|odstraňte|odstraň|vymažte|vymaž|smažte"
    r"|vyškrtněte)(?: \S+)? (?:mě|mne|nás|můj \S+|moje \S+|moji \S+|mou \S+|naši \S+"
    r"|naše \S+)(?: \S+){0,3}?(?: (?:seznamu|databáze|odběru|newsletteru|rozesílky"
    r"|rozesílání|listu|evidence)|(?= ?(?:[.,;!]|$)))", r"(?:chci|chtěl\w* bych|přeji si|prosím o"
    r"|žádám o)(?: \S+){0,2}? (?:odhlásit"
    r"|odhlášení|vyřazení|vyřadit|výmaz"
    r"|vymazání)(?: \S+){0,3}"),
    silence=(r"(?:nechci|nechceme|nepřeji si|nepřejeme si)(?: \S+)? (?:dostávat|dostávat|přijímat"
        r"|další|už|už žádné|od vás)(?: \S+){0,4}", r"(?:nepište|neposílejte|nekontaktujte"
        r"|nevolejte|neobtěžujte)(?: \S+){0,3}?(?: "
        r"(?:už|více|víc|nikdy|znovu|další))(?: \S+)?"
        r"|už (?:mi |mě |nás )?(?:nepište|neposílejte"
        r"|nekontaktujte)(?: \S+)?", r"(?:přestaňte|přestaň)(?: \S+){0,2}? (?:psát|posílat"
        r"|kontaktovat|spamovat|obtěžovat)"),
    likely=(r"nechte mě (?:být|na pokoji)",),
    negation=r"\b(?:ne|nikdy|jak|proč|bez|pokud)\b",
    vetoes=(r"vaši zákazníci|naši zákazníci|do pondělí|tento týden",),
    conditions=r"\b(?:jestli|pokud|jinak)\b",
    others=(r"\b(?:naš\w*|moj\w*) (?:\w+ )?(?:zákazn|klient|partner|dodavatel|konkuren|tisk"
        r"|investor|člen|pacient)"),
    reported=(r"\b(?:říká|říkají|řekla?|řekli|píše|píší|napsala?|napsali|žádá|žádají"
        r"|požádala?|požádali|odpověděla?|odpověděli)\b"),
    speaker=r"\b(?:já|my|jsem|jsme)\b",
)  # fmt: skip
RUSSIAN = OptOutWords(
    common=frozenset(),
    stems=frozenset(),
    removal=(r"(?:удалите|уберите|исключите|вычеркните|отпишите|удали|убери"
    r"|отпиши)(?: \S+)? (?:меня|нас|мой адрес|мои данные|наш адрес|наши данные|мою почту"
    r"|мой email|мой e-mail)(?: \S+){0,3}?(?: (?:рассылки|рассылок|списка|базы|подписки"
    r"|списков)|(?= ?(?:[.,;!]|$)))", r"(?:хочу|хотел\w* бы|прошу)(?: \S+){0,2}? (?:отписаться"
    r"|отписать|удалить (?:меня|мой|мои)|исключить (?:меня"
    r"|нас))(?: \S+){0,3}"),
    silence=(r"(?:больше|никогда)(?: \S+){0,2}? не (?:пишите|присылайте|звоните|беспокойте"
        r"|отправляйте|шлите)(?: \S+){0,2}", r"не (?:пишите|присылайте|звоните|беспокойте"
        r"|отправляйте|шлите)(?: \S+){0,3}? (?:больше"
        r"|никогда)", r"(?:прекратите|перестаньте|хватит)(?: \S+){0,2}? (?:писать|присылать|слать"
        r"|рассылку|спамить|отправлять|рассылать|спам)", r"не (?:хочу|хотим|желаю"
        r"|желаем)(?: \S+)? (?:больше )?"
        r"(?:получать)(?: \S+){0,3}"),
    likely=(r"оставьте меня в покое", r"это спам"),
    negation=r"\b(?:не|никогда|как|почему|без|если)\b",
    vetoes=(r"ваши клиенты|наши клиенты|до (?:понедельника|вторника|пятницы)|на этой неделе",),
    conditions=r"\b(?:если|иначе)\b",
    others=(r"(?:наш\w*|мои\w*) (?:\w+ )?(?:клиент|партн|поставщик|конкурент|пресс|инвестор"
        r"|пациент)"),
    reported=(r"\b(?:сказала?|сказали|говорит|говорят|пишет|пишут|написала?|написали|просит"
        r"|просят|попросила?|попросили|ответила?|ответили)\b"),
    speaker=r"\b(?:я|мы)\b",
)  # fmt: skip
# "-ma", "-me" behind a verb forbids: "çıkarın" takes off, "çıkarmayın" must not. Typed with and
# without the letters that are not on every keyboard.
_NOT = r"(?!m[ae](?:y|[ .,!]|$))"
_TAKE = rf"(?:[çc][ıi]kar{_NOT}|sil{_NOT}|kald[ıi]r{_NOT}|d[üu][şs][üu]r{_NOT})\w*"
_FORBID = r"(?:g[öo]nder|at|yaz|yolla|ara|ula[şs]|rahats[ıi]z et|ileti[şs]ime ge[çc])m[ae]y\w*"
_POST = r"(?:e-?posta|mail|e-?mail|mesaj|b[üu]lten|reklam|ileti)\w*"
TURKISH = OptOutWords(
    common=words_of("ve|bir|bu|için|icin|ile|de|da|lütfen|lutfen|ben|beni|bizi|bana|bize|biz|sizin"
        "|size|sizden|listeden|listenizden|değil|istemiyorum|istemiyoruz|daha|fazla|artık|artik|e"
        "|posta|teşekkürler|teşekkür|ederim|çıkarın|silin|mail|nasıl|çok|var|mı|mi|hakkında|olarak"
        "|ilgilenmiyoruz|verilerimi|yazmayın|göndermeyin|rica"),
    stems=words_of("çıka|cika|sil|sili|siln|silm|kald|düşü|dusu|abon|üyel|uyel|iste|gönd|gond|atma"
        "|yazm|yoll|aram|ulaş|ulas|raha|geçm|gecm|bıra|bira|spam|alma"),
    removal=(rf"(?:beni|bizi|adresim\w*|e-?posta\w*m[ıi]\w*|mailim\w*|bilgilerim\w*|verilerim\w*"
        rf"|numaram\w*|kayd[ıi]m\w*|ismim\w*)(?: \S+){{0,4}}? {_TAKE}",
        rf"(?:liste|veri ?taban|b[üu]lten)\w*d[ae]n (?:\S+ )?{_TAKE} (?:beni|bizi)",
        rf"^(?:\W|l[üu]tfen ){{0,3}}(?:mail |e-?posta )?(?:liste|veri ?taban|b[üu]lten)\w*d[ae]n"
        rf"(?: \S+)? {_TAKE}",
        r"(?:abonelik|üyelik|uyelik)ten (?:[çc][ıi]k|ayr[ıi]l)(?!ma(?:y|[ .,!]|$))\w*",
        r"(?:aboneli|üyeli|uyeli)[ğg]im\w*(?: \S+)? (?:iptal ed|iptal et(?!me)|sonland[ıi]r(?!ma)"
        r"|sil(?!me))\w*"),
    silence=(rf"(?:bana|bize|art[ıi]k|bir daha|daha fazla)(?: \S+){{0,3}}? {_POST}(?: \S+)?"
        rf" {_FORBID}",
        rf"(?:bana|bize|beni|bizi|benimle|bizimle)(?: \S+){{0,2}}? (?:bir daha|art[ıi]k|asla)"
        rf"(?: \S+){{0,3}}? {_FORBID}",
        rf"(?:bir daha|art[ıi]k|asla) (?:bana|bize|beni|bizi|benimle|bizimle)(?: \S+){{0,3}}?"
        rf" {_FORBID}",
        rf"(?:art[ıi]k|daha fazla|ba[şs]ka|sizden)(?: \S+){{0,3}}? {_POST} (?:almak |gelmesini "
        rf"|g[öo]rmek )?istemiyor\w+",
        rf"(?:{_POST} (?:g[öo]nder|at|yolla)\w*|bana yazmay[ıi]) (?:b[ıi]rak|kes|durdur)(?!ma)\w*"),
    likely=(r"(?:beni|bizi) rahat b[ıi]rak\w*", r"bu (?:bir )?spam"),
    negation=r"\b(?:nasıl|nasil|neden|niçin|niye)\b",
    vetoes=(r"m[üu][şs]terileriniz|istemiyor\w* (?:de[ğg]il)|[çc][ıi]kmak istemiyor|bekleme listesi"
        r"|(?:pazartesi|sal[ıi]|[çc]ar[şs]amba|per[şs]embe|cuma)\S* (?:[öo]nce|kadar)|bu hafta"
        r"|toplant[ıi] listesi|l[ae]r[ıi]m[ıi]z(?:e|a|le|la|i|ı)\b",),
    conditions=r"\b(?:eğer)\b",
    others=(r"\b(?:m[üu][şs]teri|tedarik[çc]i|rakip|ortak|bas[ıi]n|yat[ıi]r[ıi]mc[ıi]|[üu]ye|hasta)"
        r"(?:ler|lar)\S*im\w*"),
    reported=r"\b(?:diyor(?:lar)?|dedi(?:ler)?|yazd[ıi](?:lar)?|yaz[ıi]yor(?:lar)?|s[öo]yledi(?:ler)?)\b",
    reported_behind=(r"\W{0,3}(?:diye|diyor|dedi|yaz[ıi]yor(?!um|uz)|yazd[ıi](?!m|k)|istiyor(?!um|uz))"),
)  # fmt: skip
CHINESE = OptOutWords(
    common=frozenset(),
    stems=frozenset(),
    removal=(r"把我(?:们)?(?:的\w{0,6})?(?:从|從)\w{0,12}(?:删除|刪除|移除|去掉|剔除|移出)",
    r"(?:从|從)\w{0,10}(?:列表|名单|名單|清单|清單|数据库|資料庫)\w{0,4}(?:删除|刪除|移除|去掉"
    r"|剔除)我?",
    r"(?:删除|刪除|移除|清除)我(?:们|們)?的(?:邮箱|邮件|电子邮件|地址|信息|資料|资料|数据"
    r"|联系方式|個資|信箱)",
    r"(?:我要|我想|请|請|申请)(?:帮我|幫我|为我)?(?:退订|退訂|取消订阅|取消訂閱)"),
    silence=(r"(?:不要|别|請勿|请勿|请不要|請不要)再?(?:给|給|向)?我?(?:们|們)?(?:发|發|寄|发送"
        r"|發送|联系|聯絡|聯繫|打扰|打擾)\w{0,10}(?:邮件|郵件|信|信息|广告|廣告|联系|了|我)?",
        r"(?:停止|终止|終止)(?:给我|給我|向我)?(?:发送|發送|发|發|寄)\w{0,4}(?:邮件|郵件|广告|信)",
        r"(?:不想|不希望|不愿意|不願意)(?:再|继续|繼續)?(?:收到|接收|接到)\w{0,8}(?:邮件|郵件"
        r"|信息|广告|信|来信|推广)"),
    likely=(r"(?:这|這)是(?:垃圾邮件|垃圾郵件|骚扰|騷擾)",),
    negation=r"(?:不要|别|請勿|请勿|不用|如何|怎么|怎麼|为什么|無需|无需|不必)",
    vetoes=(r"客户(?:如何|怎么)|退订率|(?:周|星期)[一二三四五六日]之?前|今天|本周|打电话|發票"
        r"|发票",),
    others=r"我(?:们|們)的?(?:客户|客戶|合作伙伴|供应商|供應商|竞争|競爭|媒体|媒體)",
    reported=(r"(?:同事|客户|客戶|他|她|他们|他們|有人|用户|用戶|老板|老闆|人们)\w{0,6}(?:说|說|写|寫|表示|要求|回复|回覆|告诉"
        r"|告訴)"),
)  # fmt: skip
JAPANESE = OptOutWords(
    common=frozenset(),
    stems=frozenset(),
    removal=(r"(?:配信|メール|送信|メルマガ|購読|ニュースレター)(?:の(?:配信|送信"
    r"|登録))?[をの](?:停止|解除|中止|止め|やめ)",
    r"(?:リスト|名簿|データベース|配信先|メーリングリスト)から\w{0,8}(?:削除|外し|除外|はずし"
    r"|抹消)", r"(?:登録|アドレス|個人情報|データ|連絡先)を(?:削除|解除|抹消|消去)",
    r"配信停止\w{0,6}(?:お願い|希望|して)"),
    silence=(r"(?:今後|もう|二度と|これ以上)?(?:の)?(?:メール|ご連絡|連絡|営業メール|案内|DM"
        r"|dm)(?:を|は|の送信は|の配信は)?(?:一切)?(?:送らない|送信しない|しない|寄越さない"
        r"|送るのを(?:やめ|止め)|不要です|お断り|ご遠慮|控え|やめて|止めて|結構です)",
        r"(?:送信|配信|送付)(?:しない|を(?:やめ|止め|控え))"),
    likely=(r"迷惑メール",),
    negation=r"(?:しないで|ないでください(?=。)(?<=停止しないでください)|方法|どのように|なぜ)",
    vetoes=(r"お客様は|顧客|配信停止率|(?:月|火|水|木|金)曜日?まで|今週|電話で|停止しないで"
        r"|解除しないで|削除しないで|どのよう",),
    others=r"(?:弊社|当社|私たち|うち)の(?:お客|顧客|取引先|パートナー|競合)",
    reported_behind=r"[^。]{0,20}?と(?:言|い[うっい]|書|おっしゃ|申|返|伝|頼|要望)",
)  # fmt: skip
KOREAN = OptOutWords(
    common=frozenset(),
    stems=frozenset(),
    removal=(r"수신 ?거부(?:합니다|해 ?주|하겠|할게|부탁)",
    r"구독(?:을)? ?(?:취소|해지|중단)(?:해|합니다|하|부탁|요청)?", r"(?:목록|명단|리스트"
    r"|데이터베이스|메일링 ?리스트"
    r"|수신자)\w{0,3}(?:에서)"
    r" ?\S{0,6} ?(?:삭제|제외|빼"
    r"|제거)\S*",
    r"(?:제|저의|저희|내) ?(?:이메일|메일|주소|정보|개인정보|연락처"
    r"|데이터)\S* ?(?:주소\S* )?(?:삭제|제거)\S*"),
    silence=(r"(?:더 ?이상|다시는|앞으로|이제|다시) ?(?:이런 |광고 |제게 |저에게 "
        r"|저희에게 )?(?:이메일|메일|연락|광고|메시지|뉴스레터)\S*(?: \S+)? ?(?:보내지|하지"
        r"|말|그만|받고 싶지|원하지)\S*", r"(?:이메일|메일|연락|광고|메시지)\S* ?(?:그만|보내지"
        r"|중단|중지)\S*", r"(?:이메일|메일|광고|뉴스레터)\S* (?:더 ?이상 )?(?:받고 싶지"
        r"|수신을 원하지|원하지)\S*"),
    likely=(r"스팸",),
    negation=r"(?:하지 마|지 말|마세요|어떻게|왜|방법)",
    vetoes=(r"고객(?:들)?(?:은|이)|수신 ?거부율|(?:월|화|수|목|금)요일 ?(?:전|까지)|이번 주"
        r"|전화로|취소하지|삭제하지|거부하지",),
    others=r"(?:우리|저희) ?(?:고객|거래처|파트너|경쟁)",
    reported_behind=r"[^.]{0,12}?(?:라고|다고|달라고|며) ?(?:말|했|하|적|썼|쓰|요청|전)",
)  # fmt: skip
