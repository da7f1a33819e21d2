"""Terms of disclaimers and banners which mail systems glue onto mails, lower case."""

from __future__ import annotations

# A paragraph with two of these at the end of a mail is a disclaimer.
LEGAL: tuple[str, ...] = (
    "confidential", "privileged", "intended recipient", "intended solely", "intended only",
    "intended for", "addressee", "disclos", "unauthori", "dissemination", "distribution",
    "prohibited", "in error", "notify the sender", "notify us", "attachments", "legally", "viruses",
    "virus-free", "delete this", "destroy", "copying", "reliance", "liability", "liable",
    "views expressed", "opinions expressed", "registered in england", "registered office",
    "company number", "company no", "registration number", "vat no", "vat reg", "proprietary",
    "not the named", "permanently delete", "any use of", "strictly", "protected by law",
    "monitored", "regulated by", "circular 230", "hipaa", "gdpr", "privacy policy",
    "vertraulich", "irrtümlich", "unbefugt", "empfänger", "vernichten", "nicht gestattet",
    "rechtlich geschützt", "geschäftsführer", "handelsregister", "amtsgericht", "hrb", "ust-id",
    "sitz der gesellschaft", "vorstand", "aufsichtsrat", "informieren sie", "absender",
    "confidentiel", "destinataire", "par erreur", "diffusion", "interdite", "expéditeur",
    "pièces jointes", "détruire", "non autorisé",
    "confidencial", "destinatario", "por error", "prohibid", "divulgación", "privilegiad",
    "notifique", "elimine", "protección de datos", "rgpd", "responsable del tratamiento",
    "riservat", "per errore", "destinatari", "divulgazione", "vietat", "cancellar", "d.lgs",
    "vertrouwelijk", "geadresseerde", "bestemd voor", "abusievelijk", "afzender", "openbaarmaking",
    "niet toegestaan", "vernietigen", "aansprakelijk",
    "destinatário", "por engano", "proibid", "sigilo", "divulgação", "remetente",
    "konfidentiell", "avsedd för", "mottagare", "av misstag", "avsändaren", "radera",
    "fortrolig", "tiltænkt", "ved en fejl", "slette", "modtager", "mottaker", "ved en feil",
    "luottamuksel", "vastaanottaja", "poufn", "adresat", "omyłkow", "zabronion", "nadawc", "důvěrn",
    "určen", "omylem", "příjemc", "конфиденциальн", "предназначен", "по ошибке", "получател",
    "gizli", "yanlışlıkla", "bizalmas", "címzett", "保密", "机密", "收件人", "秘密", "誤って",
    "기밀", "수신인",
)  # fmt: skip
# One of these opens or is a disclaimer alone.
ALONE: tuple[str, ...] = (
    "confidentiality notice", "confidentiality note", "confidential notice", "legal disclaimer",
    "disclaimer:", "legal notice:", "privacy notice:", "*disclaimer*", "email disclaimer",
    "consider the environment before", "think before you print", "this email has been scanned",
    "this e-mail has been scanned", "checked for viruses", "virus-free", "www.avast.com",
    "this email and any attachments", "this e-mail and any attachments", "this message and any att",
    "this communication and any att", "the information contained in this", "this message contains",
    "the content of this email is confidential", "the contents of this email", "if you are not the",
    "the information transmitted", "this e-mail is confidential", "this email is confidential",
    "if you have received this", "if you received this email in error", "this message is intended",
    "this email is intended", "this e-mail is intended", "this transmission", "warning: this mess",
    "privileged/confidential", "privileged and confidential", "important notice:", "nota legal",
    "diese e-mail enthält", "diese nachricht enthält", "diese e-mail kann vertraul", "der inhalt d",
    "rechtlicher hinweis", "haftungsausschluss", "denken sie an die umwelt", "wichtiger hinweis:",
    "ce message et", "ce courriel", "ce message est confid", "avis de confidentialité",
    "pensez à l'environnement", "merci de penser à l'env", "ce mail est",
    "este mensaje", "este correo", "aviso legal", "aviso de confidencialidad", "esta mensagem",
    "este e-mail", "questo messaggio", "questa e-mail", "avviso di riservatezza", "le informazioni",
    "dit bericht", "deze e-mail", "dit e-mailbericht", "de informatie in", "denk aan het milieu",
    "detta e-postmeddelande", "detta meddelande", "denne e-mail", "denne meddelelse",
    "denne e-post",
    "niniejsza wiadomość", "treść tej wiadomości", "tento e-mail", "tato zpráva", "ta wiadomość",
    "настоящее сообщение", "это сообщение", "bu e-posta", "本邮件", "此邮件", "このメール",
    "本メール",
    "antes de imprimir", "avant d'imprimer", "prima di stampare", "before printing this",
)  # fmt: skip

