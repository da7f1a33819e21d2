"""Lines that phones and mail programs add below every mail, lower case openings."""

from __future__ import annotations

STARTS: tuple[str, ...] = (
    "sent from my ", "sent from mail for ", "sent from outlook", "sent from yahoo", "sent via ",
    "sent from gmail", "sent from proton", "sent with proton", "sent from samsung", "sent on the ",
    "sent from a mobile", "sent from mobile", "sent from the ", "sent from iphone", "sent by ",
    "sent from ipad", "sent from android", "sent from blue", "sent from mailbird", "sent from nine",
    "sent from spark", "sent with spark", "sent with airmail", "sent with unibox", "sent from myma",
    "sent from workspace", "sent from aol", "sent from icloud", "sent from tutanota", "sent with ",
    "sent secure", "sent from fastmail", "sent from zoho", "sent from postbox", "sent from edison",
    "sent from mail.ru", "sent from email+", "sent from boxer", "sent from vmware", "sent from one",
    "get outlook for", "get boxer", "get bluemail", "download outlook", "typed on ", "excuse typos",
    "please excuse typos", "please excuse any typos", "please excuse brevity", "pardon typos",
    "please excuse the brevity", "apologies for brevity", "sorry for typos", "forgive typos",
    "von meinem ", "gesendet von ", "gesendet mit ", "gesendet über ", "von unterwegs gesendet",
    "holen sie sich outlook", "diese nachricht wurde von meinem", "outlook für ",
    "envoyé de mon", "envoyé depuis", "envoyé à partir de", "envoyé avec", "télécharger outlook",
    "obtenez outlook", "envoyé par ",
    "enviado desde", "enviado con", "obtener outlook", "enviado a partir de", "enviat des de",
    "inviato da ", "inviato dal ", "inviato con ", "ottieni outlook", "scarica outlook", "invio da",
    "verzonden vanaf", "verstuurd vanaf", "verzonden met", "verstuurd via", "verzonden vanuit",
    "outlook voor ", "download outlook voor", "verstuurd met", "verzonden via",
    "enviado do ", "enviado de ", "enviado via", "obter o outlook", "obtenha o outlook",
    "enviado pelo", "enviado através", "enviado com ", "baixe o outlook",
    "skickat från", "skickades från", "hämta outlook", "sendt fra ", "hent outlook", "sendt med ",
    "lähetetty ", "hanki outlook", "skaff deg outlook", "få outlook",
    "wysłano z ", "wysłane z ", "pobierz outlook", "pobierz program outlook", "odesláno z ",
    "odesláno ze ", "stáhnout outlook", "odoslané z ", "küldve ", "iphone-omról küldve",
    "отправлено с ", "отправлено из ", "скачать outlook", "надіслано з ", "изпратено от ",
    "iphone'umdan gönderildi", "iphone’umdan gönderildi", "trimis de pe", "trimis din",
    "στάλθηκε από",
    "发自我的", "發自我的", "从我的", "从我的 iphone 发送", "来自我的", "获取 outlook", "傳送自",
    "發送自",
    "iphoneから送信", "ipadから送信", "私のiphoneから", "outlook for ", "나의 iphone에서",
    "내 iphone에서",
    "iphone에서 보냄", "나의 ipad에서", "נשלח מה", "أرسلت من", "مرسل من", "poslano s", "poslano iz",
    "đã gửi từ", "gửi từ ", "dikirim dari",
)  # fmt: skip
ENDS: tuple[str, ...] = (
    "から送信", "에서 보냄", "에서 보냈습니다", "gesendet", "küldve", "gönderildi",
    "'dan gönderildi",
)  # fmt: skip
# Devices and programs: "Sent from my desk" is a joke, "Sent from my iPhone" is a tag line.
PRODUCTS: tuple[str, ...] = (
    "iphon", "ipad", "android", "samsung", "galaxy", "blackberry", "outlook", "mobile", "phone",
    "handy", "smartphone", "mail", "yahoo", "gmail", "windows", "huawei", "xiaomi", "pixel", "moto",
    "nokia", "sony", "htc", "lg", "tablet", "proton", "tutanota", "spark", "airmail", "boxer",
    "bluemail", "nine", "aol", "icloud", "device", "watch", "mac", "typo", "brevity", "superhuman",
    "front", "hey", "apple", "t-mobile", "verizon", "at&t", "4g", "5g", "lte", "portable", "móvil",
    "movil", "cellulare", "mobil", "telefon", "téléphone", "dispositivo", "celular", "telefoon",
    "mixmax", "workspace", "zoho", "fastmail", "secure", "iphoné", "телефон", "手机", "айфон",
    "яндекс", "почт", "oneplus", "oppo", "vivo", "honor", "realme", "puhelin", "stratus", "wifi",
    "mailbird", "thunderbird", "edison", "canary", "postbox", "em client", "gmx", "web.de",
    "kindle",
    "surface", "chromebook", "laptop", "gerät", "appareil", "apparaat",
)  # fmt: skip
# "Sent with Shortwave": programs too new for a list, told by nothing but a name behind these.
SENT: tuple[str, ...] = ("sent ", "gesendet ", "envoyé ", "enviado ", "inviato ", "verzonden ")
WAYS: frozenset[str] = frozenset(
    "from with via by using through von mit über depuis avec par desde con da dal met vanuit"  # noqa: SIM905
    " com pelo".split()
)
PARTICLES: frozenset[str] = frozenset(
    "for on the my app new all mobile mail web and für auf pour sur de para per voor ios".split()  # noqa: SIM905
)
