"""Who enters the log's database: a role of its own, by a password or by a token of RDS."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError, ProgrammingError

from gateway.__main__ import main
from gateway.config import load_settings
from gateway.prediction_log.database import add_partitions, open_database
from gateway.prediction_log.log_engine import open_log_engine
from tests.support.databases import Postgres, postgres
from tests.support.waiting import until

pytestmark = pytest.mark.service

LOGIN = "trunkline_staging"
OWNER = f"{LOGIN}_owner"
_MASTER = "of-the-master"
_AS_ON_RDS = (  # whoever RDS makes the database for may make roles, and is no superuser
    "CREATE ROLE rds_iam",
    f"CREATE ROLE master LOGIN CREATEROLE PASSWORD '{_MASTER}'",
    "GRANT rds_iam TO master WITH ADMIN OPTION",
    "CREATE DATABASE log OWNER master",
)
_RULES = f"""
host all trunkline all trust
host all {LOGIN} all scram-sha-256
host all +{LOGIN} all reject
host all all all scram-sha-256
"""
"""RDS asks members of rds_iam for a token, nested ones too: whoever is a member of the role that
has it enters with a password no more. (Here the master itself is one, for it must grant it.)"""


@pytest.fixture
def server() -> Iterator[Postgres]:
    """Start a server as RDS hands one over: it asks everybody but its own user for a password."""
    with postgres() as started:
        administrator = open_database(started.url)
        with administrator.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for statement in _AS_ON_RDS:
                connection.execute(text(statement))
            before = _rules_read_at(administrator)
            (started.folder / "pg_hba.conf").write_text(_RULES)
            connection.execute(text("SELECT pg_reload_conf()"))
            until(lambda: _rules_read_at(administrator) > before, "the rules are not read")
        yield started


def _rules_read_at(administrator: Engine) -> datetime:
    """Return when the server had read its files, which it does some time after it is asked to."""
    with administrator.connect() as connection:
        read_at: datetime = connection.execute(text("SELECT pg_conf_load_time()")).scalar_one()
    return read_at


def _url(server: Postgres, user: str) -> str:
    return f"postgresql://{user}@127.0.0.1:{server.port}/log"


def _migrate(server: Postgres, folder: Path, password: str = _MASTER) -> Result:
    environ = {
        "GATEWAY_LOG_DIR": str(folder),
        "GATEWAY_LOG_DATABASE": _url(server, "master"),
        "GATEWAY_LOG_DATABASE_PASSWORD": password,
    }
    return CliRunner().invoke(main, ["migrate", "--owner", LOGIN], env=environ)


def test_who_migrates_does_so_again_by_its_password(server: Postgres, tmp_path: Path) -> None:
    """Nobody is a member of the role that enters by tokens: a second time changes nothing."""
    for _ in range(2):
        done = _migrate(server, tmp_path)
        assert done.exit_code == 0, done.output
    administrator = open_database(_url(server, "trunkline"))
    roles = text("SELECT rolname FROM pg_roles WHERE rolname LIKE 'trunkline\\_%' ORDER BY 1")
    members = text("SELECT count(*) FROM pg_auth_members WHERE roleid = CAST(:role AS regrole)")
    with administrator.begin() as connection:
        assert list(connection.execute(roles).scalars()) == [LOGIN, OWNER]
        assert connection.execute(members, {"role": LOGIN}).scalar_one() == 0
        can_enter = text("SELECT rolcanlogin FROM pg_roles WHERE rolname = :role")
        assert not connection.execute(can_enter, {"role": OWNER}).scalar_one()
        member = text("SELECT pg_has_role(:role, 'rds_iam', 'MEMBER')")
        assert connection.execute(member, {"role": LOGIN}).scalar_one()
        assert not connection.execute(member, {"role": OWNER}).scalar_one()


def test_who_enters_adds_and_drops_months_and_can_do_nothing_else(
    server: Postgres, tmp_path: Path
) -> None:
    """A gateway's sessions act as the owner: what they add belongs to it, as what it drops did."""
    assert _migrate(server, tmp_path).exit_code == 0
    administrator = open_database(_url(server, "trunkline"))
    with administrator.begin() as connection:
        connection.execute(text(f"ALTER ROLE {LOGIN} PASSWORD 'a-token'"))
    own = open_database(_url(server, LOGIN), lambda: "a-token")
    with own.begin() as connection:
        add_partitions(connection, [date(2020, 1, 1), date(2020, 2, 1)])
        connection.execute(text("DROP TABLE prediction_2020_01"))
    with administrator.connect() as connection:
        owners = text("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'")
        assert list(connection.execute(owners).scalars()) == [OWNER]
    with own.connect() as connection, pytest.raises(ProgrammingError, match="permission denied"):
        connection.execute(text("CREATE ROLE another"))
    assert _migrate(server, tmp_path).exit_code == 0


def test_a_wrong_password_is_an_error_without_it(server: Postgres, tmp_path: Path) -> None:
    """The command fails, so that a release does not begin, and quotes nothing."""
    done = _migrate(server, tmp_path, "hunter2")
    assert done.exit_code == 1
    assert "cannot be migrated: OperationalError" in done.output
    assert "hunter2" not in done.output


def test_a_file_has_no_owner(tmp_path: Path) -> None:
    """SQLite knows no roles: the option is refused, and nothing is made."""
    environ = {"GATEWAY_LOG_DIR": str(tmp_path)}
    done = CliRunner().invoke(main, ["migrate", "--owner", LOGIN], env=environ)
    assert done.exit_code == 1
    assert "only PostgreSQL has roles" in done.output


def test_every_connection_asks_for_its_password(server: Postgres, tmp_path: Path) -> None:
    """A token lives for minutes: the second connection enters with the second one."""
    assert _migrate(server, tmp_path).exit_code == 0
    administrator = open_database(_url(server, "trunkline"))
    passwords = iter(["first", "second"])
    engine = open_database(_url(server, LOGIN), lambda: next(passwords))
    for password in ("first", "second"):
        with administrator.begin() as connection:
            connection.execute(text(f"ALTER ROLE {LOGIN} PASSWORD '{password}'"))
        with engine.connect() as connection:
            assert connection.execute(text("SELECT session_user")).scalar_one() == LOGIN


def test_a_role_that_cannot_be_had_is_a_database_that_is_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Outside a task there is no token: records wait as they do without a database."""
    for name in ("RELATIVE_URI", "FULL_URI"):
        monkeypatch.delenv(f"AWS_CONTAINER_CREDENTIALS_{name}", raising=False)
    monkeypatch.delenv("AWS_ACCESS_KEY_ID", raising=False)
    url = "postgresql://me@127.0.0.1:1/log?sslmode=verify-full&sslrootcert=system"
    settings = load_settings(
        {
            "GATEWAY_LOG_DIR": str(tmp_path),
            "GATEWAY_LOG_DATABASE": url,
            "GATEWAY_LOG_DATABASE_IAM_REGION": "eu-central-1",
        }
    )
    with pytest.raises(OperationalError, match="there is no role"):
        open_log_engine(settings).connect()
