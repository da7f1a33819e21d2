"""Reading recorded answers: one, pages by filters, words only where they may be seen."""

import pytest

from gateway.api import log_models
from gateway.prediction_log.queries import audit
from tests.support.stored_gateway import StoredGateway

pytestmark = pytest.mark.service


def _ids(stored: StoredGateway, query: str, key: str = "reader") -> list[str]:
    status, page = stored.call(key, "GET", f"/v1/predictions?{query}")
    assert status == 200, page
    log_models.PredictionsShape.model_validate(page)
    return [item["id"] for item in page["items"]]


def test_one_prediction_is_shown_without_its_words(stored: StoredGateway) -> None:
    """Versions, decision, heads and timings are there; the shape is the documented one."""
    prediction_id = stored.stored("What would 20 seats cost?", tags={"rep": "r-7"})

    status, shown = stored.call("reader", "GET", f"/v1/predictions/{prediction_id}")

    assert status == 200
    shape = log_models.PredictionShape.model_validate(shown)
    assert (shape.id, shape.tags, shape.cache) == (prediction_id, {"rep": "r-7"}, "miss")
    assert [(head.head, head.version, head.label) for head in shape.heads] == [
        ("has_referral", "1", "yes"),
        ("intent", "1", "yes"),
    ]
    assert shape.versions.gateway == "1.2.3"
    assert "words" not in shown


def test_words_need_their_own_scope(stored: StoredGateway) -> None:
    """With `read_text` they are shown, and that is recorded; with `read` alone it is refused."""
    prediction_id = stored.stored("What would 20 seats cost?")
    path = f"/v1/predictions/{prediction_id}?words=true"

    status, problem = stored.call("reader", "GET", path)
    assert (status, problem["code"]) == (403, "forbidden")

    status, shown = stored.call("words", "GET", path)
    assert (status, shown["words"]) == (200, "What would 20 seats cost?")
    with stored.engine.connect() as connection:
        assert audit.verify(connection).entries == 1


def test_another_tenants_predictions_do_not_exist(stored: StoredGateway) -> None:
    """404 by id, absent from pages; an unbound key sees all."""
    of_acme = stored.stored("Hello.", key="acme")
    of_nobody = stored.stored("Hello.")

    assert stored.call("beta", "GET", f"/v1/predictions/{of_acme}")[0] == 404
    assert stored.call("beta", "GET", f"/v1/predictions/{of_nobody}")[0] == 404
    assert _ids(stored, "", "beta") == []
    assert _ids(stored, "", "acme") == [of_acme]
    assert _ids(stored, "") == [of_nobody, of_acme]


def test_filters_choose_and_the_newest_stand_first(stored: StoredGateway) -> None:
    """By head and label, feedback, tag and subject; together they narrow."""
    first = stored.stored("One?", tags={"rep": "r-1"}, subject_ref="s-1")
    second = stored.stored("Two?", tags={"rep": "r-2"}, subject_ref="s-1")
    stored.feedback(first)

    assert _ids(stored, "") == [second, first]
    assert _ids(stored, "head=intent&label=yes") == [second, first]
    assert _ids(stored, "head=intent&label=no") == []
    assert _ids(stored, "label=yes") == [second, first]
    assert _ids(stored, "corrected=true") == [first]
    assert _ids(stored, "corrected=false") == [second]
    assert _ids(stored, "tag=rep%3Dr-2") == [second]
    assert _ids(stored, "subject_ref=s-1&tag=rep%3Dr-1") == [first]
    assert _ids(stored, "abstained=true") == []


def test_a_cursor_leads_through_all_pages_once(stored: StoredGateway) -> None:
    """Pages are disjoint and together everything, also while new answers come."""
    ids = [stored.classify(f"Mail {number}?") for number in range(7)]
    stored.store()
    seen: list[str] = []
    query = "limit=3"
    while True:
        _, page = stored.call("reader", "GET", f"/v1/predictions?{query}")
        seen += [item["id"] for item in page["items"]]
        if page["next"] is None:
            break
        query = f"limit=3&cursor={page['next']}"
        stored.stored("One more?")

    assert seen == sorted(ids, reverse=True)


@pytest.mark.parametrize(
    ("query", "code", "field"),
    [
        ("from=2020-01-01T00:00:00Z", "window_beyond_retention", "from"),
        ("from=yesterday", "validation_failed", "from"),
        ("from=2026-11-01T00:00:00", "validation_failed", "from"),
        ("cursor=7", "validation_failed", "cursor"),
        ("limit=0", "validation_failed", "limit"),
        ("tag=rep", "validation_failed", "tag"),
        ("colour=red", "validation_failed", "colour"),
    ],
)
def test_a_query_out_of_bounds_is_a_problem(
    stored: StoredGateway, query: str, code: str, field: str
) -> None:
    """It names the parameter, and a window older than rows are kept is refused, not empty."""
    status, problem = stored.call("reader", "GET", f"/v1/predictions?{query}")

    assert (status, problem["code"]) == (422, code)
    assert problem["errors"][0]["field"] == field


@pytest.mark.parametrize(
    "query",
    [
        "cursor=B6V706THTS00CHYP7W43Q5RRR9", "cursor=7ZZZZZZZZZZZZZZZZZZZZZZZZZ",
        "tag=rep%3Da%00", "label=%00", "since=2026-11-02",
    ],
)  # fmt: skip
def test_what_no_page_can_be_of_is_refused(stored: StoredGateway, query: str) -> None:
    """Cursors of no time, characters that no stored value has, names that are not read."""
    assert stored.call("reader", "GET", f"/v1/predictions?{query}")[0] == 422


@pytest.mark.parametrize(
    "name", ["01M8M2ZA5H%00E8NJ2943PFVBNNA", "7ZZZZZZZZZZZZZZZZZZZZZZZZZ", "0"]
)
def test_what_is_no_id_is_not_found(stored: StoredGateway, name: str) -> None:
    """No database is asked for it."""
    assert stored.call("reader", "GET", f"/v1/predictions/{name}")[0] == 404


def test_words_are_asked_for_with_true_or_false(stored: StoredGateway) -> None:
    """Anything else is refused, not read as no."""
    answer = stored.stored("What would 20 seats cost?")
    assert stored.call("words", "GET", f"/v1/predictions/{answer}?words=yes")[0] == 422
    assert stored.call("words", "GET", f"/v1/predictions/{answer}?words=1")[1]["words"]
    assert "words" not in stored.call("words", "GET", f"/v1/predictions/{answer}?words=0")[1]
