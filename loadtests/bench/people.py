"""Measure people taken for machines, machines recognised, and opt-outs heard.

Run: python -m loadtests.bench.people. The mails are in tests/data/people: replies by people who use
the words that machines use, and automatic mails with and without the headers that give them away,
in eight languages, written by writers who knew neither rules nor heads. Test only: nothing is
trained or tuned on them.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from gateway.mail import MailInput, clean
from gateway.offline import classifier
from gateway.offline.opt_outs import opt_out_figures, opt_out_lines

ROOT = Path(__file__).resolve().parents[2]
PEOPLE = ROOT / "tests/data/people/people.jsonl"
MACHINES = ROOT / "tests/data/people/machines.jsonl"
CATALOG = ROOT / "heads" / "catalog"
AUTOMATIC = frozenset({"auto_reply", "bounce", "calendar"})
Row = Mapping[str, Any]


@dataclass
class Rate:
    """How many of a group's mails were taken for a machine's, and how many are undecided."""

    mails: int = 0
    automatic: int = 0
    undecided: int = 0

    def add(self, intent: str | None) -> None:
        """Count one mail's decision."""
        self.mails += 1
        self.automatic += intent in AUTOMATIC
        self.undecided += intent is None

    def cells(self) -> str:
        """Return share taken for a machine and share undecided as two cells of Markdown."""
        return f"{self.automatic / self.mails:.1%} | {self.undecided / self.mails:.1%}"


@click.command()
@click.option("--show", is_flag=True, help="Name the mails that come out wrong.")
def main(show: bool) -> None:
    """Print the table of both sets, by rules alone and by the full answer."""
    groups = {"people": read(PEOPLE)}
    for row in read(MACHINES):
        name = "machines, with headers" if row["with_headers"] else "machines, without headers"
        groups.setdefault(name, []).append(row)
    rules = {name: [rule_decision(row) for row in rows] for name, rows in groups.items()}
    decided = {name: full_decisions(rows) for name, rows in groups.items()}
    answers = {name: [decision["intent"] for decision in rows] for name, rows in decided.items()}
    print("| mails | by | count | taken for a machine | undecided |\n|---|---|---:|---:|---:|")
    for name in groups:
        for way, decisions in (("rules alone", rules[name]), ("full answer", answers[name])):
            rate = total(decisions)
            print(f"| {name} | {way} | {rate.mails} | {rate.cells()} |")
    print_languages(groups, answers)
    print_opt_outs(groups["people"], decided["people"])
    if show:
        print_wrong(groups, rules, answers)


def read(path: Path) -> list[Row]:
    """Return the rows of a JSON Lines file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def rule_decision(row: Row) -> str | None:
    """Return what a rule decides alone about a mail, None where the heads would be asked."""
    mail = MailInput(text=row["text"], subject=row.get("subject"), headers=row.get("headers"))
    return clean(mail).decision


def full_decisions(rows: Sequence[Row]) -> list[Row]:
    """Return the gateway's decision on each mail, with the shipped encoder and heads in process."""
    mails = [
        {key: row[key] for key in ("text", "subject", "headers") if row.get(key)} for row in rows
    ]
    decisions: list[Row] = []
    with classifier.in_process(CATALOG) as ask:
        for start in range(0, len(mails), classifier.BATCH):
            items = ask(mails[start : start + classifier.BATCH])
            decisions += [item["answer"]["decision"] for item in items]
    return decisions


def total(decisions: Sequence[str | None]) -> Rate:
    """Count a group's decisions."""
    rate = Rate()
    for intent in decisions:
        rate.add(intent)
    return rate


def print_languages(
    groups: Mapping[str, Sequence[Row]], answers: Mapping[str, Sequence[str | None]]
) -> None:
    """Print the share that the full answer takes for a machine's, a column a language."""
    by_language: dict[str, dict[str, Rate]] = {}
    for name, rows in groups.items():
        rates = by_language.setdefault(name, defaultdict(Rate))
        for row, intent in zip(rows, answers[name], strict=True):
            rates[row["lang"]].add(intent)
    languages = sorted({language for rates in by_language.values() for language in rates})
    print("\n| taken for a machine, full answer |", " | ".join(languages), "|")
    print("|---|" + "---:|" * len(languages))
    for name, rates in by_language.items():
        cells = [
            f"{rates[language].automatic / rates[language].mails:.0%}" for language in languages
        ]
        print(f"| {name} |", " | ".join(cells), "|")


def print_opt_outs(rows: Sequence[Row], decisions: Sequence[Row]) -> None:
    """Print what `decision.opt_out` makes of people, whose intent tells who opts out."""
    truth = [row["intent"] == "unsubscribe" for row in rows]
    states = [decision["opt_out"] for decision in decisions]
    figures = opt_out_figures(truth, states, [row["id"] for row in rows])
    print("\n" + "\n".join(opt_out_lines(figures)))


def print_wrong(
    groups: Mapping[str, Sequence[Row]],
    rules: Mapping[str, Sequence[str | None]],
    answers: Mapping[str, Sequence[str | None]],
) -> None:
    """Name people taken for machines and machines taken for people, with both decisions."""
    for name, rows in groups.items():
        for row, rule, answer in zip(rows, rules[name], answers[name], strict=True):
            if (answer in AUTOMATIC) == (name == "people"):
                print(f"{row['id']}: rules {rule}, answer {answer}")


if __name__ == "__main__":
    main()
