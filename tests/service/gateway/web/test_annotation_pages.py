"""The pages of labelling over a real database: forms without a script, scopes, empty pages."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.annotation import Queue, open_queue
from tests.support.stored_gateway import StoredGateway, key_text

pytestmark = pytest.mark.service


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[Queue]:
    """Yield a queue whose annotator signed in."""
    with open_queue(tmp_path) as opened:
        sign_in(opened.stored, "ann")
        yield opened


def sign_in(stored: StoredGateway, name: str) -> None:
    """Sign in with one of the KEYS."""
    assert stored.client.post("/signin", data={"key": key_text(name)}).status_code == 303


def form_of(text: str) -> dict[str, str]:
    """Return the hidden fields of a page's form."""
    hidden = re.findall(r'<input type="hidden" name="(csrf|item|head)" value="([^"]*)"', text)
    return dict(hidden)


def shown(queue: Queue, path: str = "/annotate") -> str:
    """Return a page."""
    answer = queue.stored.client.get(path)
    assert answer.status_code == 200, answer.text
    return str(answer.text)


def send(queue: Queue, path: str = "/annotate", **fields: str) -> int:
    """Send the form of a page; return the status."""
    form = {**form_of(shown(queue, path)), **fields}
    return queue.stored.client.post(path, data=form).status_code


def test_a_text_is_labelled_undone_and_passed_over(queue: Queue) -> None:
    """Each act leads to the page again, with the text that is next; labels name their keys."""
    queue.add("First.", "Second.", annotators=1)
    assert re.search(r'value="yes" data-key="2"', shown(queue))
    assert "First." in shown(queue)
    assert "The machine says" in shown(queue)

    assert send(queue, label="no") == 303
    assert "Second." in shown(queue)
    assert send(queue, act="undo") == 303
    assert "First." in shown(queue)
    assert send(queue, act="skip") == 303
    assert "Second." in shown(queue)
    assert send(queue, label="yes") == 303

    assert "You labelled or passed over all that is open" in shown(queue)
    (row,) = queue.exported()
    assert (row["text"], row["intent"], row["labelled_by"]) == ("Second.", "yes", ["ann"])


def test_an_empty_page_says_why(queue: Queue) -> None:
    """Nothing was put in; all is labelled; the rest is for others."""
    assert "The queue is empty" in shown(queue)
    queue.add("One.")
    send(queue, label="yes")
    assert "Other people must label the rest too" in shown(queue)
    queue.label("bob")
    assert "Every text is labelled" in shown(queue)


def test_a_dispute_is_settled_on_its_page(queue: Queue) -> None:
    """What people said is counted without their names; then it is undone, and settled again."""
    queue.add("One.")
    send(queue, label="yes")
    queue.label("bob", "no")
    page = shown(queue, "/annotate/disputes")
    assert "1 person said yes; 1 person said no." in re.sub(r"\s+", " ", page)
    assert "bob" not in page
    assert "0.0 %" in shown(queue, "/annotate/agreement")

    assert send(queue, "/annotate/disputes", label="no") == 303
    assert "Nothing to settle" in shown(queue, "/annotate/disputes")
    assert send(queue, "/annotate/disputes", act="undo") == 303
    assert send(queue, "/annotate/disputes", label="yes") == 303

    (row,) = queue.exported()
    assert (row["intent"], row["labelled_by"]) == ("yes", ["ann"])


def test_a_form_needs_its_token_and_its_text(queue: Queue) -> None:
    """Without the token 403; of a text that is not before them 409; of no label 422."""
    queue.add("One.", annotators=1)
    form = form_of(shown(queue))
    client = queue.stored.client
    assert client.post("/annotate", data={**form, "csrf": "x", "label": "no"}).status_code == 403
    assert client.post("/annotate", data={**form, "label": "perhaps"}).status_code == 422
    other = {**form, "item": "0" * 26, "label": "no"}
    assert client.post("/annotate", data=other).status_code == 409
    headers = {"HX-Request": "true"}
    part = client.post("/annotate", data={**form, "label": "no"}, headers=headers)
    assert "<!doctype" not in part.text
    assert "Every text is labelled" in part.text
    again = client.post("/annotate", data={**form, "label": "no"}, headers=headers)
    assert again.status_code == 200
    assert "go on with the next" in again.text


def test_words_are_for_who_may_read_them(queue: Queue) -> None:
    """A key that may correct but not read is refused, and no text is handed to it."""
    queue.add("A secret plan.")
    sign_in(queue.stored, "person")
    answer = queue.stored.client.get("/annotate")
    assert answer.status_code == 403
    assert "secret" not in answer.text
    assert queue.next("bob") is not None


def test_what_the_machine_says_can_be_hidden(queue: Queue) -> None:
    """A recorded answer is shown as it was given; with `blind` nothing of it is."""
    queue.stored.stored("A plan.")
    queue.run("fill")
    assert "The machine says" in shown(queue)
    blind = shown(queue, "/annotate?blind=1")
    assert "The machine says" not in blind
    assert 'action="/annotate?blind=1"' in blind
