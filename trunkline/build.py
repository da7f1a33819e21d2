"""Tell which build this process runs: the release's version and the commit it was made from."""

import re
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

UNKNOWN = "unknown"
_COMMIT_FILE = Path(__file__).with_name("COMMIT")
_COMMIT = re.compile(r"[0-9a-f]{7,64}(-dirty)?")


@dataclass(frozen=True, slots=True)
class Build:
    """The installed release and its git commit; each `unknown` where the build left no note."""

    version: str
    commit: str


@cache
def current_build() -> Build:
    """Return this installation's build; images note their commit, a checkout does not."""
    try:
        release = version("trunkline")
    except PackageNotFoundError:
        release = UNKNOWN
    return Build(release, commit_in(_COMMIT_FILE))


def commit_in(file: Path) -> str:
    """Return the commit that an image's build wrote into `file`, else `unknown`."""
    try:
        text = file.read_text("ascii", errors="replace").strip()
    except OSError:
        return UNKNOWN
    return text if _COMMIT.fullmatch(text) else UNKNOWN
