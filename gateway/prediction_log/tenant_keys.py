"""Every tenant's own data key, wrapped by a key of the settings; dropping it shreds its words."""

import os
from datetime import UTC, datetime

from sqlalchemy import Connection, insert, select

from gateway.prediction_log import sealing
from gateway.prediction_log.life_models import TenantKey as Stored
from gateway.prediction_log.rows import TenantKey
from gateway.prediction_log.sealing import KEY_BYTES, Keys, UnsealError

_TABLE = Stored.__table__
_ID_BYTES = 13


def current_key(connection: Connection, tenant: str, keys: Keys) -> TenantKey:
    """Return the key that seals what is kept of a tenant's words now; make one where none is.

    One whose key of the settings is gone cannot be used any more: a new one takes its place.
    """
    query = select(_TABLE).where(_TABLE.c.tenant == tenant, _TABLE.c.dropped_at.is_(None))
    for row in connection.execute(query.order_by(_TABLE.c.made_at.desc(), _TABLE.c.id)):
        if row.wrapped is not None and row.master_key in keys.by_name:
            return TenantKey(row.id, unwrap(row.id, row.wrapped, keys.by_name[row.master_key]))
    return _made(connection, tenant, keys)


def key_by_id(connection: Connection, key_id: str, keys: Keys) -> bytes:
    """Return a key by the id that stands beside what it sealed; raise UnsealError where it went."""
    row = connection.execute(select(_TABLE).where(_TABLE.c.id == key_id)).one_or_none()
    if row is None or row.wrapped is None or row.master_key not in keys.by_name:
        raise UnsealError
    return unwrap(row.id, row.wrapped, keys.by_name[row.master_key])


def opened(
    connection: Connection, key_id: str, ciphertext: bytes, keys: Keys | None, context: str
) -> bytes | None:
    """Return what was sealed; None without keys, or where its own is gone or another."""
    if keys is None:
        return None
    try:
        return sealing.unseal(key_by_id(connection, key_id, keys), bytes(ciphertext), context)
    except UnsealError:
        return None


def unwrap(key_id: str, wrapped: bytes, master: bytes) -> bytes:
    """Return a data key; raise UnsealError where the wrapping key is another."""
    return sealing.unseal(master, wrapped, key_id)


def _made(connection: Connection, tenant: str, keys: Keys) -> TenantKey:
    key = TenantKey(os.urandom(_ID_BYTES).hex(), os.urandom(KEY_BYTES))
    wrapped = sealing.seal(keys.by_name[keys.current], key.key, key.id)
    row = {
        "id": key.id,
        "tenant": tenant,
        "master_key": keys.current,
        "wrapped": wrapped,
        "made_at": datetime.now(UTC),
        "dropped_at": None,
    }
    connection.execute(insert(Stored), [row])
    return key
