"""Rules that decide before any model: machine mail by header, subject, body; people left alone."""

import pytest

from gateway.mail import MailInput, clean
from gateway.mail.automatic.subject import announcement

MACHINES = [
    "I am out of the office until 12 May. For urgent matters contact Ann Lee.",
    "Thank you for your email. I am currently on annual leave with limited access to email.",
    "This mailbox is not monitored. Please call us instead.",
    "Thank you for contacting Acme support. Your ticket #48213 has been created.",
    "Please note that Bob Moe is no longer with the company. Please write to ann@acme.example."
    " Your message has not been forwarded.",
    "This is an automated response, please do not reply to this email.",
    "Ich bin bis 12. Mai nicht im Büro. Ihre E-Mail wird nicht weitergeleitet.",
    "Merci pour votre message. Je suis actuellement en congés, de retour le 12 mai.",
    "Estoy fuera de la oficina hasta el 12 de mayo. En casos urgentes, contacte con Ana Ruiz.",
    "Grazie per il messaggio. Sono fuori ufficio fino al 12 maggio.",
    "Ik ben afwezig tot 12 mei. Uw bericht wordt niet doorgestuurd.",
    "Estou de férias até 12 de maio, com acesso limitado ao email.",
    "Tack för ditt mejl. Jag är på semester till den 12 maj.",
    "Tak for din mail. Jeg er på ferie til den 12. maj.",
    "Jestem na urlopie do 12 maja. W pilnych sprawach proszę o kontakt z Anną Lis.",
    "感谢您的来信。我正在休假，5月12日回来。",
    "現在休暇中です。5月12日に戻り次第、ご返信いたします。",
    "휴가 중입니다. 5월 12일에 복귀 후 회신 드리겠습니다.",
]
# A colleague may write no more than that either, in one sentence or two.
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
    away = clean(MailInput(text="I am out of the office until May. Please contact Ann Lee."))
    assert away.delegate is not None
    assert (away.auto_kind, away.referral, away.delegate.name) == ("out_of_office", (), "Ann Lee")
