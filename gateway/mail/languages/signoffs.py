"""Closing formulas before a name, lower case and without punctuation."""

from __future__ import annotations

# These close a mail whatever follows.
STRONG: frozenset[str] = frozenset(
    """best regards|kind regards|kindest regards|warm regards|warmest regards|regards|with regards
best|all the best|very best|best wishes|with best wishes|with kind regards|with best regards
many thanks and best regards|sincerely|sincerely yours|yours sincerely|yours faithfully
yours truly|respectfully|respectfully yours|cordially|kr|br|rgds|brgds|bests|warmly|cheers mate
thanks and regards|thanks & regards|thanks and best regards|thanks & best regards|kindly
thanks and kind regards|thank you and best regards|thank you and kind regards|best regards from
with appreciation|in appreciation|take care|have a great day|have a nice day|have a good day
have a good one|have a great weekend|have a nice weekend|have a great week|talk soon|speak soon
yours|faithfully|truly yours|with gratitude|regds|thx and regards|respectfully submitted
many thanks and kind regards|thanks in advance and best regards|hugs|xoxo|ciao for now
mit freundlichen grüßen|mit freundlichen grüssen|mit freundlichen gruessen|mfg|vg|lg|bg
mit freundlichem gruß|mit freundlichem gruss|freundliche grüße|freundliche grüsse|viele grüße
viele grüsse|viele gruesse|liebe grüße|liebe grüsse|beste grüße|beste grüsse|schöne grüße
herzliche grüße|herzliche grüsse|mit besten grüßen|mit besten grüssen|mit herzlichen grüßen
mit lieben grüßen|mit vielen grüßen|sonnige grüße|gruß|gruss|grüße|grüsse|besten gruß|lieben gruß
schönen gruß|viele liebe grüße|hochachtungsvoll|freundlicher gruss|freundlicher gruß|mit gruß
cordialement|bien cordialement|très cordialement|bien à vous|bien à toi|salutations|cdt|cdlt
meilleures salutations|sincères salutations|salutations distinguées|amicalement|respectueusement
cordiales salutations|bonne journée|bonne soirée|bonne fin de journée|sincèrement|bien sincèrement
bien amicalement|avec mes salutations|bien cdlt|cordialement vôtre|à bientôt|belle journée
saludos|un saludo|saludos cordiales|un cordial saludo|cordiales saludos|atentamente|atte
muy atentamente|un abrazo|abrazos|cordialmente|saludos y gracias|gracias y saludos|afectuosamente
quedo atento|quedo atenta|quedo a la espera|salutacions|salutacions cordials|saluts
cordiali saluti|distinti saluti|un cordiale saluto|un saluto|saluti|cari saluti|a presto
un caro saluto
buona giornata|buona serata|cordialità|con i migliori saluti|tanti saluti|i migliori saluti
met vriendelijke groet|met vriendelijke groeten|vriendelijke groet|vriendelijke groeten|groet|mvg
groeten|groetjes|hartelijke groet|hartelijke groeten|met hartelijke groet|met groet|hoogachtend|gr
beste groeten|fijne dag|prettige dag|met de meeste hoogachting
atenciosamente|cumprimentos|com os melhores cumprimentos|melhores cumprimentos|att|abraço|abraços
um abraço|abs|saudações|cordiais saudações|cordiais cumprimentos|atte|com cumprimentos|grato|grata
med vänliga hälsningar|med vänlig hälsning|vänliga hälsningar|vänligen|mvh|hälsningar
vänlig hälsning
bästa hälsningar|bästa hälsning|med venlig hilsen|med vennlig hilsen|venlig hilsen|vennlig hilsen
venlige hilsner|hilsen|de bedste hilsner|bedste hilsner|vennlige hilsener|med vennlige hilsener
beste hilsen|beste hilsener|hilsener|kh|dbh|med venlige hilsner|med hälsning|allt gott|ha det bra
ystävällisin terveisin|terveisin|parhain terveisin|yst terv|ystävällisesti|kunnioittavasti
pozdrawiam|z poważaniem|z wyrazami szacunku|pozdrowienia|serdecznie pozdrawiam|łączę pozdrowienia
pozdrawiam serdecznie|z pozdrowieniami|miłego dnia|s pozdravem|s přátelským pozdravem|s úctou
hezký den|přeji hezký den|s přáním hezkého dne|zdravím|pěkný den|s pozdravom|s úctou
üdvözlettel|tisztelettel|üdv|szép napot|cu stimă|cu respect|toate cele bune|o zi bună|numai bine
с уважением|всего доброго|всего хорошего|с наилучшими пожеланиями|хорошего дня|з повагою|с уважение
с искренним уважением|saygılarımla|iyi çalışmalar|saygılar|iyi günler|selamlar|sevgiler|με εκτίμηση
φιλικά|s poštovanjem|srdačan pozdrav|lijep pozdrav|lep pozdrav|lp|pozdrav|lugupidamisega|pagarbiai
ar cieņu|hormat saya|salam|salam hormat|terima kasih dan salam|trân trọng|thân mến|ngā mihi
此致|此致敬礼|祝好|谢谢祝好|顺颂商祺|祝商祺|敬礼|祝您工作顺利|敬上|敬具|よろしくお願いします
よろしくお願いいたします
以上よろしくお願いいたします|以上、よろしくお願いいたします|以上よろしくお願いします
以上、よろしくお願いします|以上よろしくお願い致します|以上、よろしくお願い致します
何卒よろしくお願いいたします|何卒よろしくお願い申し上げます|どうぞよろしくお願いいたします
引き続きよろしくお願いいたします|今後ともよろしくお願いいたします
宜しくお願い致します|宜しくお願いします|以上|よろしくお願い致します|감사합니다|드림|올림|تحياتي
مع أطيب التحيات
مع خالص التحيات|مع التحية|בברכה|בתודה|ขอแสดงความนับถือ|kveðja|bestu kveðjur""".replace(
        "\n", "|"
    ).split("|")
)

