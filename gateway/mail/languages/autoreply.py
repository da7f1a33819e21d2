"""What stands before a subject: prefixes of replies, tags of gateways; and bare unsubscriptions."""

from __future__ import annotations

REPLY_PREFIXES: tuple[str, ...] = (
    "re", "aw", "antw", "antwort", "sv", "vs", "fw", "fwd", "wg", "tr", "rif", "res", "odp", "ynt",
    "rv", "enc", "vb", "doorst", "r", "回复", "答复", "回覆", "转发", "轉寄", "返信", "転送",
    "회신",
    "전달", "отв",
    "ha", "ref", "bls", "ré", "пер", "betr", "i",
)  # fmt: skip

# What mail gateways put before a subject, without its brackets, stars and colon.
SUBJECT_TAGS: frozenset[str] = frozenset(
    """external|ext|extern|externe|externer|externo|externa|esterno|esterna|ekstern|ulkoinen
zewnętrzny|zewnętrzna|externí|внешний|внешняя почта|внешнее|外部|外部邮件|外部メール|社外
외부|외부메일|dış|εξωτερικό|external email|external e-mail|external mail|external sender
external message|e-mail externo|correo externo|email externo|externe e-mail|externe mail
extern mail|courriel externe|mail externe|expéditeur externe|email esterna|mittente esterno
extern avsändare|ekstern e-post|ekstern e-mail|outside|outside sender|caution|warning
suspicious|suspect|suspected spam|possible spam|spam|spam?|junk|bulk|graymail|marketing
newsletter|unverified|unverified sender|untrusted|untrusted sender|unknown sender|phishing
phishing?|possible phishing|verdacht|spamverdacht|spam-verdacht|warnung|achtung|attention
avertissement|advertencia|precaución|attenzione|let op|atenção|aviso|varning|advarsel|uwaga
pozor|внимание|警告|注意|垃圾邮件|迷惑メール|스팸|secure|encrypted|verschlüsselt|chiffré
signed|confidential|internal|public|intern|interne|scanned|checked""".replace("\n", "|").split("|")
)

# The whole subject, or body, of a mail that asks to be taken off, small letters.
UNSUBSCRIBE_SUBJECTS: frozenset[str] = frozenset(
    """unsubscribe|unsubscribe me|please unsubscribe|please unsubscribe me|list unsubscribe|opt out
opt-out|optout|unsubscribe request|abmelden|abbestellen|bitte abmelden|newsletter abmelden
abmeldung|austragen|désinscription|se désinscrire|me désinscrire|désabonnement|désabonner
se désabonner|darse de baja|dar de baja|darme de baja|baja|cancelar suscripción|desuscribir
desuscribirme|annulla iscrizione|disiscrizione|disiscrivimi|cancellami|disiscrivi|afmelden
uitschrijven|meld mij af|cancelar inscrição|cancelar subscrição|descadastrar|descadastre-me
remover inscrição|avregistrera|avregistrera mig|avsluta prenumeration|avprenumerera|afmeld
afmeld mig|frameld|meld meg av|avmeld|avmelding|peruuta tilaus|peru tilaus|poista listalta
wypisz|wypisz mnie|anuluj subskrypcję|rezygnacja z subskrypcji|odhlásit|odhlásit odběr
отписаться|отписка|отпишите меня|退订|取消订阅|退訂|取消訂閱|配信停止|登録解除|購読解除
配信停止希望|수신거부|구독 취소|수신 거부|abonelikten çık|aboneliği iptal et|listeden çıkar
leiratkozás|dezabonare|διαγραφή|відписатися|odhlásiť|hủy đăng ký
إلغاء الاشتراك""".replace("\n", "|").split("|")
)
