"""Read a service's settings from environment variables, and report every mistake at once."""

import sys
from collections.abc import Collection, Mapping
from typing import Any, NoReturn, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from trunkline.spelling import nearest

Settings = TypeVar("Settings", bound=BaseModel)

FROZEN = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
"""The configuration of every service's settings class."""


class SettingsError(Exception):
    """One or more settings are wrong; `problems` names each in a line, never with its value."""

    code = "bad_settings"

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class WrongValueError(ValueError):
    """Raised by a settings class's own check; operators see the text, so it never quotes a value.

    The text of any other ValueError may quote the value, and is left out of the report.
    """


def load(
    kind: type[Settings],
    prefix: str,
    environ: Mapping[str, str],
    other_names: Collection[str] = (),
) -> Settings:
    """Read the variables of `environ` that begin with `prefix` into `kind`; an empty one is unset.

    Names are case-sensitive. Raises SettingsError for wrong values and for every name with the
    prefix, in whatever case, that is neither a setting nor one of `other_names`.
    """
    fields = {prefix + field.upper(): field for field in kind.model_fields}
    variables = {
        name: value
        for name, value in environ.items()
        if value and name.upper().startswith(prefix) and name not in other_names
    }
    problems = [_unknown(name, fields) for name in sorted(variables.keys() - fields.keys())]
    try:
        settings = kind.model_validate(
            {fields[name]: value for name, value in variables.items() if name in fields}
        )
    except ValidationError as error:
        details = error.errors(include_input=False, include_url=False)
        raise SettingsError(*problems, *(_wrong(prefix, d) for d in details)) from None
    if problems:
        raise SettingsError(*problems)
    return settings


def report_and_exit(service: str, error: SettingsError) -> NoReturn:
    """End the process with status 1 and every problem in a line of standard error."""
    sys.stderr.write(f"{service}: settings are wrong\n{error}\n")
    raise SystemExit(1)


def _unknown(name: str, known: Collection[str]) -> str:
    meant = nearest(name.upper(), known)
    return f"{name}: no such setting" + (f"; did you mean {meant}?" if meant else "")


def _wrong(prefix: str, detail: Mapping[str, Any]) -> str:
    name = prefix + "_".join(str(part) for part in detail["loc"]).upper()
    if detail["type"] not in ("value_error", "assertion_error"):
        return f"{name}: {detail['msg']}"  # pydantic's own texts state the rule, not the value
    error = detail["ctx"]["error"]
    return f"{name}: {error if isinstance(error, WrongValueError) else 'not a valid value'}"
