"""The shared cache is off by default, and complete where it is on."""

import pytest

from embedder.config import load_settings, refuse_open_addresses
from trunkline.settings import SettingsError

COMPLETE = {
    "EMBEDDER_CACHE_URL": "redis://:hunter2@127.0.0.1:6379/0",
    "EMBEDDER_CACHE_SECRET": "0123456789abcdef0123456789abcdef",
    "EMBEDDER_CACHE_TTL_S": "3600",
}


def test_it_is_off_by_default() -> None:
    """Embeddings are personal data: nobody's leave the process unless an operator says so."""
    assert load_settings({}).cache_url is None


@pytest.mark.parametrize("missing", ["EMBEDDER_CACHE_SECRET", "EMBEDDER_CACHE_TTL_S"])
def test_a_url_alone_is_refused(missing: str) -> None:
    """Without a secret names could be guessed, without a bound entries would stay for ever."""
    environ = {name: value for name, value in COMPLETE.items() if name != missing}
    with pytest.raises(SettingsError, match="CACHE_URL: needs") as error:
        load_settings(environ)
    assert "hunter2" not in str(error.value)


def test_secrets_are_not_shown() -> None:
    """Neither the password in the URL nor the secret is in the settings as they are logged."""
    shown = str(load_settings(COMPLETE).model_dump(mode="json"))
    assert "hunter2" not in shown
    assert COMPLETE["EMBEDDER_CACHE_SECRET"] not in shown


def test_no_vectors_leave_the_machine_unencrypted() -> None:
    """redis:// to another machine is refused at start, unless its network may be trusted."""
    away = COMPLETE | {"EMBEDDER_CACHE_URL": "redis://cache.internal"}
    with pytest.raises(SettingsError, match="CACHE_URL: without TLS"):
        refuse_open_addresses(load_settings(away))
    refuse_open_addresses(load_settings(away | {"EMBEDDER_ALLOW_OPEN": "true"}))
    refuse_open_addresses(load_settings(away | {"EMBEDDER_CACHE_URL": "rediss://cache.internal"}))
    refuse_open_addresses(load_settings(COMPLETE))


@pytest.mark.parametrize(
    "url", ["", "redis://embedder@127.0.0.1:6379", "rediss://cache.internal", "rediss://:p@cache"]
)
def test_a_role_shows_itself_by_tls_and_under_a_name(url: str) -> None:
    """A token is sent to nobody who could be another, and needs the user that it was made for."""
    environ = COMPLETE | {"EMBEDDER_CACHE_URL": url, "EMBEDDER_CACHE_IAM": "eu-central-1/trunkline"}
    with pytest.raises(SettingsError, match="CACHE_IAM: needs EMBEDDER_CACHE_URL"):
        load_settings(environ)
    load_settings(environ | {"EMBEDDER_CACHE_URL": "rediss://embedder@cache.internal"})
