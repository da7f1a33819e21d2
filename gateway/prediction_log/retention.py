"""How long a tenant's rows and words are kept."""

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.config import Settings


@dataclass(frozen=True)
class Retention:
    """Days of rows and of words; some tenants have their own (rows, words)."""

    default_rows: int
    default_words: int
    by_tenant: Mapping[str, tuple[int, int]]

    @classmethod
    def of(cls, settings: Settings) -> "Retention":
        """Return what the settings say."""
        return cls(settings.log_days, settings.log_text_days, settings.days_by_tenant())

    def row_days(self, tenant: str) -> int:
        """Return the days that a tenant's rows are kept."""
        return self.by_tenant.get(tenant, (self.default_rows, 0))[0]

    def text_days(self, tenant: str) -> int:
        """Return the days that a tenant's words and vectors are kept."""
        return self.by_tenant.get(tenant, (0, self.default_words))[1]

    def longest_row_days(self, tenants: frozenset[str] = frozenset()) -> int:
        """Return the days of those of the tenants whose rows are kept longest; of all for none."""
        if tenants:
            return max(map(self.row_days, tenants))
        return max([self.default_rows, *(rows for rows, _ in self.by_tenant.values())])
