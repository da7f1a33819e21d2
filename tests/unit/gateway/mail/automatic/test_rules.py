"""Rules that decide before any model: machine mail by header, subject, body; people left alone."""

import pytest

from gateway.mail import MailInput, clean
from gateway.mail.automatic.subject import announcement

MACHINES = [
    "I am out of the office until 12 May. For urgent matters contact Ann Lee, ann@acme.example.",
    "This mailbox is not monitored. Please call us instead.",
    "Thank you for contacting Acme support. Your ticket #48213 has been created.",
    "Please note that Bob Moe is no longer with the company. Please write to ann@acme.example."
    " Your message has not been forwarded.",
    "This is an automated response, please do not reply to this email.",
    "Ich bin bis 12. Mai nicht im Büro. Ihre E-Mail wird nicht weitergeleitet.",
    "Estoy fuera de la oficina hasta el 12 de mayo. En casos urgentes, contacte con Ana Ruiz,"
    " ana@acme.example.",
    "Ik ben afwezig tot 12 mei. Uw bericht wordt niet doorgestuurd.",
    "Jestem na urlopie do 12 maja. W pilnych sprawach proszę o kontakt z Anną Lis,"
    " anna@acme.example.",
]
# A colleague may write no more than that either, with thanks for the mail and a promise to answer.
ABSENCE_ALONE = [
    "I am out of the office until 12 May.",
    "I'm on vacation this week. Back on 12 May. Happy Easter!",
    "Ich bin bis 12. Mai nicht im Büro.",
    "Bis 12. Mai nicht im Büro.",
    "Bin derzeit im Urlaub. Am 12. Mai bin ich wieder zurück.",
    "Je suis actuellement en congés, de retour le 12 mai.",
    "Estoy fuera de la oficina hasta el 12 de mayo.",
    "Sono fuori ufficio fino al 12 maggio.",
    "Ik ben afwezig tot 12 mei.",
    "Estou de férias até 12 de maio.",
    "Jag är på semester till den 12 maj.",
    "Jeg er på ferie til den 12. maj.",
    "Jeg er på ferie frem til 12. mai.",
    "Olen lomalla 12.5. asti.",
    "Jestem na urlopie do 12 maja.",
    "Jsem na dovolené do 12. května.",
    "Я в отпуске до 12 мая.",
    "我正在休假，5月12日回来。",
    "現在休暇中です。5月12日に戻ります。",
    "휴가 중입니다. 5월 12일에 복귀합니다.",
    "Thank you for your email. I am currently on annual leave with limited access to email.",
    "Merci pour votre message. Je suis actuellement en congés, de retour le 12 mai.",
    "Grazie per il messaggio. Sono fuori ufficio fino al 12 maggio.",
    "Estou de férias até 12 de maio, com acesso limitado ao email.",
    "Tack för ditt mejl. Jag är på semester till den 12 maj.",
    "Tak for din mail. Jeg er på ferie til den 12. maj.",
    "感谢您的来信。我正在休假，5月12日回来。",
    "現在休暇中です。5月12日に戻り次第、ご返信いたします。",
    "휴가 중입니다. 5월 12일에 복귀 후 회신 드리겠습니다.",
]
# By language: apologies and thanks, and that somebody is away with little access to mail.
APOLOGIES = {
    "en": ("Apologies, ", "Sorry for the inconvenience. ", "Thank you for your patience. "),
    "de": ("Entschuldigung, ", "Vielen Dank für Ihr Verständnis. "),
    "fr": ("Toutes mes excuses. ", "Merci de votre compréhension. "),
    "es": ("Disculpe, ", "Disculpe las molestias. "),
    "it": ("Mi scusi, ", "Ci scusiamo per il disagio. "),
    "nl": ("Excuses voor het ongemak. ", "Bedankt voor uw begrip. "),
    "pt": ("Desculpe, ", "Pedimos desculpa pelo incómodo. "),
    "sv": ("Jag beklagar. ", "Tack för din förståelse. "),
    "da": ("Jeg beklager. ", "Tak for din forståelse. "),
    "no": ("Jeg beklager. ", "Takk for din forståelse. "),
    "fi": ("Kiitos viestistäsi. ",),
    "pl": ("Przepraszam, ", "Dziękuję za zrozumienie. "),
    "cs": ("Omlouvám se. ", "Děkuji za pochopení. "),
    "ru": ("Приношу извинения. ", "Спасибо за понимание. "),
    "zh": ("抱歉，", "敬请谅解。"),
    "ja": ("申し訳ございません。", "ご了承ください。"),
    "ko": ("죄송합니다. ", "양해 부탁드립니다. "),
}
AWAY = {
    "en": (
        "I'm on holiday until Monday.",
        "I'm on vacation until Monday with limited access to email.",
    ),
    "de": ("ich bin bis Freitag im Urlaub.", "Ich bin bis Montag im Urlaub und melde mich danach."),
    "fr": (
        "je suis en congés jusqu'à lundi.",
        "Je suis absent avec un accès limité à ma messagerie.",
    ),
    "es": ("estoy de vacaciones hasta el lunes.", "Estoy de viaje con acceso limitado al correo."),
    "it": ("sono in ferie fino al 12 maggio.", "Sono in ferie con accesso limitato alla posta."),
    "nl": ("ik ben op vakantie tot maandag.", "Ik ben afwezig tot 12 mei en heb geen toegang."),
    "pt": ("estou de férias até segunda-feira.", "Estou de férias, com acesso limitado ao email."),
    "sv": ("Jag är på semester till den 12 maj.", "Jag är på semester och läser inte min mejl."),
    "da": ("Jeg er på ferie til den 12. maj.", "Jeg er på ferie og har begrænset adgang til mail."),
    "no": ("Jeg er på ferie til 12. mai.", "Jeg er på ferie og har begrenset tilgang til e-post."),
    "fi": ("Olen lomalla 12.5. asti.", "Olen lomalla enkä lue sähköpostia."),
    "pl": ("jestem na urlopie do poniedziałku.", "Jestem na urlopie, bez dostępu do poczty."),
    "cs": ("Jsem na dovolené do 12. května.", "Jsem na dovolené s omezeným přístupem k e-mailu."),
    "ru": ("Я в отпуске до 12 мая.", "Я в отпуске с ограниченным доступом к почте."),
    "zh": ("我正在休假，5月12日回来。", "我正在休假，无法及时回复邮件。"),
    "ja": (
        "5月12日まで休暇をいただいております。",
        "現在休暇中のため、メールの確認が遅れる場合がございます。",
    ),
    "ko": ("5월 12일까지 휴가입니다.", "현재 휴가 중으로 메일 확인이 어렵습니다."),
}
SORRY_TO_BE_AWAY = [
    text
    for language, apologies in APOLOGIES.items()
    for apology in ("", *apologies)
    for away in AWAY[language]
    for text in (apology + away, f"{away} {apology}".strip(" ,，"))
]
# Behind a greeting by name; the rest is a machine's, as the test says too.
GREETED = [
    ("Hi Sam, ", "Hello, ", "thank you for your message. I am on vacation until Monday. Please "
     "contact my colleague Anna (anna@acme.example)."),
    ("Dear Mr. Lee,\n", "Dear customer,\n", "I am out of the office until 12 May. Please contact "
     "Ann Moe at ann@acme.example."),
    ("Hallo Herr Meier, ", "Sehr geehrte Damen und Herren, ", "vielen Dank für Ihre Nachricht. Ich "
     "bin bis 12. Mai im Urlaub. Bitte wenden Sie sich an Jens Ott (jens@acme.example)."),
    ("Hola Marta, ", "Hola, ", "gracias por su mensaje. Estoy de vacaciones hasta el 12 de mayo. "
     "Puede contactar con Ana Ruiz (ana@acme.example)."),
    ("Bonjour Paul, ", "Bonjour, ", "je suis absent jusqu'au 12 mai. Vous pouvez contacter Luc "
     "Morel à luc@acme.example."),
    ("Здравствуйте, Анна! ", "Здравствуйте! ", "Я в отпуске до 25 июля. Со срочными вопросами "
     "обращайтесь к коллеге: Иван Петров, petrov@acme.example."),
]  # fmt: skip
OWN_NUMBERS = [
    "I am on leave until 12 May. If urgent, call me on +44 20 7946 0321.",
    "Ich bin bis 12. Mai im Urlaub. In dringenden Fällen erreichen Sie mich unter 089 5550 1234.",
    "Estoy de vacaciones hasta el 12 de mayo. Si es urgente, puede llamarme al 91 555 01 43.",
]
HUMANS = [
    "I'm travelling, can we do next week?",
    "OOO till Monday but yes!",
    "I'm out of the office on Friday, could we talk on Monday?",
    "I am on holiday, so let's speak in June.",
    "We have a vacation policy tool already.",
    "I never got an automatic reply from you, send me the deck.",
    "No longer interested, thanks.",
    "The office move keeps us busy, try me in autumn.",
    "I left a message with your colleague on Monday.",
    "I read your email twice and still do not see the value.",
]
SUBJECTS = [
    ("Automatic reply: Planning", "out_of_office"),
    ("[Extern] Automatische Antwort: Planung", "out_of_office"),
    ("RE: Automatische Antwort: Planung", None),
    ("Réponse automatique : bonjour", "out_of_office"),
    ("Respuesta automática: hola", "out_of_office"),
    ("Risposta automatica: ciao", "out_of_office"),
    ("Automatisch antwoord: hallo", "out_of_office"),
    ("Resposta automática: olá", "out_of_office"),
    ("Autosvar: hej", "out_of_office"),
    ("Frånvaro: hej", "out_of_office"),
    ("Automatyczna odpowiedź: x", "out_of_office"),
    ("Автоматический ответ: x", "out_of_office"),
    ("自动回复：你好", "out_of_office"),
    ("自動返信: x", "out_of_office"),
    ("자동 회신: x", "out_of_office"),
    ("Automaattinen vastaus: x", "out_of_office"),
    ("Automatická odpověď: x", "out_of_office"),
    ("OOO: back Monday", "out_of_office"),
    ("Undeliverable: Planning", "bounce"),
    ("Accepted: Intro call", "calendar"),
    ("Zugesagt: Termin", "calendar"),
    ("Re: Planning", None),
    ("Vacation policy question", None),
    ("Absence of budget", None),
    ("Re: Acceptance of terms", None),
]


