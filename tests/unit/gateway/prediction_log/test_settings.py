"""Settings of the log: what fits together, and what is refused before any worker starts."""

import base64
from pathlib import Path

import pytest

from gateway.config import Settings, load_settings
from gateway.prediction_log.checks import prepare_log
from trunkline.settings import SettingsError

KEY = "k1:" + base64.b64encode(b"s" * 32).decode()


def settings(folder: Path, **more: str) -> Settings:
    """Load settings of a log in `folder`."""
    names = {f"GATEWAY_{name}": value for name, value in more.items()}
    return load_settings({"GATEWAY_LOG_DIR": str(folder), **names})


def test_the_folder_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    """Nobody else reads what waits there."""
    prepare_log(settings(tmp_path / "a" / "log"))

    assert (tmp_path / "a" / "log").stat().st_mode & 0o777 == 0o700


def test_without_a_folder_there_is_no_log() -> None:
    """Nothing is made or checked."""
    prepare_log(load_settings({"GATEWAY_LOG_TEXT": "full"}))


@pytest.mark.parametrize(
    "more", [{"LOG_TEXT": "full"}, {"LOG_TEXT": "redacted"}, {"LOG_EMBEDDINGS": "true"}]
)
def test_words_and_vectors_need_a_key(tmp_path: Path, more: dict[str, str]) -> None:
    """Without one they are refused; with one they are not."""
    with pytest.raises(SettingsError, match="only kept encrypted"):
        prepare_log(settings(tmp_path, **more))

    prepare_log(settings(tmp_path, LOG_TEXT_KEYS=KEY, **more))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LOG_DATABASE", "mysql://me:secret@host/log"),
        ("LOG_DIGEST_KEYS", "secret"),
        ("LOG_TEXT_KEYS", "k1:c2VjcmV0"),
        ("LOG_TENANT_DAYS", "secret=30"),
        ("LOG_TENANT_DAYS", "secret=0/7"),
        ("LOG_TENANT_DAYS", "secret=30/7,secret=30/7"),
        ("LOG_FULL", "secret"),
        ("LOG_DATABASE_IAM_REGION", "secret"),
    ],
)
def test_wrong_values_are_named_and_not_quoted(tmp_path: Path, name: str, value: str) -> None:
    """The error names the setting; a password or a key in it does not show."""
    with pytest.raises(SettingsError) as caught:
        prepare_log(settings(tmp_path, **{name: value}))

    assert f"GATEWAY_{name}: " in str(caught.value)
    assert "secret" not in str(caught.value)


def test_tenants_may_have_days_of_their_own(tmp_path: Path) -> None:
    """Those of rows, and those of words."""
    own = settings(tmp_path, LOG_TENANT_DAYS="acme=30/7, beta=365/30").days_by_tenant()

    assert own == {"acme": (30, 7), "beta": (365, 30)}


@pytest.mark.parametrize("query", ["", "?sslmode=require", "?sslrootcert=a&sslmode=prefer"])
def test_a_role_shows_itself_only_to_the_server_it_means(tmp_path: Path, query: str) -> None:
    """A token is refused on a connection that anybody could have answered."""
    url = "postgresql://me@database.internal/log"
    region = {"LOG_DATABASE_IAM_REGION": "eu-central-1"}
    with pytest.raises(SettingsError, match="LOG_DATABASE_IAM_REGION: needs GATEWAY_LOG_DATABASE"):
        settings(tmp_path, LOG_DATABASE=url + query, **region)

    settings(tmp_path, LOG_DATABASE=f"{url}?sslrootcert=a&sslmode=verify-full", **region)


def test_the_log_is_finished_within_the_time_to_stop(tmp_path: Path) -> None:
    """What would be killed before it is done is refused at start."""
    with pytest.raises(SettingsError, match="LOG_FINISH_S: must be below"):
        prepare_log(settings(tmp_path, LOG_FINISH_S="30"))

    prepare_log(settings(tmp_path, LOG_FINISH_S="30", GRACEFUL_TIMEOUT_S="60"))
