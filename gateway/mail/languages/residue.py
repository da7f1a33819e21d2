"""Words of programs inside a mail's text: picture marks, attachment lists, joining instructions."""

from __future__ import annotations

# "[image: logo.png]", "[Bild: ...]": the first word inside the brackets.
PICTURES: tuple[str, ...] = (
    "cid", "image", "inline image", "inline-image", "embedded image", "img", "icon", "logo",
    "picture", "photo", "bild", "inline-bild", "eingebettetes bild", "grafik", "imagen", "imagem",
    "immagine", "afbeelding", "photo en ligne", "image intégrée", "imagen integrada", "billede",
    "bilde", "kuva", "obraz", "obrázek", "изображение", "画像", "图片", "圖片", "이미지",
)  # fmt: skip
# What Office writes into the alternative text of a picture.
DESCRIBED: tuple[str, ...] = (
    "description automatically generated", "ai-generated content may be incorrect",
    "automatically generated description", "beschreibung automatisch generiert",
    "automatisch generierte beschreibung", "description générée automatiquement",
    "descripción generada automáticamente", "descrizione generata automaticamente",
    "automatisch gegenereerde beschrijving", "descrição gerada automaticamente",
    "automatiskt genererad beskrivning", "automatisk genereret beskrivelse",
    "opis wygenerowany automatycznie", "автоматически созданное описание",
)  # fmt: skip
ATTACHED: frozenset[str] = frozenset(
    "attachments|attachment|attached files|anhänge|anhang|anlagen|anlage"  # noqa: SIM905
    "|pièces jointes|pièce jointe"
    "|adjuntos|archivos adjuntos|allegati|allegato|bijlagen|bijlage|anexos|anexo|bilagor|bilaga"
    "|vedlegg|vedhæftede filer|liitteet|załączniki|přílohy|mellékletek|вложения|附件|添付ファイル"
    "|첨부파일|ekler".split("|")
)
# Lines of an invitation to a call on the net; what follows a colon or a link does not count.
JOINING: tuple[str, ...] = (
    "microsoft teams meeting", "microsoft teams need help", "microsoft teams-besprechung",
    "réunion microsoft teams", "reunión de microsoft teams", "riunione di microsoft teams",
    "microsoft teams-vergadering", "reunião do microsoft teams", "microsoft teams-möte",
    "microsoft teams-møde", "spotkanie w aplikacji microsoft teams", "microsoft teams-kokous",
    "join on your computer", "join the meeting now", "click here to join the meeting",
    "join microsoft teams meeting", "download teams", "join on the web", "learn more",
    "meeting options", "or call in (audio only)", "or call in", "find a local number", "reset pin",
    "reset dial-in pin", "for organizers", "need help", "system reference", "dial in by phone",
    "join with a video conferencing device", "alternate vtc instructions", "join the meeting",
    "nehmen sie auf ihrem computer", "hier klicken, um an der besprechung", "klicken sie hier, um",
    "an der besprechung teilnehmen", "jetzt an der besprechung teilnehmen", "teams herunterladen",
    "im internet beitreten", "weitere infos", "besprechungsoptionen", "einwahl per telefon",
    "participez à partir de votre ordinateur", "cliquez ici pour participer",
    "rejoindre la réunion",
    "rejoignez la réunion", "télécharger teams", "rejoindre sur le web", "options de réunion",
    "únase desde su ordenador", "únase a través de su pc", "haga clic aquí para unirse",
    "unirse a la reunión", "descargar teams", "unirse en la web", "opciones de la reunión",
    "partecipa da computer", "fai clic qui per partecipare", "partecipa alla riunione",
    "scarica teams", "opzioni riunione", "neem deel via uw computer", "klik hier om deel te nemen",
    "deelnemen aan de vergadering", "opties voor vergadering", "ingressar na reunião",
    "clique aqui para ingressar", "anslut till mötet", "klicka här för att ansluta",
    "deltag i mødet", "bli med på møtet", "dołącz do spotkania", "liity kokoukseen",
    "join zoom meeting", "zoom meeting beitreten", "zoom-meeting beitreten",
    "rejoindre la réunion zoom", "unirse a la reunión zoom", "join our cloud hd video meeting",
    "one tap mobile", "dial by your location", "find your local number", "join by sip",
    "join by h.323", "join by skype for business", "to join the video meeting",
    "join with google meet",
    "google meet joining info", "video call link", "or dial", "more phone numbers", "join by phone",
    "mit google meet teilnehmen", "participer avec google meet", "unirse con google meet",
    "join from the meeting link", "join by meeting number", "join webex meeting", "tap to join",
    "join from a video system", "join by video system", "global call-in numbers", "toll-free",
    "webex meeting", "join gotomeeting", "you can also dial in using your phone",
)  # fmt: skip
# The last words of "X is inviting you to a scheduled Zoom meeting." and of its kind.
INVITING: tuple[str, ...] = (
    "scheduled zoom meeting", "zoom-meeting ein", "réunion zoom planifiée", "reunión de zoom",
    "a zoom meeting", "a webex meeting", "a scheduled webex meeting",
)  # fmt: skip
JOIN_LABELS: frozenset[str] = frozenset(
    "meeting id|meeting-id|passcode|password|kennung|kenncode|phone conference id"  # noqa: SIM905
    "|conference id"
    "|telefonkonferenz-id|besprechungs-id|besprechungskennung|passcode/pin|pin"
    "|kennwort|meeting number"
    "|meeting number (access code)|access code|meeting password|meeting link|id de réunion"
    "|id de la réunion|code secret|code d'accès|mot de passe|id de reunión|id de la reunión"
    "|código de acceso|contraseña|id riunione|codice di accesso|passcode riunione|vergadering-id"
    "|wachtwoordcode|toegangscode|id da reunião|senha|código de acesso|mötes-id|lösenord|møde-id"
    "|adgangskode|møte-id|identyfikator spotkania|kod dostępu|host key|topic|time|thema|uhrzeit"
    "|time zone|tenant key|video conference id|video id|video call link|dial-in|conference code"
    "|numeric meeting password|one tap mobile|join url|meeting url".split("|")
)
# How programs say that they looked a mail through; what they looked for must be named too.
SCANNED: tuple[str, ...] = (
    "scanned", "checked", "verified", "certified", "screened", "filtered", "protected", "secured",
    "geprüft", "überprüft", "gescannt", "geschützt", "vérifié", "analysé", "contrôlé", "protégé",
    "comprobado", "analizado", "escaneado", "verificado", "protegido", "verificato", "controllat",
    "scansionat", "protett", "gecontroleerd", "gescand", "verificada", "kontrollerat", "skannat",
    "genomsökts", "scannet", "kontrolleret", "skannet", "kontrollert", "tarkistettu", "sprawdzon",
    "przeskanowan", "zkontrolován", "ellenőr", "проверен", "tarandı", "taranmıştır",
)  # fmt: skip
THREATS: tuple[str, ...] = (
    "virus", "viren", "malware", "spam", "phishing", "threat", "dangerous content", "antivir",
    "wirus", "vírus", "вирус", "zararlı", "bedrohung", "menace", "amenaza", "minacc",
)  # fmt: skip
# Alone on a short line these are a program's; a longer one must begin like a program's notice.
SCANNERS: tuple[str, ...] = (
    "l'absence de virus", "no virus found", "virus-free", "virenfrei", "sans virus", "senza virus",
    "libre de virus", "virusvrij", "wolny od wirusów", "без вирусов", "virüssüz", "scanned by",
    "scanned with", "checked by", "protected by", "secured by", "certified by", "verified by",
    "filtered by", "screened by", "geprüft von", "geschützt durch", "gescannt mit", "scanned for",
    "analysé par", "protégé par", "protegido por", "verificato da", "gescand door",
)  # fmt: skip
SCAN_OPENINGS: tuple[str, ...] = (
    *SCANNERS, "this email", "this e-mail", "this message", "the message", "message", "mail",
    "e-mail", "email", "diese e-mail", "diese nachricht", "ce message", "ce courriel", "cet e-mail",
    "este mensaje", "este correo", "questa e-mail", "questo messaggio", "questa mail",
    "deze e-mail", "dit bericht", "esta mensagem", "este e-mail", "este email", "denna e-post",
    "detta mail", "detta meddelande", "denne e-mail", "denne mail", "denne e-post", "tämä viesti",
    "ta wiadomość", "wiadomość", "tato zpráva", "tento e-mail", "это сообщение", "это письмо",
    "bu e-posta", "outgoing mail",
)  # fmt: skip
# "Classification: Internal", "KUNDE-INTERNAL": how far a mail may go, put there by a program.
LABELS: frozenset[str] = frozenset(
    "classification|sensitivity|sensitivity label|information classification"  # noqa: SIM905
    "|document classification"
    "|data classification|security classification|klassifizierung|klassifikation|vertraulichkeit"
    "|einstufung|schutzklasse|confidentialité|clasificación|classificazione|classificatie"
    "|classificação|klassificering|klasyfikacja|tlp".split("|")
)
LEVELS: frozenset[str] = frozenset(
    "public|internal|intern|interne|interno|interna|confidential|restricted|private"  # noqa: SIM905
    "|general|secret"
    "|vertraulich|öffentlich|geheim|confidentiel|publique|restreint|confidencial|público|riservato"
    "|pubblico|vertrouwelijk|openbaar|konfidentiell|offentlig|fortrolig|poufne|unclassified"
    "|official|sensitive|non-business|personal|amber|green|red|clear|white|use|only|all|business"
    "|highly|strictly|company|corporate|c1|c2|c3|nur|gebrauch|für|den|internen".split("|")
)
CORE_LEVELS: frozenset[str] = frozenset(
    "public|internal|intern|interne|interno|interna|confidential|restricted"  # noqa: SIM905
    "|vertraulich"
    "|confidentiel|confidencial|riservato|vertrouwelijk|konfidentiell|fortrolig|poufne".split("|")
)
REFERENCES: frozenset[str] = frozenset(
    "ticket|ticket id|ticket number|ticket no|ticket nr|ticketnummer|ticket#|case"  # noqa: SIM905
    "|case id|case number"
    "|case no|case ref|ref|reference|reference id|reference number|request|request id|sr|incident"
    "|vorgang|vorgangsnummer|fallnummer|aktenzeichen|référence|numéro de dossier|número de caso"
    "|message id|msgid|tracking id|thread id|conversation id|zendesk|jira|issue id".split("|")
)
