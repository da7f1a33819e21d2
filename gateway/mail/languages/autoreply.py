"""Subjects and bodies of mail that machines send: absence, bounces, receipts, calendar answers."""

from __future__ import annotations

REPLY_PREFIXES: tuple[str, ...] = (
    "re", "aw", "antw", "antwort", "sv", "vs", "fw", "fwd", "wg", "tr", "rif", "res", "odp", "ynt",
    "rv", "enc", "vb", "doorst", "r", "回复", "答复", "回覆", "转发", "轉寄", "返信", "転送",
    "회신",
    "전달", "отв",
    "ha", "ref", "bls", "ré", "пер", "betr", "i",
)  # fmt: skip

# Machines open a subject so, small letters; an end or a mark has to follow. Only a colon makes it
# sure, and what is about delivery takes a second sign: people write of parcels and features.
SURE_SUBJECTS: dict[str, tuple[str, ...]] = {
    "out_of_office": (
        "automatic reply", "auto reply", "auto-reply", "autoreply", "auto response",
        "auto-response", "autoresponse", "automatic response", "automated reply",
        "automated response", "vacation reply", "vacation response", "vacation message",
        "automatische antwort", "automatische rückantwort", "automatische abwesenheit",
        "autom. antwort", "urlaubsbenachrichtigung", "automatische mail", "automatische e-mail",
        "réponse automatique", "reponse automatique", "absence du bureau", "message d'absence",
        "notification d'absence", "message automatique", "respuesta automática",
        "respuesta automatica", "ausente de la oficina", "resposta automàtica",
        "risposta automatica", "assenza dall'ufficio", "risponditore automatico",
        "automatisch antwoord", "automatische beantwoording", "automatisch bericht",
        "automatische reactie", "resposta automática", "resposta automatica",
        "ausência temporária", "autosvar", "automatiskt svar", "automatisk svar",
        "automatisk besked", "automaattinen vastaus", "automaattivastaus",
        "automatyczna odpowiedź", "odpowiedź automatyczna", "autoodpowiedź", "automatická odpověď",
        "automatická odpoveď", "automatikus válasz", "automatický reply", "răspuns automat",
        "raspuns automat", "автоматический ответ", "автоответ", "автоматична відповідь",
        "автоматичен отговор", "otomatik yanıt", "otomatik cevap", "αυτόματη απάντηση",
        "automatski odgovor", "automaatvastus", "automātiska atbilde", "automatinis atsakymas",
        "자동 회신", "자동회신", "부재중", "자동 응답", "자동응답", "自动回复", "自動回覆",
        "自動回復", "自动答复", "外出自动", "自動返信", "自動応答", "不在通知", "不在のお知らせ",
        "الرد التلقائي", "رد تلقائي", "תשובה אוטומטית", "מענה אוטומטי", "ตอบกลับอัตโนมัติ",
        "trả lời tự động", "thư trả lời tự động", "balasan otomatis", "jawapan automatik",
        "sjálfvirkt svar", "out of office autoreply", "out of office auto reply",
        "out of office auto-reply", "out of office reply", "out of office automatic reply",
        "out of office response", "abwesenheitsnotiz", "abwesenheitsnachricht",
        "abwesenheitsmeldung", "abwesenheitsbenachrichtigung", "abwesenheitsassistent",
        "abwesenheitshinweis", "automatische abwesenheitsnotiz", "afwezigheidsbericht",
        "afwezigheidsassistent", "afwezigheidsmelding", "frånvaromeddelande", "frånvaroassistent",
        "fraværsmelding", "fraværsbesked", "fraværsassistent", "poissaoloilmoitus",
        "powiadomienie o nieobecności", "respuesta de ausencia", "mensaje automático",
        "messaggio automatico", "mensagem automática", "messaggio di assenza", "aviso de ausencia",
        "aviso de ausência", "автоматическое сообщение", "автоматическое уведомление",
        "자동회신메일", "自动答覆", "自動回答", "自動応答メッセージ",
    ),
    "bounce": (
        "undeliverable", "undelivered mail", "undeliverable mail", "delivery status notification",
        "mail delivery failed", "mail delivery failure", "mail delivery subsystem",
        "delivery failure", "delivery has failed", "delivery failed", "returned mail",
        "failure notice", "message not delivered", "mail system error", "non-delivery",
        "non delivery", "message undeliverable", "delivery notification: delivery has failed",
        "mail could not be delivered", "unzustellbar", "nicht zustellbar",
        "zustellung fehlgeschlagen", "non remis", "non distribuable", "échec de la remise",
        "echec de la remise", "no se puede entregar", "no entregable", "mensaje no entregado",
        "recapito non riuscito", "non recapitabile", "mancato recapito", "onbestelbaar",
        "niet bezorgd", "não entregue", "não foi possível entregar", "kan inte levereras",
        "kan ikke leveres", "nie można dostarczyć", "niedostarczalne", "nedoručitelné",
        "недоставленное", "не удается доставить", "kézbesíthetetlen", "teslim edilemedi",
        "无法投递", "未送达", "系统退信", "退信", "配信不能", "配信できません", "배달되지 않음",
        "배달할 수 없음", "delivery status notification (failure)",
        "undelivered mail returned to sender", "message delivery failure",
        "unzustellbare nachricht", "zustellung nicht möglich", "mail nicht zustellbar",
        "notification d'échec", "échec de remise", "correo devuelto", "correo no entregado",
        "mail non consegnata", "mancata consegna", "onbestelde mail", "correio devolvido",
        "ej levererat", "ikke levert", "ikke leveret", "toimittamaton", "ei toimitettu",
        "zwrot wiadomości", "nelze doručit", "сообщение не доставлено", "ошибка доставки",
        "無法傳遞", "邮件退回",
    ),
    "delivery_notice": (
        "delayed mail", "delivery delayed", "delivery status notification (delay)",
        "mail delivery delayed", "warning: could not send message", "warning: message delayed",
        "delivery notification: delivery has been delayed", "message delayed",
        "zustellung verzögert", "verzögerte zustellung", "remise différée", "remise retardée",
        "entrega retrasada", "consegna ritardata", "bezorging vertraagd", "entrega atrasada",
        "leverans försenad", "levering forsinket", "opóźnione dostarczenie", "доставка задержана",
        "配信遅延", "投递延迟", "relayed:", "delivered:", "expanded:", "zugestellt:",
        "remis:", "remis :", "relayé:", "relayé :", "entregado:", "retransmitido:", "recapitato:",
        "bezorgd:", "entregue:", "retransmitida:", "levererat:", "leveret:", "levert:",
        "toimitettu:", "dostarczono:", "doručeno:", "доставлено:", "送达:", "已送达:", "配信済み:",
        "배달됨:",
    ),
}  # fmt: skip
# Machines open a subject so, and so do people now and then: it takes a second sign.
LIKELY_SUBJECTS: dict[str, tuple[str, ...]] = {
    "out_of_office": (
        "out of office", "out of the office", "out-of-office", "out of the country", "ooo:",
        "ooo -", "ooo –", "[ooo]", "(ooo)", "ooo until", "on vacation", "vacation:",
        "away from office", "away from the office", "away:", "i am out of", "i'm out of",
        "currently out of", "on leave", "annual leave", "on holiday", "on parental leave",
        "on maternity leave", "not in the office", "away message", "i am away", "auto:",
        "abwesenheit", "außer haus", "nicht im büro", "urlaub:", "abwesend", "ausser haus",
        "absence:", "absence :", "absent du bureau", "absent(e) du bureau", "absente du bureau",
        "en congés", "en congé", "fuera de la oficina", "fuera de oficina", "de vacaciones",
        "ausencia:", "fuori ufficio", "fuori sede", "assente:", "in ferie", "afwezig",
        "afwezigheid", "niet aanwezig", "buiten kantoor", "ausência", "ausente:",
        "fora do escritório", "de férias", "em férias", "frånvaro", "frånvarande",
        "ikke på kontoret", "fravær", "fraværende", "inte på kontoret", "semester:", "på ferie",
        "poissa toimistolta", "poissaolo", "lomalla", "poza biurem", "nieobecność",
        "mimo kancelář", "nepřítomnost", "dovolená:", "házon kívül", "нет на месте", "вне офиса",
        "в отпуске", "отсутствую", "ofis dışında", "εκτός γραφείου", "samodejni odgovor",
    ),
    "calendar": (
        "accepted:", "declined:", "tentative:", "tentatively accepted:", "canceled:", "cancelled:",
        "canceled event", "cancelled event", "new time proposed:", "updated invitation:",
        "invitation:", "meeting forward notification", "zugesagt:", "abgesagt:", "abgelehnt:",
        "mit vorbehalt:", "accepté:", "accepté :", "refusé:", "refusé :", "provisoire:",
        "provisoire :", "aceptada:", "aceptado:", "rechazada:", "rechazado:", "provisional:",
        "accettato:", "rifiutato:", "provvisorio:", "geaccepteerd:", "geweigerd:", "voorlopig:",
        "aceito:", "aceite:", "recusado:", "accepterat:", "accepteret:", "godkjent:", "godtatt:",
        "avböjt:", "afvist:", "avslått:", "zaakceptowano:", "odrzucono:", "hyväksytty:",
        "přijato:", "odmítnuto:", "принято:", "отклонено:", "已接受:", "已拒绝:", "承諾:",
        "承諾済み:", "辞退:", "수락:", "거절:", "已接受：", "已拒绝：",
    ),
    "auto_ack": (
        "read:", "gelesen:", "lu:", "lu :", "leído:", "letto:", "gelezen:", "lida:", "lido:",
        "läst:", "læst:", "lest:", "przeczytano:", "luettu:", "прочитано:", "已读:", "開封済み:",
        "not read:", "ungelesen gelöscht:", "read receipt", "return receipt", "lesebestätigung",
        "ticket received", "[ticket received", "your request has been received",
        "[request received]", "request received", "we received your", "we have received your",
        "thank you for contacting", "thanks for contacting", "case created", "ticket created",
        "[auto]", "acknowledgement of receipt", "eingangsbestätigung", "accusé de réception",
        "acuse de recibo", "conferma di ricezione", "ontvangstbevestiging",
    ),
}  # fmt: skip

# Prefixes after which a human subject may go on ("Vacation policy?"): these need an end or a mark.
EXACT: frozenset[str] = frozenset(
    ("on leave", "on vacation", "on holiday", "annual leave", "i am away", "abwesend", "afwezig",
     "absence:", "away:", "in ferie", "de vacaciones", "lomalla", "en congé", "en congés", "退信",
     "i am out of", "i'm out of", "invitation:", "request received", "ausência", "fravær",
     "frånvaro",
     "abwesenheit", "i", "auto:", "not in the office", "на")
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
配信停止希望|수신거부|구독 취소|수신 거부""".replace("\n", "|").split("|")
)
