"""Makes the roles of the log's database: one owns the tables, one enters, and neither can more."""

from sqlalchemy import Connection, text

_BY_ROLE_OF_AWS = "rds_iam"
"""On RDS whoever is in this role enters with a token of IAM, and with no password."""


def act_as_owner(connection: Connection, role: str) -> None:
    """Make `role` and ROLE_owner where they are missing, and act as the latter from now on.

    Who is connected must be one who may make roles, and enters by its password again next time.
    Sessions of `role` act as its owner from their begin, so that they can add and drop the months
    of the log's tables, and touch nothing else in the server. A `role` that exists is taken as it
    is.
    """
    quote = connection.dialect.identifier_preparer.quote
    name, owner = quote(role), quote(f"{role}_owner")
    if not _exists(connection, f"{role}_owner"):
        connection.exec_driver_sql(f"CREATE ROLE {owner} NOLOGIN")
    connection.exec_driver_sql(f"GRANT {owner} TO CURRENT_USER")
    connection.exec_driver_sql(f"GRANT USAGE, CREATE ON SCHEMA public TO {owner}")
    if not _exists(connection, role):
        _make_login(connection, name, owner, quote(f"{role}_maker"))
    connection.exec_driver_sql(f"GRANT {owner} TO {name}")
    connection.exec_driver_sql(f"SET ROLE {owner}")
    connection.commit()


def _make_login(connection: Connection, name: str, owner: str, maker: str) -> None:
    """Make a role that may enter, of which nobody is a member.

    Members of `rds_iam`, nested ones too, RDS asks for a token in the place of their password.
    From PostgreSQL 16 who makes a role is a member of it, and cannot leave: so one makes it who is
    gone before the transaction ends.
    """
    for statement in (
        f"CREATE ROLE {maker} NOLOGIN CREATEROLE",
        f"GRANT {maker} TO CURRENT_USER",
        f"SET ROLE {maker}",
        f"CREATE ROLE {name} LOGIN",
        f"ALTER ROLE {name} SET role = {owner}",
        "RESET ROLE",
        f"DROP ROLE {maker}",
    ):
        connection.exec_driver_sql(statement)
    if _exists(connection, _BY_ROLE_OF_AWS):
        connection.exec_driver_sql(f"GRANT {_BY_ROLE_OF_AWS} TO {name}")


def _exists(connection: Connection, role: str) -> bool:
    query = text("SELECT 1 FROM pg_roles WHERE rolname = :role")
    return connection.execute(query, {"role": role}).first() is not None