# What mail gateways put above a mail from outside; two of them, or one in brackets, make a banner.
BANNER: tuple[str, ...] = (
    "originated from outside", "originated outside", "came from outside", "sent from outside",
    "comes from outside", "is from outside", "from outside of", "from outside the", "outside your",
    "outside our", "outside of your", "outside the organi", "outside of the organi",
    "external email",
    "external e-mail", "external sender", "external mail", "external message", "external source",
    "from an external", "external to", "do not click", "don't click", "do not open attachments",
    "caution:", "caution -", "warning:", "attention:", "be careful", "exercise caution",
    "use caution",
    "recognize the sender", "recognise the sender", "unless you recogni",
    "know the content is safe",
    "verify the sender", "trust the sender", "suspicious", "think before you click", "phishing",
    "report phish", "don't often get email from", "learn why this is important", "unknown sender",
    "you have not previously corresponded", "this sender is", "could not be verified",
    "bannerstart",
    "bannerend",
    "some people who received this message", "*external*", "[external", "[ext]", "[extern",
    "diese e-mail kommt von außerhalb", "von außerhalb", "externe e-mail", "externer absender",
    "achtung:", "vorsicht:", "klicken sie nicht", "öffnen sie keine", "nicht häufig e-mails von",
    "ausserhalb", "e-mail von extern", "absender nicht kennen", "links oder anhänge",
    "courriel externe", "expéditeur externe", "message externe", "provient de l'extérieur",
    "provient d'un expéditeur", "ne cliquez pas", "n'ouvrez pas", "attention :", "mail externe",
    "provient de l’extérieur", "vous n'obtenez pas souvent", "vous ne recevez pas souvent",
    "correo externo", "remitente externo", "precaución:", "no haga clic",
    "fuera de la organización",
    "no suele recibir correo", "atención:", "email externo", "mittente esterno", "email esterna",
    "attenzione:", "non cliccare", "esterno all'organizzazione", "non si riceve spesso",
    "externe afzender", "let op:", "klik niet", "buiten de organisatie", "buiten uw organisatie",
    "remetente externo", "cuidado:", "não clique", "fora da organização", "atenção:",
    "e-mail externo",
    "extern avsändare", "extern e-post", "klicka inte", "varning:", "externt mail",
    "ekstern e-mail",
    "ekstern afsender", "klik ikke", "ikke ofte e-mails fra", "ekstern e-post", "klikk ikke",
    "nadawca zewnętrzny", "wiadomość zewnętrzna", "uwaga:", "nie klikaj", "spoza organizacji",
    "externí odesílatel", "внешний отправитель", "внешняя почта", "не переходите", "внимание:",
    "外部邮件", "外部メール", "外部寄件", "외부 메일", "注意：", "警告：",
)  # fmt: skip
TAGS: frozenset[str] = frozenset(
    """external|ext|extern|externe|externo|externa|esterno|ekstern|external email|external e-mail
external mail|external sender|external message|outside|caution|caution external
caution external email|external email caution|warning external email|warning external|e-mail externo
externe e-mail|externe mail|extern mail|correo externo|courriel externe|mail externe
expéditeur externe
email esterna|mittente esterno|externt mail|outside sender|outside email|externer absender
external email be cautious|untrusted sender|unverified sender|suspected spam|spam|外部邮件
外部メール|внешняя почта
secure|encrypted|confidential|internal|public|bulk|marketing email|newsletter""".replace(
        "\n", "|"
    ).split("|")
)
