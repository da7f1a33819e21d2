"""What the three services promise of their settings."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

import pytest
from pydantic import BaseModel, SecretStr, ValidationError, field_validator

import embedder.config
import gateway.config
import heads.config
from trunkline.settings import FROZEN, SettingsError, WrongValueError, load

SERVICES = [embedder.config, heads.config, gateway.config]
SECRET = "canary-5d1f"
ROOT = str(Path(__file__).parents[3])

each_service = pytest.mark.parametrize("service", SERVICES, ids=lambda module: module.PREFIX)


def refused(service: ModuleType, **changes: str) -> tuple[str, ...]:
    """Return what is wrong with settings, named without their prefix."""
    with pytest.raises(SettingsError) as caught:
        service.load_settings({service.PREFIX + name: value for name, value in changes.items()})
    assert str(caught.value) == "\n".join(caught.value.problems)
    return tuple(caught.value.problems)


@each_service
def test_an_empty_value_is_as_good_as_none(service: ModuleType) -> None:
    """Every setting, and a name that is none, may be given empty: the defaults stay."""
    names = [*service.Settings.model_fields, "no_such"]
    empty = {service.PREFIX + name.upper(): "" for name in names}
    assert service.load_settings(empty) == service.load_settings({}) == service.Settings()


@each_service
def test_values_are_read_from_exact_names(service: ModuleType) -> None:
    """A variable with the service's prefix counts; one with another's is none of its business."""
    environ = {f"{service.PREFIX}PORT": "6000", "OTHER_PORT": "x", "PORT": "y"}
    assert service.load_settings(environ) == service.Settings(port=6000)


@each_service
def test_the_environment_is_what_is_read(
    service: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without an argument the process's own variables are read."""
    monkeypatch.setenv(f"{service.PREFIX}PORT", "6001")
    assert service.load_settings().port == 6001


@each_service
def test_a_name_in_another_case_is_no_setting(service: ModuleType) -> None:
    """A lower-case name is neither taken nor passed over: the right one is named."""
    given = service.PREFIX.lower() + "port"
    with pytest.raises(SettingsError) as caught:
        service.load_settings({given: "9999"})
    assert caught.value.problems == (
        f"{given}: no such setting; did you mean {service.PREFIX}PORT?",
    )


@each_service
def test_everything_wrong_is_told_at_once(service: ModuleType) -> None:
    """Unknown names and wrong values come in one report, a line each, with the nearest name."""
    problems = refused(service, PORT="many", LOG_LEVEL="loud", LOG_FORMT="json", Host="x")
    names = [problem.partition(": ")[0].removeprefix(service.PREFIX) for problem in problems]
    assert sorted(names) == ["Host", "LOG_FORMT", "LOG_LEVEL", "PORT"]
    report = "\n".join(problems)
    assert f"no such setting; did you mean {service.PREFIX}LOG_FORMAT?" in report
    assert f"no such setting; did you mean {service.PREFIX}HOST?" in report


@each_service
def test_a_value_is_never_shown(service: ModuleType) -> None:
    """Whatever field a value is wrong for, and where it stands for no setting: it stays out."""
    names = [name.upper() for name in service.Settings.model_fields]
    report = "\n".join(refused(service, **dict.fromkeys([*names, "UNKNOWN"], SECRET)))
    assert f"{service.PREFIX}PORT: " in report
    assert f"{service.PREFIX}LOG_LEVEL: Input should be 'debug', " in report
    assert f"{service.PREFIX}UNKNOWN: " in report
    assert SECRET not in report


@each_service
def test_settings_are_frozen_and_described(service: ModuleType) -> None:
    """No setting changes after start; each has a line for env/.env.example."""
    settings = service.load_settings({})
    with pytest.raises(ValidationError, match="frozen"):
        settings.port = 1
    assert all(field.description for field in service.Settings.model_fields.values())


