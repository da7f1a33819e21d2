"""The refusals of keys: none or a wrong one, another scope or tenant, called too often."""

from collections.abc import Mapping
from typing import Any

from gateway.errors import GatewayError

TENANT_HEADER = "X-Tenant-Id"


class UnauthorizedError(GatewayError):
    """No key was shown, or one that is not valid; the caller learns which of the two."""

    status, code, title = 401, "unauthorized", "A valid key is needed"

    def __init__(self, *, shown: bool) -> None:
        super().__init__(
            "The key that was shown is not valid."
            if shown
            else "Show a key: `Authorization: Bearer <key>` or `X-API-Key: <key>`."
        )
        self.shown = shown

    def headers(self) -> dict[str, str]:
        """Name the way to authenticate, as RFC 6750 does."""
        error = ', error="invalid_token"' if self.shown else ""
        return {"WWW-Authenticate": f'Bearer realm="trunkline"{error}'}


class ForbiddenError(GatewayError):
    """The key is valid, but not for this."""

    status, code, title = 403, "forbidden", "The key may not do this"

    def __init__(self, scope: str) -> None:
        super().__init__(f"This needs a key with the scope {scope}.")
        self.scope = scope

    def headers(self) -> dict[str, str]:
        """Name the missing scope, as RFC 6750 does."""
        challenge = f'Bearer realm="trunkline", error="insufficient_scope", scope="{self.scope}"'
        return {"WWW-Authenticate": challenge}


class TenantForbiddenError(GatewayError):
    """A key that is bound to tenants names another one."""

    status, code, title = 403, "tenant_forbidden", "The key is bound to other tenants"

    def __init__(self) -> None:
        super().__init__(
            "X-Tenant-Id must name a tenant that this key is bound to; a key bound to only one "
            "needs no such header."
        )

    def members(self) -> Mapping[str, Any]:
        """Name the header."""
        return {"field": TENANT_HEADER}


class TenantRequiredError(GatewayError):
    """A key that is bound to several tenants names none; which they are is not repeated."""

    status, code, title = 400, "tenant_required", "The tenant must be named"

    def __init__(self) -> None:
        super().__init__(
            "This key is bound to several tenants: name the one whose email this is in the header "
            "X-Tenant-Id."
        )

    def members(self) -> Mapping[str, Any]:
        """Name the header."""
        return {"field": TENANT_HEADER}


class RecordNotFoundError(GatewayError):
    """Nothing is stored under that id, or it is of a tenant that the key may not read: the same."""

    status, code, title = 404, "record_not_found", "There is no such record"

    def __init__(self) -> None:
        super().__init__("Nothing is stored under this id that the key may see.")


class HostNotAllowedError(GatewayError):
    """A gateway without keys is called by a name that is none of its own."""

    status, code, title = 421, "host_not_allowed", "This gateway is not called so"

    def __init__(self) -> None:
        super().__init__(
            "Without keys it answers to local names, addresses and the names in GATEWAY_HOSTS "
            "alone, so that no page of another site reaches it by a name of its own."
        )


class ForeignPostError(GatewayError):
    """A browser posts what no form of ours sent."""

    status, code, title = 403, "foreign_post", "This form is not from here, or too old"

    def __init__(self) -> None:
        super().__init__("Open the page anew and send its form again.")


class RateLimitedError(GatewayError):
    """The key has called more often than it may."""

    status, code, title = 429, "rate_limited", "The key calls too often"

    def __init__(self, per_minute: int, burst: int, retry_after_s: float) -> None:
        super().__init__(
            f"This key may make {per_minute} requests a minute, and {burst} at once before that "
            "counts.",
            retry_after_s=retry_after_s,
        )
        self.per_minute = per_minute

    def members(self) -> Mapping[str, Any]:
        """Name the limit, in requests a minute."""
        return {"limit": self.per_minute}
