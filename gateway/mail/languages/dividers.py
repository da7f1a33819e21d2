"""Lines that mail programs draw above a quoted or forwarded message, lower case."""

from __future__ import annotations

# Need dashes on both sides, or a colon and a header or quote right below.
PHRASES: frozenset[str] = frozenset(
    """original message|original email|original e-mail|original mail|forwarded message
forwarded mail|forwarded email|forwarded by|begin forwarded message|start of forwarded message
reply message|reply above|original appointment|forwarded letter|message original
ursprüngliche nachricht|originalnachricht|ursprüngliche mail|ursprüngliche e-mail
original-nachricht|originalmail|weitergeleitete nachricht|weitergeleitete e-mail
anfang der weitergeleiteten nachricht|anfang der weitergeleiteten e-mail|weitergeleitet von
originaltermin|ursprünglicher termin
message d'origine|message d’origine|message initial|courriel original|mail original
message transféré|message réexpédié|début du message réexpédié|début du message transféré
e-mail d'origine|rendez-vous d'origine|courriel d'origine
mensaje original|mensaje reenviado|inicio del mensaje reenviado|correo original|cita original
missatge original|missatge reenviat
messaggio originale|messaggio inoltrato|inizio messaggio inoltrato|inoltrato
messaggio inoltrato da|email originale
oorspronkelijk bericht|origineel bericht|doorgestuurd bericht|begin doorgestuurd bericht
oorspronkelijke afspraak|oorspronkelijke e-mail
mensagem original|mensagem encaminhada|início da mensagem encaminhada|mensagem reencaminhada
início da mensagem reencaminhada|e-mail original
ursprungligt meddelande|originalmeddelande|vidarebefordrat meddelande|vidarebefordrat brev
vidarebefordrat mail|påbörja vidarebefordrat meddelande
oprindelig meddelelse|original meddelelse|videresendt meddelelse|videresendt besked
opprinnelig melding|original melding|videresendt melding|start på videresendt melding
alkuperäinen viesti|välitetty viesti|edelleenlähetetty viesti
wiadomość oryginalna|oryginalna wiadomość|wiadomość przekazana|przekazana wiadomość
wiadomość oryginalna od|treść przekazanej wiadomości|początek przekazywanej wiadomości
původní zpráva|přeposlaná zpráva|původní e-mail|pôvodná správa|preposlaná správa
eredeti üzenet|továbbított üzenet|továbbított levél
mesaj original|mesajul original|mesaj redirecționat|mesaj inițial
исходное сообщение|пересылаемое сообщение|пересланное сообщение|оригинальное сообщение
первоначальное сообщение|начало переадресованного сообщения|перенаправленное сообщение
конец переадресованного сообщения|вихідне повідомлення|переслане повідомлення
оригинално съобщение|препратено съобщение
orijinal mesaj|özgün ileti|orijinal ileti|iletilen mesaj|yönlendirilen ileti
αρχικό μήνυμα|προωθημένο μήνυμα|originalna poruka|proslijeđena poruka|izvorna poruka
原始邮件|邮件原件|原始信件|转发邮件|转发的邮件|原始郵件|原始訊息|轉寄的郵件|转发邮件信息
回复的原邮件|原邮件
元のメッセージ|転送メッセージ|転送されたメッセージ|オリジナルメッセージ|original message
원본 메시지|원본 메일|전달된 메시지|원본메일|전달된 메일|original message follows
الرسالة الأصلية|رسالة معاد توجيهها|הודעה מקורית|הודעה שהועברה
ข้อความต้นฉบับ|ข้อความที่ส่งต่อ|thư gốc|tin nhắn gốc|thư được chuyển tiếp|tin nhắn chuyển tiếp
pesan asli|pesan terusan|originalo laiškas|algne kiri|sākotnējais ziņojums|skilaboð""".replace(
        "\n", "|"
    ).split("|")
)

# Said by ticket systems at the top of the mail they send; in a reply all below is theirs.
REPLY_ABOVE: tuple[str, ...] = (
    "reply above this line", "type your reply above this line", "write above this line",
    "reply above the dotted line", "oberhalb dieser zeile", "über dieser zeile",
    "au-dessus de cette ligne", "encima de esta línea", "sopra questa riga", "boven deze regel",
    "acima desta linha", "ovanför denna rad", "over denne linje", "powyżej tej linii",
)  # fmt: skip
STARTS: tuple[str, ...] = ("original message processed by", "in reply to message from")
