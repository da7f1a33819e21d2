"""The pages of what was answered, over a real database."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.stored_gateway import StoredGateway, key_text, stored_gateway

pytestmark = pytest.mark.service


@pytest.fixture
def stored(tmp_path: Path) -> Iterator[StoredGateway]:
    """Yield a gateway over SQLite whose person signed in with a key for the pages."""
    with stored_gateway(tmp_path, f"sqlite:///{tmp_path / 'predictions.db'}") as gateway:
        sign_in(gateway, "person")
        yield gateway


def sign_in(stored: StoredGateway, name: str) -> None:
    """Sign in with one of the KEYS."""
    answer = stored.client.post("/signin", data={"key": key_text(name)})
    assert answer.status_code == 303


def token(stored: StoredGateway) -> str:
    """Return what a form of this person sends."""
    match = re.search(r'name="csrf" value="([0-9a-f]+)"', stored.client.get("/history").text)
    assert match is not None
    return match[1]


def test_an_answer_is_corrected_with_one_click(stored: StoredGateway) -> None:
    """The page of an answer has a button for each label; the correction stands beside it then."""
    sent = {"kind": "text", "content": "Yes, gladly.", "csrf": token(stored)}
    shown = stored.client.post("/", data=sent).text
    stored.store()
    (place,) = set(re.findall(r'action="(/history/[0-9A-Z]{26})"', shown))
    assert 'name="label" value="no"' in shown

    form = {"csrf": token(stored), "head": "intent", "label": "no"}
    done = stored.client.post(place, data=form)

    assert (done.status_code, done.headers["Location"]) == (303, place)
    assert "person said of intent: no" in stored.client.get(place).text
    by_script = stored.client.post(place, data=form, headers={"HX-Request": "true"})
    assert "should be no" in by_script.text


def test_a_correction_of_what_cannot_be_is_a_problem(stored: StoredGateway) -> None:
    """A label that the head has not, an unknown answer and a form without its token."""
    place = f"/history/{stored.stored('Yes.')}"
    unknown = {"csrf": token(stored), "head": "intent", "label": "perhaps"}
    assert stored.client.post(place, data=unknown).status_code == 422
    assert stored.client.post(place, data={"head": "intent", "label": "no"}).status_code == 403
    right = {"csrf": token(stored), "head": "intent", "label": "no"}
    gone = stored.client.post("/history/01ARZ3NDEKTSV4RRFFQ69G5FAV", data=right)
    assert gone.status_code == 404


def test_history_is_searched(stored: StoredGateway) -> None:
    """By label, by what was corrected, by subject, by id; an empty page says why."""
    first = stored.stored("One.", subject_ref="s-1")
    second = stored.stored("Two.")
    stored.feedback(second, "no")

    def ids(query: str) -> set[str]:
        text = stored.client.get(f"/history?{query}").text
        return set(re.findall(r'href="/history/([0-9A-Z]{26})"', text))

    assert ids("") == {first, second}
    assert ids("head=&label=&show=corrected") == {second}
    assert ids("show=not_corrected") == {first}
    assert ids("subject_ref=s-1") == {first}
    assert ids("head=intent&label=no") == set()
    assert "No answer of the last 7 days fits" in stored.client.get("/history?subject_ref=x").text
    found = stored.client.get(f"/history?id={first.lower()}")
    assert found.headers["Location"] == f"/history/{first}"


def test_words_are_shown_to_who_may_read_them_alone(stored: StoredGateway) -> None:
    """One without the scope sees how many characters there were, and a 403 for asking."""
    place = f"/history/{stored.stored('A secret plan.')}"
    assert "secret" not in stored.client.get(place).text
    assert stored.client.get(f"{place}?words=true").status_code == 403
    sign_in(stored, "words")
    assert "secret" not in stored.client.get(place).text
    assert "A secret plan." in stored.client.get(f"{place}?words=true").text


def test_another_tenants_answer_is_no_answer(stored: StoredGateway) -> None:
    """It cannot be told from one that never was."""
    place = f"/history/{stored.stored('Hello.', key='acme')}"
    sign_in(stored, "beta")
    assert stored.client.get(place).status_code == 404
    sign_in(stored, "acme")
    assert stored.client.get(place).status_code == 200


def test_statistics_are_pictures_with_tables(stored: StoredGateway) -> None:
    """Each picture has a title, a description and the same as a table."""
    stored.stored("One.", tags={"sequence": "spring"})
    shown = stored.client.get("/statistics?days=1&tag=sequence")
    assert shown.status_code == 200
    pictures = len(re.findall(r'<svg viewBox=[^>]*role="img"', shown.text))
    assert pictures >= 5
    assert len(re.findall("<title id=", shown.text)) == pictures
    assert len(re.findall("<desc id=", shown.text)) == pictures
    assert shown.text.count("As a table") == pictures
    assert "Replies by sequence" in shown.text
    assert not re.search(r"<style|\sstyle=", shown.text)
