"""How workers leave new connections to those that have fewer."""

from trunkline.serving.sharing import Board


def test_who_has_fewest_accepts() -> None:
    """Also with as many as another; a worker alone always does."""
    board = Board()
    first = board.place(100.0)
    assert first.has_fewest(50, 100.0)
    second = board.place(100.0)
    first.show(3, 101.0)
    second.show(2, 101.0)
    assert not first.has_fewest(3, 101.0)
    assert second.has_fewest(2, 101.0)
    assert first.has_fewest(2, 101.0)


def test_nobody_waits_for_a_worker_that_hangs_starts_or_stops() -> None:
    """One that has not spoken for three seconds, or not yet, or has left, does not count."""
    board = Board()
    first, second = board.place(100.0), board.place(100.0)
    assert first.has_fewest(9, 100.0)
    second.show(0, 101.0)
    assert not first.has_fewest(9, 103.9)
    assert first.has_fewest(9, 104.1)
    second.show(0, 105.0)
    second.leave()
    assert first.has_fewest(9, 105.0)


def test_a_place_is_given_to_one_worker_at_a_time() -> None:
    """Those that start or live keep theirs; that of a dead one is given again."""
    board = Board()
    places = [board.place(100.0) for _ in range(3)]
    for connections, place in enumerate(places):
        place.show(connections, 150.0)
    following = board.place(155.0)
    following.show(7, 155.0)
    places[1].show(1, 155.0)
    assert not following.has_fewest(7, 155.0)
    places[1].leave()
    assert following.has_fewest(7, 155.0)


def test_others_are_warm_when_each_that_accepts_is() -> None:
    """One that starts, has left or hangs is no caller's next worker, so nobody waits for it."""
    board = Board()
    first, second, starting = (board.place(100.0) for _ in range(3))
    warm = [False]
    second.warm_when(lambda: warm[0])
    assert first.others_warm(100.0)
    first.show(0, 101.0)
    second.show(0, 101.0)
    assert not first.others_warm(101.0)
    assert second.others_warm(101.0)
    assert not starting.others_warm(101.0)
    assert first.others_warm(104.1)
    warm[0] = True
    second.show(0, 105.0)
    assert first.others_warm(105.0)
    warm[0] = False
    second.show(0, 106.0)
    second.leave()
    assert first.others_warm(106.0)


def test_a_place_given_again_is_cold() -> None:
    """What a worker was says nothing of the one that has its place after it."""
    board = Board()
    first, second = board.place(100.0), board.place(100.0)
    second.show(0, 101.0)
    second.leave()
    following = board.place(102.0)
    following.warm_when(lambda: False)
    following.show(0, 103.0)
    assert not first.others_warm(103.0)


def test_who_ends_leaves_what_another_asks_at_its_place() -> None:
    """The place of one that stops is given on, and its end takes nobody else's question back."""
    board = Board()
    stopping = board.place(100.0)
    stopping.leave()
    following = board.place(100.0)
    following.ask_for_successor(2)
    stopping.forget_asking(1)
    assert board.take_worn() == 2
    following.ask_for_successor(2)
    following.forget_asking(2)
    assert board.take_worn() == 0
