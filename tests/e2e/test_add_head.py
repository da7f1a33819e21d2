"""The README's walk from a table of labels to a live head, and on to its second version."""

from __future__ import annotations

import csv
import json
import random
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import urllib3

from heads.bundle.loading import load_folder
from heads.lifecycle import audit
from heads.lifecycle.aliases import Answering, read_folder
from heads.storage.folder import FolderCatalog
from loadtests.config import inherited_environment
from loadtests.stack.stack import Stack, running_stack
from tests.support.waiting import PATIENT, WAIT_S, until

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = ROOT / "heads" / "catalog"
NAME = "pricing_question"
WALK = (
    "heads new pricing_question --data labels.csv",
    "heads lint pricing_question",
    "heads test pricing_question",
    'heads promote pricing_question 1 --yes --why "first version"',
)
YES = (
    "What would {n} {seats} cost us?",
    "How much is the {tier} plan for {n} people?",
    "Please send pricing for {n} {seats}, the {tier} tier.",
    "Is there a discount above {n} {seats}?",
    "Price list for {tier}, please. We are {n}.",
)
NO = (
    "Let us talk on {day}, {n} of us liked the {tier} demo.",
    "We already use another tool for our {n} {seats}.",
    "Take me off this list, {n} mails is enough.",
    "I am away until {day}, back with {n} others.",
    "Not my area, ask the {tier} team on {day}, ticket {n}.",
)


def write_labels(path: Path, authors: int, seed: int = 0) -> None:
    """Write a table of four texts of each author, no two alike."""
    draw = random.Random(seed)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "label", "author"])
        for number in range(authors):
            for place in range(4):
                words = {
                    "n": 4 * number + place + 2 + 1000 * seed,
                    "seats": draw.choice(["seats", "licences", "users"]),
                    "tier": draw.choice(["basic", "team", "pro", "enterprise"]),
                    "day": draw.choice(["Monday", "Friday", "June 3", "the 12th"]),
                }
                texts, label = (YES, "yes") if place % 2 else (NO, "no")
                writer.writerow([draw.choice(texts).format(**words), label, f"s{seed}p{number}"])


