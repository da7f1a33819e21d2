"""Locks of the database that keep an erasure and what is being stored apart."""

from sqlalchemy import Connection, func, select

_ERASURES = 0x7472756E6C
_AUDIT = 0x7472756E6D
_ANNOTATION = 0x7472756E6E
_PURGE = 0x7472756E6F


def lock_for_storing(connection: Connection) -> None:
    """Keep erasures out until the transaction ends; call first in it.

    Without this a row could be stored behind the back of the erasure that should have found it.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock_shared(_ERASURES)))
    else:
        _begin(connection)


def lock_for_erasing(connection: Connection) -> None:
    """Keep out whoever stores or erases, until the transaction ends; call first in it."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_ERASURES)))
    else:
        _begin(connection)


def lock_audit(connection: Connection) -> None:
    """Let nobody else append to the audit until the transaction ends."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_AUDIT)))
    else:
        _begin(connection)


def lock_purge(connection: Connection) -> bool:
    """Let nobody else purge until the transaction ends; return False where somebody does.

    SQLite has no lock but that of writers, which the purge itself needs: two may purge there.
    """
    if connection.dialect.name != "postgresql":
        return True
    return bool(connection.execute(select(func.pg_try_advisory_xact_lock(_PURGE))).scalar_one())


def lock_annotation(connection: Connection) -> None:
    """Let nobody else take, label or add texts, nor erase, until the transaction ends."""
    lock_for_storing(connection)
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_ANNOTATION)))


def _begin(connection: Connection) -> None:
    """Take SQLite's lock of writers; its driver begins nothing before the first write."""
    driver = connection.connection.dbapi_connection
    if driver is not None and not driver.in_transaction:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