@pytest.mark.parametrize("text", MACHINES)
def test_a_notice_is_known_by_its_body(text: str) -> None:
    """A whole message of what machines say, in fourteen languages, is an automatic reply."""
    cleaned = clean(MailInput(text=text))
    assert cleaned.rule is not None
    assert (cleaned.decision, cleaned.rule.split(".")[0]) == ("auto_reply", "auto_reply")


@pytest.mark.parametrize("text", ABSENCE_ALONE)
def test_absence_alone_is_no_proof_in_any_language(text: str) -> None:
    """That somebody is away, and until when, is one sign: it takes a second to be a machine's."""
    cleaned = clean(MailInput(text=text))
    assert (cleaned.decision, cleaned.evidence) == (None, ("body.out_of_office",))


@pytest.mark.parametrize("text", SORRY_TO_BE_AWAY)
def test_absence_with_apologies_is_no_proof_in_any_language(text: str) -> None:
    """Being away, with apologies, thanks or little access to mail, decides nothing."""
    assert clean(MailInput(text=text)).decision is None


@pytest.mark.parametrize(("named", "anybody", "rest"), GREETED)
def test_who_is_greeted_by_name_is_written_to_by_a_person(
    named: str, anybody: str, rest: str
) -> None:
    """The same words decide behind a greeting of anybody, and are evidence behind a name."""
    assert clean(MailInput(text=anybody + rest)).rule == "auto_reply.body.out_of_office"
    cleaned = clean(MailInput(text=named + rest))
    assert (cleaned.decision, cleaned.evidence) == (None, ("body.out_of_office",))
    with_header = MailInput(text=named + rest, headers={"X-Auto-Response-Suppress": "All"})
    assert clean(with_header).rule == "auto_reply.header.weak_and_body"


