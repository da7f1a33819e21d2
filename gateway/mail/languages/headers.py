"""Header labels as mail programs print them above a quoted message, by what they name."""

from __future__ import annotations

_LABELS: dict[str, str] = {
    "from": "from|von|de|da|van|från|fra|od|от|от кого|від|від кого|lähettäjä|feladó|dal|gönderen"
    "|kimden|kimden gelen|από|de la|expéditeur|remitente|remetente|mittente|afzender|absender"
    "|avsändare|avsender|afsender|nadawca|odesílatel|отправитель|发件人|发信人|寄件者|寄件人|差出人"
    "|送信者|보낸 사람|보낸사람|보낸이|발신자|من|מאת|จาก|từ|người gửi|dari|pengirim|saatja"
    "|siuntėjas"
    "|no|nuo|expeditor|pošiljatelj|šalje|от|подател|von/from|from/von",
    "date": "date|datum|data|fecha|dato|dátum|päivämäärä|päiväys|дата|tarih|ημερομηνία|日期|日付"
    "|日時|날짜|التاريخ|תאריך|วันที่|ngày|tanggal|kuupäev|dată|date/heure|when|data/ora",
    "sent": "sent|gesendet|gesendet am|envoyé|envoyé le|envoyé à|enviado|enviado el|enviada em"
    "|enviada|enviado em|enviados|inviato|verzonden|skickat|skickat den|sendt|wysłano|wysłane"
    "|odesláno|odoslané|отправлено|дата отправки|надіслано|lähetetty|elküldve|gönderildi"
    "|gönderme tarihi|στάλθηκε|αποστολή|trimis|发送时间|发送日期|寄件日期|傳送時間|寄件時間"
    "|送信日時"
    "|보낸 날짜|보낸날짜|تاريخ الإرسال|נשלח|ส่งเมื่อ|đã gửi|dikirim|poslano|изпратено|saadetud"
    "|išsiųsta|nosūtīts|enviat|gesendet/sent|expédié|expédié le|received|empfangen",
    "to": "to|an|à|pour|para|a|aan|till|til|do|komu|кому|до|vastaanottaja|címzett|kime|alıcı|προς"
    "|către|收件人|收信人|宛先|받는 사람|받는사람|받는이|수신자|إلى|אל|ถึง|đến|kepada|destinataire"
    "|destinatario|destinatário|ontvanger|empfänger|mottagare|mottaker|modtager|adresat|per|za"
    "|prima|saaja|kam|až|до кого|an/to",
    "cc": "cc|bcc|kopie|kopia|kopi|copie|copia|cópia|c.c|копия|копія|kopio|másolatot kap|bilgi|κοιν"
    "|抄送|副本|参照|참조|نسخة|עותק|สำเนา|blindkopie|cci|cco|dw|udw|ke|bilgi (cc)|kopija",
    "subject": "subject|betreff|betr|objet|sujet|asunto|assunto|oggetto|onderwerp|ämne|emne|temat"
    "|předmět|predmet|тема|aihe|tárgy|konu|θέμα|subiect|主题|主題|主旨|件名|标题|제목|الموضوع"
    "|נושא|เรื่อง|chủ đề|tiêu đề|perihal|subjek|naslov|assumpte|teema|tema|относно",
    "reply-to": "reply-to|antwort an|répondre à|responder a|antwoord aan|rispondi a|responder para"
    "|svar til|svara till|odpowiedź do|回复|返信先|回信",
    "attachments": "attachments|anhänge|anlagen|pièces jointes|adjuntos|allegati|bijlagen|bilagor"
    "|vedlegg|załączniki|вложения|附件|importance|wichtigkeit|priority|organization|organisation"
    "|list-id|attachment|anlage|pièce jointe|reply to|mailing list|newsgroups",
}
KIND_OF: dict[str, str] = {
    label: kind for kind, labels in _LABELS.items() for label in labels.split("|")
}
# Transport headers that no mail program prints above a quote: pasted evidence stands below them.
TRANSPORT = ("message-id", "received", "return-path", "dkim-signature", "authentication-results")
