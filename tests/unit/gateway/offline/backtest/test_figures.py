"""A backtest's figures are those of its rows, however they come, and hold no word of any mail."""

import json
import random
from collections import Counter
from typing import Any

import pytest

from gateway.offline.backtest.figures import figures
from gateway.offline.backtest.report import report
from gateway.offline.backtest.tally import NOTHING, Answers, Tally
from gateway.prediction_log.statistics.intervals import proportion

LABELS = ("positive", "objection", "other")


def described(tally: Tally) -> dict[str, Any]:
    """Return figures as the command completes them."""
    facts = {
        "head": "intent", "version": "2", "since": "2026-11-01", "until": "2026-11-08",
        "tenants": None, "encoded_anew": False, "answers": tally.scored, "not_kept": 0,
        "disputed": 0, "exported": 0,
    }  # fmt: skip
    return {**facts, **figures(tally)}


def random_answers(chance: random.Random, count: int) -> Answers:
    """Draw answers, every fourth of them abstained from."""
    return Answers(
        [chance.choice(LABELS) for _ in range(count)],
        [chance.random() < 0.25 for _ in range(count)],
    )


def test_blocks_count_as_one() -> None:
    """However answers are cut into blocks, the figures are those of all of them."""
    chance = random.Random(1)
    ids = [str(number) for number in range(300)]
    truths = {which: chance.choice(LABELS) for which in ids[::3]}
    old, new = random_answers(chance, 300), random_answers(chance, 300)
    versions = [chance.choice(("1", "2")) for _ in ids]
    whole, parts = Tally(truths), Tally(truths)
    whole.add(ids, versions, old, new)
    for first in range(0, 300, 70):
        cut = slice(first, first + 70)
        parts.add(
            ids[cut],
            versions[cut],
            Answers(old.labels[cut], old.abstained[cut]),
            Answers(new.labels[cut], new.abstained[cut]),
        )
    assert figures(parts) == figures(whole)
    assert parts.examples == whole.examples


def test_figures_are_those_of_the_rows_counted_one_by_one() -> None:
    """Shares, moves and agreement; a label that is abstained from is right, but not decided."""
    chance = random.Random(2)
    ids = [str(number) for number in range(200)]
    truths = {which: chance.choice(LABELS) for which in ids[:120]}
    old, new = random_answers(chance, 200), random_answers(chance, 200)
    tally = Tally(truths)
    tally.add(ids, ["1"] * 200, old, new)

    found = figures(tally)

    decided = list(zip(old.decided(), new.decided(), strict=True))
    changed = [move for move in decided if move[0] != move[1]]
    assert found["otherwise"]["rows"] == len(changed)
    moved = {(move["from"], move["to"]): move["rows"] for move in found["moves"]}
    assert moved == dict(Counter(changed))
    assert found["labels"][NOTHING]["new"]["rows"] == sum(new.abstained)
    right = sum(new.labels[row] == truths[which] for row, which in enumerate(ids[:120]))
    own = found["feedback"]["1"]
    assert (own["rows"], own["new"]["rows"]) == (120, right)
    assert own["new"]["low"] == proportion(right, 120).low
    assert own["both"] + own["only_new"] + own["only_old"] + own["neither"] == 120
    wrong = sum(
        not new.abstained[row] and new.labels[row] != truths[which]
        for row, which in enumerate(ids[:120])
    )
    assert own["acted_wrong"]["new"]["rows"] == wrong


def test_the_version_that_answered_would_decide_nothing_otherwise() -> None:
    """The same answers: no move, no example, and differences of nought."""
    answers = random_answers(random.Random(3), 50)
    tally = Tally({"1": "other"})
    tally.add([str(number) for number in range(50)], ["1"] * 50, answers, answers)
    found = figures(tally)
    assert (found["otherwise"]["rows"], found["moves"], tally.examples) == (0, [], {})
    assert found["feedback"]["1"]["difference"]["value"] == 0
    assert "Nothing." in report(described(tally), tally)


def test_figures_hold_no_word_and_no_id() -> None:
    """What goes to the gate is counts; ids stand in the report, words where they are given."""
    tally = Tally({"secret-id": "other"})
    one = (["secret-id"], ["1"])
    tally.add(*one, Answers(["positive"], [False]), Answers(["other"], [False]))
    assert "secret-id" not in json.dumps(figures(tally))
    plain = report(described(tally), tally)
    assert "secret-id" in plain
    shown = report(described(tally), tally, {"secret-id": "Call <b>me</b>\n# now"})
    assert "secret-id: Call \\<b\\>me\\</b\\> \\# now" in shown


def test_a_move_has_a_few_examples() -> None:
    """The first ones, as many as are asked for."""
    tally = Tally({}, most_examples=2)
    ids = [str(number) for number in range(9)]
    tally.add(
        ids, ["1"] * 9, Answers(["other"] * 9, [False] * 9), Answers(["positive"] * 9, [False] * 9)
    )
    assert tally.examples == {("other", "positive"): ["0", "1"]}


def test_nothing_to_compare_is_said() -> None:
    """No row: no share is claimed."""
    tally = Tally({})
    text = report(described(tally), tally)
    assert "**decided otherwise: none**" in text


@pytest.mark.parametrize("name", ["a|b", "<i>x</i>", "`c`"])
def test_labels_cannot_write_markup(name: str) -> None:
    """A label of a bundle is shown as it is written."""
    tally = Tally({})
    tally.add(["1"], ["1"], Answers([name], [False]), Answers(["other"], [False]))
    assert name not in report(described(tally), tally)