@pytest.mark.parametrize("greeting", ["Hi Sam,\n", "Dear Ms Lee,\n"])
def test_what_says_that_it_is_automatic_may_greet_by_name(greeting: str) -> None:
    """A help desk's ticket and an automatic reply are a machine's, whoever is greeted."""
    ticket = "Thank you for contacting Acme support. Your ticket #48213 has been created."
    reply = "This is an automatic reply. I am on vacation until July 21, 2026."
    assert clean(MailInput(text=greeting + ticket)).rule == "auto_reply.body.auto_ack"
    assert clean(MailInput(text=greeting + reply)).rule == "auto_reply.body.out_of_office"


@pytest.mark.parametrize("text", OWN_NUMBERS)
def test_the_authors_own_number_is_nobody_elses(text: str) -> None:
    """Who is away and can be called himself says what a colleague says."""
    assert clean(MailInput(text=text)).decision is None


@pytest.mark.parametrize("text", HUMANS)
def test_people_who_mention_absence_stay_people(text: str) -> None:
    """A person who speaks of holidays, offices and leaving decides nothing by rule."""
    assert clean(MailInput(text=text)).decision is None


@pytest.mark.parametrize(("subject", "kind"), SUBJECTS)
def test_subjects_announce_machines(subject: str, kind: str | None) -> None:
    """Subjects count only as openings, behind gateway tags; behind "Re:" they are the thread's."""
    found = announcement(subject)
    assert (found.kind if found else None) == kind


