"""A backtest is a further bound of the gate: it refuses, and never lets anything through."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

import pytest
from click.testing import CliRunner, Result

from gateway.offline.backtest.figures import figures
from gateway.offline.backtest.tally import Agreement, Answers, Tally
from heads.__main__ import main
from heads.bundle.loading import load_head
from heads.bundle.writing import write_bundle
from heads.errors import GateError
from heads.policy import Gate
from heads.storage.folder import FolderCatalog
from heads.training.gate.backtest import judge, read_backtest
from heads.training.gate.review import ReviewResult
from tests.support.bundles import feature_rows, table, weights
from tests.support.roles import point
from tests.support.vectors import TextVectors

GATE = Gate(overall=0.03, min_rows=100)


def found(both: int, only_new: int, only_old: int, neither: int, **changes: Any) -> dict[str, Any]:
    """Return figures as `gateway backtest --out` writes them, production being version 1."""
    agreement = Agreement()
    agreement.pairs.update(
        {
            (True, True): both, (False, True): only_new, (True, False): only_old,
            (False, False): neither,
        }
    )  # fmt: skip
    tally = Tally({}, agreement={"1": agreement})
    tally.add(["a"], ["1"], Answers(["yes"], [False]), Answers(["no"], [False]))
    facts = {
        "head": "topic", "version": "2", "digest": "d", "since": "2026-11-01T00:00:00+00:00",
        "until": "2026-11-08T00:00:00+00:00",
    }  # fmt: skip
    return {**facts, **figures(tally), **changes}


def written(folder: Path, content: Any) -> Path:
    """Write a file of figures."""
    path = folder / "backtest.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


@pytest.mark.parametrize(
    ("pairs", "judged", "worse"),
    [
        ((800, 100, 60, 40), True, False),
        ((800, 20, 140, 40), True, True),
        ((10, 0, 20, 10), False, False),
    ],
)
def test_the_lower_end_of_agreement_decides(
    tmp_path: Path, pairs: tuple[int, int, int, int], judged: bool, worse: bool
) -> None:
    """Below the tolerance it refuses; too few corrections are shown and decide nothing."""
    backtest = read_backtest(written(tmp_path, found(*pairs)), "topic", "2", "d")
    figure = judge(backtest, "1", GATE)
    assert (figure.judged, figure.worse) == (judged, worse)
    result = ReviewResult("1", 1, ("another reason",)).with_backtest(figure)
    assert result.reasons[0] == "another reason"
    assert len(result.reasons) == 1 + worse
    assert result.record()["backtest"]["rows"] == sum(pairs)
    assert figure.line().endswith("worse" if worse else "ok" if judged else "too few rows")


def test_corrections_of_other_versions_decide_nothing(tmp_path: Path) -> None:
    """Only what production's version answered is compared with."""
    backtest = read_backtest(written(tmp_path, found(0, 0, 500, 0)), "topic", "2", "d")
    for production in ("7", None):
        figure = judge(backtest, production, GATE)
        assert (figure.rows, figure.worse) == (0, False)
        assert "no correction" in figure.line()


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{}", found(1, 1, 1, 1, format=2), found(1, 1, 1, 1, feedback={"1": {"rows": 3}})],
)
def test_a_file_of_another_kind_is_refused(tmp_path: Path, content: Any) -> None:
    """Whatever stands in it: nothing is promoted by it."""
    with pytest.raises(GateError, match="no backtest"):
        read_backtest(written(tmp_path, content), "topic", "2", "d")


def test_figures_of_another_version_or_content_are_refused(tmp_path: Path) -> None:
    """They say nothing of the one that is to be promoted."""
    path = written(tmp_path, found(1, 1, 1, 1))
    with pytest.raises(GateError, match="backtest of topic/2"):
        read_backtest(path, "topic", "3", "d")
    with pytest.raises(GateError, match="another content"):
        read_backtest(path, "topic", "2", "e")


@pytest.fixture
def catalog(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write version 1 of `topic`, in production, and version 2; no encoder is loaded."""
    vectors = cast("Any", TextVectors())
    monkeypatch.setattr("heads.training.commands.promote.open_store", lambda *_: vectors)
    root = tmp_path / "catalog"
    for version in ("1", "2"):
        made = table("topic", version, gate={"min_rows": 10}, fingerprint=vectors.fingerprint)
        write_bundle(root, made, weights(made, 0), feature_rows(3))
    point(root / "topic", "production", "1")
    return root


def promote(catalog: Path, backtest: Path) -> Result:
    """Promote version 2 on rows of three labels."""
    rows = catalog.parent / "rows.jsonl"
    labels = ("positive", "objection", "other")
    lines = [{"text": f"It is {n}", "label": labels[n % 3], "author": f"p{n}"} for n in range(60)]
    rows.write_text("".join(json.dumps(line) + "\n" for line in lines))
    command = ["promote", "topic", "2", "--catalog", str(catalog), "--data", str(rows), "--yes"]
    picture = catalog.parent / "picture.png"
    return CliRunner().invoke(
        main, [*command, "--picture", str(picture), "--backtest", str(backtest)]
    )


def test_promote_refuses_by_a_backtest_and_records_it(catalog: Path) -> None:
    """The version that was refused has no role; one that passes has its figures in the audit."""
    digest = load_head(FolderCatalog(catalog), "topic", "2").digest
    refused = promote(catalog, written(catalog.parent, found(80, 0, 40, 0, digest=digest)))
    assert refused.exit_code == 1
    assert "agreement with corrections 1.000 -> 0.667 on 120 rows" in refused.output

    passed = promote(catalog, written(catalog.parent, found(80, 40, 0, 0, digest=digest)))

    assert "topic/2 is production" in passed.output, passed.output
    (entry,) = map(json.loads, (catalog / "audit.jsonl").read_text().splitlines())
    assert entry["gate"]["backtest"]["rows"] == 120
