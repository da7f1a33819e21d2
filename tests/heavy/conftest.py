"""How long a test of heavy third parties may take: so long that only one that hangs reaches it."""

from collections.abc import Sequence
from pathlib import Path

import pytest

HANGS_S = 3600


def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    """Bound every test of this folder that sets no bound itself."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.timeout(HANGS_S), append=True)
