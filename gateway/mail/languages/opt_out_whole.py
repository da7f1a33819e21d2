"""Whole mails of one word or two that end all mail, and what may be said around them."""

from __future__ import annotations

from gateway.mail.languages.periods import words_of

# Mails of nothing but one of these words; the second table says so less surely.
WHOLE = words_of(
    "stop|please stop|stop please|stop it|stop this|unsubscribe|unsub|unsubscribe me|opt out"
    "|unsubcribe|unsubscirbe|unsuscribe|unsubscibe|unsubsribe"
    "|optout|opt-out|remove|remove me|take me off|delete me|no more|please remove|off the list"
    "|stop emailing|stop mailing|stopp|abmelden|abbestellen|austragen|abmeldung|bitte abmelden"
    "|newsletter abmelden|bitte austragen|désinscription|desinscription|désabonnement|désinscrire"
    "|désabonner|stop svp|désinscrivez-moi|désabonnez-moi|baja|dar de baja|darme de baja"
    "|darse de baja|baja por favor|dame de baja|cancelar suscripción|cancellami|cancellatemi"
    "|disiscrivimi|disiscrizione|disiscrivetemi|rimuovimi|cancella iscrizione|afmelden"
    "|uitschrijven|graag uitschrijven|graag afmelden|descadastrar|descadastro|remover"
    "|cancelar inscrição|cancelar subscrição|descadastre-me|avregistrera|avsluta prenumeration"
    "|avprenumerera|avanmälan|avregistrera mig|afmeld|afmeld mig|frameld|meld meg av|avmeld"
    "|avmelding|peruuta tilaus|poista minut|poistakaa minut|wypisz mnie|wypiszcie mnie|rezygnuję"
    "|wypisz|odhlásit|odhlaste mě|odhlásit odběr|отписаться|отпишите меня|стоп|отписка"
    "|удалите меня|退订|退訂|拒收|拒絕接收|拒绝接收|取消订阅|取消訂閱|td|配信停止|購読解除|解除"
    "|停止|수신거부|수신 거부"
    "|구독 취소|수신거부합니다|수신 거부합니다|arrêtez|arrêtez svp|basta|basta così|pare|parem"
    "|parar|sluta|stoppa|hou op|přestaňte|lopettakaa|хватит|прекратите"
    "|abonelikten çık|abonelikten çıkmak istiyorum|aboneliği iptal et|aboneliğimi iptal et"
    "|listeden çıkar|listeden çıkarın|beni çıkarın|beni silin|üyelikten çık|abonelikten cik"
    "|leiratkozás|leiratkozom|dezabonare|dezabonați-mă|διαγραφή|απεγγραφή|відписатися"
    "|відпишіть мене|отписване|odhlásiť|odhlásiť odber|odjava|إلغاء الاشتراك|الغاء الاشتراك"
    "|הסר|הסירו אותי|hủy đăng ký|berhenti berlangganan|ยกเลิกการสมัคร"
)
WHOLE_LIKELY = words_of("ret|cancel|end|quit|delete|off|enough|spam|leave me alone|blocked")
POLITE = words_of(
    "please|pls|plz|thanks|thank|you|thx|kindly|now|immediately|asap|hi|hello|ok|sir|madam|bitte"
    "|danke|sofort|svp|merci|por|favor|gracias|per|favore|grazie|aub|graag|alstublieft|obrigado"
    "|obrigada|tack|tak|takk|kiitos|proszę|dziękuję|prosím|děkuji|пожалуйста|спасибо|请|謝謝|谢谢"
    "|lütfen|lutfen|teşekkürler|teşekkür|ederim|hemen"
    "|no|already|all|regards"
)
