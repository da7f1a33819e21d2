"""Large JSON bodies: what would become millions of objects is refused before it is parsed."""

import json
import time

import pytest

from gateway.api.json_values import MAX_VALUES, refuse_many_values
from gateway.api.mail_fields import MAX_HEADERS
from gateway.api.request_models import MAX_BATCH_ITEMS, MAX_OWN_DOMAINS
from gateway.errors import ValidationFailedError

SIZE = 1 << 20


@pytest.mark.parametrize(
    "unit", ["[]", "{}", "1", '""', '"\\\\"', "[" * 50 + "]" * 50, '{"a":{"a":1}}', "1.5", "null"]
)
def test_a_body_of_junk_values_is_refused(unit: str) -> None:
    """Whatever the values are; the problem names the limit and repeats nothing."""
    body = f'{{"items":[{",".join([unit] * (4 * SIZE // len(unit)))}]}}'.encode()
    with pytest.raises(ValidationFailedError) as caught:
        refuse_many_values(body)
    problem = caught.value.problem("id")
    (error,) = problem["errors"]
    assert (problem["status"], error.code, error.limit) == (422, "too_many_values", MAX_VALUES)


def test_the_fullest_batch_passes() -> None:
    """256 emails with all headers and domains they may have hold fewer values."""
    mail = {
        "text": "x",
        "headers": {f"x-{n}": "y" for n in range(MAX_HEADERS)},
        "own_domains": ["a.example"] * MAX_OWN_DOMAINS,
    }
    refuse_many_values(json.dumps({"items": [mail] * MAX_BATCH_ITEMS}).encode())


@pytest.mark.parametrize("words", [',[{"', '\\", [', "\\\\", "Hello, [you] "])
def test_what_stands_in_a_text_is_no_value(words: str) -> None:
    """A text may hold any number of commas, brackets and quotes."""
    refuse_many_values(json.dumps({"text": words * (SIZE // len(words))}).encode())


def test_a_small_body_is_for_the_parser() -> None:
    """A body that cannot become large is not looked at, whatever it holds."""
    refuse_many_values(b"[" + b"1," * 100_000 + b"1]")


@pytest.mark.parametrize("escaped", ['\\"', '\\\\\\"', 'x\\"', '\\"\n'])
def test_a_string_without_an_end_costs_what_one_with_an_end_does(escaped: str) -> None:
    """Work grows with the body: no quote in such a string is tried as another beginning."""
    begin = b"[" * (MAX_VALUES + 1) + b'"' + escaped.encode() * 60_000
    assert _least_seconds(begin) < 20 * _least_seconds(begin + b'"')


def test_what_stands_in_a_string_without_an_end_is_no_value() -> None:
    """The parser refuses it before it makes values of that."""
    refuse_many_values(b'["' + b",[{" * SIZE)


def _least_seconds(body: bytes) -> float:
    """Return the processor time that the quickest of three looks at a body takes."""
    spent = []
    for _ in range(3):
        started = time.thread_time()
        with pytest.raises(ValidationFailedError):
            refuse_many_values(body)
        spent.append(time.thread_time() - started)
        if spent[-1] > 1:
            break
    return min(spent)