@pytest.mark.parametrize(
    ("headers", "decision", "rule"),
    [
        ({"Auto-Submitted": "auto-replied"}, "auto_reply", "auto_reply.header.auto_submitted"),
        ({"X-Autoreply": "yes"}, "auto_reply", "auto_reply.header.x_autoreply"),
        ({"Precedence": "auto_reply"}, "auto_reply", "auto_reply.header.precedence"),
        ({"Return-Path": "<>"}, None, None),
        ({"X-Failed-Recipients": "a@b.example"}, "bounce", "bounce.failed_recipients"),
        ({"From": "MAILER-DAEMON@x.example"}, "bounce", "bounce.mailer_daemon"),
        ({"Auto-Submitted": "no"}, None, None),
        ({"X-Auto-Response-Suppress": "All"}, None, None),
        ({"Precedence": "bulk"}, None, None),
        ({"List-Id": "<x.example>"}, None, None),
        ({"From": "no-reply@x.example"}, None, None),
    ],
)
def test_headers_decide_only_when_strong(
    headers: dict[str, str], decision: str | None, rule: str | None
) -> None:
    """Strong headers decide alone; weak ones never do."""
    cleaned = clean(MailInput(text="Sounds fine.", headers=headers))
    assert (cleaned.decision, cleaned.rule) == (decision, rule)


def test_a_human_header_beats_the_body() -> None:
    """Auto-Submitted: no means a person, whatever the words."""
    mail = MailInput(text="I am out of the office until May.", headers={"Auto-Submitted": "no"})
    assert clean(mail).decision is None


def test_too_large_is_decided_without_parsing() -> None:
    """A message above 25 MiB, or the caller's own limit, is refused by rule."""
    assert clean(MailInput(raw=b"x" * ((25 << 20) + 1))).decision == "too_large"
    assert clean(MailInput(raw=b"x" * 101), max_raw_bytes=100).decision == "too_large"


def test_tiny_replies_borrow_the_last_outbound_mail() -> None:
    """Up to four words take our last mail as second segment; longer replies never do."""
    outbound = "Would Tuesday work?\n\nBest,\nTom\n\n> older words"
    assert clean(MailInput(text="works for me", last_outbound=outbound)).context == (
        "Would Tuesday work?"
    )
    longer = MailInput(text="that works very well for me", last_outbound=outbound)
    assert clean(longer).context is None


def test_left_company_names_the_successor_and_absence_a_delegate() -> None:
    """A notice of leaving has a referral; a notice of absence only a delegate."""
    text = (
        "Thank you for your email. Bob is no longer with Acme. Contact Ann Lee, ann@acme.example."
    )
    left = clean(MailInput(text=text))
    assert (left.auto_kind, left.referral[0].name) == ("left_company", "Ann Lee")
    away = clean(
        MailInput(
            text="I am out of the office until May. Please contact Ann Lee, ann@acme.example."
        )
    )
    assert away.delegate is not None
    assert (away.auto_kind, away.referral, away.delegate.name) == ("out_of_office", (), "Ann Lee")
