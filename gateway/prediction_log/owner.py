"""Makes the role that a gateway enters PostgreSQL as, apart from who may do everything there."""

from sqlalchemy import Connection, text

_BY_ROLE_OF_AWS = "rds_iam"
"""On RDS whoever is in this role enters with a token of IAM, and with no password."""


def act_as_owner(connection: Connection, role: str) -> None:
    """Make `role` where it is missing, and act as it: what is made from now on belongs to it.

    Who is connected must be one who may make roles. The gateway that enters as `role` can then
    add and drop the months of the log's tables, and touch nothing else in the server.
    """
    name = connection.dialect.identifier_preparer.quote(role)
    if not _exists(connection, role):
        connection.exec_driver_sql(f"CREATE ROLE {name} LOGIN")
    if _exists(connection, _BY_ROLE_OF_AWS):
        connection.exec_driver_sql(f"GRANT {_BY_ROLE_OF_AWS} TO {name}")
    connection.exec_driver_sql(f"GRANT {name} TO CURRENT_USER")
    connection.exec_driver_sql(f"GRANT USAGE, CREATE ON SCHEMA public TO {name}")
    connection.exec_driver_sql(f"SET ROLE {name}")
    connection.commit()


def _exists(connection: Connection, role: str) -> bool:
    query = text("SELECT 1 FROM pg_roles WHERE rolname = :role")
    return connection.execute(query, {"role": role}).first() is not None
