"""What a caller may write and read."""

from datetime import date

import pytest

from gateway.auth.caller import NO_KEYS, Caller, caller_with
from gateway.auth.errors import TenantForbiddenError, TenantRequiredError
from gateway.auth.keys import SCOPES, new_key

FREE = Caller("free", frozenset({"classify"}))
ACME = Caller("acme-only", frozenset({"classify"}), frozenset({"acme"}))
BOTH = Caller("both", frozenset({"classify"}), frozenset({"acme", "globex"}))


@pytest.mark.parametrize(
    ("caller", "header", "tenant"),
    [
        (FREE, None, ""),
        (FREE, "", ""),
        (FREE, "anybody", "anybody"),
        (FREE, "no tenant", ""),
        (FREE, "x" * 129, ""),
        (NO_KEYS, "anybody", "anybody"),
        (ACME, None, "acme"),
        (ACME, "", "acme"),
        (ACME, "acme", "acme"),
        (BOTH, "acme", "acme"),
        (BOTH, "globex", "globex"),
    ],
)
def test_a_caller_writes_for_its_tenant(caller: Caller, header: str | None, tenant: str) -> None:
    """Unbound: whatever the header names, if it has a name's form. Bound: one of its own."""
    assert caller.tenant_for_write(header) == tenant


@pytest.mark.parametrize("caller", [ACME, BOTH])
@pytest.mark.parametrize("header", ["initech", "Acme", "acme,globex", "acme globex", "*", " acme"])
def test_a_bound_caller_writes_for_no_other(caller: Caller, header: str) -> None:
    """Another name, or what is none, is refused; which ones would do is not repeated."""
    with pytest.raises(TenantForbiddenError) as raised:
        caller.tenant_for_write(header)
    problem = raised.value.problem("1")
    assert (problem["status"], problem["field"]) == (403, "X-Tenant-Id")
    assert not any(name in str(problem) for name in ("acme", "globex", "initech"))


@pytest.mark.parametrize("header", [None, ""])
def test_one_of_several_must_be_named(header: str | None) -> None:
    """A caller of several tenants that names none is told which header to send, and no tenant."""
    with pytest.raises(TenantRequiredError) as raised:
        BOTH.tenant_for_write(header)
    problem = raised.value.problem("1")
    assert (problem["status"], problem["code"]) == (400, "tenant_required")
    assert "X-Tenant-Id" in problem["detail"]
    assert not any(name in str(problem) for name in BOTH.tenants)


def test_a_bound_caller_reads_its_own_alone() -> None:
    """Rows of no tenant are for unbound callers only; those read everything."""
    readable = {
        caller: {tenant for tenant in ("", "acme", "globex", "initech") if caller.may_read(tenant)}
        for caller in (FREE, NO_KEYS, ACME, BOTH)
    }
    everything = {"", "acme", "globex", "initech"}
    assert readable == {FREE: everything, NO_KEYS: everything, ACME: {"acme"}, BOTH: BOTH.tenants}


def test_no_scope_implies_another() -> None:
    """A caller may do what its key says; without keys, everything."""
    for scope in SCOPES:
        caller = caller_with(new_key("k", [scope], date(2026, 1, 2), tenants=["acme"])[1])
        assert [other for other in SCOPES if caller.may(other)] == [scope]
        assert (caller.key_id, caller.is_bound) == ("k", True)
        assert NO_KEYS.may(scope)
    assert not NO_KEYS.is_bound
