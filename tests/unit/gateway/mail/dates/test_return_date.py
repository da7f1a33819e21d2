"""When an absent author is back: dates as people write them, seen from the mail's own date."""

from datetime import date

import pytest

from gateway.mail.dates.return_date import return_date

SENT = date(2026, 12, 18)  # a Friday


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I am away until 3 January.", date(2027, 1, 3)),
        ("Back on Monday.", date(2026, 12, 21)),
        ("I will return on 2027-01-04.", date(2027, 1, 4)),
        ("out of office from 20 December until January 3rd, 2027", date(2027, 1, 3)),
        ("away from 21 Dec to 3 Jan, back in the office on 4 January", date(2027, 1, 4)),
        ("returning Jan 5", date(2027, 1, 5)),
        ("back 01/04/2027", date(2027, 1, 4)),
        ("back on 13/01/2027", date(2027, 1, 13)),
        ("Ich bin bis zum 3. Januar nicht im Büro", date(2027, 1, 3)),
        ("ab 04.01.2027 wieder im Büro, zurück am 04.01.", date(2027, 1, 4)),
        ("de retour le 4 janvier", date(2027, 1, 4)),
        ("absent jusqu'au 4 janvier", date(2027, 1, 4)),
        ("fuera hasta el 4 de enero", date(2027, 1, 4)),
        ("fino al 4 gennaio", date(2027, 1, 4)),
        ("afwezig tot 4 januari", date(2027, 1, 4)),
        ("até 4 de janeiro", date(2027, 1, 4)),
        ("tillbaka måndag", date(2026, 12, 21)),
        ("do 4 stycznia", date(2027, 1, 4)),
        ("back tomorrow", date(2026, 12, 19)),
        ("1月4日に戻ります", date(2027, 1, 4)),
        ("back on 3 May 2019", None),
        ("I will be back", None),
        ("back on 45 Foo", None),
    ],
)
def test_return_dates_are_read_from_the_mails_own_date(text: str, expected: date | None) -> None:
    """Dates in many spellings are the next such day after the mail; past ones are nothing."""
    assert return_date(text, SENT) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I will be back in two weeks", date(2027, 1, 1)),
        ("In two weeks, I will be back at my desk", date(2027, 1, 1)),
        ("On 4 January I will be back", date(2027, 1, 4)),
        ("Ich bin in zwei Wochen zurück", date(2027, 1, 1)),
        ("Wieder im Büro in 3 Tagen", date(2026, 12, 21)),
        ("Ab dem 4. Januar bin ich wieder im Büro", date(2027, 1, 4)),
        ("Ich bin am 04.01. wieder da", date(2027, 1, 4)),
        ("Je serai de retour dans un an", date(2027, 12, 18)),
        ("Je suis absent. Dans deux semaines, je serai de retour.", date(2027, 1, 1)),
        ("Je reviens dans trois jours", date(2026, 12, 21)),
        ("Vuelvo en dos semanas", date(2027, 1, 1)),
        ("Estaré de vuelta dentro de un mes", date(2027, 1, 18)),
        ("Volto daqui a duas semanas", date(2027, 1, 1)),
        ("Estarei de volta em dez dias", date(2026, 12, 28)),
        ("Ik ben over twee weken terug", date(2027, 1, 1)),
        ("Op 4 januari ben ik terug", date(2027, 1, 4)),
        ("Terug over een week", date(2026, 12, 25)),
        ("Torno tra due settimane", date(2027, 1, 1)),
        ("Sarò di nuovo in ufficio fra un mese", date(2027, 1, 18)),
        ("I'll get back to you in two days", None),
        ("Ich melde mich in zwei Tagen zurück", None),
        ("Je reviens vers vous dans deux jours", None),
        ("Vuelvo a escribirle en dos días", None),
        ("Ik kom over twee dagen bij u terug", None),
        ("Ich bin nicht in zwei Wochen zurück", None),
        ("I left on 20 December and will be back soon", None),
        ("Since Monday I am back", None),
        ("Feedback in two days", None),
        ("I will be back to work in two weeks", date(2027, 1, 1)),
        ("I will come back within two weeks", date(2027, 1, 1)),
        ("I'll get back within two days", None),
        ("I will get back with an answer in two days", None),
        ("Please call back in two weeks", None),
        ("Please send it back in 3 days", None),
        ("We will come back to this in three weeks", None),
        ("Ich komme in zwei Tagen darauf zurück", None),
        ("In 3 days my colleague will be back", None),
        ("Emails sent after Friday will be read when I'm back", None),
        ("I am back to back in meetings in two weeks", None),
        ("Please return the signed form in two weeks", None),
        ("Je serai absent pendant deux semaines", None),
    ],
)
def test_so_long_from_now_and_days_before_the_words_of_return_are_read(
    text: str, expected: date | None
) -> None:
    """In seven languages; an answer that somebody promises in so long is no return."""
    assert return_date(text, SENT) == expected


def test_without_a_date_only_full_dates_count() -> None:
    """A relative day needs a day to be relative to."""
    assert return_date("back on Monday", None) is None
    assert return_date("back in two weeks", None) is None
    assert return_date("back on 2027-01-04", None) == date(2027, 1, 4)


@pytest.mark.parametrize(
    "text", ["back on Monday", "back tomorrow", "until next week", "back 1/4", "back in a year"]
)
def test_a_mail_of_the_last_day_there_is_breaks_nothing(text: str) -> None:
    """Senders write their own dates: no date makes the reader raise."""
    assert return_date(text, date.max) is None
