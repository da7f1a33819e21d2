"""Reads what mistakes cost by language and encoder, as `heads risks` measured them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from trunkline.settings import SettingsError

_SETTING = "GATEWAY_LANGUAGE_RISKS"
_Risk = Annotated[float, Field(ge=0.0, allow_inf_nan=False)]


class EncoderRisks(BaseModel):
    """What a reply costs on average, by language, when heads on this encoder answer it.

    `heads`: the versions that this was measured of.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    fingerprint: str = Field(pattern=r"^sha256:[0-9a-f]{64}$")
    model: str
    heads: Mapping[str, str]
    risks: Mapping[str, _Risk]


class RiskTable(BaseModel):
    """The risks of several encoders on the same `rows`, which are counted by language."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal[1]
    unit: str
    rows: Mapping[str, int]
    encoders: tuple[EncoderRisks, ...] = Field(min_length=1)

    def best(self, probabilities: Mapping[str, float], default: str) -> str:
        """Return the fingerprint of the encoder with the lowest expected risk.

        `default`'s stays where no other is lower, where it is not in the table, and where a likely
        language is not.
        """
        known = {encoder.fingerprint: encoder.risks for encoder in self.encoders}
        expected = {
            fingerprint: sum(p * risks[language] for language, p in probabilities.items())
            for fingerprint, risks in known.items()
            if probabilities.keys() <= risks.keys()
        }
        if not probabilities or default not in expected:
            return default
        lowest = min(expected, key=expected.__getitem__)
        return lowest if expected[lowest] < expected[default] else default


def read_risks(path: Path) -> RiskTable:
    """Read a table. Raises SettingsError for a file that is none."""
    try:
        return RiskTable.model_validate_json(path.read_bytes())
    except OSError as error:
        raise SettingsError(f"{_SETTING}: {error.strerror}") from None
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, problem["loc"]))
        raise SettingsError(f"{_SETTING}: no table of risks: {where}: {problem['msg']}") from None


def check_risks(heads: str, path: Path) -> None:
    """Raise SettingsError where there are `heads` on a second encoder, and the table is none."""
    if heads:
        read_risks(path)
