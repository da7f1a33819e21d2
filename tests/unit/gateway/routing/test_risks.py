"""The rules of the choice: the lower expected risk, the default wherever that is not known."""

from pathlib import Path

import pytest

from embedder.testing.embedder import FAKE_FINGERPRINT
from gateway.config import Settings
from gateway.routing.languages import UNKNOWN, read_model
from gateway.routing.risks import check_risks, read_risks
from tests.support.pools import OTHER
from tests.support.routing import risk_table
from trunkline.settings import SettingsError


@pytest.mark.parametrize(
    ("probabilities", "chosen"),
    [
        ({"en": 1.0}, FAKE_FINGERPRINT),
        ({"de": 1.0}, OTHER),
        ({"en": 0.7, "de": 0.3}, OTHER),  # 0.7 x 0.1 + 0.3 x 0.9 against 0.7 x 0.2 + 0.3 x 0.3
        ({"en": 0.9, "de": 0.1}, FAKE_FINGERPRINT),  # 0.18 against 0.21
        ({"fr": 1.0}, FAKE_FINGERPRINT),  # equal
        ({"it": 1.0}, FAKE_FINGERPRINT),  # measured of one alone
        ({"pl": 1.0}, FAKE_FINGERPRINT),  # measured of none
        ({}, FAKE_FINGERPRINT),  # too short to tell
    ],
)
def test_the_lower_expected_risk_is_chosen(probabilities: dict[str, float], chosen: str) -> None:
    """Probabilities weigh the risks; equal and unknown ones leave the mail where it is."""
    table = risk_table(
        {"en": 0.1, "de": 0.9, "fr": 0.5}, {"en": 0.2, "de": 0.3, "fr": 0.5, "it": 0}
    )
    assert table.best(probabilities, FAKE_FINGERPRINT) == chosen


def test_a_default_that_was_not_measured_keeps_its_mails() -> None:
    """Heads on an encoder that is not in the table are not compared with any."""
    table = risk_table({"de": 0.9}, {"de": 0.1})
    assert table.best({"de": 1.0}, "sha256:" + "3" * 64) == "sha256:" + "3" * 64


def test_a_wrong_table_is_refused_without_its_content(tmp_path: Path) -> None:
    """The setting is named, the value is not; without a second encoder nothing is read."""
    file = tmp_path / "risks.json"
    check_risks("", file)
    with pytest.raises(SettingsError, match="GATEWAY_LANGUAGE_RISKS: No such file"):
        check_risks("local", file)
    file.write_text('{"format": 1, "unit": "secret"}', encoding="utf-8")
    with pytest.raises(SettingsError, match="no table of risks") as caught:
        read_risks(file)
    assert "secret" not in str(caught.value)


def test_the_shipped_table_covers_every_language_of_the_model() -> None:
    """Both encoders have a risk for whatever the shipped model of languages may find."""
    table = read_risks(Settings().language_risks)
    wanted = {*read_model().languages, UNKNOWN}
    assert [wanted - encoder.risks.keys() for encoder in table.encoders] == [set(), set()]
    assert table.best({"en": 1.0}, table.encoders[0].fingerprint) == table.encoders[0].fingerprint
    assert table.best({"de": 1.0}, table.encoders[0].fingerprint) == table.encoders[1].fingerprint
