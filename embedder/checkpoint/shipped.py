"""Names the adapter that is shipped with the package, and where set-up merges it to."""

from __future__ import annotations

import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ADAPTER_FILE: Final = "adapter.toml"
_SHIPPED: Final = Path(__file__).parents[1] / "adapters" / "replies"


@dataclass(frozen=True, slots=True)
class Shipped:
    """The adapter that makes the default encoder of its base."""

    adapter: Path
    merged: Path  # folder beside the installed packages; its name is the model's id
    weights_sha256: str  # of the merged weights


def shipped_adapter() -> Shipped | None:
    """Return the adapter of the package; None where it ships none. Raises ValueError if damaged."""
    try:
        table = tomllib.loads((_SHIPPED / ADAPTER_FILE).read_text(encoding="utf-8"))
        name, digest = str(table["name"]), str(table["merged_sha256"])
    except FileNotFoundError:
        return None
    except KeyError as error:
        raise ValueError(f"{_SHIPPED / ADAPTER_FILE} has no {error}") from error
    # The digest in the path: after an update, what an older adapter made is not in the way.
    place = Path(sys.prefix) / "share" / "trunkline" / digest[:16]
    return Shipped(_SHIPPED, place / name, digest)
