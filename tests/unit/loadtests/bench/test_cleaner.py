"""The benchmark of cleaning runs each tree's own cleaner on the mails that it is given."""

from pathlib import Path

from loadtests.bench.cleaner import CASES, REPLIES, least_seconds, read_cases, read_replies

_CLEANER = "class MailInput:\n    def __init__(self, **fields): pass\n\ndef clean(mail): {}\n"


def _tree(folder: Path, body: str) -> Path:
    (folder / "gateway").mkdir(parents=True)
    (folder / "gateway/__init__.py").write_text("")
    (folder / "gateway/mail.py").write_text(_CLEANER.format(body))
    return folder


def test_each_tree_runs_its_own_cleaner(tmp_path: Path) -> None:
    """A tree whose cleaner does much takes longer than one whose cleaner does nothing."""
    idle = _tree(tmp_path / "idle", "pass")
    busy = _tree(tmp_path / "busy", "sum(range(1_000_000))")
    mails = [{"text": "Yes."}, {"raw": "WWVzLg=="}]
    least = least_seconds([idle, busy], mails, 1)
    assert 0 <= least[0] < least[1]


def test_both_sets_are_read() -> None:
    """Every case and reply is one mail in one form."""
    for mails in (read_cases(CASES), read_replies(REPLIES)):
        assert len(mails) > 200
        assert all(len(mail) == 1 for mail in mails)