# These close a mail only when a name or contact lines follow: they are also what replies say.
WEAK: frozenset[str] = frozenset(
    """thanks|thank you|many thanks|thanks a lot|thanks again|thanks so much|thank you so much
thx|ty|tks|cheers|ta|thanks in advance|thank you in advance|much appreciated|thank you very much
thanks very much|thanks much|big thanks|with thanks|appreciated|thanks for your time|love
thank you for your time|thanks for reaching out|thank you for reaching out|ciao|later|bye|peace
danke|vielen dank|danke schön|besten dank|danke im voraus|vielen dank im voraus|tschüss|servus
merci|merci d'avance|merci beaucoup|merci bien|gracias|muchas gracias|mil gracias
gracias de antemano
grazie|grazie mille|molte grazie|grazie in anticipo|bedankt|dank je|dank u|alvast bedankt|dank
obrigado|obrigada|muito obrigado|muito obrigada|desde já agradeço|obg|tack|tack så mycket
tack på förhand|tak|mange tak|på forhånd tak|takk|mange takk|på forhånd takk|kiitos|kiitos paljon
dziękuję|dzięki|dziękuję bardzo|z góry dziękuję|děkuji|díky|děkuju|děkujeme|ďakujem|köszönöm
köszönettel|mulțumesc|multumesc|спасибо|благодарю|дякую|благодаря|teşekkürler|teşekkür ederim
ευχαριστώ|hvala|aitäh|ačiū|paldies|terima kasih|cảm ơn|谢谢|謝謝|多谢|ありがとうございます
감사합니다|고맙습니다
شكرا|תודה|ขอบคุณ""".replace("\n", "|").split("|")
)

# A line that ends in one of these goes on below. Not "from": "Best wishes from" closes a mail.
JOINING: frozenset[str] = frozenset(
    "and or & + with to for about than via is are was the my our as und oder mit für an über ist"  # noqa: SIM905
    " et ou avec pour y o con para es e com ed per è en of met voor aan och eller med og ili и или"
    " с i lub z".split()
)
