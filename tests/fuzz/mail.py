"""Fuzz the mail cleaner for a given time: any exception, leak or unstable result ends it.

Run: python -m tests.fuzz.mail --seconds 300 [--seed N]. It grows a pool of inputs from our
own cases and the adversarial units, mutates, splices and repeats them, and checks every law.
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import click

from gateway.mail import CleanedMail, MailInput, clean
from gateway.mail.cli import mail_of
from tests.data.mail.adversarial import MESSAGES, PAGES, TEXTS

DATA = Path(__file__).parents[1] / "data/mail"
SLOW_S = 1.0
_INSERTS = (
    "> ", "\n", "\n\n", "--", "-- \n", "On 3 May 2026 at 10:00, Bob <b@x.example> wrote:",
    "From: a",
    "Sent: 3 May 2026", "Thanks,", "Best,\nJoe", "\x00", "\ud800", "\u200b", "é", "😀", "<div>",
    "</div>", "<blockquote>", "=?utf-8?b?QQ==?=", "Content-Type: multipart/mixed; boundary=a\n",
    "--a\n", "--a--\n", "charset=utf-16", "[EXTERNAL]", ":", "@", "Sent from my iPhone",
    "[cid:a]", "<https://x.example>", "-----BEGIN PGP SIGNED MESSAGE-----\n", "\x1b$B", "\u200c",
    "Content-Type: message/delivery-status\n", "Join Zoom Meeting\n", "I am on leave until 3 May. ",
    "ping me in March ", "take me off your list ", "Do not contact Ann Lee, ",
)  # fmt: skip


@click.command()
@click.option("--seconds", default=300.0, show_default=True)
@click.option("--seed", default=0, show_default=True)
def main(seconds: float, seed: int) -> None:
    """Fuzz until the time is over; exit with 1 on the first broken law."""
    chance = random.Random(seed)
    pool = _seeds()
    end = time.monotonic() + seconds
    runs = 0
    slowest = 0.0
    while time.monotonic() < end:
        sample = _mutate(chance, pool)
        shape = chance.choice(("text", "html", "raw"))
        began = time.process_time()
        fault = _check(shape, sample)
        slowest = max(slowest, time.process_time() - began)
        runs += 1
        if fault or slowest > SLOW_S:
            click.echo(f"{fault or 'slow'} after {runs} runs, {shape}: {sample!r}")
            sys.exit(1)
        if len(pool) < 2_000 and chance.random() < 0.05:
            pool.append(sample[:20_000])
    click.echo(f"{runs} inputs in {seconds:.0f} s, seed {seed}: no fault; slowest {slowest:.3f} s")


def _seeds() -> list[str]:
    files = sorted(DATA.glob("*.jsonl"))
    lines = [line for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    rows = [row.get("content") or row.get("text") for row in map(json.loads, lines)]
    made = [make(200) for make in (*TEXTS.values(), *PAGES.values())]
    raw = [make(400).decode("utf-8", "surrogateescape") for make in MESSAGES.values()]
    return [row for row in rows if isinstance(row, str)] + made + raw


def _mutate(chance: random.Random, pool: list[str]) -> str:
    text = chance.choice(pool)
    for _ in range(chance.randint(1, 6)):
        a, b = sorted((chance.randint(0, len(text)), chance.randint(0, len(text))))
        kind = chance.randrange(6)
        if kind == 0:
            text = text[:a] + chance.choice(_INSERTS) + text[a:]
        elif kind == 1:
            text = text[:a] + text[b:]
        elif kind == 2:
            text = text[:a] + text[a:b] * chance.choice((2, 3, 50)) + text[b:]
        elif kind == 3:
            other = chance.choice(pool)
            text = text[:a] + other[chance.randint(0, len(other)) :]
        elif kind == 4:
            text = (
                text[:a] + chr(chance.choice((9, 10, 32, 62, chance.randrange(0x11000)))) + text[b:]
            )
        else:
            lines = text.split("\n")
            chance.shuffle(lines)
            text = "\n".join(lines)
        text = text[:60_000]
    return text


def _check(shape: str, sample: str) -> str | None:
    """Return what is wrong, or None; an exception is reported as a fault too."""
    try:
        mail = mail_of(shape, sample)
        first = clean(mail)
        again = clean(MailInput(text=first.text))
        whole = clean(replace(mail, scope="thread"))
    except Exception as error:
        return f"raised {error!r}"
    if any(not 0 <= start <= end <= len(first.text) for start, end in _spans(first)):
        return "a span outside the text"
    if not whole.text.startswith(first.text):
        return f"the thread does not open with the newest words: {whole.text!r}"
    return None if again.text == first.text else f"not idempotent: {first.text!r} {again.text!r}"


def _spans(cleaned: CleanedMail) -> Iterator[tuple[int, int]]:
    for referral in cleaned.referral:
        yield referral.start, referral.end
    if cleaned.follow_up is not None:
        yield cleaned.follow_up.start, cleaned.follow_up.end
    if cleaned.opt_out_span is not None:
        yield cleaned.opt_out_span


if __name__ == "__main__":
    main()