@dataclass(frozen=True)
class Desk:
    """A folder laid out as a clone's, and the running stack that serves its catalog."""

    folder: Path
    stack: Stack

    @property
    def head(self) -> Path:
        """Return the new head's folder."""
        return self.folder / "heads" / "catalog" / NAME

    def run(self, command: str) -> subprocess.CompletedProcess[str]:
        """Run a command of the README in this test's folder."""
        env = inherited_environment() | {"PYTHONPATH": str(ROOT), "HEADS_CATALOG": "heads/catalog"}
        program = f'heads() {{ "{sys.executable}" -m heads "$@"; }}; {command}'
        return subprocess.run(
            ["bash", "-c", program], cwd=self.folder, env=env, capture_output=True, text=True
        )

    def done(self, command: str) -> str:
        """Run a command that must succeed; return its standard output."""
        finished = self.run(command)
        assert finished.returncode == 0, finished.stderr[-3000:]
        return finished.stdout

    def ask(self, text: str) -> dict[str, object]:
        """Return the new head's part of the gateway's answer; empty while it is not served."""
        body = {"text": text, "heads": [NAME]}
        answer = urllib3.request(
            "POST",
            f"{self.stack.gateway_url}/v1/classify",
            json=body,
            timeout=WAIT_S,
            retries=False,
        )
        head: dict[str, object] = answer.json().get("heads", {}).get(NAME, {})
        return head


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Copy the shipped heads, write a table of labels, and run every service."""
    folder = tmp_path_factory.mktemp("desk")
    subprocess.run(["cp", "-r", "--parents", "heads/catalog", folder], cwd=ROOT, check=True)
    write_labels(folder / "labels.csv", authors=60)
    catalog = str(folder / "heads" / "catalog")
    where = {"HEADS_CATALOG": catalog, "GATEWAY_CATALOG": catalog}
    with running_stack(folder, where | PATIENT) as stack:
        yield Desk(folder, stack)


def test_the_walk_ends_with_a_live_head(desk: Desk) -> None:
    """Four commands and a question: the running services answer with a head they never saw."""
    assert desk.ask("What would 20 seats cost?").get("status") in (None, "unknown_head")
    for command in WALK:
        desk.done(command)
    until(lambda: desk.ask("What would 20 seats cost?").get("status") == "ok", "not live")

    answer = desk.ask("What would 20 licences cost us per year?")
    assert (answer["label"], answer["version"]) == ("yes", "1")
    assert desk.ask("Take me off this list please.")["label"] == "no"
    assert "reliability.png" in {path.name for path in (desk.head / "1").iterdir()}


def test_a_second_version_is_judged_on_rows_neither_saw(desk: Desk) -> None:
    """A good one is let through and recorded; a worse one is refused; one step leads back."""
    write_labels(desk.folder / "fresh.csv", authors=60, seed=1)
    desk.done(f"heads new {NAME} --data labels.csv --members lexical")

    shown = desk.done(f"heads promote {NAME} 2 --data fresh.csv")
    assert "| overall | 240 |" in shown
    assert "--yes makes the change" in shown
    assert read_folder(desk.head).production == "1"
    picture = desk.folder / ".cache" / "gate" / f"{NAME}-1-2.png"
    assert picture.read_bytes().startswith(b"\x89PNG")

    desk.done(f"heads promote {NAME} 2 --data fresh.csv --to candidate --weight 0.3 --yes --by ann")
    assert read_folder(desk.head).answering == Answering("1", "2", 0.3)
    desk.done(f"heads rollback {NAME} --by bob --why 'not today'")
    assert read_folder(desk.head).answering == Answering("1")
    entries = list(audit.entries(FolderCatalog(desk.head.parent), NAME))
    assert [(entry.action, entry.by) for entry in entries[1:]] == [
        ("promote to candidate", "ann"),
        ("rollback", "bob"),
    ]
    assert entries[1].gate["figures"]["overall"]["rows"] == 240
    assert "not today" in desk.done(f"heads audit {NAME}")


def test_a_worse_version_is_refused(desk: Desk) -> None:
    """A head that learnt the labels the wrong way round does not get past the gate."""
    rows = list(csv.reader((desk.folder / "labels.csv").read_text(encoding="utf-8").splitlines()))
    wrong = {"yes": "no", "no": "yes", "label": "label"}
    with (desk.folder / "wrong.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([text, wrong[label], author] for text, label, author in rows)
    desk.done(f"heads new {NAME} --data wrong.csv --members lexical")
    write_labels(desk.folder / "fresh.csv", authors=60, seed=1)

    refused = desk.run(f"heads promote {NAME} 3 --data fresh.csv --yes")
    assert refused.returncode == 1
    assert "overall: F1" in refused.stderr
    assert read_folder(desk.head).production == "1"
    flipped = desk.done(f"heads diff {NAME} 1 3 --data fresh.csv")
    assert "240 texts flip" in flipped
    assert "What would" in flipped


def test_the_gate_claims_nothing_on_rows_a_version_saw(desk: Desk) -> None:
    """Without rows that both have not seen it refuses and asks for them."""
    known = desk.run(f"heads promote {NAME} 2 --data labels.csv --yes")
    assert known.returncode == 1
    assert "were seen by neither version" in known.stderr
    asked = desk.run(f"heads promote {NAME} 2 --yes")
    assert "give --data FILE" in asked.stderr


def test_other_encoders_broken_and_heavy_bundles_are_refused(desk: Desk) -> None:
    """Each with its reason, before anything is compared; a shadow too."""
    manifest = desk.head / "2" / "head.toml"
    whole = manifest.read_text(encoding="utf-8")
    fingerprint = load_folder(desk.head / "2").manifest.fingerprint
    other = "sha256:" + "1" * 64
    for changed, message in (
        (whole.replace(fingerprint, other), other),
        (whole.replace('"golden.json" = "sha256:', '"golden.json" = "sha256:0'), "golden.json"),
        (whole.replace("\n[files]", "\n[limits]\nmemory_bytes = 2048\n\n[files]"), None),
    ):
        manifest.write_text(changed, encoding="utf-8")
        refused = desk.run(f"heads promote {NAME} 2 --to shadow --yes")
        if message is not None:
            assert refused.returncode == 1
            assert message in refused.stderr
        else:
            assert refused.returncode == 0, "production's limits hold, not the version's own"
    manifest.write_text(whole, encoding="utf-8")
    assert json.loads((desk.head / "aliases.json").read_text())["production"] == "1"


def test_the_walk_is_the_one_in_readme() -> None:
    """README shows the very commands that the walk runs."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")

    assert all(f".venv/bin/{command}" in readme for command in WALK)
