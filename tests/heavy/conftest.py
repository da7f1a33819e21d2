"""How long a test of heavy third parties may take, and which come first.

So long that only one that hangs reaches it.
"""

from pathlib import Path

import pytest

HERE = Path(__file__).parent
HANGS_S = 3600
LONGEST = (  # files that would keep one core waiting for them at the end
    "test_full_flow.py",
    "test_tracking.py",
    "test_laboratory.py",
    "test_alerts.py",
    "test_sync.py",
    "test_served_model.py",
    "test_million.py",
    "test_quick_flow.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Bound every test of this folder that sets no bound itself; put the longest files first."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.timeout(HANGS_S), append=True)
    items.sort(key=_place)


def _place(item: pytest.Item) -> int:
    known = item.path.parent == HERE and item.path.name in LONGEST
    return LONGEST.index(item.path.name) if known else len(LONGEST)
