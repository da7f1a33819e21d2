"""Addresses behind a name are followed; what is known outlives a name server's absence."""

import threading
from collections.abc import Sequence

from tests.support.waiting import WAIT_S
from trunkline.addresses import Address, AddressWatch, is_literal


def test_addresses_are_handed_over_when_they_change_and_kept_when_a_look_up_fails() -> None:
    """Each new set once, also after a failure; an empty answer is no news."""
    handed: list[Sequence[Address]] = []
    answers: list[Sequence[Address] | OSError] = [[("10.0.0.1", 1)]]

    def resolve(_host: str, _port: int) -> Sequence[Address]:
        answer = answers[0]
        if isinstance(answer, OSError):
            raise answer
        return answer

    watch = AddressWatch("name", 1, handed.append, resolve)
    watch.ensure()
    assert watch.known.wait(WAIT_S)
    watch.stop()
    watch = AddressWatch("name", 1, handed.append, resolve)
    watch.ensure()
    assert watch.known.wait(WAIT_S)
    two = [("10.0.0.1", 1), ("10.0.0.2", 1)]
    for answer in (OSError(), [], two, two):
        answers[0] = answer
        watch.look()
    watch.stop()
    assert handed == [[("10.0.0.1", 1)], [("10.0.0.1", 1)], two]


def test_an_address_is_dropped_after_two_look_ups_without_it() -> None:
    """A name server that shows a part of the addresses, in turn, makes none come and go."""
    handed: list[Sequence[Address]] = []
    one, two, three = [("10.0.0.1", 1)], [("10.0.0.2", 1)], [("10.0.0.3", 1)]
    answers = iter([one, two, one, two, three, three, three])
    watch = AddressWatch("name", 1, handed.append, lambda *_: next(answers))
    for _ in range(7):
        watch.look()
    assert handed == [one, [*one, *two], [*two, *three], three]


def test_nothing_is_handed_over_after_the_stop() -> None:
    """A look-up that takes long may end when nobody wants it any more."""
    handed: list[Sequence[Address]] = []
    asked, answer = threading.Semaphore(0), threading.Event()

    def resolve(_host: str, _port: int) -> Sequence[Address]:
        asked.release()
        answer.wait(WAIT_S)
        return [("10.0.0.1", 1)]

    watch = AddressWatch("name", 1, handed.append, resolve)
    watch.ensure()
    assert asked.acquire(timeout=WAIT_S)
    watch.stop()
    answer.set()
    watch.look()
    assert handed == []


def test_literal_addresses_need_no_name_server() -> None:
    """Both families, in brackets or not."""
    assert all(map(is_literal, ("127.0.0.1", "::1", "[::1]")))
    assert not any(map(is_literal, ("localhost", "embedder", "1.2.3")))
