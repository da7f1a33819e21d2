"""Corrections of recorded answers: kept once, beside the version that they judge."""

import pytest
from sqlalchemy import select

from gateway.api import log_models
from gateway.prediction_log.life_models import Feedback, FeedbackText
from tests.support.stored_gateway import StoredGateway
from trunkline.ulid import new_id

pytestmark = pytest.mark.service


def test_a_correction_stands_beside_the_version_that_answered(stored: StoredGateway) -> None:
    """It is a proposal of the label in place of the answered one; the words of it are sealed."""
    prediction_id = stored.stored("What would 20 seats cost?")

    status, answer = stored.feedback(prediction_id, "no", comment="they ask for a price")

    assert status == 200, answer
    shape = log_models.FeedbackShape.model_validate(answer)
    assert (shape.head, shape.version, shape.role) == ("intent", "1", "production")
    assert (shape.answered_label, shape.label, shape.state) == ("yes", "no", "proposed")
    with stored.engine.connect() as connection:
        (row,) = connection.execute(select(Feedback.__table__)).all()
        (words,) = connection.execute(select(FeedbackText.__table__)).all()
    assert (row.prediction_id, row.key_id, row.source) == (prediction_id, "writer", "api")
    assert b"price" not in bytes(words.ciphertext)


def test_a_later_word_of_the_same_person_takes_the_place_of_the_first(
    stored: StoredGateway,
) -> None:
    """Both stay; the first one says by which it is superseded."""
    prediction_id = stored.stored("What would 20 seats cost?")
    _, first = stored.feedback(prediction_id, "no")
    _, second = stored.feedback(prediction_id, "yes")
    _, other = stored.feedback(prediction_id, "no", by="u-2")

    assert second["supersedes"] == first["id"]
    assert other["supersedes"] is None
    _, shown = stored.call("reader", "GET", f"/v1/predictions/{prediction_id}")
    superseded = {entry["id"]: entry["superseded_by"] for entry in shown["feedback"]}
    assert superseded == {first["id"]: second["id"], second["id"]: None, other["id"]: None}


def test_an_idempotency_key_is_answered_once(stored: StoredGateway) -> None:
    """The same body gets the first answer again, another one 409; two callers' keys differ."""
    prediction_id = stored.stored("Hello.", subject_ref="s-1", key="acme")
    key = {"Idempotency-Key": "form 7"}
    first = stored.feedback(prediction_id, headers=key)
    again = stored.feedback(prediction_id, headers=key)
    status, problem = stored.feedback(prediction_id, "yes", headers=key)
    of_another = stored.feedback(prediction_id, "yes", key="acme", headers=key)

    assert first == again
    assert (status, problem["code"]) == (409, "idempotency_conflict")
    assert of_another[0] == 200
    assert of_another[1]["id"] != first[1]["id"]


@pytest.mark.parametrize(
    ("members", "status", "code", "field"),
    [
        ({"label": "perhaps"}, 422, "unknown_label", "label"),
        ({"head": "mood"}, 422, "unknown_head", "head"),
        ({"by": "ann@example.com"}, 422, "validation_failed", "by"),
        ({"prediction_id": "7"}, 422, "validation_failed", "prediction_id"),
        ({"more": 1}, 422, "validation_failed", "more"),
    ],
)
def test_what_is_wrong_is_a_problem_that_names_its_field(
    stored: StoredGateway, members: dict[str, str], status: int, code: str, field: str
) -> None:
    """Nothing is stored of it."""
    prediction_id = stored.stored("Hello.")
    sent = {"prediction_id": prediction_id, "label": "no", **members}

    answered, problem = stored.feedback(**sent)

    assert (answered, problem["code"]) == (status, code)
    assert problem["errors"][0]["field"] == field
    with stored.engine.connect() as connection:
        assert connection.execute(select(Feedback.__table__)).all() == []


def test_unknown_predictions_and_those_of_other_tenants_are_the_same(
    stored: StoredGateway,
) -> None:
    """404 for both; one that may be on its way says when to come back."""
    of_acme = stored.stored("Hello.", key="acme")
    old = new_id(1_700_000_000)

    missing = stored.feedback(old)
    others = stored.feedback(of_acme, key="beta")

    assert (missing[0], missing[1]["code"]) == (404, "record_not_found")
    assert (others[0], others[1]["code"]) == (404, "record_not_found")
    waiting = stored.classify("What else?")
    assert stored.feedback(waiting)[0] == 404
    stored.store()
    assert stored.feedback(waiting)[0] == 200


def test_a_rule_that_decided_alone_can_be_corrected(stored: StoredGateway) -> None:
    """It is judged in the place of the head, which had no part in the answer."""
    prediction_id = stored.stored(
        "I am out of the office until 4 May.", headers={"Auto-Submitted": "auto-replied"}
    )

    status, answer = stored.feedback(prediction_id, "yes")

    assert status == 200, answer
    assert answer["role"] == "rule"
    assert answer["version"]
