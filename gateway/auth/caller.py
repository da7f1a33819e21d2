"""The caller of a request: what its key allows, and whose data it may write and read."""

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.auth.errors import TenantForbiddenError, TenantRequiredError
from gateway.auth.keys import SCOPES, TENANT, Key, Scope


@dataclass(frozen=True, slots=True)
class Caller:
    """An authenticated caller; `tenants` is empty for one who is not bound to any.

    `key_id` is None where no key was needed.
    """

    key_id: str | None
    scopes: frozenset[Scope]
    tenants: frozenset[str] = frozenset()

    @property
    def is_bound(self) -> bool:
        """Whether the caller is bound to tenants: those it names are then known to be true."""
        return bool(self.tenants)

    def may(self, scope: Scope) -> bool:
        """Return whether the caller has the scope; none implies another."""
        return scope in self.scopes

    def tenant_for_write(self, header: str | None) -> str:
        """Return the tenant under which this caller's data belongs, from `X-Tenant-Id`.

        A bound caller names one of its own, or none where it has only one. Of others any name with
        the form of one is taken, and "" is returned for the rest. Raises TenantRequiredError and
        TenantForbiddenError.
        """
        if not self.tenants:
            return header if header and TENANT.fullmatch(header) else ""
        if header:
            if header not in self.tenants:
                raise TenantForbiddenError
            return header
        if len(self.tenants) > 1:
            raise TenantRequiredError
        return next(iter(self.tenants))

    def may_read(self, tenant: str) -> bool:
        """Return whether the caller may know of what is stored for `tenant`, "" being none.

        What it may not know of does not exist for it: answer as for an unknown id, with
        RecordNotFoundError, never with 403.
        """
        return not self.tenants or tenant in self.tenants


NO_KEYS = Caller(None, frozenset(SCOPES))
"""Every caller of a gateway without keys: on loopback, all is open."""


def names_for_logs(caller: Caller | None, tenant: str) -> Mapping[str, str | None]:
    """Return a caller's `key`, and its `tenant` if the key is bound to it, None for neither.

    Both are names that an operator chose: what a caller made up must not reach logs.
    """
    if caller is None:
        return {"key": None, "tenant": None}
    return {"key": caller.key_id, "tenant": tenant if caller.is_bound and tenant else None}


def caller_with(key: Key) -> Caller:
    """Return the caller who shows this key."""
    return Caller(key.id, key.scopes, key.tenants)