class Guarded(BaseModel):
    """Settings whose own checks are careless and careful."""

    model_config = FROZEN
    careless: str = ""
    asserted: str = ""
    careful: str = ""
    key: SecretStr | None = None

    @field_validator("careless", "careful", "asserted")
    @classmethod
    def _check(cls, value: str) -> str:
        if value == f"{SECRET}-1":
            raise ValueError(f"{value} is wrong")
        if value == f"{SECRET}-2":
            raise WrongValueError("must be two words")
        assert not value.startswith(SECRET), value
        return value


def test_only_a_check_that_vouches_for_its_text_is_quoted() -> None:
    """A check's ValueError may hold the value, so its text is left out, also of the cause."""
    wrong = {"T_CARELESS": f"{SECRET}-1", "T_CAREFUL": f"{SECRET}-2", "T_ASSERTED": SECRET}
    with pytest.raises(SettingsError) as caught:
        load(Guarded, "T_", wrong)
    assert caught.value.problems == (
        "T_CARELESS: not a valid value",
        "T_ASSERTED: not a valid value",
        "T_CAREFUL: must be two words",
    )
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
    assert SECRET not in str(load(Guarded, "T_", {"T_KEY": SECRET}))


def test_names_beside_the_settings_are_let_through() -> None:
    """GATEWAY_API_KEY is read by commands; in another case it is a mistake like any other."""
    assert gateway.config.load_settings({"GATEWAY_API_KEY": SECRET}) == gateway.config.Settings()
    assert len(refused(gateway.config, api_key=SECRET)) == 1


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"HEADS": "http://a,ftp://x"}, "must be http(s) addresses or `local`"),
        ({"EMBEDDERS": "a=h:1,a=h:2"}, "names an address twice"),
        ({"EMBEDDERS": ","}, "must be addresses between commas, each with or without `name=`"),
    ],
)
def test_lists_of_addresses_are_checked(changes: Mapping[str, str], complaint: str) -> None:
    """The gateway's own rules have messages of their own."""
    (name,) = changes
    assert refused(gateway.config, **changes) == (f"GATEWAY_{name}: {complaint}",)


def test_settings_of_old_are_valid() -> None:
    """What earlier releases took is still taken, the embedder's `text` lines among them."""
    old = {"EMBEDDER_LOG_FORMAT": "text", "EMBEDDER_MODEL_DIR": "", "EMBEDDER_PROBE_AFTER_S": "1e2"}
    assert embedder.config.load_settings(old).log_format == "text"
    old = {"GATEWAY_METRICS_OPEN": "true", "GATEWAY_SAGEMAKER": "0", "GATEWAY_API_KEYS": "[]"}
    settings = gateway.config.load_settings(old)
    assert (settings.metrics_open, settings.sagemaker) == (True, False)


SERVING = "from gunicorn.app.wsgiapp import run; run()"
ENTRANCES = {
    "embedder": ("-m", "embedder", "check"),
    "heads serve": ("-m", "heads", "serve"),
    "heads list": ("-m", "heads", "list"),
    "heads gunicorn": ("-c", SERVING, "-c", "python:heads.service.gunicorn_conf"),
    "gateway serve": ("-m", "gateway", "serve"),
    "gateway evaluate": ("-m", "gateway", "evaluate", "--file", __file__),
}


@pytest.mark.parametrize("entrance", ENTRANCES)
def test_wrong_settings_end_every_start_in_the_same_form(entrance: str) -> None:
    """Status 1 and every problem in a line of standard error; no traceback, no value."""
    service = entrance.partition(" ")[0]
    prefix = service.upper() + "_"
    ended = subprocess.run(
        [sys.executable, *ENTRANCES[entrance]],
        env={"PYTHONPATH": ROOT, f"{prefix}PORT": SECRET, f"{prefix}NO_SUCH": "1"},
        cwd=ROOT, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    heading, unknown, wrong = ended.stderr.splitlines()

    assert (ended.returncode, ended.stdout) == (1, "")
    assert heading == f"{service}: settings are wrong"
    assert unknown.startswith(f"{prefix}NO_SUCH: no such setting")
    assert wrong.startswith(f"{prefix}PORT: Input should be a valid integer")
    assert SECRET not in ended.stderr
