"""Holds the words of perturbations: one vocabulary to learn on, another one to measure with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Typo = Literal["swap", "drop", "double", "space"]


@dataclass(frozen=True)
class Vocabulary:
    """What perturbations may write. `{name}`, `{n}` and the fields of a date are filled in.

    `spellings` are pairs of a form and what it becomes, between British and American English.
    `name_forms` stand alone behind a text, `signatures` close it, `greetings` open it.
    """

    names: tuple[str, ...]
    name_forms: tuple[str, ...]
    greetings: tuple[str, ...]
    signatures: tuple[str, ...]
    references: tuple[str, ...]
    tickets: tuple[str, ...]
    dates: tuple[str, ...]
    timestamps: tuple[str, ...]
    emoji: tuple[str, ...]
    sentences: tuple[str, ...]
    spellings: tuple[tuple[str, str], ...]
    typos: tuple[Typo, ...]


def _both_ways(*pairs: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    return (*pairs, *((other, form) for form, other in pairs))


LEARNING = Vocabulary(
    names=(
        "Alex", "Maria", "Tom", "Priya", "Jonas", "Chen", "Fatima", "Luis", "Anna", "Sam", "Yuki",
        "Olga", "Ben", "Ingrid", "Kofi", "Claire", "Diego", "Mei", "Omar", "Eva",
    ),
    name_forms=("{name}", "- {name}", "{name} x", "/{name}"),
    greetings=("Hi {name},", "Hello {name},", "Dear {name},", "Hey {name},", "{name},", "Hi,"),
    signatures=(
        "Best, {name}",
        "Regards, {name}",
        "Thanks, {name}",
        "Cheers, {name}",
        "Best regards\n{name}\nOffice manager",
        "{name}\nOperations | Tel. 020 7946 {n}",
        "Sent from my iPhone",
    ),
    references=("Ref {n}", "ref: {n}", "({n})", "Our ref. {n}", "No. {n}"),
    tickets=("Ticket #{n}", "[#{n}]", "Case {n}", "TKT-{n}"),
    dates=("{year}-{month:02}-{day:02}", "{day} {month_name} {year}", "{month}/{day}/{year}"),
    timestamps=(
        "{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:00Z", "{hour:02}:{minute:02}", "{unix}",
    ),
    emoji=("🙂", "👋", "😀", ":)", "✨"),
    sentences=(
        "It has been raining here all day.",
        "My train was late again.",
        "We had a long weekend here.",
        "The new coffee machine is loud.",
        "Typed on a bus, please excuse mistakes.",
        "My dog sends his regards.",
        "It got dark early today.",
        "I have just come back from lunch.",
    ),
    spellings=(
        *_both_ways(
            ("colour", "color"), ("favour", "favor"), ("realise", "realize"),
            ("cancelled", "canceled"), ("travelling", "traveling"), ("defence", "defense"),
            ("grey", "gray"), ("metre", "meter"), ("honour", "honor"),
            ("recognise", "recognize"), ("theatre", "theater"),
        ),
        ("holiday", "vacation"), ("lorry", "truck"), ("flat", "apartment"),
    ),
    typos=("double", "space"),
)  # fmt: skip

GATE = Vocabulary(
    names=(
        "Rosalind", "Tobias", "Nkechi", "Aurelio", "Saoirse", "Bartosz", "Leilani", "Casimir",
        "Wenona", "Ishaan", "Philippa", "Dragan", "Hyacinth", "Matteus", "Zainab", "Thorvald",
    ),
    name_forms=("~ {name}", "{name} here", "it's {name}", "({name})"),
    greetings=(
        "Good morning {name},",
        "Good afternoon {name}.",
        "Hiya {name}!",
        "Hi there {name}",
        "Greetings {name},",
        "Evening {name},",
        "Good day to you, {name}.",
    ),
    signatures=(
        "Kind regards\n{name}\nHead of Accounts",
        "All the best,\n{name} Wetherby",
        "Sincerely,\n{name} Lindqvist, PhD",
        "BR\n{name}",
        "Yours truly, {name}",
        "{name} Achterberg\nFinance lead\nMobile +44 7700 900{n}",
        "Warmly,\n{name}",
        "Sent from Outlook for Android",
    ),
    references=("Your reference: {n}/B", "[ref {n}]", "Document {n}", "id={n}", "Nr. {n}-X"),
    tickets=("INC{n}", "SR-{n}", "<JIRA-{n}>", "Incident {n} (low)"),
    dates=(
        "{day:02}.{month:02}.{year}",
        "{month_name} {day}, {year}",
        "{day:02}/{month:02}/{year}",
        "{weekday}, {day} {month_name}",
    ),
    timestamps=(
        "[{hour:02}:{minute:02}:{second:02}]",
        "{day:02}.{month:02}.{year}, {hour:02}:{minute:02}",
        "{unix}.{second:03}",
        "{year}{month:02}{day:02}{hour:02}{minute:02}{second:02}",
    ),
    emoji=("🌻", "☕", "🤷", "🙏", "😅", ";-)"),
    sentences=(
        "The cherry tree outside our window is in bloom.",
        "Our lift has been stuck since breakfast.",
        "My neighbour is learning the trumpet.",
        "There was fog over the river this morning.",
        "I watched a documentary about whales yesterday.",
        "The canteen served lentil soup.",
        "A pigeon has just walked into the lobby.",
        "It is 31 degrees in the shade.",
        "The choir upstairs is rehearsing.",
        "Half the town is at the football match.",
    ),
    spellings=(
        *_both_ways(
            ("programme", "program"), ("organise", "organize"), ("catalogue", "catalog"),
            ("centre", "center"), ("enquiry", "inquiry"), ("enquiries", "inquiries"),
            ("labour", "labor"), ("prioritise", "prioritize"), ("licence", "license"),
            ("optimising", "optimizing"), ("organisation", "organization"),
            ("organiser", "organizer"), ("enrol", "enroll"), ("misspelt", "misspelled"),
            ("burnt", "burned"), ("authorised", "authorized"), ("neighbour", "neighbor"),
            ("firm", "company"), ("mail", "email"),
        ),
        ("cheque", "check"), ("diary", "calendar"), ("mobile", "cell phone"), ("autumn", "fall"),
        ("ring", "call"), ("shop", "store"), ("staff", "employees"), ("whilst", "while"),
        ("annual leave", "PTO"), ("swing by", "drop by"), ("pop into", "stop by"),
        ("fancy", "care for"), ("a fortnight", "two weeks"),
    ),
    typos=("swap", "drop"),
)  # fmt: skip
